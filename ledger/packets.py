"""The evidence packet: one PDF with what proves that a case was handled as the law asks.

The ledger knows no room. Each floor and room adds its part with `@packet_section`: facts and findings,
deadlines with their arithmetic, deliveries, postings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError

from ledger.clock import engine_now
from ledger.documents import keep_made
from ledger.entries import record
from ledger.history import history_of
from ledger.models import Case, Document
from ledger.pdf import render_pdf
from parties.models import User


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, then paragraphs, then a table; plain text in all of them."""

    heading: str
    paragraphs: Sequence[str] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = field(default_factory=list)


Part = Callable[[Case], Iterable[Section]]
PARTS: dict[str, tuple[int, Part]] = {}
Review = Callable[[Case, list[Section]], list[Section]]
REVIEWS: dict[str, Review] = {}


def packet_section(*, order: int) -> Callable[[Part], Part]:
    """Register a part of every packet: a function from Case to Sections (none, when it has nothing to say).

    Order: 10 the room's facts, 20 findings, 30 notice, 40 deliveries, 50 postings, 60 deadlines, 80 files,
    90 history.
    """

    def register(part: Part) -> Part:
        PARTS[f"{part.__module__}.{part.__qualname__}"] = (order, part)
        return part

    return register


def packet_review(kind: str) -> Callable[[Review], Review]:
    """Register who looks through every packet of this kind of case before it is made, and keeps words back.

    A packet is handed out: what people wrote into a log may name somebody who must not stand in it.
    """

    def register(review: Review) -> Review:
        REVIEWS[kind] = review
        return review

    return register


def sections_of(case: Case, *, restricted: bool = True) -> list[Section]:
    """All sections of one case, in order; those of a copy to hand out without what is kept back."""
    ordered = sorted(PARTS.items(), key=lambda named: (named[1][0], named[0]))
    whole = [section for _, (_, part) in ordered for section in part(case)]
    review = None if restricted else REVIEWS.get(case.kind)
    return review(case, whole) if review else whole


def packet(*, case: Case, by: User, extra: Iterable[Section] = (), restricted: bool = False) -> Document:
    """Make the evidence packet of a case and of the related cases that the person may see.

    `restricted`: a copy for those alone who may read every name; `extra` are its further sections. Any other
    copy may be handed out, whoever asks for it and from which page: what names people is kept back.

    Effects: one Document of the kind `packet`, one Entry with its hash. Raises ValidationError when it is
    too long for one PDF.
    """
    if not Case.objects.for_user(by).filter(pk=case.pk).exists():
        raise ValidationError("You may not see this case.")
    cases = [case, *Case.objects.for_user(by).filter(pk__in=case.related.values("pk")).order_by("opened_at")]
    now = engine_now()
    content = render_pdf(
        "ledger/packet.html",
        {
            "case": case,
            "district": case.district,
            "made_at": now.astimezone(case.district.tz),
            "by": by,
            "cases": [
                {
                    "case": each,
                    "sections": [
                        *sections_of(each, restricted=restricted),
                        *(extra if each == case else ()),
                    ],
                }
                for each in cases
            ],
        },
    )
    document = keep_made(
        case=case,
        kind="named-packet" if restricted else "packet",
        name=f"{'restricted packet' if restricted else 'packet'} {case.kind} {case.number}.pdf",
        content=content,
        by=by,
    )
    record("packet-made", by=by, case=case, sha256=hashlib.sha256(content).hexdigest(), cases=len(cases))
    return document


@packet_section(order=80)
def files_section(case: Case) -> Iterable[Section]:
    found = case.documents.exclude(kind__in=("packet", "named-packet")).order_by("received_at", "pk")
    rows = [
        (
            d.received_at.astimezone(case.district.tz),
            d.kind,
            d.name,
            f"{d.size:,}",
            d.get_scan_display(),
            d.sha256,
        )
        for d in found
    ]
    if rows:
        columns = ("Received", "Kind", "Name", "Bytes", "Virus scan", "SHA-256")
        yield Section("Files and their hashes", columns=columns, rows=rows)


@packet_section(order=90)
def history_section(case: Case) -> Iterable[Section]:
    rows = [
        (line.at.astimezone(case.district.tz), f"{line.words} {line.reason}".strip())
        for line in history_of(case)
    ]
    if rows:
        yield Section("What was done, by whom and when", columns=("When", "What"), rows=rows)
