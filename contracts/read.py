"""From a paper to proposals: the reading job stores pages and findings, and decides nothing.

Safe to repeat: a worker killed on the way loses nothing, the next one goes on and ends in the same rows.
Scanned pages are read before, one a task (scanned.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.checklist import checked_packs
from contracts.models import ClauseFinding, Contract, Instrument, Verdict
from contracts.paper import local_copy
from contracts.reading import Page, Quote, Reading, Unreadable, Unscanned, read
from contracts.review import judge
from contracts.scanned import SCAN, forget_scans, keep_pages, keep_unscanned, kept_scans, read_next_scan
from ledger.clock import engine_now
from ledger.entries import record
from ledger.jobs import ask_job, job_kind, renew_lease, report_progress
from ledger.models import Job
from parties.models import User
from policy.obligations import raise_for
from policy.packs import Pack

READING = "reading"
FLAGS: Final = {
    "hidden_text": gettext_lazy(
        "It holds words too small or too pale to read. They were not counted as terms."
    ),
    "scanned": gettext_lazy("Some pages are pictures; their words were read from the scan."),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the contract as a whole says about one requirement, and which paper says it."""

    pack: str
    requirement: str
    position: int
    verdict: str
    sure: bool
    quotes: list[dict[str, Any]]
    why: str
    engine: str
    paper: Instrument
    nearest: list[dict[str, Any]] = field(default_factory=list)


def ask_reading(paper: Instrument, *, by: User | None) -> Job:
    """Ask for the paper to be read, with the papers it changes. Effects: one Job, rung after commit."""
    return ask_job(kind=READING, case=paper.contract.case, document=paper.document, by=by)


@job_kind(READING)
def read_paper(job: Job) -> None:
    """Read every paper of the contract in order, and propose findings on the whole as amended.

    Effects: Page rows, the paper's facts and flags, ClauseFinding proposals, Entry, the duty to review
    (trigger `read`), conformity judged. Raises ValidationError with a plain sentence when it cannot be read;
    StepDone when it has read one scanned page instead.
    """
    assert job.document is not None
    asked = Instrument.objects.select_related("contract__district", "contract__case").get(
        document=job.document
    )
    contract = asked.contract
    papers = list(contract.instruments.with_a_copy().in_force_order().select_related("document"))
    read_next_scan(job, papers)
    packs = checked_packs(contract)
    readings = _read_all(papers, packs, job)
    proposals: dict[tuple[str, str], Proposal] = {}
    for paper in papers:
        for proposal in _proposals(paper, readings[paper.pk], packs, after(paper, papers)):
            key = (proposal.pack, proposal.requirement)
            if speaks_instead(proposal, proposals.get(key)):
                proposals[key] = proposal
    with transaction.atomic():
        Contract.objects.select_for_update().get(pk=contract.pk)
        reopened = save_proposals(contract, proposals.values())
        at = engine_now()
        record(
            "instrument-read",
            by=None,
            case=contract.case,
            instrument=asked.pk,
            sha256=job.document.sha256,
            found=sum(each.verdict == Verdict.MET for each in proposals.values()),
            asked=len(proposals),
            reopened=reopened,
        )
        if proposals and not contract.was_before_go_live(asked.executed_on):
            raise_for("read", case=contract.case, at=at, ref=f"instrument:{asked.pk}", by=None)
        judge(contract, by=None)


def may_amend(new: Instrument, old: Instrument) -> bool:
    """A paper that nobody has signed changes nothing that was signed."""
    return new.executed_on is not None or old.executed_on is None


def after(paper: Instrument, papers: list[Instrument]) -> list[Instrument]:
    """Those of a contract's papers, given in their order, that may amend this one."""
    return [later for later in papers[papers.index(paper) + 1 :] if may_amend(later, paper)]


def speaks_instead(new: Proposal, old: Proposal | None) -> bool:
    """Whether a later paper's words take the place of an earlier one's: only where it speaks about the term.

    What nobody has signed may only promise what is lacking.
    """
    if old is None or new.verdict == Verdict.MISSING:
        return old is None
    if may_amend(new.paper, old.paper):
        return True
    return new.verdict == Verdict.MET and old.verdict != Verdict.MET


