"""Clause review: the computer proposes, a person decides, and the contract's conformity follows."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from contracts import lifecycle
from contracts.checklist import checklist, requirement_of
from contracts.models import (
    ClauseFinding,
    Conformity,
    Contract,
    ContractStatus,
    CurePeriod,
    CureStatus,
    Decision,
    Page,
    Shortfall,
    Verdict,
)
from contracts.paper import local_copy
from contracts.reading import find_boxes
from contracts.roles import require_editor
from ledger.clock import engine_now
from ledger.entries import Conflict, record, transition
from parties.models import User
from policy.models import ObligationStatus
from policy.obligations import raise_for, settle

Quote = dict[str, Any]


def confirm_finding(finding: ClauseFinding, *, by: User, also: Collection[ClauseFinding] = ()) -> None:
    """A person agrees with what the computer found; with `also`, for further terms on the same passage.

    A passage that answers several checklists is confirmed once. Each of `also` must stand on the same words.
    Effects: decisions, one Entry, conformity judged. Raises ValidationError, Conflict, PermissionDenied.
    """
    together = [finding, *also]
    if any(each.verdict != Verdict.MET for each in together):
        raise ValidationError(
            {"answer": _("The computer did not find this term. Say what is wrong with it.")}
        )
    if any(passages(other) != passages(finding) for other in also):
        raise ValidationError({"also": _("These terms do not stand on the same passage.")})
    _decide_together(together, by=by, act="finding-confirmed", batch=uuid.uuid4() if also else None)


def confirm_batch(contract: Contract, *, findings: Collection[int], by: User) -> uuid.UUID:
    """Confirm several found terms after reading every quote on one page. Returns the batch's id.

    Only undecided terms that the computer found and is sure of. All of them or none.
    Effects: decisions, one Entry with the batch's id, conformity judged.
    Raises ValidationError, Conflict when one changed since the page was shown, PermissionDenied.
    """
    require_editor(by, contract.district)
    if not findings:
        raise ValidationError({"findings": _("Choose the terms you want to confirm.")})
    chosen = list(contract.findings.filter(pk__in=findings))
    ready = set(contract.findings.proposed_met().values_list("pk", flat=True))
    if len(chosen) != len(set(findings)) or not {row.pk for row in chosen} <= ready:
        raise Conflict(_("Some of these terms changed since you opened the page. Please look again."))
    batch = uuid.uuid4()
    _decide_together(chosen, by=by, act="findings-confirmed-together", batch=batch)
    return batch


def correct_finding(
    finding: ClauseFinding,
    *,
    verdict: str,
    by: User,
    quotes: Sequence[Quote] = (),
    shortfall: str = "",
    reason: str = "",
) -> None:
    """A person decides otherwise: the term is on another page, or it falls short, conflicts or is absent.

    `quotes` are {page, text} (and document, when the contract has several papers); the words must stand on
    that page. "Has it" needs a quote, and a typed reason when the computer said it falls short. A term that
    is not met needs which: conflicts, falls short, absent.
    Effects: decision, Entry, conformity judged. Raises ValidationError, Conflict, PermissionDenied.
    """
    _check_correction(finding, verdict, quotes, shortfall, reason)
    placed = [place_quote(finding.contract, **quote) for quote in quotes]
    with transaction.atomic():
        locked = _lock(finding, by=by)
        locked.decided_quotes = placed
        locked.shortfall = shortfall if verdict != Verdict.MET else ""
        locked.reason = reason.strip()
        same = verdict == locked.verdict and not placed
        _decide(locked, Decision.CONFIRMED if same else Decision.CORRECTED, verdict, by=by)
        record(
            "finding-corrected",
            by=by,
            case=locked.contract.case,
            reason=locked.reason,
            requirement=locked.requirement,
            pack=locked.pack,
            computer=locked.verdict,
            person=verdict,
            shortfall=locked.shortfall,
        )
        judge(locked.contract, by=by)


def mark_not_applicable(finding: ClauseFinding, *, reason: str, by: User) -> None:
    """The term does not apply to this contract, because … (only where the pack allows it).

    Effects: decision, Entry, conformity judged. Raises ValidationError, Conflict, PermissionDenied.
    """
    require_editor(by, finding.contract.district)
    if not requirement_of(finding).may_be_not_applicable:
        raise ValidationError({"decision": _("The policy wants this term in every contract.")})
    if not reason.strip():
        raise ValidationError({"reason": _("Say why it does not apply. It stays on record.")})
    with transaction.atomic():
        locked = _lock(finding, by=by)
        locked.reason = reason.strip()
        locked.shortfall = ""
        locked.decided_quotes = []
        _decide(locked, Decision.NOT_APPLICABLE, locked.verdict, by=by)
        record(
            "finding-not-applicable",
            by=by,
            case=locked.contract.case,
            reason=locked.reason,
            requirement=locked.requirement,
            pack=locked.pack,
        )
        judge(locked.contract, by=by)


def same_passage(finding: ClauseFinding) -> list[ClauseFinding]:
    """Other undecided terms found on exactly these words, so that a person may confirm them at once."""
    if not finding.quotes:
        return []
    others = finding.contract.findings.undecided().filter(verdict=Verdict.MET).exclude(pk=finding.pk)
    return [other for other in others if passages(other) == passages(finding)]


def passages(finding: ClauseFinding) -> list[tuple[int, int | None, str]]:
    """Where the finding stands: document, page and words of each quote."""
    return sorted((quote["document"], quote["page"] or 0, quote["text"]) for quote in finding.quotes)


def place_quote(contract: Contract, *, page: int, text: str, document: int | None = None) -> Quote:
    """Find a person's words on a page of the contract. Spaces and line ends do not matter.

    Raises ValidationError when the words do not stand there.
    """
    words = " ".join(text.split())
    papers = contract.instruments.with_a_copy().select_related("document")
    paper = papers.filter(document=document).first() if document else papers.first()
    if not words or paper is None or paper.document is None:
        raise ValidationError({"text": _("Choose or type the words of the contract.")})
    stored = Page.objects.filter(document=paper.document, number=page).first()
    if stored is None:
        raise ValidationError({"page": _("The contract has no page %(page)s.") % {"page": page}})
    if words.casefold() not in " ".join(stored.text.split()).casefold():
        raise ValidationError({"text": _("These words are not on page %(page)s.") % {"page": page}})
    with local_copy(paper.document) as path:
        boxes = find_boxes(path, page, words) if path.suffix == ".pdf" else ()
    return {
        "document": paper.document.pk,
        "page": page,
        "text": words,
        "boxes": [[box.x, box.y, box.w, box.h] for box in boxes],
    }


def judge(contract: Contract, *, by: User | None) -> str:
    """Work out the conformity from people's decisions, save it, and raise or settle what follows.

    Not checked while a term is undecided and none was rejected; not in order as soon as a person found one
    short, or it stands in a paper that nobody has signed; waiting while the vendor has been asked to amend.
    An executed contract that is short owes the
    vendor a notice to amend (L-3). Effects: status with Entry, obligations. Returns the conformity.
    """
    with transaction.atomic():
        locked = Contract.objects.select_for_update().get(pk=contract.pk)
        found = conformity_of(locked)
        if found != locked.conformity:
            transition(
                locked,
                to=found,
                graph=lifecycle.CONFORMITY,
                field="conformity",
                act="conformity-judged",
                case=locked.case,
                by=by,
                conformity=found,
            )
        if found != Conformity.UNREAD:
            _settle_review(locked, by=by)
        if found == Conformity.SHORT and locked.status == ContractStatus.EXECUTED:
            owe_notice_to_amend(locked, by=by)
        if found == Conformity.CONFORMING:
            _close_cure(locked, by=by)
    contract.conformity = found
    return str(found)


def conformity_of(contract: Contract) -> str:
    """Unread, short, in cure or conforming, from the findings as they stand."""
    rows = checklist(contract)
    findings = [row.finding for row in rows if row.finding is not None]
    if any(row.promised for row in rows) or any(is_short(finding) for finding in findings):
        asked = contract.cures.filter(status__in=(CureStatus.SENT, CureStatus.RUNNING)).exists()
        return Conformity.IN_CURE if asked else Conformity.SHORT
    if not rows or len(findings) < len(rows) or any(not row.decision for row in findings):
        return Conformity.UNREAD
    return Conformity.CONFORMING


def is_short(finding: ClauseFinding) -> bool:
    """Whether a person found that the contract lacks this term."""
    decided = finding.decision in (Decision.CONFIRMED, Decision.CORRECTED)
    return decided and finding.decided_verdict != Verdict.MET


def owe_notice_to_amend(contract: Contract, *, by: User | None) -> None:
    """Raise the duty to ask the vendor for the missing terms, once until it is settled."""
    open_now = contract.case.obligations.filter(
        trigger="deficiency_recorded", status=ObligationStatus.OPEN
    ).exists()
    if not open_now and not contract.is_history:
        at = engine_now()
        raise_for("deficiency_recorded", case=contract.case, at=at, ref=f"review:{at:%Y%m%d%H%M%S%f}", by=by)


def _decide_together(
    findings: Sequence[ClauseFinding], *, by: User, act: str, batch: uuid.UUID | None
) -> None:
    contract = findings[0].contract
    if any(row.contract_id != contract.pk for row in findings):
        raise ValidationError(_("Choose terms of one contract."))
    with transaction.atomic():
        for row in sorted(findings, key=lambda each: each.pk):
            locked = _lock(row, by=by)
            if locked.decision:
                raise Conflict(_("Somebody has already decided about one of these terms. Please look again."))
            locked.batch = batch
            _decide(locked, Decision.CONFIRMED, locked.verdict, by=by)
        record(
            act,
            by=by,
            case=contract.case,
            requirements=[f"{row.pack} {row.requirement}" for row in findings],
            batch=str(batch or ""),
        )
        judge(contract, by=by)


def _lock(finding: ClauseFinding, *, by: User) -> ClauseFinding:
    """The stored row, locked for this decision, and refused when it moved since the person looked."""
    require_editor(by, finding.contract.district)
    Contract.objects.select_for_update().get(pk=finding.contract_id)
    locked = ClauseFinding.objects.select_for_update().get(pk=finding.pk)
    if locked.document_sha256 != finding.document_sha256 or locked.verdict != finding.verdict:
        raise Conflict(_("The contract was read again while you looked. Please look again."))
    if locked.contract.status == ContractStatus.VOID:
        raise Conflict(_("This contract is void; its terms stay as they were."))
    return locked


def _decide(finding: ClauseFinding, decision: str, verdict: str, *, by: User) -> None:
    finding.decision = decision
    finding.decided_verdict = verdict
    finding.decided_by = by
    finding.decided_at = engine_now()
    finding.save()


def _check_correction(
    finding: ClauseFinding, verdict: str, quotes: Sequence[Quote], shortfall: str, reason: str
) -> None:
    wrong: dict[str, str] = {}
    if verdict not in Verdict.values:
        wrong["verdict"] = _("Choose one of the answers.")
    elif verdict == Verdict.MET:
        if not quotes and not finding.quotes:
            wrong["text"] = _("Show the words: choose the lines, or type them.")
        if finding.verdict == Verdict.DEFICIENT and not reason.strip():
            wrong["reason"] = _("The computer says it falls short. Say why it does not. It stays on record.")
    elif shortfall not in Shortfall.values:
        wrong["shortfall"] = _("Choose what is wrong: it says the opposite, too little, or nothing.")
    elif (verdict == Verdict.MISSING) is not (shortfall == Shortfall.ABSENT):
        wrong["shortfall"] = _("This does not fit the answer above.")
    if wrong:
        raise ValidationError(wrong)


def _settle_review(contract: Contract, *, by: User | None) -> None:
    """The terms were looked at: a reading's duty is done, and so is a paper's that the vendor sent."""
    read = contract.instruments.exclude(read_at=None).values_list("document", flat=True)
    sent = [f"document:{pk}" for pk in read]
    looked_at = Q(kind="review") | Q(trigger="asked_to_answer", trigger_ref__in=sent)
    for duty in contract.case.obligations.filter(looked_at, status=ObligationStatus.OPEN):
        settle(duty, at=engine_now(), by=by)


def _close_cure(contract: Contract, *, by: User | None) -> None:
    """The missing terms are there: what was asked of the vendor, or owed to it, is done."""
    now = engine_now()
    for cure in CurePeriod.objects.filter(
        contract=contract, status__in=(CureStatus.SENT, CureStatus.RUNNING)
    ):
        transition(
            cure,
            to=CureStatus.AMENDED,
            graph=lifecycle.CURE,
            act="cure-amended",
            case=contract.case,
            by=by,
            changes={"ended_at": now},
            cure=cure.pk,
        )
    owed = contract.case.obligations.filter(
        trigger__in=("deficiency_recorded", "cure_notice_given"), status=ObligationStatus.OPEN
    )
    for duty in owed:
        settle(duty, at=now, by=by)
