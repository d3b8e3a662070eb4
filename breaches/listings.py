"""Taking back what one act listed: a wrong file, the wrong school. Only while nobody was told by it."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from breaches.affected import lock_open, require_open
from breaches.models import Breach, UploadStatus
from breaches.response import current_notice, put_drafts_aside, sent_notice, untold
from ledger.entries import Conflict, record
from ledger.models import Entry, HeldCase
from notices.issue import approvals_asked
from notices.models import Notice, NoticeStatus
from parties.models import User
from policy.alerts import tell_superintendent
from policy.models import ObligationStatus
from policy.obligations import cancel
from policy.two_persons import is_legal_duty

LISTED = "people-listed"


def to_take_back(breach: Breach) -> Entry | None:
    """The newest act that listed people, when it may still be taken back; its instant is that of its people.

    Only the newest: whoever two acts named belongs to the first, and would be lost to the second with it.
    """
    newest = _newest(breach)
    return newest if newest and breach.is_open and not _in_the_way(breach, newest) else None


def take_back_listing(listing: Entry, *, reason: str, by: User) -> Breach:
    """Take back the people whom this act added; the list is again as it was before.

    A second notice that is only a draft is put aside when it has nobody left to tell, and what was owed
    with it ends; the superintendent is told. One person does this, where taking a public page back takes two:
    nothing has gone out by the list (an approved notice stops it here), the draft and its words stay on
    record, and no time is won by it. Listed again, these people are owed the notice from the first receipt
    as before (`owe_to_added`). Effects: AffectedPerson rows deleted, what the breach says of
    its list, an Entry with the count and no name. Raises ValidationError, Conflict when it is not the newest
    such act, when families were told since or are about to be, when two breaches became one since, or while a
    litigation hold keeps the rows.
    """
    breach = Breach.objects.get(pk=listing.case_id)
    require_open(breach, by)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why. It stays on record.")})
    with transaction.atomic():
        locked = lock_open(breach)
        if _newest(locked) != listing:
            raise Conflict(_("This is not the newest list any more. Load the page again."))
        if why := _in_the_way(locked, listing):
            raise Conflict(why)
        count, _by_model = locked.people.filter(added_at=listing.at).delete()
        _as_before(locked, listing)
        if not untold(locked):
            _put_second_aside(locked, reason=reason.strip(), by=by)
        record(
            "people-taken-back",
            by=by,
            case=locked.case,
            reason=reason.strip(),
            listing=listing.pk,
            count=count,
            listed=locked.people.count(),
        )
    return locked


def _newest(breach: Breach) -> Entry | None:
    gone = breach.case.entries.filter(act="people-taken-back").values_list("facts__listing", flat=True)
    return breach.case.entries.filter(act=LISTED).exclude(pk__in=list(gone)).order_by("-pk").first()


def _in_the_way(breach: Breach, listing: Entry) -> str:
    """Why this act cannot be taken back; empty when it can."""
    sent, later = sent_notice(breach), breach.case.entries.filter(pk__gt=listing.pk)
    if "before" not in listing.facts:
        return _("It is not on record how the list was before this.")
    if later.filter(act="breach-took-in").exists():
        return _("Two breaches became one since then, and their lists with them.")
    if sent is not None and (sent.issued_at is None or sent.issued_at >= listing.at):
        return _("Families were told by this list. It cannot be taken back.")
    second = _second_notice(breach)
    if second is not None and second.status != NoticeStatus.DRAFT:
        return _("The notice to the people of this list is approved. Change its words first.")
    if second is not None and _owed_with(second) is None:
        return _("A notice to the people of this list has been begun. It cannot be taken back.")
    if HeldCase.objects.filter(case=breach.case_id).exists():
        return _("A litigation hold keeps this list.")
    return ""


def _second_notice(breach: Breach) -> Notice | None:
    """The notice to people who were listed after the first sending, while it is not sent itself."""
    notice = current_notice(breach)
    return None if sent_notice(breach) in (None, notice) else notice


def _owed_with(second: Notice) -> list[int] | None:
    """The keys of the duties raised when this notice was begun; None when they are not on record."""
    begun = second.case.entries.filter(act="people-added-later", facts__notice=second.number).first()
    owed: list[int] | None = begun.facts.get("owed") if begun else None
    return owed


def _put_second_aside(breach: Breach, *, reason: str, by: User) -> None:
    """Nobody of those it was begun for is listed any more: its duties never had a ground.

    One person says so, and what law asks ends by it: the superintendent hears of it (architecture §7).
    """
    second = _second_notice(breach)
    if second is None:
        return
    owed = breach.case.obligations.filter(pk__in=_owed_with(second) or [], status=ObligationStatus.OPEN)
    ended = list(owed.order_by("pk"))
    put_drafts_aside(breach, act="notice-put-aside", by=by)
    for duty in [*approvals_asked(second), *ended]:
        cancel(duty, reason=reason, by=None)
    for duty in [each for each in ended if is_legal_duty(each)][:1]:
        tell_superintendent(duty, by=by, reason=reason)


def _as_before(breach: Breach, listing: Entry) -> None:
    before = listing.facts["before"]
    at = before["at"]
    breach.listed_how, breach.listed_by_id = before["how"], before["by"]
    breach.listed_at = datetime.fromisoformat(at) if at else None
    breach.maybe_involved, breach.listed_grades = before["maybe_involved"], before["grades"]
    breach.listed_schools.set(breach.district.schools.filter(pk__in=before["schools"]))
    breach.save()
    digest = listing.facts.get("sha256")
    for upload in breach.uploads.filter(sha256=digest, status=UploadStatus.LOADED)[:1] if digest else ():
        upload.status = UploadStatus.DROPPED
        upload.save()
