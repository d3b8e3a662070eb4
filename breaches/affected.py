"""Who was affected: an uploaded list looked at first, or everybody who uses the product in some schools."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import connection, transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from breaches.clocks import near_the_limit
from breaches.models import (
    Breach,
    BreachStatus,
    Listing,
    ListUpload,
    PersonSort,
    UploadStatus,
)
from breaches.people_file import BARE_NUMBER, BYTES_LIMIT, Line, read_people
from breaches.roles import require_desk
from ledger.clock import engine_now
from ledger.entries import Conflict, record
from parties.models import District, School, User
from roster.grades import grade_name, grade_rank
from roster.models import Enrollment, Guardian, Student
from roster.tables import RosterProblem

BATCH: Final = 20_000
SHOWN_LINES: Final = 20

Row = list[Any]
"""A line in ListUpload.rows: sort, student, guardian, own ref, name, e-mail, postal address, language."""


def preview_list(breach: Breach, *, upload: File[bytes], by: User) -> ListUpload:
    """Read a list of people and match it against the roster; nobody is listed before `load_list`.

    At most 250,000 lines. A file with social security numbers is refused and never stored. Students are
    found by student_id, then e-mail; guardians by e-mail. Everybody else keeps the address the line brings,
    for this breach only. Effects: ListUpload with its counts, an Entry with the digest (no name).
    Raises ValidationError({"file": …}), PermissionDenied, Conflict.
    """
    require_open(breach, by)
    if upload.size is not None and upload.size > BYTES_LIMIT:
        raise RosterProblem(
            _("The list is larger than 60 MB. Split it, or choose schools and grades instead.")
        )
    content = upload.read()
    found = read_people(content)
    rows, counts = match(breach.district, found.lines)
    with transaction.atomic():
        for earlier in breach.uploads.filter(status=UploadStatus.PREVIEW):
            _forget(earlier)
        kept = ListUpload.objects.create(
            district=breach.district,
            breach=breach,
            name=(upload.name or "list.csv").rsplit("/", 1)[-1][:255],
            sha256=hashlib.sha256(content).hexdigest(),
            rows=rows,
            counts=counts,
            remarks=found.remarks,
            uploaded_at=engine_now(),
            uploaded_by=by,
        )
        record("people-list-read", by=by, case=breach.case, sha256=kept.sha256, counts=counts)
    return kept


def load_list(upload: ListUpload, *, by: User) -> Breach:
    """Take the previewed list as the affected people; people listed before stay listed.

    Effects: AffectedPerson rows, the breach listed, the upload's rows emptied, Entry. Raises Conflict when
    it was already loaded or dropped, PermissionDenied.
    """
    require_open(upload.breach, by)
    with transaction.atomic():
        locked = ListUpload.objects.select_for_update().get(pk=upload.pk)
        if locked.status != UploadStatus.PREVIEW:
            raise Conflict(_("This list was already decided on."))
        breach = lock_open(locked.breach)
        at, before = engine_now(), _as_listed(breach)
        added = _add_rows(breach, locked.rows, at=at, by=by)
        locked.rows, locked.status = [], UploadStatus.LOADED
        locked.save()
        _mark_listed(breach, Listing.LIST, at=at, by=by, added=added, before=before, sha256=locked.sha256)
    upload.refresh_from_db()
    return breach


def drop_list(upload: ListUpload, *, by: User) -> None:
    """Do not use the previewed list. Effects: its rows emptied, Entry."""
    require_open(upload.breach, by)
    with transaction.atomic():
        locked = ListUpload.objects.select_for_update().get(pk=upload.pk)
        if locked.status != UploadStatus.PREVIEW:
            raise Conflict(_("This list was already decided on."))
        _forget(locked)
        record("people-list-dropped", by=by, case=upload.breach.case, sha256=locked.sha256)


def list_groups(
    breach: Breach,
    *,
    schools: Collection[School],
    grades: Collection[str],
    by: User,
    all_schools: bool = False,
    maybe_involved: bool = False,
) -> Breach:
    """List everybody who uses the product at these schools and grades; no grade means all grades.

    With `maybe_involved` families read that they may be involved: for when the limit is near and nobody has
    a list. Effects: AffectedPerson rows, Entry. Raises ValidationError, Conflict, PermissionDenied.
    """
    require_open(breach, by)
    students = _students_at(breach, schools, grades, all_schools=all_schools)
    with transaction.atomic():
        locked = lock_open(breach)
        rows: list[Row] = [[PersonSort.STUDENT, pk, None, "", "", "", "", ""] for pk in students]
        at, before = engine_now(), _as_listed(locked)
        added = _add_rows(locked, rows, at=at, by=by)
        locked.maybe_involved = locked.maybe_involved or maybe_involved
        locked.listed_grades = [grade_name(grade) for grade in grades]
        locked.listed_schools.set([] if all_schools else schools)
        _mark_listed(locked, Listing.GROUPS, at=at, by=by, added=added, before=before)
    breach.refresh_from_db()
    return locked


def count_groups(
    breach: Breach,
    *,
    schools: Collection[School],
    grades: Collection[str],
    by: User,
    all_schools: bool = False,
) -> int:
    """How many students `list_groups` would name; reads only. Raises as it does."""
    require_open(breach, by)
    return len(_students_at(breach, schools, grades, all_schools=all_schools))


def offer_everybody(breach: Breach) -> bool:
    """Whether to offer “tell all users: may be involved”: 12 hours before the limit and still no list."""
    return breach.listed_at is None and near_the_limit(breach)


def counts_by_sort(breach: Breach) -> dict[str, int]:
    """How many of each sort are listed."""
    rows = breach.people.values_list("sort").annotate(count=Count("pk"))
    return dict(rows.order_by("sort"))


def require_open(breach: Breach, by: User) -> None:
    """Raise unless the person works at the desk and the breach is open."""
    require_desk(by, breach.district)
    if breach.status != BreachStatus.OPEN:
        raise Conflict(_("This breach is closed."))


def lock_open(breach: Breach) -> Breach:
    """The stored row, locked until the transaction ends. Raises Conflict when it was closed, merged or found
    to be none since the caller looked."""
    locked = Breach.objects.select_for_update().get(pk=breach.pk)
    if not locked.is_open:
        raise Conflict(_("This breach is closed."))
    return locked


def match(district: District, lines: Iterable[Line]) -> tuple[list[Row], dict[str, Any]]:
    """Each line as a row of the roster or a person with an address of their own; each person once."""
    index = _Roster(district)
    rows: list[Row] = []
    seen: set[tuple[Any, ...]] = set()
    counts: dict[str, Any] = {"lines": 0, "matched": 0, "own": 0, "no_address": 0, "twice": 0}
    unmatched: list[int] = []
    for line in lines:
        counts["lines"] += 1
        row = index.row(line)
        key = (row[1], row[2]) if row[1] or row[2] else tuple(row[3:7])
        if key in seen:
            counts["twice"] += 1
            continue
        seen.add(key)
        rows.append(row)
        counts[row[0]] = counts.get(row[0], 0) + 1
        if row[1] or row[2]:
            counts["matched"] += 1
            continue
        counts["own"] += 1
        if not row[5] and not row[6]:
            counts["no_address"] += 1
            unmatched.append(line.line)
    counts["lines_without_address"] = unmatched[:SHOWN_LINES]
    return rows, counts


INSERT: Final = """
INSERT INTO breaches_affectedperson (district_id, case_id, added_at, added_by_id, sort, student_id,
    guardian_id, own_ref, name, email, postal_address, language)
