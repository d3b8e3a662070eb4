"""Reads of student and guardian rows by people are logged: who, whose, when, why (architecture §10)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ledger.entries import record
from parties.access import require_role
from parties.models import District, Role, User
from roster.models import Guardian, Student

READERS = (Role.CUSTODIAN, Role.ADMINISTRATOR, Role.SUPERINTENDENT, Role.COUNSEL)


def read_people(
    rows: Iterable[Student | Guardian], *, district: District, by: User, why: str
) -> Sequence[Student | Guardian]:
    """Hand a person these rows, and write down that they were read.

    Effects: one Entry a call with the refs (never the names). Raises PermissionDenied for a role that has
    no need to know.
    """
    require_role(by, district, *READERS)
    read = list(rows)
    if read:
        record("people-read", by=by, district=district, reason=why, refs=[row.ref for row in read])
    return read
