"""The list of breaches, the page of one, and where each of its duties is done."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Min, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from breaches.affected import offer_everybody
from breaches.clocks import duties_to_tell, first_deadline
from breaches.closing import missing_for_closure
from breaches.decisions import waiting_receipt
from breaches.merging import same_event_candidates
from breaches.models import Breach
from breaches.packet import NAMED
from breaches.response import current_notice, sent_notice, untold
from breaches.roles import DESK
from breaches.versions import page_of, waiting_version
from breaches.views.facts import after_sending, facts_of_page, is_stuck, late_clocks, told_of, what_is_owed
from breaches.views.scope import about_breach, district_of_page, person
from breaches.views.steps import steps_of
from ledger.clock import engine_now
from ledger.models import Document
from parties.access import has_role
from parties.models import User
from policy.models import DeadlineStatus, Obligation, ObligationStatus, OwedBy

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


def breach_list(request: HttpRequest, district: str) -> HttpResponse:
    """The district's breaches that this person is named on, the soonest duty of the district first."""
    here = district_of_page(request, district)
    clocks = Q(
        case__obligations__owed_by=OwedBy.DISTRICT,
        case__obligations__status=ObligationStatus.OPEN,
        case__obligations__deadlines__status__in=LIVE,
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
        "change": waiting_receipt(breach),
        "offer": breach.is_open and offer_everybody(breach),
        "missing": missing_for_closure(breach, corrective_action="-") if breach.status != "closed" else [],
        "proofs": proofs_of(breach, person(request)),
        "entries": breach.case.entries.select_related("by").order_by("-pk")[:60],
    }
    return render(request, "breaches/detail.html", context)


def proofs_of(breach: Breach, by: User) -> list[Document]:
    """The packets that were made last, and the lists that stand beside them."""
    mine = Document.objects.for_user(by).filter(case=breach.case)
    return list(mine.filter(kind__in=("packet", "delivery-list", *NAMED))[:6])


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
    if duty.claims:
        return duty.get_absolute_url()
    page = PAGES.get(duty.kind, "duty")
    notice = current_notice(breach)
    if (
        notice is not None
        and notice.message_id is not None
        and (duty.kind == "print" or duty.message_id == notice.message_id)
    ):
        return reverse("notice:deliveries", args=[breach.district.slug, notice.number])
    if page == "next":
        waiting = [row for row in duties_to_tell(breach) if row.status == ObligationStatus.OPEN]
        steps = steps_of(breach, notice, waiting, by)
        current = next((step for step in steps if step.state == "current" and step.url), None)
        if current is None:
            return reverse("breach:duty", args=[*where, duty.rule])
        return current.url
    if page in ("office", "duty"):
        return reverse(f"breach:{page}", args=[*where, duty.rule])
    return reverse(f"breach:{page}", args=where)
