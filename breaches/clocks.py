"""Every clock of every actor of one breach: which triggers it reports, and from when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _

from breaches.models import Breach, BreachSort
from ledger.clock import engine_now
from ledger.models import Document
from notices.elements import INFORMATION, SCHEDULE
from parties.models import User
from policy.clock import first_instant
from policy.editions import PRACTICE, values_of
from policy.models import Deadline, DeadlineStatus, Obligation, ObligationStatus, OwedBy
from policy.obligations import raise_for, settle
from policy.packs import Rule, load
from policy.recount import move_start, restart_earlier

DIRECTORY: Final[Mapping[str, frozenset[str]]] = {
    "student_name": frozenset({"student-name"}),
    "address": frozenset({"student-address"}),
    "phone": frozenset({"student-phone"}),
    "email": frozenset({"student-email"}),
    "date_of_birth": frozenset({"birth-date"}),
    "grade_level": frozenset({"grade-level"}),
    "photo": frozenset({"photo"}),
    "school": frozenset({"school"}),
    "attendance_dates": frozenset({"attendance-daily"}),
    "activities": frozenset({"membership"}),
    "awards": frozenset(),
}
"""The choices of the parameter `directory-elements` as codes of the schedule of data."""

OF_THEIR_OWN: Final = frozenset({"ssn", "biometric", "medical"})
"""Kinds of data that some packs name themselves."""

NO_FAMILY_NOTICE: Final = frozenset({"notice", "posting", "vendor_families_notice", "external_report"})
FROM_RECEIPT: Final = ("report_received", "cyberattack_found", "unverified_report_received")
TELL: Final = frozenset({"notice", "posting"})
ALONE_BEFORE: Final = timedelta(hours=12)


def raise_clocks(
    breach: Breach, *, by: User | None, again: int = 0, only: Collection[str] = ()
) -> list[Obligation]:
    """Raise what everybody owes: the vendor from its suspicion and discovery, the district from receipt.

    Safe to repeat: new facts (further kinds of data) add clocks and change none. An attempt raises the
    investigation and no family notice (B-11). A breach of the district's own systems, and a drill, raise
    nothing for a vendor. `again` and `only` name the rules of duties that had fallen away and are owed anew.
    """
    case, ref = breach.case, f"report:{breach.report_id}{f':again:{again}' if again else ''}"
    known = categories(breach.elements, directory_elements(breach)) if breach.elements else None
    facts: dict[str, Any] = {
        "case": case,
        "ref": ref,
        "by": by,
        "people": breach.people_estimate,
        "data_categories": known,
    }
    agreed = agreed_times(breach)

    def owed(rule: Rule) -> bool:
        if rule.owed_by == OwedBy.VENDOR and (breach.vendor is None or breach.is_drill):
            return False
        if only and rule.key not in only:
            return False
        return not (breach.sort == BreachSort.ATTEMPT and rule.kind in NO_FAMILY_NOTICE)

    suspected, discovered = (
        not_before_go_live(breach, breach.suspected_at),
        not_before_go_live(breach, breach.discovered_at),
    )
    raised = raise_for(
        "breach_suspected", at=suspected, agreed=agreed, vendor=breach.vendor, concerns=owed, **facts
    )
    raised += raise_for(
        "breach_discovered", at=discovered, agreed=agreed, vendor=breach.vendor, concerns=owed, **facts
    )
    raised += raise_for("report_received", at=breach.received_at, concerns=owed, **facts)
    if breach.report.is_unverified and breach.report.verified_at is None:
        raised += raise_for("unverified_report_received", at=breach.received_at, concerns=owed, **facts)
    if breach.sort == BreachSort.CYBERATTACK:
        raised += raise_for("cyberattack_found", at=breach.received_at, concerns=owed, **facts)
    return raised


def raise_fallen_away(breach: Breach, *, by: User | None) -> list[Obligation]:
    """Owe again what was cancelled because nobody had got at the data: new facts say otherwise.

    The clocks count from the first receipt, as ever; one whose time has passed is born missed.
    """
    duties = breach.case.obligations
    alive = set(duties.exclude(status=ObligationStatus.CANCELLED).values_list("rule", flat=True))
    gone = duties.filter(status=ObligationStatus.CANCELLED).exclude(rule__in=alive)
    rules = set(gone.values_list("rule", flat=True))
    if not rules:
        return []
    return raise_again(breach, by=by, only=rules)


def raise_again(breach: Breach, *, by: User | None, only: Collection[str]) -> list[Obligation]:
    """Owe the acts of these rules once more, with clocks of their own from the first receipt."""
    before = breach.case.obligations.filter(trigger_ref__contains=":again:")
    times = before.values("trigger_ref").distinct().count()
    return raise_clocks(breach, by=by, again=times + 1, only=only)


def not_before_go_live(breach: Breach, at: datetime) -> datetime:
    """A vendor cannot make its own clock history by naming a day long past (A31)."""
    district = breach.district
    if district.go_live_on is None:
        return at
    live = first_instant(district.go_live_on, district.tz)
    return max(at, live) if breach.received_at >= live else at


def categories(elements: Collection[str], directory: Collection[str]) -> frozenset[str]:
    """The policy's kinds of data among these elements; they choose the 30 and the 60 days (B-4, B-5).

    Directory information counts 60 days, all other student information 30; both may run.
    """
    found: set[str] = set()
    for code in elements:
        element = SCHEDULE[code]
        found.update(element.kinds)
        if code in OF_THEIR_OWN:
            found.add(code)
        if code in directory:
            found.add("directory_information")
    if elements and all(code in directory or INFORMATION not in SCHEDULE[code].kinds for code in elements):
        found.discard(INFORMATION)
    return frozenset(found)


def directory_elements(breach: Breach) -> frozenset[str]:
    """What this district calls directory information; nothing while the parameter is unset."""
    chosen: set[str] = set()
    for values in values_of(breach.district).values():
        for name in values.get("directory-elements") or ():
            chosen |= DIRECTORY.get(name, frozenset())
    return frozenset(chosen)


def agreed_times(breach: Breach) -> dict[str, tuple[int, str]]:
    """The shortest time that a contract with this vendor agreed, for every rule it can shorten (B-6)."""
    signed = breach.contracts.filter(vendor_file__vendor=breach.vendor)
    hours = [contract.agreed_breach_hours for contract in signed if contract.agreed_breach_hours]
    if not hours:
        return {}
    rules = (
        "vendor-report-suspicion",
        "vendor-families-notice",
        "vendor-report-student-information",
        "vendor-report-other-records",
    )
    return dict.fromkeys(rules, (min(hours), "hours"))


def settle_vendor_report(breach: Breach, *, by: User | None, at: datetime | None = None) -> list[Obligation]:
    """The vendor's report has come in: its duties to tell the Board are kept or missed as of that moment.

    A report of somebody else, or one nobody has verified, settles nothing: the vendor still owes its own.
    """
    if at is None:
        if not breach.report.is_from_vendor:
            return []
        at = breach.received_at
    return [settle(duty, at=at, by=by) for duty in open_vendor_reports(breach)]


def open_vendor_reports(breach: Breach) -> list[Obligation]:
    """What the vendor still has to report to the Board."""
    owed = breach.case.obligations.open().filter(kind="vendor_report", owed_by=OwedBy.VENDOR)
    return list(owed.order_by("pk"))


def recount_vendor(breach: Breach, *, by: User | None) -> None:
    """The vendor admits that it suspected or found it earlier: its own clocks count from there (B-1).

    One whose time was over then is born missed, also when the report has come in since. The district's own
    clocks count from its receipt and never move by what a vendor says.
    """
    since = {"breach_suspected": breach.suspected_at, "breach_discovered": breach.discovered_at}
    owed = breach.case.obligations.filter(owed_by=OwedBy.VENDOR, trigger__in=since)
    for duty in owed.order_by("pk"):
        at = not_before_go_live(breach, since[duty.trigger])
        restart_earlier(duty, at=at, by=by, reason=_("The vendor says that it began earlier."))


def recount_receipt(
    breach: Breach,
    *,
    by: User | None,
    reason: str,
    proof: Document | None = None,
    approved_by: User | None = None,
) -> None:
    """Count again every duty of the district that starts when it had the report.

    Later only what is open. Earlier what is done as well: it was kept or missed as counted from then.
    """
    assert by is not None
    at = breach.received_at
    for duty in breach.case.obligations.filter(trigger__in=FROM_RECEIPT).order_by("pk"):
        if duty.status == ObligationStatus.OPEN:
            move_start(duty, at=at, reason=reason, by=by, proof=proof, approved_by=approved_by)
        else:
            restart_earlier(duty, at=at, by=by, reason=reason)


def duties_to_tell(breach: Breach) -> list[Obligation]:
    """What the district owes families and the public about this breach, open or done."""
    found = breach.case.obligations.filter(kind__in=TELL, owed_by=OwedBy.DISTRICT)
    return list(found.exclude(status=ObligationStatus.CANCELLED).prefetch_related("deadlines").order_by("pk"))


def parameter_of(breach: Breach, name: str) -> int:
    """A number of good practice as the district set it, or as the pack has it."""
    pack = load(PRACTICE)
    value = values_of(breach.district).get(pack.ref, {}).get(name, pack.parameter(name).default)
    assert isinstance(value, int)
    return value


def first_deadline(obligations: Collection[Obligation]) -> Deadline | None:
    """The clock that ends first among those that still count."""
    counted = (DeadlineStatus.RUNNING, DeadlineStatus.MISSED, DeadlineStatus.PAUSED)
    dated = [
        deadline
        for obligation in obligations
        for deadline in obligation.deadlines.all()
        if deadline.due_at and deadline.status in counted
    ]
    return min(dated, key=lambda d: (d.due_at, d.pk), default=None)


def near_the_limit(breach: Breach) -> bool:
    """Whether the first clock to tell families ends within 12 hours, or has ended (architecture §7)."""
    open_ones = [duty for duty in duties_to_tell(breach) if duty.status == ObligationStatus.OPEN]
    first = first_deadline(open_ones)
    return first is not None and first.due_at is not None and first.due_at <= engine_now() + ALONE_BEFORE
