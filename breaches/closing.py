"""The end of a breach: what is missing, why a limit was missed, closing, and opening again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from breaches import lifecycle
from breaches.clocks import parameter_of, raise_fallen_away
from breaches.models import Breach, BreachStatus, Term
from breaches.response import untold
from breaches.roles import require_desk
from ledger.clock import engine_now
from ledger.entries import Conflict, record, transition
from parties.models import District, User
from policy.models import DeadlineStatus, Obligation, ObligationStatus, OwedBy
from policy.obligations import settle


def missing_for_closure(breach: Breach, *, corrective_action: str = "") -> list[str]:
    """What still stands between this breach and its closure, as sentences; empty when it may close."""
    owed = [
        _("Still to do: %(title)s.") % {"title": duty.title}
        for duty in breach.case.obligations.filter(status=ObligationStatus.OPEN)
    ]
    return owed + missing_facts(breach, corrective_action=corrective_action)


def missing_facts(breach: Breach, *, corrective_action: str = "") -> list[str]:
    """What is missing for closure beside the duties that are still open, as sentences."""
    found: list[str] = []
    missed = breach.case.deadlines.filter(
        status=DeadlineStatus.MISSED, obligation__owed_by=OwedBy.DISTRICT
    ).exclude(obligation__status=ObligationStatus.CANCELLED)
    if missed.exists() and not breach.missed_because.strip():
        found.append(_("A limit was missed: say why."))
    if count := len(untold(breach)):
        found.append(
            ngettext(
                "%(n)s person was listed after the notice was sent, and has not been told.",
                "%(n)s people were listed after the notice was sent, and have not been told.",
                count,
            )
            % {"n": count}
        )
    for question in breach.asked.filter(received_at=None):
        found.append(
            _("The vendor was asked and has not answered: %(about)s.")
            % {"about": question.get_about_display()}
        )
    if breach.orders.filter(lifted_at=None, term=Term.TEMPORARY).exists():
        found.append(_("Access is still stopped for a while: give it back, or say that it stays stopped."))
    if breach.determinations.filter(agreed_at=None, refused_at=None).exists():
        found.append(_("Somebody asked for a decision that nobody has taken."))
    if not (corrective_action or breach.corrective_action).strip():
        found.append(_("Say what changes, so that it does not happen again."))
    return found


def close_breach(breach: Breach, *, corrective_action: str, by: User) -> Breach:
    """Close the breach: only when every duty is settled or cancelled with its reason.

    Effects: status, Entry, the day on which the list of people is deleted; a finished drill settles the
    year's duty to practise. Raises ValidationError listing everything that is missing (nothing saved).
    """
    require_desk(by, breach.district)
    with transaction.atomic():
        locked = Breach.objects.select_for_update().get(pk=breach.pk)
        if locked.status == BreachStatus.CLOSED:
            raise Conflict(_("This breach is already closed."))
        if missing := missing_for_closure(locked, corrective_action=corrective_action):
            raise ValidationError({"corrective_action": missing})
        now = engine_now()
        today = now.astimezone(locked.district.tz).date()
        purge_on = today + timedelta(days=parameter_of(locked, "breach-list-days"))
        closed = transition(
            locked,
            to=BreachStatus.CLOSED,
            graph=lifecycle.BREACH,
            act="breach-closed",
            case=locked.case,
            by=by,
            changes={
                "corrective_action": corrective_action.strip() or locked.corrective_action,
                "closed_at": now,
                "closed_by": by,
                "purge_on": purge_on,
                "page_until": today + timedelta(days=parameter_of(locked, "breach-page-days")),
            },
            purge_on=purge_on.isoformat(),
        )
        if closed.is_drill:
            _settle_yearly_drill(closed.district, at=now, by=by)
    return closed


def reopen_breach(breach: Breach, *, reason: str, by: User) -> Breach:
    """Open a closed breach again because of new facts.

    Duties that had fallen away because nobody had got at the data are owed again, from the first receipt.
    Effects: status, obligations, Entry with the reason. Raises ValidationError, Conflict.
    """
    require_desk(by, breach.district)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why. It stays on record.")})
    return open_again(breach, reason=reason.strip(), by=by)


def open_again(breach: Breach, *, reason: str, by: User | None) -> Breach:
    """Open a breach again for a person of the desk, or for facts that came from outside. Raises Conflict."""
    with transaction.atomic():
        opened = transition(
            breach,
            to=BreachStatus.OPEN,
            graph=lifecycle.BREACH,
            act="breach-reopened",
            case=breach.case,
            by=by,
            reason=reason,
            changes={"closed_at": None, "closed_by": None, "purge_on": None, "page_until": None},
        )
        raise_fallen_away(opened, by=by)
    return opened


def explain_missed(breach: Breach, *, because: str, by: User) -> Breach:
    """Write down why a limit was missed. It stays on record and stands in the packet. Effects: Entry."""
    require_desk(by, breach.district)
    if not because.strip():
        raise ValidationError({"because": _("Say why. It stays on record.")})
    with transaction.atomic():
        locked = Breach.objects.select_for_update().get(pk=breach.pk)
        locked.missed_because = because.strip()
        locked.save()
        record("missed-explained", by=by, case=locked.case, reason=because.strip())
    breach.missed_because = locked.missed_because
    return locked


def _settle_yearly_drill(district: District, *, at: datetime, by: User) -> None:
    yearly = Obligation.objects.open().filter(district=district, rule="yearly-drill").order_by("pk").first()
    if yearly is not None:
        settle(yearly, at=at, by=by)
