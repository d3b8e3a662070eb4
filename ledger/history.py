"""History is a sentence, and outlives its subject: an Entry told in plain words.

Each room adds the sentences of its own acts (`add_sentences`). A sentence may name `{by}` and any of the
entry's facts; a fact is only ever put in as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.models import Case, Entry

THE_PORTAL = "The portal"
PLACE = re.compile(r"\{(\w+)\}")

SENTENCES = {
    "document-received": "{by} received a file ({kind}), SHA-256 {sha256}.",
    "document-scanned": "The virus scan of a file ended: {result}.",
    "file-about-people-read": "{by} read a file in which families are named ({kind}), SHA-256 {sha256}.",
    "message-made": "{by} put a message ({kind}) to {recipients} people in the outbox.",
    "delivery-decided": "{by} decided what became of a message that nobody could be sure of.",
    "mail-halted": "{by} let no more mail out.",
    "mail-released": "{by} let mail out again.",
    "sender-code-sent": "{by} had a code sent to the address that mail is to come from.",
    "sender-confirmed": "{by} typed the code that came: mail now comes from that address.",
    "packet-made": "{by} made an evidence packet, SHA-256 {sha256}.",
    "files-purged": "{by} destroyed files that named people, SHA-256 {hashes}.",
    "case-purged": "{by} destroyed {number} with {rows} rows and {files} files.",
}


def add_sentences(sentences: Mapping[str, str]) -> None:
    """Add the sentences of a room's acts: {"contract-executed": "{by} recorded …"}."""
    SENTENCES.update(sentences)


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    words: str
    reason: str
    act: str


def tell(entry: Entry) -> str:
    """The entry as a sentence. An act without one is told by its name."""
    who = entry.by.name if entry.by else THE_PORTAL
    facts = {"by": who, **entry.facts}
    template = SENTENCES.get(entry.act)
    if template is None:
        return f"{who}: {entry.act.replace('-', ' ')}."
    return PLACE.sub(lambda place: _said(facts.get(place[1], "…")), template)


def _said(fact: object) -> str:
    """A fact in a sentence: several are listed, and one that is not there is a dash."""
    if isinstance(fact, list):
        return ", ".join(map(str, fact)) or "–"
    return "–" if fact is None or fact == "" else str(fact)


def history_of(case: Case) -> Iterator[Line]:
    """The case's entries as sentences, oldest first. The caller has checked who asks."""
    for entry in Entry.objects.filter(case=case).select_related("by").order_by("pk"):
        yield Line(at=entry.at, words=tell(entry), reason=entry.reason, act=entry.act)
