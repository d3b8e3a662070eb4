"""What happened at the set-up desk and to keys, told in plain words."""

from __future__ import annotations

from ledger.history import add_sentences

add_sentences(
    {
        "restored": "The portal was restored from the backup of {backup_of}, with {files} files.",
        "district-opened": "{by} opened the district.",
        "district-changed": "{by} changed facts of the district: {fields}.",
        "schools-added": "{by} added {count} schools.",
        "person-invited": "{by} invited a person as {role}.",
        "invitation-withdrawn": "{by} took back an invitation as {role}.",
        "role-changed": "{by} changed the hours, deputy or days away of a role.",
        "role-ended": "{by} ended a role.",
        "mail-route-changed": "{by} changed how the district's mail leaves.",
        "api-key-made": "{by} made a key for the API.",
        "api-key-revoked": "{by} ended a key for the API.",
    }
)