SELECT %s, %s, %s, %s, u.* FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::text[],
    %s::text[], %s::text[], %s::text[]) AS u
ON CONFLICT DO NOTHING
"""


class _Roster:
    """The district's roster by what a list may name."""

    def __init__(self, district: District) -> None:
        students = Student.objects.filter(district=district).values_list(
            "pk", "sourced_id", "email", "left_at"
        )
        self.ids: dict[str, tuple[int, bool]] = {}
        self.mails: dict[str, tuple[int, bool]] = {}
        for pk, sourced_id, email, left_at in students.iterator(chunk_size=BATCH):
            self.ids[sourced_id] = (pk, left_at is not None)
            if email:
                self.mails[email.lower()] = (pk, left_at is not None)
        guardians = Guardian.objects.filter(district=district, left_at=None).exclude(email="")
        self.guardians = {email.lower(): pk for pk, email in guardians.values_list("pk", "email")}

    def row(self, line: Line) -> Row:
        found = (
            (line.student_id and self.ids.get(line.student_id))
            or (line.student_email and self.mails.get(line.student_email))
            or (
                line.email
                and line.sort in (PersonSort.STUDENT, PersonSort.FORMER_STUDENT)
                and self.mails.get(line.email)
            )
        )
        if found:
            pk, left = found
            return [PersonSort.FORMER_STUDENT if left else PersonSort.STUDENT, pk, None, "", "", "", "", ""]
        mail = line.guardian_email or line.email
        guardian = (
            self.guardians.get(mail) if line.sort in (PersonSort.GUARDIAN, PersonSort.STUDENT) else None
        )
        if guardian:
            return [PersonSort.GUARDIAN, None, guardian, "", "", "", "", ""]
        # Nine figures that are nobody's id here may be a social security number: the line's place is kept.
        is_number = BARE_NUMBER.fullmatch(line.student_id)
        ref = f"line {line.line}" if is_number else line.student_id[:80]
        return [
            line.sort,
            None,
            None,
            ref,
            line.name,
            mail or line.student_email,
            line.address,
            line.language,
        ]


