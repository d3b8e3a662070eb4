"""The contract's discourse: headings, parts, lists, tables of contents, definitions.

A unit is the smallest passage that is judged: a sentence, a list entry with its lead-in, or a table row.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .amendments import amend_by
from .layout import MARKER, Block
from .literals import Swift
from .numbers import arabic
from .rows import EMPTY_NAME, names_columns, range_on_page, said_by_row, sentences_of_row
from .sentences import split_sentences
from .voiding import mark_void, prevailing

PART = re.compile(
    r"(?:ANNEX|APPENDIX|EXHIBIT|SCHEDULE|ATTACHMENT|ADDENDUM|AMENDMENT|RIDER|SUPPLEMENT|Annex|Appendix|Exhibit"
    r"|Schedule|Attachment|Addendum|Amendment|Rider|Supplement|STATEMENT OF WORK|ORDER FORM)\b"
    r"(?:\s+(?:No\.?|NO\.?|Number|N0\.?))?\s*[\"“]?([A-Z0-9]{1,3}(?:-\d+)?|[IVX]+|One|Two|Three|ONE|TWO|THREE)?\b"
)
RUN_IN = re.compile(
    r"^((?:[A-Z0-9(][\w.()-]{0,8}\s+)?)"
    r"([A-Z\"'][\w'’&/,()\"-]*(?:\s+(?:[A-Z\"'(][\w'’&/,()\"-]*|of|and|or|the|to|for|in|on|by|with|from|a|an|at|upon|as|if"
    r"|is|we|it|you|your|our|when|what|how|who|[a-z]{3,12})){0,8}?)"
    r"\s*(?:\.|:|\s-|\?)\s+(?=[\"'(\[A-Z0-9])"
)
BOUND_IN = re.compile(
    r"(?i)part\s+\w{1,5}\s*[:.\u2013\u2014-]*\s+(?=(?:the )?(?:\w+ ){0,3}?(?:agreement|contract|terms|amendment|addendum|rider|exhibit|schedule|annex|appendix|attachment|supplement)\b)"
)
VERB = Swift(
    r"(?i)\b(?:shall|will|must|may|is|are|was|were|be|agrees?|has|have|does|do|not|governs?|applies|remains?|belongs?"
    r"|retains?|owns?|complies|comply|keeps?|deletes?|encrypt|encrypts|receives?|can|never|won't|don't|means|includes?"
    r"|stays?|survives?|sends?|gives?|returns?|holds?|maintains?|provides?|uses?|controls?)\b"
)
SMALL_VERB = Swift(
    r"(?i)\b(?:gets?|goes?|sees?|takes?|makes?|leaves?|stands?|rests?|lies|lie|asks?|wants?|needs?|works?|runs?|passes|knows?|did|had|would|could|should|cannot|let|put|tells?)\b"
)
REPLY_LABEL = re.compile(r"(?i)(?:explanation|response|answer|reply|comments?|remarks?|notes?)\b")
ANSWER_LABEL = re.compile(r"(?i)(?:a|ans)[-. ]?\d{0,3}|yes|no")
RESERVED = Swift(
    r"(?i)^[^.]{0,60}?[\[(]?\s*(?:intentionally\s+(?:omitted|left\s+blank|deleted)|reserved(?!\s+(?:to|for|by|exclusively|solely)\b)|omitted|deleted|not\s+used"
    r"|this\s+(?:section|page|paragraph)\s+(?:is\s+)?(?:intentionally|reserved)[^.]{0,40})\b[^.]{0,45}\.?\s*[\])]?\.?\s*$"
)
TOC_HEAD = re.compile(
    r"(?i)^\s*(?:table\s+of\s+contents|contents|index(?:\s+of\s+(?:sections|articles))?)\b\s*:?"
)
TOC_LINE = re.compile(r"(?:\.\s?){3,}\s*\d+|\s{2,}\d+\s*$|…+\s*\d+|\b\d{1,3}\s*$")
RECITAL_HEAD = re.compile(r"(?i)^\W*(?:[A-Z\d.]+\s+)?(?:recitals?|background|witnesseth|preamble|premises)\b")
THEREFORE = Swift(r"(?i)\bnow,? therefore\b")
# where the background ends and the parties bind themselves, without a heading
AGREEING = Swift(
    r"(?i)\bnow,?\s+therefore\b|^\W*(?:accordingly|therefore|in consideration|on (?:this|that) (?:footing|basis)|for (?:these|those) reasons)?\b[^.;]{0,60}?"
    r"(?:the (?:parties|undersigned|signatories|two|both)|we|both (?:sides|parties)|it is)\b[^.;]{0,60}?\b(?:agree|agreed|amend|covenant|contract|undertake|stipulate|resolve)s?\b[^.;]{0,80}?(?::|$|as follows)"
)
RECITAL = Swift(r"(?i)^\W*(?:[A-Z\d]{1,2}[.)]\s+)?whereas\b")
DEFINITION = Swift(
    r"""(?ix)^\W*(?:[\w.()-]{1,9}\s+)?(?:the\s+terms?\s+|as\s+used\s+(?:in|herein)[^"]{0,60}|in\s+this\s+[^"]{0,40}|when\s+used[^"]{0,40})?
    (?:"[^"]{2,80}"(?:\s*(?:,|or|and|\([^)]*\))\s*)*)+\s*,?\s*(?:each\s+)?(?:(?:when|as)\s+used[^,]{0,40},\s*)?
    (?:means?|shall\s+mean|has|have|shall\s+have|is\s+defined|are\s+defined|refers?\s+to|includes?|shall\s+include|is\b|are\b|does\s+not\s+include)"""
)
BARE_DEFINITION = Swift(
    r"""^\W*(?:\d[\d.]*\s+)?(?:[A-Z][\w-]*\s?){1,5}(?:\([^)]*\)\s*)?(?:means|shall\s+mean|has\s+the\s+meaning|refers\s+to)\b"""
)
NOTES = re.compile(
    r"(?i)^\W*(?:drafting\s+notes?|usage\s+notes?|note\s+to\s+(?:draft|reader|file)|commentary|explanatory\s+notes?|instructions?\s+for)\b"
)
DRAWN_LINE = re.compile(r"[-+=_ ~*.]{5,}")
# "amended by striking 'the laws of Ohio' and inserting ...": the words that go are no term
STRICKEN = Swift(
    r"(?i)\b(striking|deleting|removing|omitting|replacing|in place of|instead of|strikes?|deletes?|omits?)(?: out)?(?: (?:the|all|each|every|any|its|words?|phrase|sentence|figures?|references?|to|and|name|term|clause|text|passage|last|first|second))* [\"“][^\"”]{2,300}[\"”](?=,? (?:and|with|by|wherever|where|in|from|therein|to)\b)"
)


# a definition that itself lays down a duty ("which shall at no time be the property of ...") binds like a clause
OPERATIVE = Swift(
    r"(?i)\b(?:shall(?! (?:mean|include|have the meaning|refer))|must|will(?! mean)|undertakes|is bound to|are bound to|is and (?:continues|remains)|is granted|each ensure"
    r"|which governs?|is to be|are to be|may (?:each |respectively |not )?\w+)\b"
)


@dataclass(slots=True)
class Unit:
    text: str
    at: list[int]
    block: int
    heading: str
    part: str
    number: str
    kind: str = "clause"  # clause | heading | toc | recital | definition | reserved | signature | note
    lead: str = ""
    lead_at: list[int] = field(default_factory=list)
    lead_unit: int = -1
    void: str = ""
    canon: str = ""
    row: bool = False
    bare: int = 0  # where the sentence begins, after a run-in heading or a row's first cell
    said: str = ""  # what a table's row says, put as a sentence
    index: int = 0
    page: int = 0
    # in a form, the sentences of the answer to it; of an amended sentence, what amends it
    replies: list[Unit] = field(default_factory=list)
    # sentences of later papers that changed its words, each with the number of its paper
    changes: list[tuple[int, Unit]] = field(default_factory=list)
    doubt: str = ""  # why a person must look at it, whatever it says


@dataclass(slots=True)
class Outline:
    units: list[Unit]
    parts: list[str]
    flags: list[str]
    prevails: list[str] = field(default_factory=list)


SAYS_MORE = Swift(
    r"(?i)\b(?:shall|will|must|be|data|records?|information|within|copies|copy|files?|accounts?|anything|it|they|backups?|after|for)\b"
)


def reserved(text: str) -> bool:
    """ "[Reserved]", "Intentionally omitted": a place kept free, not a sentence in which something is deleted."""
    return bool(RESERVED.match(text)) and not SAYS_MORE.search(text)


def heading_like(block: Block, following: Block | None) -> bool:
    text = MARKER.sub("", block.text, count=1).strip() or block.text.strip()
    words = text.split()
    if (
        PART.match(block.text)
        and len(block.text) < 110
        and not re.search(r"[.;]$", block.text.strip())
        and not VERB.search(block.text)
    ):
        return True
    if re.match(r"\s*§+\s*\d", block.text) and len(text) < 90 and not re.search(r"[.;:]$", text):
        return not VERB.search(text)
    if not words or len(words) > 12 or "|" in text or len(text) > 110:
        return False
    if (
        re.search(r"[.;,]$", text)
        and not (text.isupper() and not VERB.search(text))
        and not re.search(r"\b[A-Z]\.$", text)
    ):
        return (
            bool(MARKER.match(block.text))
            and len(words) <= 5
            and not VERB.search(text)
            and text.endswith(".")
        )
    if text.endswith(":"):
        return len(words) <= 6 and not VERB.search(text) and text[:1].isupper()
    if PART.match(text) or re.match(r"Table\s+\w+\b", text):
        return True
    if text.isupper() and len(text) > 3 and not (text.endswith(".") and VERB.search(text)):
        return True
    marked = block.text.lstrip()[:1] in "-*•|[☐☒☑"
    if marked:
        return False
    capital = sum(w[:1].isupper() or w[:1].isdigit() for w in words if len(w) > 3)
    content = sum(len(w) > 3 for w in words) or 1
    longer = following is not None and len(following.text) > len(text) + 15
    numbered = bool(MARKER.match(block.text))
    if (
        capital / content >= 0.75
        and (longer or numbered)
        and not re.search(r"\b(?:shall|will|must|may not)\b", text)
    ):
        return True
    return longer and text[:1].isupper() and len(words) <= 9 and text[-1:] not in ".;" and not numbered


def trimmed(text: str, at: list[int]) -> tuple[str, list[int]]:
    left = len(text) - len(text.lstrip())
    right = len(text.rstrip())
    return text[left:right], at[left:right]


class Builder:
    """Walks the blocks once, keeping the place in the contract (part, section, lead-in)."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self.units: list[Unit] = []
        self.part, self.heading, self.number, self.section_kind = "main", "", "", "clause"
        self.article = ""
        self.parts = ["main"]
        self.lead: Unit | None = None
        self.toc = False
        self.table: list[str] = []
        self.therefore, self.reciting, self.entry = -1, False, 0

    def build(self) -> list[Unit]:
        self.therefore = next((i for i, b in enumerate(self.blocks) if THEREFORE.search(b.text)), -1)
        for index, block in enumerate(self.blocks):
            following = self.blocks[index + 1] if index + 1 < len(self.blocks) else None
            self.reciting = index < self.therefore
            self.walk(block, following)
        for index, unit in enumerate(self.units):
            unit.index = index
        return self.units

    def walk(self, block: Block, following: Block | None) -> None:
        text = block.text
        if DRAWN_LINE.fullmatch(text):
            return
        if self.in_contents(block, following):
            self.add(block, 0, len(text), "toc")
            return
        if "|" in text:
            self.row(block)
            return
        self.table = []
        if reserved(text) and len(text) < 160:
            self.note_number(text)
            self.add(block, 0, len(text), "reserved")
            return
        entry = self.lead is not None and bool(LIST_ENTRY.match(text))
        if heading_like(block, following) and not entry:
            self.enter(text)
            self.add(block, 0, len(text), "heading")
            self.lead = None
            return
        self.note_number(text)
        self.paragraph(block)

    def in_contents(self, block: Block, following: Block | None) -> bool:
        text = block.text
        if TOC_HEAD.match(text) and len(text) < 1200:
            self.toc = True
            return True
        if not self.toc:
            return False
        short = len(text) < 110 and not re.search(r"[.;]$", text.rstrip("0123456789. "))
        entries = len(re.findall(r"(?:^|;|\s)\d{1,2}[.)]\s+[A-Z]", text)) >= 3 and not VERB.search(text)
        leader = bool(TOC_LINE.search(text)) and len(text) < 140
        if entries or leader or (short and following is not None and len(following.text) < 160):
            return True
        self.toc = False
        return False

    def enter(self, text: str) -> None:
        """A heading: a new part, a new article or a new section."""
        bare = text.strip().strip("*# ")
        bound = BOUND_IN.match(
            bare
        )  # "PART TWO: AMENDMENT NO. 1": papers bound together, each with numbers of its own
        part = PART.match(bare[bound.end() :] if bound else bare)
        if (part and not re.match(r"(?i)rider c?", bare)) or (part and part.group(1)):
            self.part = re.sub(r"\W+", " ", part.group(0)).strip().lower()
            self.parts.append(self.part)
        if bound:
            self.article = self.number = ""
        else:
            self.note_number(text)
        self.heading = bare
        if RECITAL_HEAD.match(bare):
            self.section_kind = "recital"
        elif NOTES.match(bare):
            self.section_kind = "note"
        elif re.search(
            r"(?i)^\W*(?:[\w.]+\s+)?(?:signatures?|document information|references|version history)\W*$", bare
        ):
            self.section_kind = "signature"
        else:
            self.section_kind = "clause"

    def note_number(self, text: str) -> None:
        article = re.match(
            r"(?i)\s*(?:article|section|part|clause|paragraph)\s+([ivxlc]+|\d+(?:\.\d+)*|[a-z]|one|two|three|four|five|six)\b",
            text,
        )
        numbered = re.match(r"\s*[\"“]?((?:[A-Z]{1,3}-)?\d{1,3}(?:\.\d{1,3}){0,4}[A-Z]?)[.):]?\s", text)
        if article:
            self.article = arabic(article.group(1))
            self.number = self.article
        elif numbered:
            self.number = numbered.group(1).rstrip(".")
            if self.article and "." not in self.number and not re.match(r"[A-Z]", self.number):
                self.number = f"{self.article}.{self.number}"

    def paragraph(self, block: Block) -> None:
        text, start = block.text, 0
        marker = MARKER.match(text)
        count = re.match(r"\s*(\d{1,2})[.)]\s+[A-Z]", text)
        counted = self.lead is not None and count is not None and int(count.group(1)) == self.entry + 1
        self.entry = self.entry + 1 if counted else self.entry
        listed = bool(marker) and (counted or not re.match(r"\s*\d{1,3}(?:\.\d+)*[.)]?\s+[A-Z]", text))
        run_in = RUN_IN.match(text)
        if run_in and self.tells(run_in):
            run_in = None
        if run_in and not VERB.search(run_in.group(2)) and len(run_in.group(2)) < 90:
            kept = REPLY_LABEL.match(run_in.group(2)) or ANSWER_LABEL.fullmatch(run_in.group(2))
            self.heading = self.heading if kept else run_in.group(2)
            if RECITAL_HEAD.match(self.heading):
                for a, b in split_sentences(text):
                    self.add(block, a, b, "recital")
                return
            if self.section_kind in ("recital", "note") and marker and not self.reciting:
                self.section_kind = "clause"
            if PART.match(text) and PART.match(text).group(1):  # type: ignore[union-attr]
                self.part = re.sub(r"\W+", " ", PART.match(text).group(0)).strip().lower()  # type: ignore[union-attr]
                self.parts.append(self.part)
            if not PART.match(text):
                start = run_in.end()
        if (
            self.section_kind == "recital"
            and not self.reciting
            and (
                AGREEING.search(text)
                or re.search(r"(?i)^\W*the parties (?:hereby )?agree", text)
                or self.counts_anew(text)
            )
        ):
            self.section_kind = "clause"
        spans = split_sentences(text[start:])
        for position, (a, b) in enumerate(spans):
            begin = 0 if position == 0 else a + start
            unit = self.add(block, begin, b + start, self.kind_of(text[a + start : b + start], text))
            unit.bare = max(0, start - begin) if position == 0 else 0
            if listed and self.lead is not None:
                unit.lead, unit.lead_at, unit.lead_unit = self.lead.text, self.lead.at, id(self.lead)
        self.share_lead(len(spans))
        last = self.units[-1] if self.units else None
        if text.rstrip().endswith(":") and last is not None:
            if not (listed and self.lead is not None):
                self.lead, self.entry = last, 0
        elif not listed:
            self.lead = None

    def counts_anew(self, text: str) -> bool:
        """Whether a first numbered paragraph follows a background that was lettered or not numbered at all."""
        if not re.match(r"\s*1[.)]\s", text):
            return False
        before = list(itertools.takewhile(lambda u: u.kind == "recital", reversed(self.units)))
        return bool(before) and not any(re.match(r"\s*\d", u.text) for u in before)

    def tells(self, run_in: re.Match[str]) -> bool:
        """Whether what stands like a run-in heading is a sentence: an answer, or words in lower case under a heading."""
        words = re.findall(r"[A-Za-z']+", run_in.group(2))
        low: int = sum(w[0].islower() and len(w) > 2 for w in words[1:])
        if low >= 3 and re.match(r"The [A-Z][\w-]+ [a-z]+s [a-z]", run_in.group(2)):
            return True  # "The Provider abstains from ..."
        if re.match(r"A\.\s", run_in.group(1)) or SMALL_VERB.search(run_in.group(2)):
            return low >= 2
        under = bool(self.units) and self.units[-1].kind == "heading" and not run_in.group(1).strip()
        none = bool(re.match(r"(?i)[^a-z']*(?:no|none|never|only|nothing|not)\b", run_in.group(2)))
        return bool(under and (low >= 3 or (low >= 2 and none)))

    def share_lead(self, count: int) -> None:
        """ "The vendor shall not: (a) ...; (b) ..." in one paragraph: each entry is read after the lead-in."""
        lead: Unit | None = None
        stop = 0
        for unit in self.units[len(self.units) - count :] if count > 1 else []:
            opened = INLINE_LIST.search(unit.text)
            if opened:
                lead, stop = unit, opened.start() + 1
            elif lead is not None and INLINE_ENTRY.match(unit.text) and not unit.lead:
                unit.lead, unit.lead_at, unit.lead_unit = lead.text[:stop], lead.at[:stop], id(lead)

    def kind_of(self, sentence: str, block: str) -> str:
        if reserved(sentence) and len(sentence) < 120:
            return "reserved"
        if (RECITAL.match(sentence) or RECITAL.match(block)) and not THEREFORE.search(sentence):
            return "recital"
        if DEFINITION.match(sentence) or BARE_DEFINITION.match(sentence):
            return "clause" if OPERATIVE.search(sentence) else "definition"
        if self.section_kind in ("recital", "note", "signature"):
            return self.section_kind
        if re.search(r"_{10,}", sentence) and not VERB.search(sentence):
            return "signature"
        return "clause"

    def row(self, block: Block) -> None:
        cells = [c.strip() for c in block.text.strip().strip("|").split("|")]
        if all(re.fullmatch(r":?-*:?", c) for c in cells):
            return
        if not self.table:
            self.table = cells if names_columns(cells) else [""] * len(cells)
            if names_columns(cells):
                self.add(block, 0, len(block.text), "heading")
                return
        kind = self.section_kind if self.section_kind != "recital" else "clause"
        if len(cells) > 1 and reserved(cells[-1]):
            kind = "reserved"
        spoken, head = self.spoken_cells(cells), self.heading if "student" in self.heading.lower() else ""
        spans = sentences_of_row(block.text)
        for number, (start, end) in enumerate(spans):
            unit = self.add(block, start, end, kind)
            unit.row, unit.heading = True, f"{self.heading} : {cells[0]}"
            unit.at = range_on_page(unit.at) if number == 0 else unit.at
            whole = len(spans) == 1
            unit.said = said_by_row(spoken, block.text[start:end], first=number == 0, whole=whole, head=head)

    def spoken_cells(self, cells: Sequence[str]) -> list[str]:
        """The cells, each after the name of its column where that name says something."""
        names = self.table if len(self.table) == len(cells) else [""] * len(cells)
        return [
            f"{name}: {cell}" if name and cell and not EMPTY_NAME.fullmatch(name) else cell
            for name, cell in zip(names, cells, strict=True)
        ]

    def add(self, block: Block, start: int, end: int, kind: str) -> Unit:
        text, at = trimmed(block.text[start:end], block.at[start:end])
        unit = Unit(text, at, block.number, self.heading, self.part, self.number, kind, page=block.page)
        self.units.append(unit)
        return unit


LIST_ENTRY = re.compile(r"\s*\(?(?:[a-z]|[ivx]{1,4}|\d{1,2})\)\s")
INLINE_LIST = re.compile(r":\s+\(?(?:a|i|1|A)[.)]\s")
INLINE_ENTRY = re.compile(r"(?:and |or |and/or )?\(?(?:[a-z]|[ivx]{1,4}|\d{1,2})[.)]\s")


def outline(blocks: Sequence[Block], later: Sequence[Outline] = ()) -> Outline:
    """The contract's sentences in their places; `later`: the papers that amend it, in their order."""
    builder = Builder(blocks)
    units = builder.build()
    mark_void(units)
    amend_by(units, [paper.units for paper in later])
    return Outline(units, builder.parts, [], [name for name, _ in prevailing(units)])
