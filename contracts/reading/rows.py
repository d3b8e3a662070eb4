"""What a row of a table says: after its column names, sentence by sentence, by the party of its last cell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .sentences import split_sentences

EMPTY_NAME = re.compile(
    r"(?i)(?:no|ref|row|item|id|#|subject|topic|rule|detail|details|term|terms|clause|section|particulars|requirement|control|measure|step|notes?"
    r"|commitment|what is committed|conditions|description|provision|obligation|text|response|value)s?\.?"
)


def names_columns(cells: Sequence[str]) -> bool:
    """Whether a table's first row names its columns rather than saying something."""
    return all(
        len(c) < 45 and not c.endswith((".", ";")) and not re.match(r"[\d_\[]", c) for c in cells
    ) and not re.search(r"(?i)\b(?:shall|will|must|may not|agrees?|is|are)\b", " ".join(cells))


def sentences_of_row(text: str) -> list[tuple[int, int]]:
    """The row as one passage, or where a cell holds several sentences, each of them as one."""
    if len(text) < 160:
        return [(0, len(text))]
    cell = max(re.finditer(r"[^|]+", text), key=lambda m: len(m.group()))
    spans = [(a + cell.start(), b + cell.start()) for a, b in split_sentences(cell.group())]
    if len(spans) < 2:
        return [(0, len(text))]
    return [(0, spans[0][1]), *spans[1:]]


def range_on_page(at: list[int]) -> list[int]:
    """A row is quoted as it stands on the page, in one piece, unless it is very long."""
    low, high = min(at), max(at)
    return list(range(low, high + 1)) if high - low < 1500 else at


def said_by_row(cells: Sequence[str], text: str, *, first: bool, whole: bool, head: str) -> str:
    """What a row, or a later sentence of it, says: after its section and its subject, by the party of its last cell."""
    lead = f"{head}: " if head else ""
    last = cells[-1] if len(cells) > 2 and len(cells[-1]) < 30 else ""
    by = f"{last} shall : " if last and re.fullmatch(r"[A-Za-z&., :'-]{2,30}", last) else ""
    if whole:
        return lead + by + " | ".join(cells)
    if first:
        return lead + by + text.strip("| ")
    subject = next((c for c in cells if re.search(r"[A-Za-z]{3}", c)), "")
    return f"{lead}{by}{subject}: {text.strip('| ')}"
