"""What later words do to the sections before them: delete them, put other words in, or leave a doubt.

Later words are those of an amendment or exhibit bound with the contract, or of a paper signed afterwards. A section
goes only where it is plainly named and plainly deleted. Whatever else is said of changing it leaves a doubt; and a
term that a later paper takes away or words anew is never sure, so that a person looks at both papers.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from .literals import Swift
from .numbers import arabic

if TYPE_CHECKING:
    from .structure import Unit

KINDS = r"(?:exhibit|schedule|annex|appendix|attachment|addendum|amendment|rider|supplement)"
NUMBER = r"(?:[A-Z]{1,3}-)?(?:\d{1,5}(?:\.\d{1,3})*|[IVX]{1,6}|[ivx]{1,6})(?:\([a-z0-9]{1,4}\))*(?![\w-])"
CITED = re.compile(
    r"\b(?i:sections?|articles?|paragraphs?|clauses?|items?|subsections?)\s+"
    rf"({NUMBER}(?:(?:,? and |,? or |, ){NUMBER}){{0,8}})"
)
ANNEX = re.compile(rf"\b(?i:({KINDS}))\s+(?:(?i:no\.?|number)\s*)?([A-Z0-9]{{1,3}})\b")
OWNER = re.compile(
    r"\s*(?:\([^)]{0,80}\)\s*)?,?\s*(?:of|to|under|in)\s+(?:(the|this|such|that|said)\s+)?([^.;,:\"“]{1,60})"
)
OTHER_TEXT = re.compile(
    r"(?i)\b(?:act|code|law|statutes?|regulations?|directive|gdpr|u\.?s\.?c|c\.?f\.?r|constitution|clauses|policy|rules|rfp|bid|proposals?|purchase order|quotation|handbook|manual|website)\b"
)
GONE = re.compile(
    r"(?i)[^.;]{0,80}?\s(?:is|are|shall be)\s+(?:hereby\s+)?(?:deleted|stricken|struck|removed|void|of no (?:force|effect)"
    r"|not (?:part|binding)|replaced|superseded|rescinded|omitted|null|deemed deleted"
    r"|amended\s+(?:and restated\s+)?(?:in its entirety\s+)?(?:to read|as follows|in its entirety))"
)
SUSPENDED = re.compile(
    r"(?i)[^.;]{0,80}?\s(?:(?:is|are|shall be)\s+(?:hereby\s+)?(?:waived|suspended|inapplicable|not applicable)"
    r"|(?:does|do|shall|will)\s+not\s+(?:apply|bind|form part))"
)
CHANGED = re.compile(
    r"(?i)[^.;]{0,80}?\s(?:is|are|shall be)\s+(?:hereby\s+)?(?:amended|changed|modified|revised)\b"
)
ORDERED = re.compile(r"(?i)\b(?:delete|strike|replace|supersede|remove)s?\s*(?:the\s+)?$")
SUPPOSED = re.compile(r"(?i)\b(?:if|any|should|held|found)\b[^.;:]*$")
DENIED = re.compile(r"(?i)\b(?:no|not|nothing|neither|none|without|never)\b[^.;:]*$")
IN_PART = re.compile(
    r"(?i)\b(?:sentences?|words?|phrases?|portions?|parts?|references?|clause|lines?)\b[^.;:]{0,40}\b(?:of|in|to)\s+(?:the\s+)?$"
)
QUOTED = r"[\"“]([^\"“”]{1,200})[\"”]"
EXCHANGED = Swift(rf"{QUOTED}([^\"“”;]{{0,120}}?){QUOTED}(?=([^\"“”.;]{{0,40}}))")
EXCHANGES = re.compile(
    r"(?i)\b(?:replac|chang|amend|substitut|insert|add|read|becom|in (?:place|lieu) of|instead of|strik|struck|delet)"
)
REVERSED = re.compile(r"(?i)\b(?:in (?:place|lieu) of|instead of|(?:substituted|replaces?|inserted) for)\b")
BESIDE = re.compile(r"(?i)\b(?:after|before|following)\b[^\"“.;]{0,40}$")
TAKEN_OUT = re.compile(
    r"(?i)\b(?:strik|struck|delet|replac|substitut|remov|chang|amend|becom|read|in (?:place|lieu) of|instead of)"
)
MENTIONED = Swift(rf"(?i)\b(?:sections?|articles?|paragraphs?|clauses?|items?|subsections?|{KINDS})\s")


@dataclass(frozen=True, slots=True)
class Cited:
    """Sections as a sentence names them. `owner`: the annex they stand in, "" for the contract itself."""

    start: int
    end: int
    numbers: tuple[str, ...]
    owner: str


def amend_within(units: Sequence[Unit]) -> None:
    """Let each document of a contract do to those before it what its sentences say."""
    if len({unit.part for unit in units}) < 2:
        return
    places = Places(units)
    for by in units:
        amend(places, by, later=None)


def leave_out(units: Sequence[Unit]) -> None:
    """What is printed and not adopted: an annex whose box is not ticked, sections that "form no part" of the contract."""
    places = Places(units)
    for before, by in zip([None, *units], units, strict=False):
        if by.void and (annex := ANNEX.search(by.text)) and OPEN_BOX.match(by.text):
            name = " ".join(annex.groups()).lower()
            void((u for u in units if is_annex(u.part, name)), f"{name} is not chosen")
        if by.void or not (out := NOT_ADOPTED.search(by.text)):
            continue
        cited = citations(by.text[: out.start()])
        if before is not None and not cited and PRONOUN.match(by.text):
            cited = citations(before.text)
        for number in (n for c in cited for n in c.numbers):
            if found := places.anywhere(number, beside=by):
                void(found, f"section {number} is printed and not adopted")
            else:
                outer = places.anywhere(number.partition("(")[0], beside=by)
                doubt(outer, f"a part of section {number} is not adopted")
        if not cited and PRINTED.search(by.text[: out.start()]) and not A_RULE.search(by.text[: out.start()]):
            doubt(units, "some of what is printed is no part of the contract")


def replaced_cells(units: Sequence[Unit]) -> None:
    """In a table of standard and agreed words, "Replace: ..." leaves nothing of the cell before it."""
    for unit in units:
        cell = REPLACING_CELL.search(unit.text) if unit.row else None
        if cell is None:
            continue
        start = unit.text.rfind("|", 0, cell.start()) + 1
        unit.text = unit.text[:start] + " " * (cell.start() - start) + unit.text[cell.start() :]
        unit.said, unit.bare = unit.text[cell.end() :].strip(" |"), 0
        for other in units[max(0, unit.index - 8) : unit.index]:
            if other.block == unit.block:
                other.void = "replaced in the next column"


OPEN_BOX = re.compile(r"\W{0,4}(?:\[\s*\]|☐|\(\s*\)|_{2,})")
NOT_ADOPTED = Swift(
    r"(?i)\b(?:(?:is|are) (?:printed (?:only|here)[^.;]{0,60}|not (?:adopted|incorporated|elected|accepted|chosen|marked))|forms? no part|(?:is|are) no part)\b"
)
PRINTED = re.compile(
    r"(?i)\b(?:sections?|articles?|paragraphs?|clauses?|items?|rows?|annex(?:es)?|exhibits?|schedules?|options?|columns?|printed|reprinted|struck|marked|words)\b"
)
# how to read what is marked or struck, whatever that may be: the marks themselves are read
A_RULE = re.compile(r"(?i)\b(?:that|which|marked|any|an?|each|where)\b")
PRONOUN = re.compile(r"(?i)\W*(?:they|these|those|both|it|this|that)\b")
REPLACING_CELL = re.compile(
    r"(?i)\|\s*(?:replaced?(?: (?:with|by))?|instead|substituted?(?: (?:with|by))?|amended to read)\s*:\s*"
)


def amend_by(units: Sequence[Unit], papers: Sequence[Sequence[Unit]]) -> None:
    """Let papers that came afterwards, in their order, do to this one what their sentences say."""
    places = Places(units)
    for number, paper in enumerate(papers):
        for by in paper:
            if not by.void:
                amend(places, by, later=number)


class Places:
    """Where the sections of a contract are, by their numbers and by the document they stand in."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self.units = units
        self.sections: defaultdict[str, defaultdict[str, list[Unit]]] = defaultdict(lambda: defaultdict(list))
        for unit in units:
            for number in {each for own in numbers(unit) for each in with_outer(own)}:
                self.sections[number][unit.part].append(unit)

    def section(self, number: str, owner: str, by: Unit, later: int | None) -> list[Unit]:
        """The sentences of that section: of the annex it is said to be in, else of the contract before its annexes."""
        every = self.sections[in_digits(number)]
        parts = {part: units for part, units in every.items() if later is not None or part != by.part}
        if owner:
            chosen = [part for part in parts if is_annex(part, owner)]
        else:
            chosen = ["main"] if "main" in parts else [part for part in parts if not part.startswith("amend")]
        return [unit for part in chosen for unit in parts[part] if comes_before(unit, by, later)]

    def anywhere(self, number: str, *, beside: Unit) -> list[Unit]:
        every = self.sections[in_digits(number)].values()
        return [unit for units in every for unit in units if unit.block != beside.block]

    def annex(self, name: str, by: Unit, later: int | None) -> list[Unit]:
        return [u for u in self.units if is_annex(u.part, name) and comes_before(u, by, later)]


