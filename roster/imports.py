"""Loading a roster: upload and look, a second person where much would go, then all of it or nothing.

An import never deletes a person and never touches what the district itself knows: relationship, language,
contact blocks, and a postal address the file does not bring (domain §5).
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import datetime
from functools import partial

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.db import connection, transaction

from ledger.clock import engine_now
from ledger.entries import Conflict, record
from ledger.protection import Doorway
from parties.access import acting_in, require_role
from parties.models import District, Membership, Role, User
from roster.models import ImportFormat, ImportStatus, RosterImport
from roster.oneroster import read_oneroster
from roster.plan import Plan, make_plan
from roster.simple import read_simple
from roster.tables import RosterFile, RosterProblem

UPLOAD_LIMIT = 100 * 1024 * 1024
LOADERS = (Role.CUSTODIAN, Role.ADMINISTRATOR)
ABANDONED = Doorway(
    "rosters_abandoned",
    """SELECT r.id, r.district_id FROM roster_rosterimport AS r
       WHERE r.status IN ('preview', 'waiting') AND r.uploaded_at <= instant - interval '14 days'
       ORDER BY r.uploaded_at, r.id""",
)
APPROVERS = (Role.CUSTODIAN, Role.ADMINISTRATOR, Role.SUPERINTENDENT, Role.APPROVER)


def receive_roster(*, district: District, upload: File[bytes], format: str, by: User) -> RosterImport:
    """Read a roster file and show what it would change; nothing is changed yet.

    Effects: a RosterImport in preview with the file kept until it is loaded or dropped, one Entry. Raises
    ValidationError with file and line numbers when the file cannot be loaded whole, PermissionDenied when
    the person may not load rosters.
    """
    require_role(by, district, *LOADERS)
    if format not in ImportFormat.values:
        raise ValidationError({"format": "Choose what kind of file this is."})
    if not upload.size:
        raise ValidationError({"file": "The file is empty."})
    if upload.size > UPLOAD_LIMIT:
        raise ValidationError({"file": "The file is larger than 100 MB."})
    content = upload.read()
    found = _read(format, content)
    plan = make_plan(district, found, now=engine_now())
    if plan.foreign:
        raise RosterProblem(plan.foreign)
    with transaction.atomic():
        roster = RosterImport(
            district=district,
            format=format,
            name=_shown_name(upload.name or "roster"),
            sha256=hashlib.sha256(content).hexdigest(),
            is_bulk=found.is_bulk,
            counts=plan.counts,
            warnings=found.warnings,
            stops=plan.stops,
            status=ImportStatus.WAITING if plan.stops else ImportStatus.PREVIEW,
            uploaded_by=by,
            uploaded_at=engine_now(),
        )
        roster.file.save("", ContentFile(content), save=False)
        roster.save()
        record(
            "roster-received",
            by=by,
            district=district,
            sha256=roster.sha256,
            counts=plan.counts,
            bulk=found.is_bulk,
        )
    return roster


def approve_roster(roster: RosterImport, *, by: User, reason: str = "") -> RosterImport:
    """Agree, as the second person, to a roster that takes many people or addresses away (A26).

    The person who uploaded it cannot, unless nobody else of the district could: then with a typed reason.
    Effects: status preview, so that it can be loaded; one Entry.
    """
    require_role(by, roster.district, *APPROVERS)
    reason = reason.strip()
    if by.pk == roster.uploaded_by_id:
        if _others_could(roster.district, by):
            raise ValidationError("A second person must agree: you uploaded this file yourself.")
        if not reason:
            raise ValidationError({"reason": "Nobody else can agree here. Say why this is right."})
    with transaction.atomic():
        locked = _locked(roster, ImportStatus.WAITING)
        locked.status, locked.reason = ImportStatus.PREVIEW, reason
        locked.approved_by, locked.approved_at = by, engine_now()
        locked.save()
        record("roster-approved", by=by, district=locked.district, reason=reason, sha256=locked.sha256)
    return locked


def apply_roster(roster: RosterImport, *, by: User) -> RosterImport:
    """Load the roster: everything in one transaction, or nothing.

    The file is compared again under a lock; when it would now take away more than anybody agreed to, it
    goes back to waiting for a second person. Effects: roster rows, the file deleted, one Entry with counts.
    """
    require_role(by, roster.district, *LOADERS)
    with transaction.atomic():
        locked = _locked(roster, ImportStatus.PREVIEW)
        _one_at_a_time(locked.district)
        now = engine_now()
        found = _reread(locked)
        plan = make_plan(locked.district, found, now=now)
        if plan.foreign:
            raise RosterProblem(plan.foreign)
        if plan.stops and locked.approved_at is None:
            locked.status, locked.stops, locked.counts = ImportStatus.WAITING, plan.stops, plan.counts
            locked.save()
        else:
            _load(locked, plan, by, now)
    if locked.status == ImportStatus.APPLIED:
        _forget_file(locked)
    return locked


def drop_roster(roster: RosterImport, *, by: User) -> RosterImport:
    """Do not load the roster. Effects: its file deleted, one Entry."""
    require_role(by, roster.district, *LOADERS)
    return _drop(roster, by=by)


def drop_abandoned() -> int:
    """Drop every roster that nobody has loaded for two weeks: its file names all families.

    Run hourly; any number at once does no harm. Effects: as `drop_roster`. Returns how many.
    """
    done = 0
    for pk, district in ABANDONED.ids():
        if district is not None:
            with acting_in(district), suppress(Conflict):
                _drop(RosterImport.objects.get(pk=pk), by=None)
                done += 1
    return done


def _drop(roster: RosterImport, *, by: User | None) -> RosterImport:
    with transaction.atomic():
        locked = _locked(roster, ImportStatus.PREVIEW, ImportStatus.WAITING)
        locked.status = ImportStatus.DROPPED
        locked.save()
        record("roster-dropped", by=by, district=locked.district, sha256=locked.sha256)
    _forget_file(locked)
    return locked


def _load(roster: RosterImport, plan: Plan, by: User, now: datetime) -> None:
    plan.apply()
    roster.status, roster.counts = ImportStatus.APPLIED, plan.counts
    roster.applied_by, roster.applied_at = by, now
    roster.save()
    record("roster-loaded", by=by, district=roster.district, sha256=roster.sha256, counts=plan.counts)


def _read(format: str, content: bytes) -> RosterFile:
    return read_oneroster(content) if format == ImportFormat.ONEROSTER else read_simple(content)


def _reread(roster: RosterImport) -> RosterFile:
    with roster.file.open("rb") as kept:
        content = kept.read()
    if hashlib.sha256(content).hexdigest() != roster.sha256:
        raise RosterProblem("The kept file is not the one that was uploaded. Upload it again.")
    return _read(roster.format, content)


def _locked(roster: RosterImport, *statuses: str) -> RosterImport:
    locked = RosterImport.objects.select_for_update().get(pk=roster.pk)
    if locked.status not in statuses:
        raise Conflict(f"This roster is already: {locked.get_status_display().lower()}.")
    return locked


def _one_at_a_time(district: District) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"roster {district.pk}"])


def _others_could(district: District, by: User) -> bool:
    held = Membership.objects.active().filter(district=district, role__in=APPROVERS)
    return held.exclude(user=by).exists()


def _forget_file(roster: RosterImport) -> None:
    """The file holds every family's address: it goes as soon as it is of no more use, and that is certain."""
    if kept := roster.file.name:
        transaction.on_commit(partial(roster.file.storage.delete, kept), robust=True)
    roster.file = ""
    RosterImport.objects.filter(pk=roster.pk).update(file="")


def _shown_name(name: str) -> str:
    printable = "".join(c for c in name.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable())
    return printable[:255] or "roster"
