"""The notice about a breach: its words, the second person, the sending, and who was listed too late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from breaches.affected import lock_open, require_open
from breaches.calls import tell_staff
from breaches.clocks import raise_again
from breaches.models import Breach
from breaches.public_words import notice_problems, public_words_problems
from breaches.reach import recipients_of
from breaches.roles import people_of_desk, second_persons
from ledger.clock import engine_now
from ledger.entries import Conflict, record, transition
from mail.models import Delivery
from notices.compose import draft_breach_notice, edit_draft, editable, first_language, write_text
from notices.duties import rules_of
from notices.issue import approve_notice, ask_for_approval, authors_of, issue_notice
from notices.lifecycle import NOTICE
from notices.models import Notice, NoticeKind, NoticeStatus, Part, Posting
from notices.postings import publish_posting
from parties.models import User
from policy.models import Obligation, ObligationStatus, OwedBy
from policy.obligations import settle, settle_by_delivery
from roster.recipients import Recipient

PARTS: Final = (Part.WHAT_HAPPENED, Part.DATA, Part.WHAT_WE_DO, Part.WHAT_YOU_CAN_DO, Part.CONTACT)


@dataclass(frozen=True, slots=True)
class Sent:
    """What pressing “Send and post” did."""

    notice: Notice
    posting: Posting | None
    recipients: int


def current_notice(breach: Breach) -> Notice | None:
    """The breach's own notice: the newest one that was not put aside."""
    found = Notice.objects.filter(case=breach.case, kind=NoticeKind.BREACH)
    return found.exclude(status=NoticeStatus.ASIDE).order_by("-pk").first()


def first_words(breach: Breach) -> dict[str, str]:
    """A first wording of each part for the writer to change: plain sentences, no person, no small number."""
    district, where = breach.district, breach.product
    maybe = breach.maybe_involved
    return {
        Part.WHAT_HAPPENED: (
            _(
                "Somebody who should not have may have seen data in our own systems. "
                "We learned of it on %(day)s."
            )
            if breach.is_own
            else _(
                "Somebody who should not have may have seen data that %(where)s keeps for our schools. "
                "We learned of it on %(day)s."
            )
        )
        % {"where": where, "day": f"{breach.received_at.astimezone(district.tz):%B %-d, %Y}"},
        Part.DATA: _("We do not know yet whose data it was. You get this letter because you may be involved.")
        if maybe
        else _("The kinds of data are listed in this notice."),
        Part.WHAT_WE_DO: (
            _("We are stopping it and finding out what happened.")
            if breach.is_own
            else _("We asked %(where)s to stop it and to tell us all it knows. We are looking into it.")
        )
        % {"where": where},
        Part.WHAT_YOU_CAN_DO: (
            _("Change the password your child uses at school.")
            if breach.is_own
            else _("Change the password your child uses there.")
        )
        + " "
        + _("Do not answer messages that ask for passwords or money. Call us when something looks wrong."),
        Part.CONTACT: _("%(who)s, %(phone)s, %(email)s")
        % {
            "who": district.contact_name or district.name,
            "phone": district.contact_phone,
            "email": district.contact_email,
        },
    }


def public_names(breach: Breach, notice: Notice | None) -> dict[str, str]:
    """What the notice calls the company and the product: until somebody writes it, as the report does."""
    if notice is None:
        return {"vendor": breach.vendor_name, "product": breach.product}
    section = notice.sections.get()
    return {"vendor": section.vendor, "product": section.product}