def in_digits(number: str) -> str:
    return number if number[:1].isdigit() else arabic(number)


def comes_before(unit: Unit, by: Unit, later: int | None) -> bool:
    return later is not None or (unit.index < by.index and unit.part != by.part)


def is_annex(part: str, name: str) -> bool:
    """Whether "exhibit b", or any exhibit where no letter is given, is this part."""
    kind, _, letter = name.partition(" ")
    return part.startswith(kind) and (not letter or part.split()[-1] == letter)


def numbers(unit: Unit) -> set[str]:
    """Its section's number, and the one that it bears itself ("5. Security. 5.1 The Company ...")."""
    own = OWN_NUMBER.match(unit.text[unit.bare :]) or OWN_NUMBER.match(unit.text)
    return {unit.number, own.group(1)} - {""} if own else {unit.number} - {""}


OWN_NUMBER = re.compile(r"(?:\W{0,5}\d{1,3}\. [A-Z][\w ,'&-]{2,60}\.)?\W{0,5}(\d{1,3}(?:\.\d{1,3})+)\.?\s")


def with_outer(number: str) -> Iterator[str]:
    """5.2.1 stands in 5.2 and in 5; 7(b) stands in 7."""
    while number:
        yield number
        number = number[: max(number.rfind("."), number.rfind("("), 0)]


