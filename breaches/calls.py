"""Who hears of a report at once: the person on call, the deputy and the superintendent."""

from __future__ import annotations

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from breaches.models import Breach
from mail import outbox
from mail.models import Message
from parties.models import Role, User
from policy.alerts import on_call, superintendents
from policy.models import ObligationStatus
from policy.obligations import settle_by_delivery

TOLD_AT_ONCE = "superintendent-told"


def wake(breach: Breach, *, news: bool = False, was_over: bool = False) -> Message | None:
    """Tell the person on call, the deputy and the superintendent that a report came in (B-7).

    `news`: something was added to it, `was_over`: when the breach had ended. The superintendent's duty to be
    told is settled by the sweep once this message has been handed over.
    Effects: one Message with a Delivery a person. It names the case and no affected person.
    """
    heads = superintendents(breach.district, case=breach.case)
    people = [*on_call(breach.district, Role.CUSTODIAN, case=breach.case), *heads]
    template = "breaches/mail/amended.txt" if news else "breaches/mail/report.txt"
    subject = _("News on %(case)s") if news else _("Act now: %(case)s")
    message = tell_staff(
        breach,
        people,
        kind="breach-report",
        subject=subject % {"case": breach.case},
        template=template,
        was_over=was_over,
    )
    if message is not None and heads:
        told = breach.case.obligations.filter(rule=TOLD_AT_ONCE, status=ObligationStatus.OPEN, message=None)
        settle_by_delivery(told, message=message)
    return message


def tell_staff(
    breach: Breach, people: list[User], *, kind: str, subject: str, template: str, **words: object
) -> Message | None:
    """One message to people of the district about this breach; None when there is nobody to tell."""
    told = {person.pk: person for person in people if person.is_active}
    if not told:
        return None
    url = f"{settings.PORTAL_URL}{breach.get_absolute_url()}"
    context = {"breach": breach, "district": breach.district, "url": url, **words}
    return outbox.send(
        kind=kind,
        district=breach.district,
        case=breach.case,
        texts=[outbox.Text(language="en", subject=subject[:150], plain=render_to_string(template, context))],
        recipients=[
            outbox.Recipient(
                ref=f"user:{user.pk}", name=user.name, address=user.email, language=user.language
            )
            for user in told.values()
        ],
        by=None,
    )
