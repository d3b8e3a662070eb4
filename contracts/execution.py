"""Executed is a fact with a date: recorded from any state, never refused for missing clauses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from contracts import lifecycle
from contracts.exit import withdraw_begun_exit
from contracts.models import Change, Contract, ContractStatus, Instrument, InstrumentKind
from contracts.read import ask_reading
from contracts.review import judge
from contracts.roles import require_editor
from ledger.clock import engine_now
from ledger.entries import Conflict, record, transition
from notices.compose import draft_contract_notice
from notices.models import Notice, NoticeSection, NoticeStatus
from parties.models import User
from policy.models import Deadline, DeadlineStatus, Obligation, ObligationStatus
from policy.obligations import raise_for, settle_where
from policy.recount import restart_earlier

FOUNDING: Final = (InstrumentKind.ORIGINAL, InstrumentKind.ACCEPTED_OFFER)
RENEWALS: Final = (InstrumentKind.RENEWAL, InstrumentKind.AUTOMATIC_RENEWAL)
EARLIEST: Final = date(1990, 1, 1)


@dataclass(frozen=True, slots=True)
class Execution:
    """What recording the execution brought about; `late` are the duties whose time had already passed."""

    contract: Contract
    instrument: Instrument
    obligations: Sequence[Obligation]
    notice: Notice | None

    @property
    def late(self) -> list[Obligation]:
        return [
            duty
            for duty in self.obligations
            if any(deadline.status == DeadlineStatus.MISSED for deadline in duty.deadlines.all())
        ]


def execute_contract(
    contract: Contract,
    *,
    executed_on: date,
    by: User,
    instrument: Instrument,
    changes: Collection[str] | None = None,
    ends_on: date | None = None,
) -> Execution:
    """Record that a paper of this contract bound both sides on `executed_on` (district's local day).

    One transaction: the contract is locked, the fact written, the duties of the adopted packs raised
    (trigger `executed`; `renewed` or `amended` for a later paper), the notice with its posting drafted, one
    Entry made. `changes` says what a later paper changes, where that was not said when it came in: a paper
    that the vendor sent is silent about it, and silence is not taken for "nothing". `ends_on` is the day
    until which a renewal makes the contract run; what the vendor owed for the end of the old term falls away.
    A day long past gives duties born missed. Contracts the policy does not reach, and those signed before
    the district's go-live, raise nothing.
    Refused only without the agreement's copy or with an impossible date (ValidationError), a second time
    (Conflict), or by a role that may not (PermissionDenied). Policy 3520.13, notice paragraph.
    """
    require_editor(by, contract.district)
    check_execution(contract, executed_on=executed_on, instrument=instrument, changes=changes)
    check_new_end(contract, instrument=instrument, ends_on=ends_on)
    with transaction.atomic():
        locked = Contract.objects.select_for_update().get(pk=contract.pk)
        paper = Instrument.objects.select_for_update().get(pk=instrument.pk)
        if paper.executed_on is not None:
            raise Conflict(
                _("This was already recorded as executed on %(day)s.")
                % {"day": paper.executed_on.isoformat()}
            )
        if changes is not None:
            paper.changes, paper.is_change_stated = sorted(changes), True
        trigger = trigger_of(locked, paper)
        if trigger == "executed":
            _become_executed(locked, paper, executed_on, by=by)
        else:
            _bind_later_paper(locked, paper, executed_on, by=by)
            if trigger == "renewed":
                _renew(locked, paper, ends_on, by=by)
        duties = _raise_duties(locked, paper, trigger, executed_on, by=by)
        notice = _draft_notice(locked, executed_on, duties, by=by)
        judge(locked, by=by)
    contract.refresh_from_db()
    return Execution(contract, paper, duties, notice)


def foresee_execution(
    contract: Contract, *, executed_on: date, instrument: Instrument, by: User
) -> list[Deadline]:
    """The clocks that recording this execution would start, soonest first. Nothing is kept.

    The duties are really raised and then rolled back, so that what a person is told before pressing is
    what happens when they press.
    """
    check_execution(contract, executed_on=executed_on, instrument=instrument)
    trigger = trigger_of(contract, instrument)
    with transaction.atomic():
        duties = _raise_duties(contract, instrument, trigger, executed_on, by=by)
        clocks = [clock for duty in duties for clock in duty.deadlines.select_related("obligation")]
        transaction.set_rollback(True)
    return sorted(clocks, key=lambda clock: (clock.due_at is None, clock.due_at or engine_now()))


def trigger_of(contract: Contract, instrument: Instrument) -> str:
    """Which event the execution of this paper is; empty when it is no news to families (architecture §4)."""
    if instrument.kind in FOUNDING and contract.executed_on == instrument.executed_on:
        return "executed"
    if instrument.kind in RENEWALS:
        return "renewed"
    return "amended" if instrument.changes else ""


def check_execution(
    contract: Contract, *, executed_on: date, instrument: Instrument, changes: Collection[str] | None = None
) -> None:
    """Raise ValidationError for the grounds of refusal: no copy, an impossible day, an unknown change."""
    wrong: dict[str, str] = {}
    today = engine_now().astimezone(contract.district.tz).date()
    if instrument.contract_id != contract.pk:
        wrong["instrument"] = _("Choose a paper of this contract.")
    elif instrument.document_id is None and instrument.kind != InstrumentKind.AUTOMATIC_RENEWAL:
        wrong["instrument"] = _("Add the file of the contract first. It is the proof.")
    if changes is None and not instrument.is_change_stated and contract.executed_on is not None:
        wrong["changes"] = _("Say what this paper changes, or that it is none of these.")
    elif set(changes or ()) - set(Change.values):
        wrong["changes"] = _("Choose from the list.")
    if executed_on > today:
        wrong["executed_on"] = _("This day is in the future. Record it once both sides have signed.")
    elif executed_on < EARLIEST:
        wrong["executed_on"] = _("Check the year.")
    if wrong:
        raise ValidationError(wrong)


def check_new_end(contract: Contract, *, instrument: Instrument, ends_on: date | None) -> None:
    """Raise ValidationError unless a renewal of a contract with a term says until when it now runs."""
    renews = instrument.kind in RENEWALS and contract.status == ContractStatus.EXECUTED
    if not renews or (ends_on is None and contract.ends_on is None):
        return
    if ends_on is None:
        raise ValidationError({"ends_on": _("Write until which day the contract now runs.")})
    if contract.ends_on is not None and ends_on < contract.ends_on:
        raise ValidationError(
            {
                "ends_on": _("The contract already runs until %(day)s. If that is wrong, correct it first.")
                % {"day": contract.ends_on.isoformat()}
            }
        )
    if (contract.starts_on and ends_on < contract.starts_on) or not EARLIEST.year <= ends_on.year <= 2100:
        raise ValidationError({"ends_on": _("Check the year.")})


def correct_execution(paper: Instrument, *, executed_on: date, reason: str, by: User) -> Instrument:
    """The paper bound both sides on another day than was recorded (a wrong year, for example).

    What was owed for it counts from the earlier day, also where it is done; what a wrong day before go-live
    kept from being owed is owed now. A later day would give open duties more time, and one before go-live
    none at all, so that a second person first agrees to that, duty by duty (architecture §7).
    Effects: the day on paper, contract and draft notice; duties, deadlines, a notice; one Entry. Raises
    ValidationError, Conflict, PermissionDenied.
    """
    contract = paper.contract
    require_editor(by, contract.district)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why. It stays on record.")})
    with transaction.atomic():
        locked = Contract.objects.select_for_update().get(pk=contract.pk)
        bound = Instrument.objects.select_for_update().get(pk=paper.pk)
        if bound.executed_on is None or bound.executed_on == executed_on:
            raise Conflict(_("There is no other day to correct."))
        check_execution(locked, executed_on=executed_on, instrument=bound)
        owed = list(locked.case.obligations.filter(trigger_ref=f"instrument:{bound.pk}").order_by("pk"))
        _refuse_more_time(locked, owed, executed_on)
        trigger, before = trigger_of(locked, bound), bound.executed_on
        _move_day(locked, bound, executed_on)
        record(
            "execution-corrected",
            by=by,
            case=locked.case,
            reason=reason.strip(),
            instrument=bound.pk,
            before=before.isoformat(),
            executed_on=executed_on.isoformat(),
        )
        for duty in owed:
            restart_earlier(duty, at=instant_of(executed_on, locked), by=by, reason=reason.strip())
        if not owed:
            duties = _raise_duties(locked, bound, trigger, executed_on, by=by)
            _draft_notice(locked, executed_on, duties, by=by)
        judge(locked, by=by)
    contract.refresh_from_db()
    paper.refresh_from_db()
    return bound


def _refuse_more_time(contract: Contract, owed: Sequence[Obligation], day: date) -> None:
    open_now = [duty for duty in owed if duty.status == ObligationStatus.OPEN]
    is_later = any(duty.triggered_at < instant_of(day, contract) for duty in open_now)
    if is_later or (open_now and contract.was_before_go_live(day)):
        raise ValidationError(
            {
                "executed_on": _(
                    "This day gives open duties more time, or none at all. Ask for that on each duty first,"
                    " with the proof: a second person must agree."
                )
            }
        )


def _move_day(contract: Contract, paper: Instrument, executed_on: date) -> None:
    before, paper.executed_on = paper.executed_on, executed_on
    paper.save()
    if paper.kind in FOUNDING and contract.executed_on == before:
        contract.executed_on = executed_on
        contract.save()
    drafts = NoticeSection.objects.filter(case=contract.case_id, executed_on=before)
    drafts.filter(notice__status=NoticeStatus.DRAFT).update(executed_on=executed_on)


def instant_of(day: date, contract: Contract) -> datetime:
    """The first instant of the day in the district's zone: a rule in days counts from that local day."""
    return datetime.combine(day, time(0), contract.district.tz)


def owe_what_scope_asks(contract: Contract, *, by: User) -> list[Obligation]:
    """The policy reaches this signed contract after all: owe now what each of its papers would have started.

    The clocks count from the days on which the papers bound, so that most are born missed; the notice is
    drafted. What is owed already is not owed twice. Effects: Obligations, a Notice, Entries. Returns the
    duties.
    """
    owed: list[Obligation] = []
    for paper in contract.instruments.exclude(executed_on=None).in_force_order():
        assert paper.executed_on is not None
        trigger = trigger_of(contract, paper)
        owed += _raise_duties(contract, paper, trigger, paper.executed_on, by=by)
    if not NoticeSection.objects.filter(case=contract.case_id).exists() and contract.executed_on:
        _draft_notice(contract, contract.executed_on, owed, by=by)
    return owed


def _become_executed(contract: Contract, paper: Instrument, executed_on: date, *, by: User) -> None:
    paper.executed_on = executed_on
    paper.save()
    transition(
        contract,
        to=ContractStatus.EXECUTED,
        graph=lifecycle.CONTRACT,
        act="contract-executed",
        case=contract.case,
        by=by,
        changes={"executed_on": executed_on},
        executed_on=executed_on.isoformat(),
        instrument=paper.pk,
        sha256=paper.document.sha256 if paper.document else "",
        conformity=contract.conformity,
    )


def _bind_later_paper(contract: Contract, paper: Instrument, executed_on: date, *, by: User) -> None:
    if contract.executed_on is None:
        raise ValidationError({"instrument": _("Record the contract itself as executed first.")})
    if contract.status == ContractStatus.VOID:
        raise Conflict(_("This contract is void. A new contract needs a new file."))
    paper.executed_on = executed_on
    paper.save()
    record(
        "instrument-executed",
        by=by,
        case=contract.case,
        instrument=paper.pk,
        kind=paper.kind,
        changes=paper.changes,
        executed_on=executed_on.isoformat(),
        sha256=paper.document.sha256 if paper.document else "",
    )
    if paper.document is not None:
        ask_reading(paper, by=by)  # what was a promise is now part of the whole as amended


def _renew(contract: Contract, paper: Instrument, ends_on: date | None, *, by: User) -> None:
    """The contract runs on to its new last day; the vendor no longer owes the end of the old term."""
    settle_where(case=contract.case, at=engine_now(), by=by, kind="renew")
    if contract.status != ContractStatus.EXECUTED:
        return  # a person recorded the end: a renewal of an earlier year does not undo it
    # The portal's own act, as the end of the term was: the paper that both sides signed needs no second.
    withdraw_begun_exit(contract, reason=_("The contract was renewed."), by=None, evidence=paper.document)
    if ends_on is not None and ends_on != contract.ends_on:
        before, contract.ends_on = contract.ends_on, ends_on
        contract.save()
        record(
            "term-renewed",
            by=by,
            case=contract.case,
            before=before.isoformat() if before else None,
            ends_on=ends_on.isoformat(),
        )


def _raise_duties(
    contract: Contract, paper: Instrument, trigger: str, executed_on: date, *, by: User
) -> list[Obligation]:
    history = contract.was_before_go_live(executed_on)
    if not trigger or history or not contract.in_scope:
        return []
    at = instant_of(executed_on, contract)
    ref = f"instrument:{paper.pk}"
    return raise_for(trigger, case=contract.case, at=at, ref=ref, by=by, vendor=contract.vendor)


def _draft_notice(
    contract: Contract, executed_on: date, duties: Sequence[Obligation], *, by: User
) -> Notice | None:
    if not any(duty.kind in ("notice", "posting") for duty in duties):
        return None
    return draft_contract_notice(
        contract.case,
        executed_on=executed_on,
        vendor=contract.vendor.name,
        product=contract.product,
        description=contract.description,
        purpose=contract.purpose,
        elements=list(contract.elements.values_list("code", flat=True)),
        schools=[] if contract.all_schools else list(contract.schools.all()),
        grades=contract.grades,
        ends_on=contract.ends_on,
        by=by,
    )
