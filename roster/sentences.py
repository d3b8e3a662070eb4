"""What happened to the roster, told in plain words; students and guardians by reference only."""

from __future__ import annotations

from ledger.history import add_sentences

add_sentences(
    {
        "roster-received": "{by} uploaded a roster file, SHA-256 {sha256}.",
        "roster-approved": "{by} agreed, as the second person, to the roster file, SHA-256 {sha256}.",
        "roster-loaded": "{by} loaded the roster file, SHA-256 {sha256}.",
        "roster-dropped": "{by} did not load the roster file, SHA-256 {sha256}.",
        "contact-blocked": "{by} recorded a court order: {guardian} gets nothing about {student}.",
        "contact-unblock-asked": "{by} asked to lift the block between {guardian} and {student}.",
        "contact-block-kept": "{by} kept the block between {guardian} and {student}.",
        "contact-unblocked": "{by} lifted the block: {guardian} gets messages about {student} again.",
        "contact-set": "{by} changed how to reach {guardian}.",
        "people-read": "{by} looked at records of people: {refs}.",
    }
)
