"""The list of breaches, the page of one, and where each of its duties is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Min, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _

from breaches.affected import offer_everybody
from breaches.clocks import duties_to_tell, first_deadline
from breaches.closing import missing_for_closure
from breaches.merging import same_event_candidates
from breaches.models import Breach, BreachSort, BreachStatus
from breaches.response import approval_asked, current_notice, sent_notice, untold
from breaches.roles import DESK, second_persons
from breaches.versions import page_of, waiting_version
from breaches.views.scope import about_breach, district_of_page, person
from ledger.clock import engine_now
from mail.models import Delivery, DeliveryStatus
from notices.elements import SCHEDULE
from notices.models import Notice, NoticeStatus
from parties.access import has_role
from parties.models import User
from policy.models import Deadline, DeadlineStatus, Obligation, ObligationStatus
from policy.templatetags.deadlines import hours_and_minutes, local_time

STUCK_AFTER = timedelta(minutes=15)
LIVE = ("running", "paused", "undated", "missed")
PAGES = {
    "notice": "next",
    "posting": "next",
    "approve": "approve",
    "review": "check",
    "vendor_report": "vendor",
    "vendor_families_notice": "vendor",
    "answer": "vendor",
    "investigate": "log",
    "decide": "sanctions",
    "external_report": "office",
}
"""Which page does a duty of this kind; the others are recorded on the page of the duty itself."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of the five steps as the page shows it."""

    name: str
    note: str
    state: str
    url: str = ""
    verb: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the sending: for the line after it, and for the people it did not reach."""

    sent: int
    waiting: int
    letters: int
    failed: int


def breach_list(request: HttpRequest, district: str) -> HttpResponse:
    """The district's breaches that this person is named on, open ones and the soonest clock first."""
    here = district_of_page(request, district)
    clocks = Q(case__obligations__status=ObligationStatus.OPEN) & Q(
        case__obligations__deadlines__status__in=LIVE
    )
    found = (
        Breach.objects.for_user(person(request))
        .filter(district=here)
        .select_related("case", "district", "report__vendor")
        .annotate(next_due=Min("case__obligations__deadlines__due_at", filter=clocks))
        .order_by("-status", "next_due", "-received_at")
    )
    page = Paginator(found, 25).get_page(request.GET.get("page"))
    context = {"district": here, "page_obj": page, "may_edit": has_role(request.user, here, *DESK)}
    return render(request, "breaches/list.html", context)


@about_breach
def detail(request: HttpRequest, breach: Breach) -> HttpResponse:
    """The clock, the five steps, every clock of every actor, the facts, what is left before closing."""
    now = engine_now()
    duties = list(breach.case.obligations.prefetch_related("deadlines").order_by("pk"))
    telling = duties_to_tell(breach)
    waiting = [duty for duty in telling if duty.status == ObligationStatus.OPEN]
    notice = current_notice(breach)
    steps = steps_of(breach, notice, waiting, person(request))
    current = next((step for step in steps if step.state == "current"), None)
    context = {
        "breach": breach,
        "district": breach.district,
        "now": now,
        "banner": first_deadline(waiting) if breach.is_open else None,
        "on_its_way": bool(waiting) and all(duty.message_id for duty in waiting),
        "alike": alike(breach, person(request)),
        "page": page_of(breach),
        "version": waiting_version(breach),
        "what": what_is_owed(breach),
        "current": current,
        "steps": steps,
        "clocks": [(duty, [d for d in duty.deadlines.all() if d.status != "superseded"]) for duty in duties],
        "old_clocks": [
            d for duty in duties for d in duty.deadlines.all() if d.status == DeadlineStatus.SUPERSEDED
        ],
        "facts": facts_of_page(breach),
        "after": after_sending(breach, notice, telling),
        "told": told_of(notice),
        "is_stuck": is_stuck(notice, now),
        "untold": len(untold(breach)) if breach.is_open and notice == sent_notice(breach) else 0,
        "late": [d for d in late_clocks(telling) if not breach.missed_because],
        "determination": breach.determinations.filter(agreed_at=None, refused_at=None).first(),
        "change": breach.receipt_changes.filter(agreed_at=None).first(),
        "offer": breach.is_open and offer_everybody(breach),
        "missing": missing_for_closure(breach, corrective_action="-") if breach.status != "closed" else [],
        "entries": breach.case.entries.select_related("by").order_by("-pk")[:60],
    }
    return render(request, "breaches/detail.html", context)


