"""What contracts add to the record: sentences for their acts, and their part of every evidence packet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contracts.checklist import checklist
from contracts.models import Contract, Decision, RedactionBox
from ledger.history import add_sentences
from ledger.models import Case
from ledger.packets import Section, packet_section

add_sentences(
    {
        "vendor-file-opened": "{by} opened the file on this vendor.",
        "contract-recorded": "{by} recorded the contract.",
        "terms-changed": "{by} corrected the recorded terms: {changed}.",
        "instrument-received": "{by} received a paper ({kind}), SHA-256 {sha256}.",
        "instrument-read": "{by} read the papers: {found} of {asked} required terms were found.",
        "finding-confirmed": "{by} confirmed {requirements}.",
        "findings-confirmed-together": "{by} read the quotes and confirmed together: {requirements}.",
        "finding-corrected": "{by} decided {pack} {requirement}: {person} (the computer said {computer}).",
        "finding-not-applicable": "{by} decided that {pack} {requirement} does not apply.",
        "conformity-judged": "After this the contract is: {conformity}.",
        "contract-executed": "{by} recorded that the contract was executed on {executed_on}.",
        "execution-corrected": "{by} corrected the day of a signature from {before} to {executed_on}.",
        "term-renewed": "{by} recorded that a renewal makes the contract run until {ends_on}.",
        "instrument-executed": "{by} recorded that a paper ({kind}) was executed on {executed_on}.",
        "cure-begun": "{by} wrote a request to amend: {requirements}.",
        "notice-to-amend-sent": "{by} sent the vendor the notice to amend.",
        "notice-to-amend-delivered": "{by} recorded that the notice arrived, proof SHA-256 {sha256}.",
        "notice-to-amend-answered": "{by}, of the vendor, answered the request to amend.",
        "cure-amended": "The missing terms came; the request to amend is done.",
        "cure-withdrawn": "{by} withdrew the request to amend.",
        "cure-failed": "{by} decided that the vendor did not amend in time, decision SHA-256 {sha256}.",
        "contract-void": "{by} declared the contract void.",
        "contract-ended": "{by} recorded that the contract ended on {ended_on}.",
        "data-returned": "{by} recorded that the data came back on {on}, proof SHA-256 {sha256}.",
        "certificate-received": "{by} received the certificate of destruction, SHA-256 {sha256}.",
        "point-stated": "{by} recorded a statement on {point}: {answer}.",
        "vendor-told-to-preserve": "Hold {hold}: the vendor must keep everything; {recipients} told.",
        "cleared-for-data": "{by} let the vendor have the data.",
        "access-suspended": "{by} stopped the vendor's access.",
        "suspension-lifted": "{by} gave the vendor's access back.",
        "redaction-marked": "{by} hid a place on page {page} of the public copy ({ground}).",
        "redaction-unmarked": "{by} showed a place on page {page} of the public copy again.",
        "paper-printed": "{by} set the words of a file on pages for the public, SHA-256 {sha256}.",
        "public-copy-made": "{by} made a public copy with {boxes} hidden places, SHA-256 {sha256}.",
        "public-copy-confirmed": "{by} confirmed the public copy, SHA-256 {sha256}.",
        "vendor-sent-contract": "{by}, of the vendor, sent a paper, SHA-256 {sha256}.",
    }
)


def _contract_of(case: Case) -> Contract | None:
    found = Contract.objects.filter(case=case).select_related("vendor_file__vendor", "district")
    return found.first() if case.kind == "contract" else None


@packet_section(order=10)
def facts_of_contract(case: Case) -> Iterable[Section]:
    contract = _contract_of(case)
    if contract is None:
        return
    rows: list[tuple[str, object]] = [
        ("Vendor", contract.vendor.name),
        ("Product", contract.product),
        ("Does the policy apply?", f"{contract.get_scope_display()} {contract.scope_reason}".strip()),
        ("What it is", contract.description),
        ("What it is for", contract.purpose),
        ("Data", ", ".join(str(element) for element in contract.elements.all())),
        ("Schools", "all" if contract.all_schools else ", ".join(contract.schools_named)),
        ("Runs", f"{contract.starts_on or '?'} to {contract.ends_on or '?'}"),
        ("State", f"{contract.get_status_display()}; {contract.get_conformity_display()}"),
        ("Executed on", contract.executed_on or "not recorded"),
    ]
    yield Section("The contract", columns=("Fact", "As recorded"), rows=rows)
    papers = [
        (
            paper.get_kind_display(),
            paper.get_agreed_how_display(),
            paper.executed_on or "",
            paper.document.sha256 if paper.document else "no paper",
        )
        for paper in contract.instruments.select_related("document")
    ]
    if papers:
        yield Section("Its papers", columns=("Paper", "Agreed", "Executed on", "SHA-256"), rows=papers)


def _place(quote: dict[str, Any], papers: dict[int | None, str]) -> str:
    """Where the words stand: the page, if there are pages, and which paper, if the contract has several."""
    page = f"page {quote['page']}" if quote["page"] else ""
    paper = papers.get(quote["document"], "") if len(papers) > 1 else ""
    place = ", ".join(filter(None, (page, paper)))
    return f" ({place})" if place else ""


@packet_section(order=20)
def findings_of_contract(case: Case) -> Iterable[Section]:
    contract = _contract_of(case)
    if contract is None:
        return
    rows = []
    papers = {paper.document_id: paper.get_kind_display() for paper in contract.instruments.with_a_copy()}
    for row in checklist(contract):
        finding = row.finding
        if finding is None:
            rows.append((row.requirement.label, row.requirement.title, "not read", "", ""))
            continue
        quotes = " / ".join(f"“{quote['text']}”{_place(quote, papers)}" for quote in finding.passages)
        who = "nobody yet"
        if finding.decided_by and finding.decided_at:
            at = finding.decided_at.astimezone(contract.district.tz)
            who = f"{Decision(finding.decision).label}: {finding.get_decided_verdict_display()}, "
            who += f"{finding.decided_by}, {at:%Y-%m-%d %H:%M}. {finding.reason}"
        rows.append(
            (row.requirement.label, row.requirement.title, finding.get_verdict_display(), quotes, who.strip())
        )
    if rows:
        columns = ("Term", "What is required", "The computer", "The contract's words", "A person")
        yield Section("Required terms, and what was decided", columns=columns, rows=rows)


@packet_section(order=25)
def requests_to_amend(case: Case) -> Iterable[Section]:
    """What the vendor was asked, when it left and arrived, the proof, and its answer (L-3, L-4)."""
    contract = _contract_of(case)
    if contract is None:
        return
    tz = contract.district.tz
    for cure in contract.cures.order_by("pk").select_related("proof", "decision"):
        asked = ", ".join(f"{row.pack} {row.requirement}" for row in cure.findings.all())
        rows: list[tuple[str, object]] = [
            ("State", cure.get_status_display()),
            ("Terms asked for", asked),
            ("Sent", cure.sent_at.astimezone(tz) if cure.sent_at else "not sent"),
            ("How", f"message {cure.message_id} of the outbox" if cure.message_id else "another way"),
            ("Delivered", cure.delivered_at.astimezone(tz) if cure.delivered_at else "not proven"),
            ("Proof, SHA-256", cure.proof.sha256 if cure.proof else "none"),
            ("The vendor's answer", cure.answer or "none"),
            ("Decision, SHA-256", cure.decision.sha256 if cure.decision else "none"),
        ]
        yield Section(f"Request to amend {cure.pk}", [cure.words], ("Fact", "As recorded"), rows)


@packet_section(order=75)
def hidden_places(case: Case) -> Iterable[Section]:
    boxes = RedactionBox.objects.filter(case=case).select_related("marked_by")
    rows = [(box.page, box.get_ground_display(), box.remark, str(box.marked_by)) for box in boxes]
    if rows:
        yield Section("Hidden in the public copy", columns=("Page", "Ground", "Remark", "By"), rows=rows)