def write_notice(
    breach: Breach, *, texts: Mapping[str, str], by: User, vendor: str = "", product: str = ""
) -> Notice:
    """Write the notice's parts in the district's first language; again changes the draft.

    `vendor` and `product` are the names families read; empty: as they are. The report's own may come from
    anybody, so they are public only when they pass the same look as the parts. An approved notice goes back
    to draft. Effects: Notice with its public number, section, texts, Entries. Raises ValidationError by part
    when a part is empty or names an affected person, a number below ten or, then, a school; Conflict when it
    was already sent.
    """
    require_open(breach, by)
    wrong: dict[str, str] = {
        str(part): _("Please fill this in.") for part in PARTS if not texts.get(part, "").strip()
    }
    language = first_language(breach.district)
    names = public_names(breach, current_notice(breach))
    names |= {name: said.strip() for name, said in (("vendor", vendor), ("product", product)) if said.strip()}
    wrong = public_words_problems(breach, {**names, **texts}, language=language) | wrong
    if wrong:
        raise ValidationError(wrong)
    with transaction.atomic():
        lock_open(breach)
        notice = current_notice(breach)
        if notice is None:
            return draft_breach_notice(
                breach.case,
                texts={str(part): texts[part] for part in PARTS},
                elements=breach.elements,
                by=by,
                **names,
            )
        section = notice.sections.get()
        if {"vendor": section.vendor, "product": section.product} != names:
            edit_draft(section, by=by, vendor=names["vendor"], product=names["product"])
        known = dict(section.texts.filter(language=language).values_list("part", "body"))
        for part in PARTS:
            if texts[part].strip() != known.get(part):
                write_text(section, part=part, language=language, body=texts[part], by=by)
    notice.refresh_from_db()
    return notice


def ask_second(breach: Breach, *, by: User) -> Notice:
    """Ask a second person to read and approve the notice. Effects: their duty, a message to them, Entry."""
    require_open(breach, by)
    notice = _notice_of(breach)
    with transaction.atomic():
        ask_for_approval(notice, by=by)
        tell_staff(
            breach,
            second_persons(breach, first=by, but_not=authors_of(notice)),
            kind="breach-approval",
            subject=_("Please approve: %(case)s") % {"case": breach.case},
            template="breaches/mail/approve.txt",
        )
    return notice


def approval_asked(notice: Notice) -> bool:
    """Whether somebody was asked to approve this draft and has not answered yet."""
    return Obligation.objects.open().filter(case=notice.case, kind="approve").exists()


def approve(breach: Breach, *, by: User, alone_because: str = "") -> Notice:
    """Approve the notice as the second person, or alone with a typed reason where that is allowed.

    Alone: from 12 hours before the limit, or when no second person is there; it is marked, and the
    superintendent is told at once. The 48 hours never wait for a signature (architecture §7).
    """
    require_open(breach, by)
    return approve_notice(_notice_of(breach), by=by, alone_because=alone_because)


def send_and_post(breach: Breach, *, by: User) -> Sent:
    """Issue the approved notice to everybody affected and post it, in one act of a person.

    Effects, in one transaction: recipients frozen, one Delivery each, letters to print, the duties to tell
    settled by delivery, the posting public and its duty settled. In a drill the message goes to staff only
    and nothing is posted. Pressed twice at once it sends once (Conflict). Raises ValidationError when
    nobody is listed or a required part is missing. Policy 3520.13, notice of breach, paragraph 1.
    """
    require_open(breach, by)
    with transaction.atomic():
        locked = lock_open(breach)
        notice = _notice_of(locked)
        if notice.status == NoticeStatus.ISSUED:
            raise Conflict(_("This notice was already sent."))
        if locked.listed_at is None:
            raise ValidationError({"people": _("List the affected people first.")})
        _check_still_public(locked, notice)
        today = engine_now().astimezone(locked.district.tz).date()
        recipients = (
            _staff(locked) if locked.is_drill else without_told(locked, recipients_of(locked, on=today))
        )
        if not recipients:
            raise ValidationError({"people": _("Nobody on the list can be written to.")})
        issued = issue_notice(notice, by=by, recipients=recipients, is_drill=locked.is_drill)
        _settle_others_by(locked, issued)
        posting = _post(locked, issued, by=by)
    return Sent(issued, posting, len(recipients))


def sent_notice(breach: Breach) -> Notice | None:
    """The newest notice about the breach that was sent."""
    sent = Notice.objects.filter(case=breach.case, kind=NoticeKind.BREACH, status=NoticeStatus.ISSUED)
    return sent.order_by("-pk").first()


def untold(breach: Breach) -> list[Recipient]:
    """Those whom people listed after the sending bring with them: nobody has written to them yet."""
    sent = sent_notice(breach)
    if sent is None or breach.is_drill or not breach.people.filter(added_at__gt=sent.issued_at).exists():
        return []
    today = engine_now().astimezone(breach.district.tz).date()
    return without_told(breach, recipients_of(breach, on=today))