def alike(breach: Breach, by: User) -> list[Breach]:
    """Open breaches that may be the same event: of the same vendor, or of nobody known yet."""
    if not breach.is_open or breach.is_drill:
        return []
    mine = breach.vendor
    found = same_event_candidates(breach, by=by)[:20]
    return [other for other in found if mine is None or other.vendor is None or other.vendor == mine][:3]


@about_breach
def act(request: HttpRequest, breach: Breach, rule: str) -> HttpResponse:
    """Where the duty of this rule is done: what Today's button opens."""
    duty = breach.case.obligations.filter(rule=rule).order_by("-pk").first()
    return redirect(url_of_duty(breach, duty, person(request)) if duty else breach.get_absolute_url())


def url_of_duty(breach: Breach, duty: Obligation, by: User) -> str:
    """The page on which this duty is done."""
    where = [breach.district.slug, breach.case.number]
    if duty.status != ObligationStatus.OPEN:
        return breach.get_absolute_url()
    page = PAGES.get(duty.kind, "duty")
    if duty.message_id is not None and (notice := current_notice(breach)) is not None:
        return reverse("notice:deliveries", args=[breach.district.slug, notice.number])
    if duty.kind == "print":
        return letters_url(breach) or reverse("breach:duty", args=[*where, duty.rule])
    if page == "next":
        waiting = [row for row in duties_to_tell(breach) if row.status == ObligationStatus.OPEN]
        steps = steps_of(breach, current_notice(breach), waiting, by)
        current = next((step for step in steps if step.state == "current" and step.url), None)
        if current is None:
            return reverse("breach:duty", args=[*where, duty.rule])
        return current.url
    if page in ("office", "duty"):
        return reverse(f"breach:{page}", args=[*where, duty.rule])
    return reverse(f"breach:{page}", args=where)


def letters_url(breach: Breach) -> str:
    """Where the letters of the notice are printed: the notices' own page, when there is one."""
    notice = current_notice(breach)
    if notice is None:
        return ""
    for name in ("notice:letters", "notice:detail"):
        try:
            return reverse(name, args=[breach.district.slug, notice.number])
        except NoReverseMatch:
            continue
    return ""


def steps_of(breach: Breach, notice: Notice | None, waiting: Sequence[Obligation], by: User) -> list[Step]:
    """Where the desk stands: the first step that is not done is the current one."""
    where = [breach.district.slug, breach.case.number]
    report = Step(
        _("Record the report"),
        _("Done. Report %(number)s, received %(when)s")
        % {"number": breach.report.number, "when": local_time(breach.received_at, breach.district)},
        "done",
        reverse("breach:report", args=where),
        _("See report"),
    )
    if breach.sort == BreachSort.ATTEMPT or breach.status == BreachStatus.NO_BREACH:
        return [report, *_short_steps(breach, where)]
    issued = notice is not None and notice.status == NoticeStatus.ISSUED
    approved = notice is not None and notice.status in (NoticeStatus.APPROVED, NoticeStatus.ISSUED)
    rows = [
        (
            _("List the people"),
            people_note(breach),
            breach.listed_at is not None,
            "people",
            _("List the people"),
            _("See list"),
        ),
        (
            _("Write the notice"),
            notice_note(notice, breach),
            notice is not None,
            "notice",
            _("Write the notice"),
            _("See notice"),
        ),
        (
            _("A second person approves"),
            approval_note(breach, notice),
            approved,
            "approve",
            _("See what waits for approval") if waits_for_others(notice, by) else _("Read and approve"),
            _("See approval"),
        ),
        (
            _("Send and post"),
            sending_note(breach, notice, waiting),
            issued and not any(duty.kind == "posting" for duty in waiting),
            "send",
            _("Send and post"),
            "",
        ),
    ]
    steps, found = [report], False
    for name, note, done, page, verb, seen in rows:
        state = "done" if done else "todo" if found or not breach.is_open else "current"
        found = found or not done
        url = reverse(f"breach:{page}", args=where) if (state != "todo" and (seen or not done)) else ""
        if issued and page in ("notice",):
            url = reverse("breach:approve", args=where)
        steps.append(Step(str(name), str(note), state, url, str(seen if done else verb)))
    return steps