def save_proposals(contract: Contract, proposals: Iterable[Proposal]) -> list[str]:
    """Store what the computer proposes; return the requirements whose decision no longer stands.

    A person's decision stays while the computer says the same on the same words; otherwise the term is
    open again, and the earlier decision is in its history.
    """
    reopened = []
    stored = {(row.pack, row.requirement): row for row in contract.findings.select_for_update()}
    for new in proposals:
        row = stored.pop((new.pack, new.requirement), None)
        if row is None:
            row = ClauseFinding(
                district=contract.district, contract=contract, pack=new.pack, requirement=new.requirement
            )
        elif row.decision and (row.verdict, _words(row.quotes)) != (new.verdict, _words(new.quotes)):
            _reopen(row)
            reopened.append(f"{new.pack} {new.requirement}")
        row.instrument, row.position = new.paper, new.position
        row.verdict, row.sure, row.quotes, row.why = new.verdict, new.sure, new.quotes, new.why
        row.engine, row.nearest = new.engine, new.nearest
        row.document_sha256 = new.paper.document.sha256 if new.paper.document else ""
        row.save()
    for gone in stored.values():
        gone.delete()
    return reopened


def _read_all(papers: list[Instrument], packs: list[Pack], job: Job) -> dict[int, Reading]:
    """Each paper as those after it leave it, so the last one is read first. Effects: see `_keep_paper`."""
    readings: dict[int, Reading] = {}
    for paper in reversed(papers):
        later = [readings[each.pk].pages for each in after(paper, papers)]
        readings[paper.pk] = _read_one(paper, packs, job, later)
        _keep_paper(paper, readings[paper.pk])
    return readings


def _read_one(paper: Instrument, packs: list[Pack], job: Job, later: Sequence[Sequence[Page]]) -> Reading:
    def progress(done: int, total: int) -> None:
        step = _("Reading page %(done)s of %(total)s") % {"done": done, "total": total}
        report_progress(job, done=done, total=total, step=step)

    assert paper.document is not None
    scanned = kept_scans(paper.document)
    told = progress if not scanned else None  # of a scan's pages it was told when each was read
    with local_copy(paper.document) as path:
        try:
            return read(
                path,
                packs=packs,
                on_page=told,
                on_wait=partial(renew_lease, job),
                scanned=scanned,
                later=later,
            )
        except Unscanned as lacking:
            keep_unscanned(job, paper.document, lacking)
        except Unreadable as error:
            if error.code == "no_text":
                forget_scans(paper.document)
            raise ValidationError(error.message) from error


def _keep_paper(paper: Instrument, found: Reading) -> None:
    assert paper.document is not None
    with transaction.atomic():
        keep_pages(paper.document, found.pages)
        paper.flags = [str(FLAGS.get(flag, flag)) for flag in found.flags] + _wordless(found)
        paper.proposed = [
            {"name": fact.name, "value": fact.value, "page": fact.page, "quote": fact.quote}
            for fact in found.facts
        ]
        paper.signatures = [
            {
                "signer": each.signer,
                "signed_at": each.signed_at,
                "intact": each.intact,
                "altered_after": each.altered_after,
            }
            for each in found.signatures
        ]
        paper.read_at = engine_now()
        paper.save()


def _wordless(found: Reading) -> list[str]:
    """A page that gave no words may be empty, or beyond the reader: only a person can tell."""
    numbers = [str(page.number) for page in found.pages if page.source == SCAN and not page.words]
    if not numbers:
        return []
    words = _("No words were found on these pages: %(pages)s. See for yourself whether they are empty.")
    return [words % {"pages": ", ".join(numbers)}]


def _proposals(
    paper: Instrument, found: Reading, packs: list[Pack], later: list[Instrument]
) -> Iterator[Proposal]:
    # Reading answers pack by pack in the order asked: two packs may use one id for different terms.
    answers = iter(found.findings)
    for pack in packs:
        for position, requirement in enumerate(pack.requirements):
            finding = next(answers)
            assert finding.requirement == requirement.id
            yield Proposal(
                pack=pack.ref,
                requirement=requirement.id,
                position=position,
                verdict=finding.verdict,
                sure=finding.sure,
                quotes=_kept(paper, finding.quotes, later),
                nearest=_kept(paper, finding.nearest, later),
                why=finding.why,
                engine=f"{found.engine} {found.clauses.get(pack.ref, '')}".strip(),
                paper=paper,
            )


def _kept(paper: Instrument, quotes: Iterable[Quote], later: list[Instrument]) -> list[dict[str, Any]]:
    return [
        {
            "document": (paper if quote.later is None else later[quote.later]).document_id,
            "page": quote.page,
            "text": quote.text,
            "boxes": [[box.x, box.y, box.w, box.h] for box in quote.boxes],
        }
        for quote in quotes
    ]


def _words(quotes: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return sorted((quote["document"], quote["page"] or 0, quote["text"]) for quote in quotes)


def _reopen(row: ClauseFinding) -> None:
    row.decision = row.decided_verdict = row.shortfall = row.reason = ""
    row.decided_quotes, row.batch = [], None
    row.decided_by = row.decided_at = None
