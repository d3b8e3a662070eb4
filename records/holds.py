"""Litigation holds: placing, telling people, releasing. They override every retention schedule (MO; ST)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from contracts.held import resume_destruction, stop_destruction
from ledger.clock import engine_now
from ledger.documents import Upload, receive_document
from ledger.entries import open_case, record, transition
from ledger.models import Case, HeldCase
from parties.access import require_role
from parties.models import District, Membership, Role, User
from policy.obligations import raise_for, settle_where
from records.lifecycle import HOLD
from records.models import HoldNotice, HoldStatus, LitigationHold

MAY_PLACE = (Role.COUNSEL, Role.SUPERINTENDENT, Role.CUSTODIAN)


@transaction.atomic
def place_hold(
    *,
    district: District,
    title: str,
    ground: str,
    scope: str,
    directed_by: str,
    directive: Upload,
    cases: Iterable[Case],
    tell: Iterable[User],
    by: User,
) -> LitigationHold:
    """Place a hold on cases and tell people that they may not alter or delete what it covers.

    The signed directive is needed (MO: the district's attorney directs; ST: the superintendent or designee
    does, already when a lawsuit can be expected). Raises ValidationError, PermissionDenied. Effects: a
    case that only those who may place holds and the people told may see, the directive kept, one HeldCase a
    case (from then on the database refuses its deletion, and a contract's vendor is told to keep
    everything), one notice a person with its duty to acknowledge.
    """
    require_role(by, district, *MAY_PLACE)
    covered = list(cases)
    at = engine_now()
    case = open_case(district=district, kind="hold", title=title, restricted=True)
    trusted = Membership.objects.active().filter(district=district, role__in=MAY_PLACE)
    case.allowed.set({member.user_id for member in trusted} | {by.pk})
    paper = receive_document(case=case, kind="directive", upload=directive, by=by)
    hold = LitigationHold.objects.create(
        case=case,
        ground=ground,
        scope=scope,
        directed_by=directed_by,
        directive=paper,
        placed_at=at,
        placed_by=by,
    )
    cover_cases(hold, cases=covered, by=by)
    record("hold-placed", by=by, case=case, ground=ground, cases=len(covered), directive=paper.sha256)
    raise_for("hold_placed", case=case, at=at, ref=f"hold:{case.pk}", by=by)
    for user in tell:
        tell_of_hold(hold, user=user, by=by)
    return hold


def cover_cases(hold: LitigationHold, *, cases: Iterable[Case], by: User) -> None:
    """Put further cases under a hold in force. Raises ValidationError, PermissionDenied."""
    require_role(by, hold.case.district, *MAY_PLACE)
    cases = list(cases)
    if any(case.district_id != hold.case.district_id for case in cases):
        raise ValidationError({"cases": "Choose cases of this district."})
    if hold.status != HoldStatus.ACTIVE:
        raise ValidationError("This hold was released. Place a new one.")
    at = engine_now()
    for case in cases:
        _row, new = HeldCase.objects.get_or_create(case=case, hold=hold.case, defaults={"since": at})
        if new:
            hold.case.related.add(case)
            record("case-held", by=by, case=case, hold=hold.case.number)
            stop_destruction(case, hold=hold.case.number, by=by)


def tell_of_hold(hold: LitigationHold, *, user: User, by: User) -> HoldNotice:
    """Tell one person of the hold, who may then read it; until they acknowledge it the duty stays open."""
    require_role(by, hold.case.district, *MAY_PLACE)
    if not Membership.objects.active_for(user).filter(district=hold.case.district).exists():
        raise ValidationError({"tell": f"{user} has no role in this district."})
    at = engine_now()
    notice, new = HoldNotice.objects.get_or_create(case=hold.case, user=user, defaults={"told_at": at})
    if new:
        hold.case.allowed.add(user)
        record("hold-told", by=by, case=hold.case, notice=notice.pk)
        raise_for("hold_told", case=hold.case, at=at, ref=f"holdnotice:{notice.pk}", by=by)
    return notice


@transaction.atomic
def acknowledge_hold(notice: HoldNotice, *, by: User) -> HoldNotice:
    """The person says they understood. Only they can; a second time changes nothing."""
    locked = HoldNotice.objects.select_for_update().get(pk=notice.pk)
    if locked.user_id != by.pk:
        raise PermissionDenied("Only the person who was told can acknowledge a hold.")
    if locked.acknowledged_at is None:
        locked.acknowledged_at = engine_now()
        locked.save()
        record("hold-acknowledged", by=by, case=locked.case, notice=locked.pk)
        settle_where(case=locked.case, ref=f"holdnotice:{locked.pk}", at=locked.acknowledged_at, by=by)
    return locked


@transaction.atomic
def ask_release(hold: LitigationHold, *, release: Upload, by: User) -> LitigationHold:
    """Lay the signed release on the table; a second person then releases the hold."""
    require_role(by, hold.case.district, *MAY_PLACE)
    locked = LitigationHold.objects.select_for_update().get(pk=hold.pk)
    if locked.status != HoldStatus.ACTIVE:
        raise ValidationError("This hold was released already.")
    locked.release = receive_document(case=locked.case, kind="release", upload=release, by=by)
    locked.release_asked_by = by
    locked.save()
    record("hold-release-asked", by=by, case=locked.case, release=locked.release.sha256)
    return locked


@transaction.atomic
def release_hold(hold: LitigationHold, *, by: User, at: datetime | None = None) -> LitigationHold:
    """Release a hold by its signed release. Two persons: whoever asked for it cannot release it.

    Only counsel or the superintendent may (MO: the attorney lifts the hold). Effects: the HeldCase rows
    go, so the retention schedule counts again; vendors of ended contracts owe destruction again.
    """
    require_role(by, hold.case.district, Role.COUNSEL, Role.SUPERINTENDENT)
    locked = LitigationHold.objects.select_for_update(of=("self",)).select_related("release").get(pk=hold.pk)
    if locked.release is None:
        raise ValidationError({"release": "Add the signed release first."})
    if locked.release_asked_by_id == by.pk:
        raise PermissionDenied("A second person releases a hold.")
    released = transition(
        locked,
        to=HoldStatus.RELEASED,
        graph=HOLD,
        act="hold-released",
        case=hold.case,
        by=by,
        changes={"released_at": at or engine_now()},
        release=locked.release.sha256,
    )
    covered = [row.case for row in hold.case.held.select_related("case__district")]
    HeldCase.objects.filter(hold=hold.case).delete()
    for case in covered:
        resume_destruction(case, hold=hold.case.number, at=engine_now(), by=by)
    return released
