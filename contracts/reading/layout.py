"""From the text of pages to blocks: lines joined into paragraphs, list entries and table rows.

Every block remembers where each of its characters stood, so that a quote is always the page's own words.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .model import Page
from .tables import Row, drawn_rows

SAME_LENGTH = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "‚": "'",
        "′": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "–": "-",
        "—": "-",
        "‑": "-",
        "‐": "-",
        "−": "-",
        "\u00a0": " ",
        "\u2007": " ",
        "\u202f": " ",
        "\u3000": " ",
        "\t": " ",
        "\u200b": " ",
        "\u200c": " ",
        "\u200d": " ",
        "\ufeff": " ",
        "\u00ad": " ",
        "\u2028": "\n",
        "\u2029": "\n",
        "\x0b": "\n",
        "\x0c": "\n",
    }
)
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
MARKER = re.compile(
    r"""\s*(?:[-*•·◦▪●○■□☐☑☒✓✔–]\s+
      |\[[ xX✓]?\]\s
      |\(?(?:\d{1,2}|[a-z]|[ivxl]{1,5})\)\s
      |(?:[A-Z]{1,3}-)?\d{1,3}(?:\.\d{1,3}){0,4}[.):]?\s+(?=["“(\[A-Z])
      |[a-zA-Z][.)]\s+(?=["“(A-Z])
      |[IVXLivxl]{1,5}[.)]\s+(?=["“(A-Z])
      |(?:ARTICLE|Article|SECTION|Section|EXHIBIT|Exhibit|SCHEDULE|Schedule|APPENDIX|Appendix|ANNEX|Annex
         |PART|Part|ATTACHMENT|Attachment|ADDENDUM|AMENDMENT|RIDER)\s+(?:[A-Z0-9IVX]+(?:[.-]\d+)*|ONE|TWO|THREE|FOUR|FIVE|SIX)\b
      |\|)""",
    re.X,
)
ENDS = re.compile(r"""[.:;!?]["')\]]*\s*$""")


@dataclass(frozen=True, slots=True)
class Line:
    start: int  # offset in the whole text (all pages one after the other)
    end: int
    text: str
    page: int
    gap: bool  # an empty line stands before it
    indent: int = 0  # how many characters stand before it on its line


@dataclass(slots=True)
class Block:
    text: str
    at: list[int]  # for each character of text, its offset in the whole text
    page: int
    gap: bool
    number: int = 0


class Whole:
    """All pages one after the other, and the way back from an offset to a page."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self.pages = pages
        self.bases: list[int] = []
        base = 0
        for page in pages:
            self.bases.append(base)
            base += len(page.text) + 1
        self.starts = frozenset(self.bases)

    def place(self, offset: int) -> tuple[int, int]:
        """Page index and offset in that page's text."""
        index = max(0, bisect_right(self.bases, offset) - 1)
        return index, offset - self.bases[index]


def straight(text: str) -> str:
    """The same text, character for character, with plain quotes, dashes and spaces."""
    return CONTROL.sub(" ", text.translate(SAME_LENGTH))


def read_lines(whole: Whole) -> list[Line]:
    lines: list[Line] = []
    for index, page in enumerate(whole.pages):
        base, position, gap = whole.bases[index], 0, True
        text = list(straight(page.text))
        for start, end in page.hidden:
            text[start:end] = [c if c == "\n" else " " for c in text[start:end]]
        page_lines: list[Line] = []
        for raw in "".join(text).split("\n"):
            if raw.strip():
                left = len(raw) - len(raw.lstrip())
                body = raw.strip()
                page_lines.append(
                    Line(base + position + left, base + position + left + len(body), body, index, gap, left)
                )
                gap = False
            else:
                gap = True
            position += len(raw) + 1
        lines.extend(page_lines)
    return without_running_heads(lines, len(whole.pages))


def without_running_heads(lines: list[Line], pages: int) -> list[Line]:
    """Leave out lines that stand at the top or foot of most pages, page numbers included."""
    if pages < 2:
        return [x for x in lines if not re.fullmatch(r"\[?(?:scanned copy.*|page \d+.*)\]?", x.text, re.I)]
    edges: dict[int, list[Line]] = {}
    for line in lines:
        edges.setdefault(line.page, []).append(line)
    tally: Counter[str] = Counter()
    for page_lines in edges.values():
        for text in {shape(x.text) for x in page_lines[:3] + page_lines[-3:]}:
            tally[text] += 1
    running = {text for text, count in tally.items() if count >= max(2, pages * 0.5)}
    kept: list[Line] = []
    for page_lines in edges.values():
        edge = {id(x) for x in page_lines[:3] + page_lines[-3:]}
        for line in page_lines:
            bare = shape(line.text)
            number = re.fullmatch(r"[-\[( ]*(?:page\s*)?#(?:\s*(?:of|/)\s*#)?[-\]) ]*", bare)
            if id(line) in edge and (
                number or (bare in running and len(bare) < 120 and not ENDS.search(bare))
            ):
                continue
            kept.append(line)
    return kept


def shape(text: str) -> str:
    return re.sub(r"\d+", "#", text.lower()).strip()


def typical_width(lines: Sequence[Line]) -> dict[int, float]:
    """The line length at which a page's paragraphs wrap: the 90th percentile of its longer lines."""
    widths: dict[int, list[int]] = {}
    for line in lines:
        widths.setdefault(line.page, []).append(len(line.text))
    return {page: sorted(all_)[int(len(all_) * 0.9)] for page, all_ in widths.items()}


def join_lines(lines: Sequence[Line]) -> list[Block]:
    """Blocks from lines: a break is a paragraph's end only where the next word would still have fitted."""
    width = typical_width(lines)
    blocks: list[Block] = []
    last: Line | None = None
    rows = drawn_rows(lines)
    for index, line in enumerate(lines):
        if index in rows:
            for row in rows[index]:
                blocks.append(row_block(row, line, len(blocks)))
            last = None
            continue
        if last is not None and blocks and continues(blocks[-1], last, line, width):
            append(blocks[-1], line)
        else:
            blocks.append(
                Block(line.text, list(range(line.start, line.end)), line.page, line.gap, len(blocks))
            )
        last = line
    return blocks


def row_block(row: Row, line: Line, number: int) -> Block:
    text, at = row.written()
    return Block(text, at, line.page, line.gap, number)


def continues(block: Block, last: Line, line: Line, width: dict[int, float]) -> bool:
    ended = bool(ENDS.search(last.text))
    if "|" in line.text or "|" in last.text:
        return False
    if line.page != last.page:
        return not ended and (line.text[:1].islower() or not MARKER.match(line.text)) and len(last.text) > 40
    first_word = line.text.split(" ", 1)[0]
    full = width[last.page] >= 30 and width[last.page] * 0.96 - len(last.text) - len(first_word) - 1 < 0
    bullet = line.text[0] in "-*•[☐☒☑"
    starts = MARKER.match(line.text) is not None
    if starts and full and not (line.gap or ended or bullet or re.search(r"(?:\band|\bor|,)$", last.text)):
        return True  # "(48) hours" at a line's start is no list entry
    if starts:
        return False
    if not ended and line.text[:1].islower():
        return not line.gap or len(last.text) > 40
    return full and not line.gap


def append(block: Block, line: Line) -> None:
    if re.search(r"[A-Za-z]-$", block.text[-3:]) and line.text[:1].islower():
        word = re.search(r"([A-Za-z]+)-$", block.text)
        # "student-" keeps its hyphen; "noti-" does not
        if word and len(word.group(1)) > 1 and not HYPHENED.fullmatch(word.group(1)):
            block.text, block.at = block.text[:-1], block.at[:-1]
        block.text += line.text
        block.at += range(line.start, line.end)
        return
    block.text += " " + line.text
    block.at += [block.at[-1] + 1, *range(line.start, line.end)]


HYPHENED = re.compile(
    r"(?i)student|pupil|third|non|de|re|pre|post|self|well|on|multi|co|sub|anti|cross|plain|user|forty|thirty|"
    r"sixty|ninety|twenty|fifty|seventy|eighty|read|role|law|click|long|short|end|data|school|vendor|district|"
    r"learner|child|teacher|family|parent|privacy|work|time|one|two|day|month|year|bit|state|and|opt|sign|log"
)