def without_told(breach: Breach, recipients: Sequence[Recipient]) -> list[Recipient]:
    """The recipients to whom no notice about this breach was sent before."""
    told = Delivery.objects.filter(
        message__notice__case=breach.case, message__notice__kind=NoticeKind.BREACH
    ).values_list("recipient_ref", flat=True)
    known = set(told)
    return [recipient for recipient in recipients if recipient.ref not in known]


def write_to_added(breach: Breach, *, by: User) -> Notice:
    """Begin a second sending, to people listed after the first: the same words, to change if need be.

    A second person approves it as ever. The duty to tell these families is owed from the first receipt.
    Effects: a draft Notice, obligations, Entry. Raises Conflict when everybody has been told.
    """
    require_open(breach, by)
    with transaction.atomic():
        locked = lock_open(breach)
        sent, latest = sent_notice(locked), current_notice(locked)
        if sent is None or latest != sent or not untold(locked):
            raise Conflict(_("Everybody on the list has been told, or a notice to them is being written."))
        first = first_language(locked.district)
        texts = sent.sections.get().texts.filter(language=first).values_list("part", "body")
        draft = draft_breach_notice(
            locked.case,
            texts=dict(texts),
            elements=locked.elements,
            by=by,
            **public_names(locked, sent),
        )
        owed = [duty.pk for duty in owe_to_added(locked, by=by)]
        record("people-added-later", by=by, case=locked.case, notice=draft.number, owed=owed)
    return draft


def owe_to_added(breach: Breach, *, by: User | None) -> list[Obligation]:
    """Owe the telling anew, to people who came onto the list after the sending: from the first receipt.

    Once, however many come and however often it is asked, until a message does it. Effects: obligations.
    """
    owed = breach.case.obligations.filter(kind="notice", owed_by=OwedBy.DISTRICT)
    waiting = owed.filter(status=ObligationStatus.OPEN, message=None)
    rules = set(owed.values_list("rule", flat=True)) - set(waiting.values_list("rule", flat=True))
    return raise_again(breach, by=by, only=rules) if rules else []


def put_drafts_aside(breach: Breach, *, act: str, by: User) -> list[Notice]:
    """Whatever is written and not sent goes no further. Effects: status, Entries of `act`."""
    unsent = Notice.objects.filter(
        case=breach.case, status__in=(NoticeStatus.DRAFT, NoticeStatus.APPROVED)
    ).order_by("pk")
    return [
        transition(
            editable(notice, by=by),
            to=NoticeStatus.ASIDE,
            graph=NOTICE,
            act=act,
            case=breach.case,
            by=by,
            notice=notice.number,
        )
        for notice in unsent
    ]


def _notice_of(breach: Breach) -> Notice:
    notice = current_notice(breach)
    if notice is None:
        raise ValidationError({"notice": _("Write the notice first.")})
    return notice


def _check_still_public(breach: Breach, notice: Notice) -> None:
    """People may have been listed after the words were written."""
    if wrong := notice_problems(breach, notice):
        raise ValidationError(wrong)


def _staff(breach: Breach) -> Sequence[Recipient]:
    return [
        Recipient(user_ref(user), user.name, user.email, "", user.language, ())
        for user in people_of_desk(breach.district)
    ]


def user_ref(user: User) -> str:
    return f"user:{user.pk}"


def _settle_others_by(breach: Breach, notice: Notice) -> None:
    """Duties to people outside the families are done by the same message, where it says all they ask for."""
    assert notice.message is not None
    for duty in _open_duties(breach, "notice"):
        parts = {part for rule in rules_of(duty) for part in rule.required_parts}
        if duty.message_id is None and parts <= set(PARTS):
            settle_by_delivery([duty], message=notice.message)


def _post(breach: Breach, notice: Notice, *, by: User) -> Posting | None:
    duties = _open_duties(breach, "posting")
    if breach.is_drill:
        for duty in duties:
            settle(duty, at=engine_now(), by=by, reason=_("A drill: nothing was posted."))
        return None
    return publish_posting(notice, by=by) if duties else None


def _open_duties(breach: Breach, kind: str) -> list[Obligation]:
    return list(
        breach.case.obligations.filter(
            kind=kind, status=ObligationStatus.OPEN, owed_by=OwedBy.DISTRICT
        ).order_by("pk")
    )
