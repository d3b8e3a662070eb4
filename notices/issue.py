"""Issuing a notice: the act of a person that freezes who receives and lets the e-mails go (L-5, L-7)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext as _

from ledger.clock import engine_now
from ledger.entries import Conflict, record, transition
from ledger.models import Entry
from mail import outbox, routes
from mail.models import Message, MessageText, Relay, Route
from notices import lifecycle
from notices.compose import WRITERS, first_language
from notices.duties import audience_of, cases_of, notice_duties, required_parts
from notices.facts import facts_of
from notices.models import Notice, NoticeKind, NoticeSection, NoticeStatus
from notices.parts import missing_parts
from notices.rendering import Rendered, render_message
from parties.access import require_role
from parties.models import District, Role, User
from policy import two_persons
from policy.alerts import tell_superintendent
from policy.models import Deadline, DeadlineStatus, Obligation
from policy.obligations import raise_for, settle, settle_by_delivery
from roster.recipients import Recipient, recipients_for

APPROVERS: Final = (
    Role.APPROVER,
    Role.SUPERINTENDENT,
    Role.COUNSEL,
    Role.ADMINISTRATOR,
    Role.CUSTODIAN,
)


WRITING: Final = ("notice-drafted", "notice-edited", "notice-text-written")
"""Acts that put words into a notice."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What issuing now would do: how many people, by which channel, in which language, and what stops it."""

    emails: int = 0
    letters: int = 0
    without_address: int = 0
    languages: dict[str, int] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    takes: str = ""
    limit: str = ""
    is_late: bool = False

    @property
    def people(self) -> int:
        return self.emails + self.letters


def ask_for_approval(notice: Notice, *, by: User) -> list[Obligation]:
    """Ask a second person to approve; from then on the notice is not issued without.

    Effects: a duty of the approver, one Entry.
    """
    require_role(by, notice.district, *WRITERS)
    with transaction.atomic():
        locked = Notice.objects.select_for_update().get(pk=notice.pk)
        if locked.status != NoticeStatus.DRAFT:
            raise Conflict(_("This notice is no longer a draft."))
        record("notice-approval-asked", by=by, case=locked.case, notice=locked.number)
        return raise_for("drafted", case=locked.case, at=engine_now(), ref=_ref(locked), by=by)


def approve_notice(notice: Notice, *, by: User, alone_because: str = "") -> Notice:
    """Approve the draft as the second person (architecture §7, two persons).

    Whoever wrote some of its words cannot (`authors_of`), except from 12 hours before the first limit or
    where nobody who wrote none is there, and then with a typed reason; the superintendent is told at once.
    Effects: status approved, the duty to approve settled, one Entry. Raises ValidationError, Conflict,
    PermissionDenied.
    """
    require_role(by, notice.district, *APPROVERS)
    reason = alone_because.strip()
    with transaction.atomic():
        locked = Notice.objects.select_for_update().get(pk=notice.pk)
        duties = notice_duties(cases_of(locked))
        alone = by.pk in authors_of(locked)
        if alone:
            _check_alone(locked, duties, by=by, reason=reason)
        now = engine_now()
        approved = transition(
            locked,
            to=NoticeStatus.APPROVED,
            graph=lifecycle.NOTICE,
            act="notice-approved",
            case=locked.case,
            by=by,
            reason=reason,
            changes={
                "approved_by": by,
                "approved_at": now,
                "approved_alone_because": reason if alone else "",
            },
            notice=locked.number,
            alone=alone,
        )
        for duty in approvals_asked(approved):
            settle(duty, at=now, by=by)
    return approved


def authors_of(notice: Notice) -> frozenset[int]:
    """Whose words these are: everybody who put some into it since a second person last approved them.

    Words in the district's own language count; a translator has read them and written none. Only when
    nothing but a translation was written since that approval, its translators count.
    """
    acts = Entry.objects.filter(
        case__in=cases_of(notice), act__in=(*WRITING, "notice-approved"), facts__notice=notice.number
    )
    first, own, translated = first_language(notice.district), set[int](), set[int]()
    for act, by, facts in acts.order_by("pk").values_list("act", "by", "facts"):
        if act == "notice-approved":
            if not facts.get("alone"):
                own, translated = set(), set()
        elif by is not None:
            (own if facts.get("language", first) == first else translated).add(by)
    drafted = {notice.drafted_by_id} if notice.drafted_by_id else set[int]()
    return frozenset(own or translated or drafted)


def _check_alone(notice: Notice, duties: Sequence[Obligation], *, by: User, reason: str) -> None:
    near = any(two_persons.is_near(duty) for duty in duties)
    wrote = authors_of(notice)
    if not near and two_persons.others(notice.district, by, case=notice.case, but_not=wrote):
        raise ValidationError(_("A second person must approve: you wrote words of this notice yourself."))
    if not reason:
        raise ValidationError({"alone_because": _("Say why you approve your own notice.")})
    for duty in duties[:1]:
        tell_superintendent(duty, by=by, reason=reason)