def _short_steps(breach: Breach, where: list[str]) -> list[Step]:
    """An attempt, or no breach after all: look into it, note what changes, close."""
    looked_into = breach.investigation.exists()
    closed = breach.status == BreachStatus.CLOSED
    return [
        Step(
            str(_("Look into it")),
            str(_("The log has begun.") if looked_into else _("Write down what was tried and what you did.")),
            "done" if looked_into else "current",
            reverse("breach:log", args=where),
            str(_("See the log") if looked_into else _("Start the log")),
        ),
        Step(
            str(_("Close it")),
            str(_("Say what changes, so that it does not happen again.")),
            "done" if closed else "current" if looked_into else "todo",
            "" if closed or not looked_into else reverse("breach:close", args=where),
            str(_("Close the breach")),
        ),
    ]


def people_note(breach: Breach) -> str:
    if breach.listed_at is None:
        return _("Upload a list, or choose schools and grades.")
    count = breach.people.count()
    note = ngettext("Done. %(n)s person", "Done. %(n)s people", count) % {"n": f"{count:,}"}
    return f"{note}. {_('They may be involved.')}" if breach.maybe_involved else note


def notice_note(notice: Notice | None, breach: Breach) -> str:
    if notice is None:
        return _("Five short parts. A first wording is there for you.")
    languages = breach.district.languages or ["en"]
    section = notice.sections.first()
    reviewed = set()
    if section is not None:
        reviewed = {text.language for text in section.texts.all() if text.reviewed_at is not None}
    waiting = [language for language in languages[1:] if language not in reviewed]
    if not waiting:
        return _("Done in every language of your pages.")
    return _("Done in %(first)s. Not translated yet: %(others)s. The clock does not wait for it.") % {
        "first": get_language_info(languages[0])["name"],
        "others": ", ".join(get_language_info(code)["name"] for code in waiting),
    }


def waits_for_others(notice: Notice | None, by: User) -> bool:
    """Whether the author has asked and can only wait, or call."""
    return notice is not None and notice.drafted_by == by and approval_asked(notice)


def approval_note(breach: Breach, notice: Notice | None) -> str:
    if notice is not None and notice.approved_by is not None:
        note = _("Approved by %(name)s") % {"name": notice.approved_by}
        return (
            f"{note}. {_('One person alone')}: {notice.approved_alone_because}"
            if notice.approved_alone_because
            else note
        )
    if notice is None or notice.drafted_by is None:
        return _("Somebody who did not write it")
    names = [str(user) for user in second_persons(breach.district, first=notice.drafted_by)]
    if not names:
        return _("There is no second person: you may approve alone and say why.")
    said = _("%(names)s. They get an e-mail.")
    if approval_asked(notice):
        said = _("Asked: %(names)s. They got an e-mail. Call them when the time is short.")
    return said % {"names": _(" or ").join(names[:3])}


def sending_note(breach: Breach, notice: Notice | None, waiting: Sequence[Obligation]) -> str:
    if breach.is_drill:
        return _("A drill: the message goes to staff only, and nothing is posted.")
    if notice is not None and notice.issued_at is not None:
        return _("Sent %(when)s") % {"when": local_time(notice.issued_at, breach.district)}
    return _("E-mail to families, letters to print, the public page. The clock stops here.")


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
    if notice is None or notice.issued_at is None or now - notice.issued_at < STUCK_AFTER:
        return False
    return Delivery.objects.filter(
        message=notice.message_id, channel="email", status=DeliveryStatus.PENDING
    ).exists()


def late_clocks(telling: Sequence[Obligation]) -> list[Deadline]:
    return [d for duty in telling for d in duty.deadlines.all() if d.status == DeadlineStatus.MISSED]
