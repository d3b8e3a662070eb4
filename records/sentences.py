"""What happened to records, told in plain words."""

from __future__ import annotations

from ledger.history import add_sentences

add_sentences(
    {
        "hold-placed": "{by} placed a litigation hold on {cases} matters, directive SHA-256 {directive}.",
        "case-held": "{by} put this matter under hold {hold}.",
        "hold-told": "{by} told one person of the hold.",
        "hold-acknowledged": "{by} acknowledged the hold.",
        "hold-release-asked": "{by} asked a second person to release the hold.",
        "hold-released": "{by} released the hold.",
        "custodian-designated": "{by} named a custodian of records from {since}.",
        "training-recorded": "{by} recorded one person's training.",
        "retention-rule-added": "{by} added a retention rule for {series}.",
        "disposal-authorised": "{by} authorised the disposal, form SHA-256 {form}.",
        "disposal-refused": "{by} refused the disposal; the records are kept.",
        "disposal-done": "{by} carried out the disposal.",
    }
)