def _ref(notice: Notice) -> str:
    return f"notice:{notice.pk}"


def approvals_asked(notice: Notice) -> list[Obligation]:
    """The open duties to approve this notice."""
    asked = Obligation.objects.open().filter(case=notice.case, trigger="drafted", trigger_ref=_ref(notice))
    return list(asked)


def needs_approval(notice: Notice) -> bool:
    """A breach notice always does; a contract notice when somebody asked for it."""
    if notice.status == NoticeStatus.APPROVED:
        return False
    return notice.kind == NoticeKind.BREACH or bool(approvals_asked(notice))


def recipients_of(notice: Notice, *, on: date) -> list[Recipient]:
    """Everybody whom the sections of a contract notice concern, each once. Raises ValidationError."""
    audience = audience_of(notice.district).choice
    found: dict[str, Recipient] = {}
    for section in notice.sections.prefetch_related("schools"):
        for recipient in _recipients_of_section(section, audience, on):
            known = found.get(recipient.ref)
            found[recipient.ref] = _with_students(known, recipient) if known else recipient
    return sorted(found.values(), key=lambda recipient: recipient.ref)


def _recipients_of_section(section: NoticeSection, audience: str, on: date) -> list[Recipient]:
    schools = None if section.all_schools else list(section.schools.all())
    if schools == []:
        raise ValidationError({"schools": _("Say which schools use it, or that all do.")})
    return recipients_for(section.district, schools=schools, grades=section.grades, audience=audience, on=on)


def _with_students(known: Recipient, more: Recipient) -> Recipient:
    students = tuple(sorted({*known.students, *more.students}))
    return Recipient(known.ref, known.name, known.email, known.postal_address, known.language, students)


def forecast(notice: Notice, *, recipients: Sequence[Recipient] | None = None) -> Forecast:
    """What issuing now would do. Reads only; nothing is decided until the notice is issued."""
    problems = dict(missing_parts(notice, required_parts(notice_duties(cases_of(notice)))))
    if needs_approval(notice):
        problems["approval"] = _("A second person must approve this notice first.")
    try:
        chosen = list(recipients) if recipients is not None else recipients_of(notice, on=_today(notice))
    except ValidationError as error:
        return Forecast(problems={**problems, **{k: v[0] for k, v in error.message_dict.items()}})
    if not chosen:
        problems["recipients"] = _("Nobody in the roster goes to these schools and grades.")
    emails = sum(not each.by_letter for each in chosen)
    return Forecast(
        **_in_time(notice, emails),
        emails=emails,
        letters=sum(each.by_letter for each in chosen),
        without_address=sum(_has_no_address(each) for each in chosen),
        languages=dict(Counter(language_for(each, notice.district) for each in chosen)),
        problems=problems,
    )


def _in_time(notice: Notice, emails: int) -> dict[str, Any]:
    """How long so many e-mails take at the district's rate, and how far off the limit is."""
    sending = routes.forecast(district=notice.district, messages=emails)
    clocks = Deadline.objects.filter(
        obligation__in=notice_duties(cases_of(notice)), status=DeadlineStatus.RUNNING
    )
    due_at = clocks.aggregate(soonest=Min("due_at"))["soonest"]
    left = due_at - engine_now() if due_at else timedelta(0)
    return {
        "takes": sending.sentence if emails else "",
        "limit": routes.plain_span(left) if left > timedelta(0) else "",
        "is_late": bool(emails and due_at and sending.is_late_for(due_at)),
    }


def issue_notice(
    notice: Notice, *, by: User, recipients: Sequence[Recipient] | None = None, is_drill: bool = False
) -> Notice:
    """Tell the families: decide who receives, freeze it, and hand one message to the outbox.

    In a drill the message is marked as one; the caller names staff as its recipients.
    `recipients` are given for a breach (the affected people); for a contract notice they follow from the
    roster. Effects, in one transaction: one Message with a Delivery for each recipient (e-mail, or a letter
    where there is no address), its duties linked so that delivery settles them, a duty to print letters and
    one to find missing addresses, status issued, one Entry a case. Raises ValidationError naming each part
    that is missing, Conflict when the notice is already issued or not approved: twice at once sends once.
    """
    require_role(by, notice.district, *WRITERS)
    with transaction.atomic():
        locked = Notice.objects.select_for_update().get(pk=notice.pk)
        lifecycle.check_goes_on(locked)
        if locked.status == NoticeStatus.ISSUED:
            raise Conflict(_("This notice was already sent."))
        if needs_approval(locked):
            raise Conflict(_("A second person must approve this notice first."))
        duties = notice_duties(cases_of(locked))
        wrong = missing_parts(locked, required_parts(duties))
        if wrong:
            raise ValidationError(wrong)
        chosen = list(recipients) if recipients is not None else recipients_of(locked, on=_today(locked))
        if not chosen:
            raise ValidationError({"recipients": _("Nobody in the roster goes to these schools and grades.")})
        message = _hand_over(locked, chosen, by=by, is_drill=is_drill)
        settle_by_delivery(duties, message=message)
        _owe_letters(locked, chosen, message, by=by)
        return _mark_issued(locked, chosen, message, by=by)


