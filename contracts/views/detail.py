"""The contract's own page: is it in order, yes or no, and what is next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import dateformat
from django.utils.translation import gettext as _

from contracts.checklist import Row, checklist, forbidden_elements, packs_of
from contracts.exit import exit_duties
from contracts.models import Conformity, Contract, ContractStatus, CureStatus
from contracts.read import READING
from contracts.review import is_short
from contracts.views.scope import about_contract, may_edit
from ledger.models import Document, JobStatus
from notices.models import NoticeSection
from policy.models import Deadline, Obligation

LIVE = ("running", "missed", "paused", "undated")
ACTS = {"review": "review", "cure": "cure", "certificate": "leave", "renew": "leave"}


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one thing to do now."""

    words: str
    verb: str
    url: str
    deadline: Deadline | None = None


@about_contract
def detail(request: HttpRequest, contract: Contract) -> HttpResponse:
    rows = checklist(contract)
    duties = list(
        contract.case.obligations.filter(status="open").prefetch_related("deadlines").order_by("pk")
    )
    sections = NoticeSection.objects.filter(case=contract.case_id).select_related("notice__district")
    context = {
        "contract": contract,
        "rows": rows,
        "short": [row for row in rows if row.finding and is_short(row.finding)],
        "judge": _last_judge(rows),
        "step": next_step(contract, rows, duties),
        "clocks": _clocks(duties),
        "events": _life(contract, duties),
        "sections": sections,
        "papers": contract.instruments.select_related("document"),
        "files": Document.objects.for_user(request.user).filter(case=contract.case).exclude(kind="safe-copy"),
        "entries": contract.case.entries.select_related("by").order_by("-pk")[:50],
        "cures": contract.cures.exclude(status=CureStatus.WITHDRAWN).prefetch_related("message__deliveries"),
        "forbidden": forbidden_elements(contract),
        "stopped": contract.suspensions.filter(lifted_at=None).first(),
        "points": _points(contract),
        "may_edit": may_edit(request, contract.district),
    }
    return render(request, "contracts/detail.html", context)


@about_contract
def act(request: HttpRequest, contract: Contract, rule: str) -> HttpResponse:
    """Where the act of this rule is done: what Today's button opens."""
    duty = contract.case.obligations.filter(rule=rule).order_by("-pk").first()
    return redirect(_duty_url(contract, duty) if duty else contract.get_absolute_url())


def next_step(contract: Contract, rows: list[Row], duties: list[Obligation]) -> NextStep | None:
    """What to do now: read, check, execute, then the soonest duty."""
    where = [contract.district.slug, contract.case.number]
    job = contract.case.jobs.filter(kind=READING).first()
    if job is not None and job.status in (JobStatus.WAITING, JobStatus.WORKING):
        return NextStep(
            _("The computer is reading it."), _("See how far"), reverse("contract:reading", args=where)
        )
    if job is not None and job.status == JobStatus.FAILED and not rows_read(rows):
        return NextStep(
            _("The file could not be read."), _("See why"), reverse("contract:reading", args=where)
        )
    clocks = [
        (clock.due_at, duty, clock) for duty in duties for clock in duty.deadlines.all() if clock.due_at
    ]
    mine = [each for each in clocks if each[1].owed_by == "district" and each[2].status in LIVE]
    if mine and contract.status != ContractStatus.DRAFT:
        _due, duty, clock = min(mine, key=lambda each: each[0])
        return NextStep(duty.title, duty.verb, _duty_url(contract, duty), clock)
    waiting = sum(row.finding is not None and not row.finding.decision for row in rows)
    if waiting:
        words = _("%(count)s terms wait for your decision.") % {"count": waiting}
        return NextStep(words, _("Check the terms"), reverse("contract:review", args=where))
    if contract.status == ContractStatus.DRAFT and contract.instruments.with_a_copy().exists():
        words = _("Not marked as executed yet.")
        return NextStep(words, _("Mark as executed"), reverse("contract:execute", args=where))
    if contract.conformity == Conformity.SHORT:
        return NextStep(_("Terms are missing."), _("Ask the vendor"), reverse("contract:ask", args=where))
    return None


def rows_read(rows: list[Row]) -> bool:
    return any(row.finding is not None for row in rows)


def _duty_url(contract: Contract, duty: Obligation) -> str:
    where = [contract.district.slug, contract.case.number]
    if duty.trigger == "deficiency_recorded":
        return reverse("contract:ask", args=where)
    if duty.kind in ("notice", "posting", "approve", "print"):
        section = (
            NoticeSection.objects.filter(case=contract.case_id).select_related("notice__district").last()
        )
        try:
            return section.notice.get_absolute_url() if section else contract.get_absolute_url()
        except NoReverseMatch:
            return contract.get_absolute_url()
    return reverse(f"contract:{ACTS.get(duty.kind, 'detail')}", args=where)


def _clocks(duties: list[Obligation]) -> list[tuple[Obligation, Deadline | None]]:
    """Each open duty with its earliest live clock, soonest first."""
    found = []
    for duty in duties:
        live = [clock for clock in duty.deadlines.all() if clock.status in LIVE]
        found.append((duty, min(live, key=lambda c: (c.due_at is None, c.due_at), default=None)))
    return sorted(
        found, key=lambda each: (each[1] is None or each[1].due_at is None, each[1] and each[1].due_at)
    )


def _life(contract: Contract, duties: list[Obligation]) -> list[dict[str, Any]]:
    """The life line: what was, what is due, what comes."""
    tz = contract.district.tz
    days: list[tuple[date, str, str]] = [
        (contract.case.opened_at.astimezone(tz).date(), _("recorded"), "past")
    ]
    for paper in contract.instruments.all():
        if paper.executed_on:
            words = _("executed") if paper.executed_on == contract.executed_on else paper.get_kind_display()
            days.append((paper.executed_on, words, "past"))
    for duty, clock in _clocks(duties):
        if clock is not None and clock.due_at:
            days.append((clock.due_at.astimezone(tz).date(), duty.title, "now"))
    if contract.ended_on:
        days.append((contract.ended_on, _("ended"), "past"))
    elif contract.ends_on:
        days.append((contract.ends_on, _("ends"), "future"))
    shown = sorted(days, key=lambda each: each[0])[:7]
    return [
        {"date": dateformat.format(day, "M j, Y"), "text": words, "state": state}
        for day, words, state in shown
    ]


def _last_judge(rows: list[Row]) -> Any:
    decided = [
        (row.finding.decided_at, row.finding) for row in rows if row.finding and row.finding.decided_at
    ]
    return max(decided, key=lambda each: each[0], default=(None, None))[1]


def _points(contract: Contract) -> list[dict[str, Any]]:
    """What packs ask to be stated, with what was."""
    if not contract.in_scope:
        return []
    stated = {(row.pack, row.point): row for row in contract.attestations.all()}
    return [
        {"pack": pack.ref, "point": point, "stated": stated.get((pack.ref, point.id))}
        for pack in packs_of(contract.district)
        for point in pack.attestations
        if point.kind in ("before_data", "prohibition", "safeguard", "permitted_use")
    ]


def still_owed(contract: Contract) -> list[Obligation]:
    return list(exit_duties(contract))
