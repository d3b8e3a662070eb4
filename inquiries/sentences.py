"""What happened to requests, told in plain words; nobody who asked is named."""

from __future__ import annotations

from ledger.history import add_sentences

add_sentences(
    {
        "inquiry-received": "{by} recorded a request ({sort}), received at {received_at}.",
        "inquiry-answered": "{by} answered the request.",
        "inquiry-refused": "{by} refused the request.",
        "inquiry-reported-to-board": "{by} reported the request to the Board on {on}.",
    }
)
