"""The chain that shows whether history was touched: each Seal digests the one before and one Entry.

Sealing runs beside the work and not in it: a chain has one end, and a lock on that would make all writers
wait. An entry is sealed only when every transaction that began before its own has ended; a sealer that goes
by ids alone would pass over a late commit for ever (architecture §10).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.signing import BadSignature, Signer
from django.db import connection, transaction

from ledger.clock import engine_now
from ledger.models import Anchor, Entry, Seal
from ledger.protection import Doorway
from parties.access import acting_in
from parties.models import District

START = "0" * 64
AT_ONCE = 1000
ANCHORS = "anchors"  # their folder in the file store
signer = Signer(salt="ledger.anchor")

UNSEALED = Doorway(
    "districts_to_seal",
    """SELECT DISTINCT e.district_id AS id, e.district_id FROM ledger_entry AS e
       WHERE e.id > coalesce((SELECT max(id) FROM ledger_entry), 0) - 100000
         AND NOT EXISTS (SELECT 1 FROM ledger_seal AS s WHERE s.entry_id = e.id)""",
)
# A database restored elsewhere counts its transactions anew, so age decides too: none lasts a day.
SETTLED = """
SELECT e.id FROM ledger_entry AS e
WHERE e.district_id {same} AND NOT EXISTS (SELECT 1 FROM ledger_seal AS s WHERE s.entry_id = e.id)
  AND (e.transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
       OR e.at < clock_timestamp() - interval '1 day' AND e.transaction <> pg_current_xact_id()::text::bigint)
ORDER BY e.id LIMIT %(limit)s
"""


def digest_of(before: str, entry: Entry) -> str:
    """SHA-256 over the digest before and every column of the entry, in a fixed form."""
    columns = {
        "id": entry.pk,
        "district": entry.district_id,
        "case": entry.case_id,
        "case_number": entry.case_number,
        "act": entry.act,
        "at": entry.at.isoformat(),
        "by": entry.by_id,
        "reason": entry.reason,
        "facts": entry.facts,
        "transaction": entry.transaction,
    }
    words = json.dumps(columns, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{words}".encode()).hexdigest()


def seal() -> int:
    """Seal what has settled, in every district. Run by beat and by cron, any number at once.

    Effects: Seal rows; an Anchor, in its table and in the file store, for each chain that grew and has had
    none for an hour. Returns how many entries were sealed.
    """
    return sum(seal_district(district) for _, district in UNSEALED.ids(limit=10_000))


def seal_district(district: int | None) -> int:
    sealed = 0
    with acting_in(*([] if district is None else [district])):
        while True:
            with transaction.atomic():
                added = add_links(district)
            sealed += added
            if added < AT_ONCE:
                break
        if sealed:
            anchor(district)
    return sealed


def add_links(district: int | None) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('seal'), %s)", [district or 0])
        same = "= %(district)s" if district is not None else "IS NULL"
        cursor.execute(SETTLED.format(same=same), {"district": district, "limit": AT_ONCE})
        ids = [pk for (pk,) in cursor.fetchall()]
    last = Seal.objects.filter(district=district).order_by("-position").first()
    position, digest = (last.position, last.digest) if last else (0, START)
    links, now = [], engine_now()
    for entry in Entry.objects.filter(pk__in=ids).order_by("pk"):
        position, digest = position + 1, digest_of(digest, entry)
        links.append(Seal(district_id=district, position=position, entry=entry, digest=digest, sealed_at=now))
    Seal.objects.bulk_create(links)
    return len(links)


# --- anchors: how long the chain was, kept apart from it -----------------------------------------------


def anchor(district: int | None, *, every_seconds: int = 3600) -> None:
    """Sign the end of a chain, and keep the line both in the database and in the file store."""
    now = engine_now()
    newest = Anchor.objects.filter(district=district).order_by("-position").first()
    end = Seal.objects.filter(district=district).order_by("-position").first()
    if end is None or (newest and (now - newest.at).total_seconds() < every_seconds):
        return
    line = f"{district or 0}:{end.position}:{end.digest}"
    signed = signer.sign(line)
    with transaction.atomic():
        Anchor.objects.get_or_create(
            district=end.district, position=end.position,
            defaults={"digest": end.digest, "at": now, "signature": signed.removeprefix(f"{line}:")},
        )  # fmt: skip
        name = f"{folder_of(district)}/{end.position:012}"
        if not default_storage.exists(name):
            default_storage.save(name, ContentFile(signed.encode()))


def folder_of(district: int | None) -> str:
    return f"{ANCHORS}/{district or 0}"


def anchors_of(district: int | None) -> Iterator[tuple[int, str, bool]]:
    """(position, digest, whether the signature is ours) of every anchor, from both places."""
    for kept in Anchor.objects.filter(district=district):
        line = f"{district or 0}:{kept.position}:{kept.digest}"
        yield kept.position, kept.digest, is_ours(f"{line}:{kept.signature}")
    try:
        names = sorted(default_storage.listdir(folder_of(district))[1])
    except FileNotFoundError:
        names = []
    for name in names:
        with default_storage.open(f"{folder_of(district)}/{name}") as file:
            signed = file.read().decode(errors="replace")
        _, position, digest = [*signed.split(":"), "", "", ""][:3]
        yield int(position) if position.isdigit() else 0, digest, is_ours(signed)


def is_ours(signed: str) -> bool:
    try:
        signer.unsign(signed)
    except BadSignature:
        return False
    return True


# --- verifying -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """One place where history is not what was sealed. `position` counts in the district's chain."""

    district: int | None
    position: int
    what: str


def verify() -> Iterator[Fault]:
    """Compare every chain with its entries and anchors. Reads only; yields nothing when all is whole."""
    yield from verify_district(None)
    for district in District.objects.order_by("pk"):
        with acting_in(district):
            yield from verify_district(district.pk)


def verify_district(district: int | None) -> Iterator[Fault]:
    expected, before = 1, START
    digests: dict[int, str] = {}
    chain = Seal.objects.filter(district=district).order_by("position").iterator(chunk_size=AT_ONCE)
    while links := list(islice(chain, AT_ONCE)):
        entries = Entry.objects.in_bulk([link.entry_id for link in links])
        for link in links:
            if link.position != expected:
                yield Fault(district, expected, f"links {expected} to {link.position - 1} were removed")
                expected = link.position
            entry = entries.get(link.entry_id)
            if entry is None:
                yield Fault(district, link.position, f"entry {link.entry_id} was removed")
            elif digest_of(before, entry) != link.digest:
                yield Fault(district, link.position, f"entry {link.entry_id} or its seal was changed")
            digests[link.position] = before = link.digest
            expected += 1
    yield from verify_anchors(district, digests)


def verify_anchors(district: int | None, digests: dict[int, str]) -> Iterator[Fault]:
    for position, digest, ours in anchors_of(district):
        if not ours:
            yield Fault(district, position, "an anchor does not carry this portal's signature")
        elif position not in digests:
            yield Fault(district, position, f"the chain was cut: it once reached link {position}")
        elif digests[position] != digest:
            yield Fault(district, position, f"the chain was rewritten up to link {position}")
