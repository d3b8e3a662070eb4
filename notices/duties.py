"""Which duties of a case a notice or a posting can do, and what the packs want it to say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ledger.clock import engine_now
from ledger.models import Case
from notices.models import Notice, Posting
from parties.models import District, User
from policy.editions import rule_of
from policy.models import Obligation, ObligationStatus, OwedBy, Parameter
from policy.obligations import raise_for
from policy.packs import Rule
from roster.recipients import FROM_GRADE

FAMILIES: Final = frozenset({"students", "guardians", "affected_students", "affected_guardians"})
AUDIENCE: Final = "audience.students"
AUDIENCE_GRADE: Final = "audience.from-grade"


@dataclass(frozen=True, slots=True)
class Audience:
    """Which students are told themselves, as the district decided (L-7), and who decided it."""

    choice: str = ""
    """As `recipients_for` takes it; empty while nobody decided."""
    set_by: int | None = None
    set_at: datetime | None = None


def audience_of(district: District) -> Audience:
    """The district's choice; where several packs ask, the first that was set counts."""
    chosen = Parameter.objects.filter(district=district, name=AUDIENCE).order_by("pack").first()
    if chosen is None:
        return Audience()
    choice = str(chosen.value)
    if choice == FROM_GRADE:
        grade = Parameter.objects.filter(district=district, pack=chosen.pack, name=AUDIENCE_GRADE).first()
        choice = f"{FROM_GRADE}:{grade.value}" if grade else ""
    return Audience(choice, chosen.set_by_id, chosen.set_at)


def rules_of(obligation: Obligation) -> list[Rule]:
    """The rules that ask for this act, as they were when it arose; an agreed time has none of its own."""
    return [rule for deadline in obligation.deadlines.all() if (rule := rule_of(deadline))]


def _open(case: Case, kind: str) -> list[Obligation]:
    wanted = Obligation.objects.open().filter(case=case, kind=kind, owed_by="district")
    return list(wanted.select_related("district").prefetch_related("deadlines", "changes").order_by("pk"))


def notice_duties(cases: Iterable[Case]) -> list[Obligation]:
    """Open duties to tell families about these cases (not those to ask a vendor)."""
    return [
        duty
        for case in cases
        for duty in _open(case, "notice")
        if any(FAMILIES & set(rule.audience) for rule in rules_of(duty))
    ]


def posting_duties(cases: Iterable[Case]) -> list[Obligation]:
    """Open duties to post about these cases on the public site."""
    return [duty for case in cases for duty in _open(case, "posting")]


def owe_posting_again(posting: Posting, *, case: Case, by: User) -> list[Obligation]:
    """What had to be public about this case no longer is: owe its posting anew, by the pack's clock.

    Nothing is owed that was not owed before, or that is still. Effects: Obligations, Entries.
    """
    owed = case.obligations.filter(kind="posting", owed_by=OwedBy.DISTRICT)
    last = owed.exclude(status=ObligationStatus.CANCELLED).order_by("-pk").first()
    if last is None or owed.filter(status=ObligationStatus.OPEN).exists():
        return []
    return raise_for(
        last.trigger,
        case=case,
        at=engine_now(),
        ref=f"posting:{posting.pk}",
        by=by,
        concerns=lambda rule: rule.kind == "posting",
    )


def cases_of(notice: Notice) -> list[Case]:
    return [section.case for section in notice.sections.select_related("case__district")]


def required_parts(duties: Iterable[Obligation]) -> frozenset[str]:
    """What the packs' rules want said; each part is enforced, whichever pack asks (architecture §5.2)."""
    return frozenset(part for duty in duties for rule in rules_of(duty) for part in rule.required_parts)
