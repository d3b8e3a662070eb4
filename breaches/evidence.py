"""What a packet says about a breach, and the sentences of the desk's acts. No affected person is named.

Duties, notices, deliveries, postings, files and history are added by the floors and rooms that own them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from breaches.affected import counts_by_sort
from breaches.models import Breach, PersonSort
from ledger.history import add_sentences
from ledger.models import Case
from ledger.packets import Section, packet_section
from notices.elements import SCHEDULE

add_sentences(
    {
        "breach-opened": "{by} recorded report {report} ({channel}), first had at {received_at}.",
        "report-amended": "{by} added to report {report}.",
        "report-verified": "{by} checked report {report}: it is genuine.",
        "report-link-made": "{by} made a report link for a vendor.",
        "receipt-moved-earlier": "{by} said that the district had the report already at {received_at}.",
        "later-receipt-asked": "{by} asked to say that the district had the report only at {to}.",
        "later-receipt-refused": "{by} did not agree that the district had the report only at {to}.",
        "receipt-moved-later": "{by} agreed that the district had the report only at {received_at}.",
        "breach-contract-added": "{by} named contract {contract} as part of the breach.",
        "people-list-read": "{by} had a list of people read, SHA-256 {sha256}.",
        "people-list-dropped": "{by} did not use a list of people, SHA-256 {sha256}.",
        "people-listed": "{by} listed {added} people, {listed} in all.",
        "people-taken-back": "{by} took {count} people off the list again; {listed} are left.",
        "affected-people-read": "{by} read the names of {count} affected people.",
        "people-purged": "{by} deleted the list of {count} people.",
        "determination-asked": "{by} asked for a decision: {sort}.",
        "determination-refused": "{by} did not agree to the decision: {sort}.",
        "no-breach-determined": "{by} agreed that there was no unauthorised access.",
        "decided-alone-in-part": "{by} decided alone what could not wait; the rest waits.",
        "breach-was-an-attempt": "{by} agreed that it was an attempt only.",
        "investigation-logged": "{by} wrote into the investigation's log ({kind}).",
        "notice-considered": "{by} considered whether to tell {whom}: {needed}.",
        "access-stopped": "{by} stopped access ({term}).",
        "access-given-back": "{by} gave access back.",
        "vendor-asked": "{by} asked the vendor for {about}.",
        "vendor-answered": "{by} recorded the vendor's answer, SHA-256 {sha256}.",
        "vendor-told-families": "{by} recorded that the vendor told families at {told_at}, SHA-256 {sha256}.",
        "vendor-word-received": "{by} recorded the vendor's own report of {received_at}, SHA-256 {sha256}.",
        "external-report-drafted": "{by} drafted the report {rule}.",
        "external-report-sent": "{by} recorded the report {rule} as sent at {sent_at}, number {reference}.",
        "sanction-decided": "{by} decided what follows: {kind}.",
        "missed-explained": "{by} wrote down why a limit was missed.",
        "people-added-later": "{by} began notice {notice} to people listed after the first sending.",
        "breach-merged": "{by} said that this is the same event as {into}, which goes on.",
        "breach-took-in": "{by} took in {was} as the same event: report {report}, received {received_at}.",
        "more-than-an-attempt": "{by} said that it was more than an attempt.",
        "page-version-asked": "{by} asked for a new version of the public page ({language}).",
        "page-version-agreed": "{by} agreed to version {version} of the public page.",
        "page-version-refused": "{by} did not agree to a new version of the public page.",
        "breach-closed": "{by} closed the breach; the list of people is deleted on {purge_on}.",
        "notice-fell-away": "{by} let notice {notice} fall away: its breach is part of another.",
        "notice-put-aside": "{by} put notice {notice} aside: the people it was for are off the list again.",
        "breach-reopened": "{by} opened the breach again.",
    }
)


@packet_section(order=10)
def breach_section(case: Case) -> Iterable[Section]:
    """The facts: what happened, what data, when the district had it, what the vendor claims, who decided."""
    breach = Breach.objects.filter(pk=case.pk).select_related("report__vendor", "district").first()
    if breach is None:
        return
    if breach.is_drill:
        yield Section("This was a drill", ["Messages went to staff only and nothing was posted."])
    yield Section("The breach", columns=("Fact", "As recorded"), rows=_facts(breach))
    yield from _reports(breach)
    yield Section("People listed, by sort; no names", columns=("Sort", "People"), rows=_people(breach))
    yield from _decisions(breach)


@packet_section(order=60)
def clocks_section(case: Case) -> Iterable[Section]:
    """Every clock of every actor with its arithmetic and its outcome, those counted again included."""
    if case.kind != "breach":
        return
    tz = case.district.tz
    rows = [
        (
            duty.get_owed_by_display(),
            f"{duty.title} ({deadline.citation})",
            " ".join(deadline.basis.get("lines", [])),
            f"{deadline.due_at.astimezone(tz)}: {deadline.get_status_display()}"
            if deadline.due_at
            else deadline.get_status_display(),
        )
        for duty in case.obligations.prefetch_related("deadlines").order_by("pk")
        for deadline in duty.deadlines.all()
    ]
    if rows:
        columns = ("Owed by", "What, by which rule", "How it was counted", "Due before, and outcome")
        yield Section("Clocks of all actors", columns=columns, rows=rows)


def _facts(breach: Breach) -> list[tuple[str, object]]:
    report, tz = breach.report, breach.district.tz
    rows: list[tuple[str, object]] = [
        ("What happened", breach.what_happened),
        ("Kinds of data", ", ".join(str(SCHEDULE[code].label) for code in breach.elements) or "Not known"),
        ("Vendor", breach.vendor_name if report.vendor else "None"),
        ("Contracts", ", ".join(str(contract.case) for contract in breach.contracts.all()) or "None"),
        ("The district first had the report", breach.received_at.astimezone(tz)),
        ("The vendor first suspected it, as far as is proven", breach.suspected_at.astimezone(tz)),
        ("State", breach.get_status_display()),
    ]
    if breach.deadlines_missed():
        rows.append(("Why a limit was missed", breach.missed_because or "Not said"))
    if breach.corrective_action:
        rows.append(("What changes", breach.corrective_action))
    return rows


def _reports(breach: Breach) -> Iterable[Section]:
    report, tz = breach.report, breach.district.tz
    claimed = (report.claimed_began_at, report.claimed_suspected_at, report.claimed_discovered_at)
    began, suspected, discovered = (at.astimezone(tz) if at else "Not said" for at in claimed)
    rows = [
        ("How it came", report.get_channel_display()),
        ("Checked", "Yes" if report.verified_at else "No" if report.is_unverified else "Not needed"),
        ("Claimed beginning", began),
        ("Claimed suspicion", suspected),
        ("Claimed discovery", discovered),
    ]
    words = [report.what_happened, *(f"{a.at.astimezone(tz)}: {a.words}" for a in report.amendments.all())]
    yield Section(f"Report {report.number}, word for word", words, ("What", "As said"), rows)
    for other in breach.merged.select_related("report", "case"):
        yield Section(
            f"Report {other.report.number}, of the same event (file {other.case.number})",
            [other.report.what_happened],
            ("What", "As said"),
            [
                ("Received", other.received_at.astimezone(tz)),
                ("How it came", other.report.get_channel_display()),
            ],
        )


def _people(breach: Breach) -> list[tuple[str, int]]:
    labels = dict(PersonSort.choices)
    return [(str(labels[sort]), count) for sort, count in counts_by_sort(breach).items()]


def _decisions(breach: Breach) -> Iterable[Section]:
    for heading, rows in _tables(breach).items():
        if rows:
            yield Section(heading, columns=("When", "What", "Details", "Outcome"), rows=rows)


def _tables(breach: Breach) -> dict[str, list[tuple[object, ...]]]:
    def when(at: datetime | None, otherwise: object) -> object:
        return at.astimezone(breach.district.tz) if at else otherwise

    return {
        "Investigation": [
            (when(s.at, ""), s.get_kind_display(), s.words, s.reference) for s in breach.investigation.all()
        ],
        "Notices considered": [
            (when(n.at, ""), n.get_whom_display(), n.reason, "Needed" if n.is_needed else "Not needed")
            for n in breach.considered.all()
        ],
        "Access stopped": [
            (when(o.started_at, ""), o.whose, o.extent, when(o.lifted_at, o.get_term_display()))
            for o in breach.orders.all()
        ],
        "Asked of the vendor": [
            (when(q.asked_at, ""), q.get_about_display(), q.words, when(q.received_at, "Not received"))
            for q in breach.asked.all()
        ],
        "Reports to offices": [
            (when(e.sent_at, "Draft"), e.rule, "", e.reference) for e in breach.external_reports.all()
        ],
        "What followed": [
            (when(s.at, ""), s.get_kind_display(), s.finding, s.decision) for s in breach.sanctions.all()
        ],
        "Decisions": [
            (
                when(d.agreed_at, "Not agreed"),
                d.get_sort_display(),
                f"{d.determined_by}: {d.because}",
                d.alone_because or f"{d.asked_by}, {d.agreed_by or '–'}",
            )
            for d in breach.determinations.all()
        ],
    }