def citations(text: str) -> list[Cited]:
    """The sections that a sentence names, without those of its own paper and of other texts, such as statutes."""
    out = []
    for match in CITED.finditer(text):
        owner = owner_of(OWNER.match(text, match.end()))
        if owner is not None:
            out.append(Cited(match.start(), match.end(), tuple(re.findall(NUMBER, match.group(1))), owner))
    return out


def owner_of(said: re.Match[str] | None) -> str | None:
    """The annex in which a section is said to stand; "" for the contract, None for another text."""
    if said is None:
        return ""
    which, name = said.group(1), said.group(2)
    kind = re.match(rf"(?i){KINDS}\b", name)
    if kind:
        letter = ANNEX.match(name)
        own = which == "this" and not letter
        return None if own else f"{kind.group().lower()} {letter.group(2).lower() if letter else ''}".strip()
    return None if OTHER_TEXT.search(name) else ""


def amend(places: Places, by: Unit, *, later: int | None) -> None:
    if by.kind in ("toc", "heading", "definition") or not MENTIONED.search(by.text):
        return
    text = exchange(places, by, later)
    cited = citations(text)
    for here, following in zip_longest(cited, cited[1:]):
        end = following.start if following else len(text)
        head, tail = text[: here.start][-90:], text[here.end : end]
        gone = GONE.match(tail) or ORDERED.search(head)
        if SUPPOSED.search(head) or DENIED.search(head):
            continue
        if gone or SUSPENDED.match(tail):
            whole = bool(gone or later is None) and not IN_PART.search(head)
            take(places, here, by, later, whole=whole)
        elif CHANGED.match(tail):
            take(places, here, by, later, whole=False)
    for match in ANNEX.finditer(text):
        if GONE.match(text, match.end()) and not (
            SUPPOSED.search(text[: match.start()]) or DENIED.search(text[: match.start()])
        ):
            name = f"{match.group(1)} {match.group(2)}".lower()
            void(places.annex(name, by, later), told(f"{name} is deleted or replaced", later))


def take(places: Places, cited: Cited, by: Unit, later: int | None, *, whole: bool) -> None:
    """Void the cited sections; doubt them where only a part of them is meant or can be found."""
    for number in cited.numbers:
        found = places.section(number, cited.owner, by, later)
        if found and whole:
            void(found, told(f"section {number} is deleted or replaced", later))
            continue
        outer = number.partition("(")[0]
        doubtful = found or places.section(outer, cited.owner, by, later)
        doubt(doubtful, told(f"a part of section {number} is changed", later))


def void(units: Iterable[Unit], reason: str) -> None:
    for unit in units:
        unit.void = unit.doubt = reason


def doubt(units: Iterable[Unit], reason: str) -> None:
    for unit in units:
        unit.doubt = reason


def told(reason: str, later: int | None) -> str:
    return f"{reason} further on" if later is None else f"{reason} by a later paper"


def exchange(places: Places, by: Unit, later: int | None) -> str:
    """Read the cited sections with the words that this sentence puts in; what else it says is handed back."""
    text = by.text
    for match in list(EXCHANGED.finditer(by.text)):
        cited = [c for c in citations(by.text[: match.end()])][-1:]
        head = by.text[: match.start()]
        former, between, new, tail = match.groups()
        supposed = SUPPOSED.search(head[-90:]) or DENIED.search(head[-90:])
        if not cited or supposed or not EXCHANGES.search(between + tail):
            continue
        if REVERSED.search(between):
            former, new = new, former
        sections = [u for n in cited[0].numbers for u in places.section(n, cited[0].owner, by, later)]
        told_of = head[-90:] + between + tail
        added = BESIDE.search(head) or not TAKEN_OUT.search(told_of)
        changed = [] if added else [u for u in sections if put(u, former.strip(" ,."), new.strip(" ,."))]
        for unit in changed:
            if later is None:
                unit.replies.append(by)
            else:
                unit.changes.append((later, by))
                unit.doubt = told("its words are changed", later)
        if not changed:
            doubt(sections, told("words of it are changed", later))
        text = text[: match.start()] + " " * len(match.group()) + text[match.end() :]
        if changed:  # the words that go are no term
            by.text = by.text.replace(former, " " * len(former), 1)
    return text


def put(unit: Unit, former: str, new: str) -> bool:
    """Whether the sentence, its lead-in or what its table row says held these words; now it has the new ones."""
    held = former != "" and any(former in words for words in (unit.text, unit.lead, unit.said))
    if held:
        unit.text, unit.lead, unit.said = (
            words.replace(former, new) for words in (unit.text, unit.lead, unit.said)
        )
    return held
