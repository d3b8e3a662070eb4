"""The reading itself: pages in, findings, facts and flags out. Pure, deterministic, no clock, no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from . import facts as facts_of
from . import opinion
from .canon import put_into_canon
from .case import Case
from .grammar import load_grammar
from .judge import Judged, judge
from .layout import Whole, join_lines, read_lines
from .mending import noisy
from .model import Fact, Finding, Page, Quote
from .roles import find_roles
from .structure import Outline, Unit, outline


class Draft:
    """A contract laid out and put into the common tongue, ready to be judged against any pack."""

    def __init__(self, pages: Sequence[Page], later: Sequence[Sequence[Page]] = ()) -> None:
        self.pages = tuple(pages)
        self.whole = Whole(self.pages)
        self.blocks = join_lines(read_lines(self.whole))
        self.later = [Whole(paper) for paper in later]
        amendments: list[Outline] = []
        for paper in reversed(self.later):  # each as those after it leave it
            amendments.insert(0, outline(join_lines(read_lines(paper)), amendments))
        self.outline: Outline = outline(self.blocks, amendments)
        self.text = "\n".join(b.text for b in self.blocks)
        self.roles = find_roles(self.text)
        self.scanned = any(p.source == "ocr" for p in pages) or noisy(self.text)
        put_into_canon(self.outline.units, self.roles, scanned=self.scanned)
        self.case = Case(self.outline, {})

    def quotes(self, units: Sequence[Unit]) -> tuple[Quote, ...]:
        """The sentences as they stand on the pages, then those of later papers that changed them."""
        changes = dict.fromkeys((number, id(by)) for unit in units for number, by in unit.changes)
        known = {id(by): by for unit in units for _, by in unit.changes}
        out = quotes_in(self.whole, units)
        for number, by in changes:
            out += [replace(q, later=number) for q in quotes_in(self.later[number], [known[by]])]
        return tuple(out)


def quotes_in(whole: Whole, units: Sequence[Unit]) -> list[Quote]:
    spans = {span for unit in units for at in (unit.lead_at, unit.at) for span in runs(at, whole)}
    out: list[Quote] = []
    for start, end in merged(sorted(spans)):
        index, offset = whole.place(start)
        page = whole.pages[index]
        text = " ".join(page.text[offset : offset + end - start].split())
        number = None if page.source == "flow" else index + 1
        out.append(Quote(text, number, offset, offset + end - start))
    return out


def runs(at: Sequence[int], whole: Whole) -> list[tuple[int, int]]:
    """Stretches of the page that a unit covers: parted where a running head or a page's end lies between."""
    if not at:
        return []
    out, start, last = [], at[0], at[0]
    for offset in at[1:]:
        if offset == last + 1 and offset not in whole.starts:
            last = offset
            continue
        page, local = whole.place(last)
        between = whole.pages[page].text[local + 1 : local + offset - last] if offset > last + 1 else ""
        if (
            offset < last
            or whole.place(offset)[0] != page
            or between.strip(" \t\r\n-\u00ad\u2010\u0002\ufffe")
        ):
            out.append((start, last + 1))
            start = offset
        last = offset
    out.append((start, last + 1))
    return out


def merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return [s for s in spans if not any(o != s and o[0] <= s[0] and s[1] <= o[1] for o in spans)]


def read_pages(
    pages: Sequence[Page], packs: Sequence[Any], later: Sequence[Sequence[Page]] = ()
) -> tuple[Draft, tuple[Finding, ...], tuple[Fact, ...], Mapping[str, str]]:
    draft = Draft(pages, later)
    findings: list[Finding] = []
    versions: dict[str, str] = {}
    rows: list[tuple[str, opinion.Row | None]] = []
    for pack in packs:
        grammar = load_grammar(pack.ref)
        versions[pack.ref] = grammar.version
        for requirement in pack.requirements:
            clause = grammar.clauses.get(requirement.id)
            judged = judge(draft.case, clause, requirement.limits or {}) if clause else None
            rows.append((requirement.id, opinion.Row(clause, judged) if clause and judged else None))
    opinion.give(draft.case, [row for _, row in rows if row])
    for name, row in rows:
        findings.append(
            finding(draft, name, row.judged)
            if row
            else Finding(name, "missing", False, (), "no clause grammar knows this requirement")
        )
    return draft, tuple(findings), facts_of.find(draft), versions


def finding(draft: Draft, requirement: str, judged: Judged) -> Finding:
    sure = judged.sure and not judged.doubts
    why = judged.why + (f" ({'; '.join(dict.fromkeys(judged.doubts))})" if judged.doubts else "")
    quotes = draft.quotes(with_replies(judged.units[:5]))
    own = [quote for quote in quotes if quote.later is None]
    if judged.verdict == "met" and any(draft.pages[(q.page or 1) - 1].source == "ocr" for q in own):
        sure = sure and readable(draft, own)
    near = draft.quotes(judged.near)
    if judged.verdict != "missing":
        quotes, near = (*quotes, *(q for q in near if q not in quotes)), ()
    return Finding(requirement, judged.verdict, sure, quotes, why, near)  # type: ignore[arg-type]


def with_replies(units: Sequence[Unit]) -> list[Unit]:
    """The quoted sentences, and where one is an item of a form, the answer that agrees to it."""
    return list({id(x): x for u in units for x in (u, *u.replies)}.values())


def readable(draft: Draft, quotes: Sequence[Quote]) -> bool:
    """On a scan a verdict is sure only where every quoted word was read with confidence."""
    for quote in quotes:
        page = draft.pages[(quote.page or 1) - 1]
        if any(w.start < quote.end and w.end > quote.start and w.confidence < 0.85 for w in page.words):
            return False
    return True
