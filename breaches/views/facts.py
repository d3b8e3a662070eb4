"""What the page of a breach says around the steps: what is owed, the facts, what became of the sending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from breaches.models import Breach
from mail.models import Delivery, DeliveryStatus
from notices.elements import SCHEDULE
from notices.models import Notice
from policy.models import Deadline, DeadlineStatus, Obligation
from policy.templatetags.deadlines import hours_and_minutes, local_time

STUCK_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the sending: for the line after it, and for the people it did not reach."""

    sent: int
    waiting: int
    letters: int
    failed: int


def what_is_owed(breach: Breach) -> str:
    """What follows the time on the banner."""
    if breach.listed_at:
        count = breach.people.count()
        return ngettext(
            "to tell families and post the notice (%(n)s person on the list)",
            "to tell families and post the notice (%(n)s people on the list)",
            count,
        ) % {"n": f"{count:,}"}
    return _("to tell families and post the notice")


def facts_of_page(breach: Breach) -> list[dict[str, Any]]:
    """What happened, what data, when: plain rows."""
    report, district = breach.report, breach.district
    elements = [str(SCHEDULE[code].label) for code in breach.elements]
    rows: list[dict[str, Any]] = [
        {"term": _("What happened"), "text": breach.what_happened},
        {
            "term": _("What data"),
            "text": ", ".join(elements) or _("Nobody knows yet. All clocks run until you say."),
        },
        {
            "term": _("Company"),
            "text": breach.vendor_name if not breach.is_own else _("None: our own systems"),
        },
        {"term": _("How we learned of it"), "text": report.get_channel_display()},
        {"term": _("The district first had it"), "text": local_time(breach.received_at, district)},
    ]
    if report.vendor:
        rows.append(_claim(breach))
    if breach.people_estimate is not None:
        rows.append({"term": _("How many people"), "text": f"{breach.people_estimate:,}"})
    rows += [
        {
            "term": _("Also reported"),
            "text": f"{other.report.number}, {local_time(other.received_at, district)}",
        }
        for other in breach.merged.select_related("report")
    ]
    names = [str(contract) for contract in breach.contracts.all()]
    rows.append({"term": _("Contracts"), "text": ", ".join(names) or _("None")})
    if breach.missed_because:
        rows.append({"term": _("Why a limit was missed"), "text": breach.missed_because})
    if breach.corrective_action:
        rows.append({"term": _("What changes"), "text": breach.corrective_action})
    return rows


def _claim(breach: Breach) -> dict[str, Any]:
    """What the vendor says about its own times, kept apart from ours, and whether it was late."""
    report, district = breach.report, breach.district
    claimed = report.claimed_suspected_at or report.claimed_discovered_at
    if claimed is None:
        return {"term": _("When the company found it"), "text": _("It did not say.")}
    if claimed > report.recorded_at:
        words = _("It says %(when)s, which is later than its own report.")
    else:
        words = _("%(when)s, it says. That never moves your clock.")
    own = [
        deadline
        for duty in breach.case.obligations.filter(kind="vendor_report").prefetch_related("deadlines")
        for deadline in duty.deadlines.all()
    ]
    late = any(deadline.status == DeadlineStatus.MISSED for deadline in own)
    chip = (
        {"tone": "bad", "icon": "no", "word": _("Late")}
        if late
        else {"tone": "good", "icon": "yes", "word": _("In time")}
    )
    return {
        "term": _("When the company found it"),
        "text": words % {"when": local_time(claimed, district)},
        "chip": chip if own else None,
    }


def after_sending(breach: Breach, notice: Notice | None, telling: Sequence[Obligation]) -> str:
    """“Sent Sat, Nov 21, 7:40 p.m., 10 h 40 min before the limit.”"""
    if notice is None or notice.issued_at is None:
        return ""
    limits = [
        d.due_at for duty in telling for d in duty.deadlines.all() if d.due_at and d.status != "superseded"
    ]
    when = local_time(notice.issued_at, breach.district)
    if not limits:
        return _("Sent %(when)s.") % {"when": when}
    span = min(limits) - notice.issued_at
    words = (
        _("Sent %(when)s, %(span)s before the limit.")
        if span.total_seconds() > 0
        else _("Sent %(when)s, %(span)s after the limit.")
    )
    return words % {"when": when, "span": hours_and_minutes(span)}


def told_of(notice: Notice | None) -> Told | None:
    if notice is None or notice.message_id is None:
        return None
    rows = Delivery.objects.filter(message=notice.message_id)
    email, letters = rows.filter(channel="email"), rows.filter(channel="letter")
    return Told(
        sent=email.filter(status=DeliveryStatus.SENT).count(),
        waiting=email.filter(status__in=(DeliveryStatus.PENDING, DeliveryStatus.SENDING)).count(),
        letters=letters.count(),
        failed=email.filter(Q(status=DeliveryStatus.REFUSED) | Q(bounced_at__isnull=False)).count(),
    )


def is_stuck(notice: Notice | None, now: datetime) -> bool:
    """Whether e-mails of the notice have waited for a quarter of an hour: the mail server is down."""
    if (
        notice is None
        or notice.issued_at is None
        or notice.sent_elsewhere
        or now - notice.issued_at < STUCK_AFTER
    ):
        return False
    return Delivery.objects.filter(message=notice.message_id).on_the_way().exists()


def late_clocks(telling: Sequence[Obligation]) -> list[Deadline]:
    return [d for duty in telling for d in duty.deadlines.all() if d.status == DeadlineStatus.MISSED]