def _students_at(
    breach: Breach, schools: Collection[School], grades: Collection[str], *, all_schools: bool
) -> list[int]:
    wrong: dict[str, str] = {}
    if not schools and not all_schools:
        wrong["schools"] = _("Choose the schools, or say that it is all of them.")
    if any(school.district_id != breach.district_id for school in schools):
        wrong["schools"] = _("Choose schools of this district.")
    if any(grade_rank(grade) is None for grade in grades):
        wrong["grades"] = _("Write grades like PK, KG, 1 or 12.")
    if wrong:
        raise ValidationError(wrong)
    students = _attending(breach, () if all_schools else schools, grades)
    if not students:
        raise ValidationError({"schools": _("The roster names no student there.")})
    return students


def _attending(breach: Breach, schools: Collection[School], grades: Collection[str]) -> list[int]:
    on = engine_now().astimezone(breach.district.tz).date()
    found = Student.objects.filter(district=breach.district, left_at=None)
    if schools:
        attending = Enrollment.objects.filter(school__in=schools, ended_at=None)
        attending = attending.exclude(first_day__gt=on).exclude(last_day__lt=on)
        found = found.filter(pk__in=attending.values("student"))
    wanted = {grade_rank(grade) for grade in grades}
    rows = found.order_by("pk").values_list("pk", "grade")
    # A student without a readable grade stays in: telling one family too many is lawful, one too few is not.
    return [pk for pk, grade in rows if not wanted or grade_rank(grade) in wanted | {None}]


def _add_rows(breach: Breach, rows: Iterable[Row], *, at: datetime, by: User) -> int:
    before = breach.people.count()
    own = set(
        breach.people.filter(student=None, guardian=None).values_list(
            "own_ref", "name", "email", "postal_address"
        )
    )
    fresh = [row for row in rows if row[1] or row[2] or tuple(row[3:7]) not in own]
    with connection.cursor() as cursor:
        for start in range(0, len(fresh), BATCH):
            columns = [list(column) for column in zip(*fresh[start : start + BATCH], strict=True)]
            cursor.execute(INSERT, [breach.district_id, breach.pk, at, by.pk, *columns])
    return breach.people.count() - before


def _as_listed(breach: Breach) -> dict[str, Any]:
    """What the breach says of its list, so that it says so again when the next act is taken back."""
    return {
        "how": breach.listed_how,
        "at": breach.listed_at.isoformat() if breach.listed_at else None,
        "by": breach.listed_by_id,
        "maybe_involved": breach.maybe_involved,
        "grades": breach.listed_grades,
        "schools": sorted(breach.listed_schools.values_list("pk", flat=True)),
    }


def _mark_listed(breach: Breach, how: str, *, at: datetime, by: User, added: int, **facts: Any) -> None:
    """The entry's instant is that of the people it added: by it they are found again (listings.py)."""
    breach.listed_how, breach.listed_at, breach.listed_by = how, at, by
    breach.save()
    record(
        "people-listed",
        by=by,
        case=breach.case,
        at=at,
        how=str(how),
        added=added,
        listed=breach.people.count(),
        maybe_involved=breach.maybe_involved,
        **facts,
    )


def _forget(upload: ListUpload) -> None:
    upload.rows, upload.status = [], UploadStatus.DROPPED
    upload.save()
