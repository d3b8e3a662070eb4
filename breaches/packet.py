"""The packet of a breach: one copy to hand out, without a name, and one for those who may read them all.

What people wrote (the log, reasons, a vendor's own words, names of files) may name somebody who is affected,
or a parent of theirs. In the copy to hand out each such name is replaced. Lists that grow with the breach
are no part of the PDF: they are files of their own beside it, and the PDF holds their hashes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from breaches.models import AffectedPerson, Breach, PersonSort
from breaches.naming import Naming, Person
from breaches.public_words import AT_ONCE, affected_people
from breaches.roles import require_desk
from ledger.documents import keep_made
from ledger.entries import record
from ledger.models import Case, Document
from ledger.packets import Section, packet, packet_review
from mail.evidence import MOST_ROWS
from mail.models import Delivery, Message
from notices.feeds import csv_bytes, safe_cell
from parties.models import User
from roster.models import Guardianship, guardian_ref, student_ref

MOST_NAMES: Final = 200
NAMED: Final = ("named-packet", "named-list")
"""Kinds of files in which affected people are named; they are destroyed together with the list."""


def breach_packet(breach: Breach, *, by: User, with_names: bool) -> Document:
    """The packet of a breach: a copy without names to give away, or one with the list of affected people.

    Only people named on the breach can ask for either. Effects: the Document, for a long list and a large
    sending one more of each as CSV, Entries; with names, that they were read. Raises ValidationError when it
    is too long for one PDF, PermissionDenied.
    """
    require_desk(by, breach.district)
    for message in _large_sendings(breach):
        _keep(breach, "delivery-list", f"deliveries {message.pk}", _delivery_rows(message), by=by)
    if not with_names:
        return packet(case=breach.case, by=by)
    count = breach.people.count()
    record("affected-people-read", by=by, case=breach.case, count=count)
    return packet(case=breach.case, by=by, extra=[_named(breach, count, by=by)], restricted=True)


@packet_review("breach")
def without_names(case: Case, sections: list[Section]) -> list[Section]:
    """The sections of a copy to hand out: whoever is affected, or a parent of theirs, is not named in it.

    Those who acted for the district stay named: the packet proves who did what.
    """
    breach = Breach.objects.select_related("district").get(pk=case.pk)
    texts = [text for section in sections for text in _texts_of(section)]
    acted = set(case.entries.exclude(by=None).order_by().values_list("by__name", flat=True))
    naming = Naming(_people(breach), texts, singles=True, but_not=acted)
    kept = [_without(section, naming) for section in sections]
    changed = sum(before != after for before, after in zip(sections, kept, strict=True))
    if not changed:
        return kept
    words = "What names an affected person or their family is kept back here. The restricted copy has it."
    return [Section("Kept back in this copy", [words]), *kept]


def _texts_of(section: Section) -> Iterator[str]:
    yield from (section.heading, *map(str, section.paragraphs))
    for row in section.rows:
        yield from (str(cell) for cell in row if _is_text(cell))


def _is_text(cell: object) -> bool:
    return not isinstance(cell, datetime | int)


def _without(section: Section, naming: Naming) -> Section:
    return replace(
        section,
        heading=naming.kept_back(section.heading),
        paragraphs=[naming.kept_back(str(words)) for words in section.paragraphs],
        rows=[
            tuple(naming.kept_back(str(cell)) if _is_text(cell) else cell for cell in row)
            for row in section.rows
        ],
    )


def _people(breach: Breach) -> Iterator[Person]:
    """The affected, their guardians, and everybody who was written to, under the name of that day.

    The frozen deliveries outlive the list, so that a copy made after its end keeps back the same names.
    """
    yield from affected_people(breach)
    told = Delivery.objects.filter(
        message__case=breach.case_id, message__kind="breach-notice", message__is_drill=False
    )
    rows = told.order_by().values_list("recipient_ref", "recipient_name", "address", "channel")
    guardians: list[int] = []
    for ref, name, address, channel in rows.iterator(chunk_size=AT_ONCE):
        yield Person(name, address if channel == "email" else "")
        kind, _colon, pk = ref.partition(":")
        if kind == "guardian":
            guardians.append(int(pk))
    listed = breach.people.exclude(student=None).order_by().values_list("student_id", flat=True)
    yield from _linked("guardian", by="student", pks=list(listed))
    yield from _linked("student", by="guardian", pks=guardians)


def _linked(whom: str, *, by: str, pks: list[int]) -> Iterator[Person]:
    """Guardians of these students, or students of these guardians, some thousands at a time."""
    for start in range(0, len(pks), AT_ONCE):
        some = Guardianship.objects.filter(**{f"{by}__in": pks[start : start + AT_ONCE]})
        rows = some.order_by().values_list(f"{whom}__given_name", f"{whom}__family_name", f"{whom}__email")
        for given, family, email in rows:
            yield Person(f"{given} {family}", email)


def _named(breach: Breach, count: int, *, by: User) -> Section:
    words = ["Restricted: for people named on this breach. Do not hand it on."]
    columns = ("Sort", "Name", "Recipient in the deliveries")
    if count > MOST_NAMES:
        made = _keep(breach, "named-list", "affected people", _name_rows(breach), by=by)
        words.append(f"All {count:,} people are in the file “{made.name}”, SHA-256 {made.sha256}.")
        return Section("Affected people, by name", words)
    rows = list(_name_rows(breach))[1:]
    return Section("Affected people, by name", words, columns, rows)


def _name_rows(breach: Breach) -> Iterator[list[str]]:
    """Everybody on the list, as plain columns: a model's object for each of 50,000 costs minutes."""
    yield ["sort", "name", "recipient in the deliveries"]
    labels = {sort.value: str(sort.label) for sort in PersonSort}
    rows: Iterable[tuple[Any, ...]] = breach.people.order_by("pk").values_list(
        "pk", "sort", "name", "student_id", "student__given_name", "student__family_name",
        "guardian_id", "guardian__given_name", "guardian__family_name",
    ).iterator(chunk_size=AT_ONCE)  # fmt: skip
    for pk, sort, own, student, given, family, guardian, parent_given, parent_family in rows:
        if student is not None:
            yield [labels[sort], f"{given} {family}".strip(), student_ref(student)]
        elif guardian is not None:
            yield [labels[sort], f"{parent_given} {parent_family}".strip(), guardian_ref(guardian)]
        else:
            yield [labels[sort], own, AffectedPerson(pk=pk).ref]


def _large_sendings(breach: Breach) -> list[Message]:
    """Messages of which the PDF shows only what went wrong."""
    found = Message.objects.filter(case=breach.case_id, kind="breach-notice").order_by("pk")
    return [message for message in found if message.deliveries.count() > MOST_ROWS]


def _delivery_rows(message: Message) -> Iterator[list[str]]:
    """Every delivery with its state; recipients by what a report may show."""
    yield ["recipient", "by", "state", "handed over", "came back", "attempts", "answer"]
    rows = message.deliveries.order_by("pk").values_list(
        "recipient_ref", "channel", "status", "sent_at", "bounced_at", "attempts", "last_code"
    )
    for ref, channel, status, sent_at, bounced_at, attempts, code in rows.iterator(chunk_size=AT_ONCE):
        yield [ref, channel, status, _moment(sent_at), _moment(bounced_at), str(attempts), code]


def _moment(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _keep(breach: Breach, kind: str, name: str, rows: Iterable[list[str]], *, by: User) -> Document:
    content = csv_bytes([safe_cell(cell) for cell in row] for row in rows)
    return keep_made(
        case=breach.case, kind=kind, name=f"{name} {breach.case.number}.csv", content=content, by=by
    )