def _hand_over(notice: Notice, recipients: Sequence[Recipient], *, by: User, is_drill: bool) -> Message:
    rendered = render_all(notice, {language_for(each, notice.district) for each in recipients})
    return outbox.send(
        kind=f"{notice.kind}-notice",
        district=notice.district,
        case=notice.case,
        texts=[
            outbox.Text(language=each.language, subject=each.subject, plain=each.plain, html=each.html)
            for each in rendered
        ],
        recipients=[
            outbox.Recipient(
                ref=each.ref,
                name=each.name,
                address=each.email,
                postal_address=each.postal_address,
                language=language_for(each, notice.district),
            )
            for each in recipients
        ],
        is_legal=not is_drill,
        is_drill=is_drill,
        elsewhere=sends_elsewhere(notice.district) and not is_drill,
        by=by,
    )


def sends_elsewhere(district: District) -> bool:
    """Whether the district's own system sends, and we wait for its delivery report (architecture §6)."""
    return Route.objects.filter(district=district, relay=Relay.ELSEWHERE).exists()


def render_all(notice: Notice, languages: Iterable[str]) -> list[Rendered]:
    """The message in each of these languages; the preview shows exactly what this returns.

    What was sent is shown as it was sent, whatever the notice's page says since.
    """
    facts, is_posted = facts_of(notice), not notice.case.is_drill
    sent = {text.language: text for text in notice.message.texts.all()} if notice.message else {}
    made = [
        render_message(facts, district=notice.district, language=language, is_posted=is_posted)
        for language in sorted(languages)
    ]
    return [_as_sent(each, sent[each.language]) if each.language in sent else each for each in made]


def _as_sent(rendered: Rendered, text: MessageText) -> Rendered:
    return replace(rendered, subject=text.subject, plain=text.plain, html=text.html)


def language_for(recipient: Recipient, district: District) -> str:
    """The recipient's language when the phrase bank has it, else the district's first."""
    known = {code for code, _name in settings.LANGUAGES}
    return recipient.language if recipient.language in known else first_language(district)


def _owe_letters(notice: Notice, recipients: Sequence[Recipient], message: Message, *, by: User) -> None:
    now = engine_now()
    if any(each.by_letter for each in recipients):
        ref = f"message:{message.pk}"
        for duty in raise_for("letters_ready", case=notice.case, at=now, ref=ref, by=by):
            duty.message = message  # by this the sweep knows that these letters are owed already
            duty.save(update_fields=["message"])
    if any(_has_no_address(each) for each in recipients):
        raise_for("delivery_failed", case=notice.case, at=now, ref=f"message:{message.pk}:no-address", by=by)


def _has_no_address(recipient: Recipient) -> bool:
    return not recipient.email and not recipient.postal_address.strip()


def _mark_issued(notice: Notice, recipients: Sequence[Recipient], message: Message, *, by: User) -> Notice:
    audience, now = audience_of(notice.district), engine_now()
    reached: dict[str, Any] = {
        "people": len(recipients),
        "emails": sum(not each.by_letter for each in recipients),
        "letters": sum(each.by_letter for each in recipients),
        "languages": dict(Counter(language_for(each, notice.district) for each in recipients)),
    }
    digest = hashlib.sha256("\n".join(sorted(each.ref for each in recipients)).encode()).hexdigest()
    facts: dict[str, Any] = {
        "notice": notice.number,
        "message": message.pk,
        "audience": audience.choice,
        "audience_set_by": audience.set_by,
        "reached": reached,
        "recipients_sha256": digest,
    }
    issued = transition(
        notice,
        to=NoticeStatus.ISSUED,
        graph=lifecycle.NOTICE,
        act="notice-issued",
        case=notice.case,
        by=by,
        changes={
            "issued_by": by,
            "issued_at": now,
            "message": message,
            "audience": audience.choice[:30],
            "reached": reached,
            "sent_elsewhere": sends_elsewhere(notice.district),
        },
        **facts,
    )
    for case in cases_of(notice):
        if case.pk != notice.case_id:
            record("notice-issued", by=by, case=case, **facts)
    return issued


def _today(notice: Notice) -> date:
    return engine_now().astimezone(notice.district.tz).date()
