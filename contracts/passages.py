"""Passages on a page: words found again whatever the line ends, and the text cut where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

Piece = tuple[str, bool]
Rect = tuple[float, float, float, float]


def marked_text(text: str, passages: Iterable[str]) -> list[Piece]:
    """The page's text in pieces, each with whether it belongs to a passage."""
    spans = sorted(span for words in passages for span in _spans(text, words))
    pieces: list[Piece] = []
    at = 0
    for start, end in spans:
        if end <= at:
            continue
        pieces += [(text[at : max(at, start)], False), (text[max(at, start) : end], True)]
        at = end
    pieces.append((text[at:], False))
    return [piece for piece in pieces if piece[0]]


def rects_on(quotes: Iterable[dict[str, Any]], *, document: int, page: int) -> list[Rect]:
    """The boxes of the quotes that stand on this page, as left, top, right, bottom."""
    return [
        (x, y, x + w, y + h)
        for quote in quotes
        if quote.get("document") == document and quote.get("page") == page
        for x, y, w, h in quote.get("boxes", [])
    ]


def _spans(text: str, words: str) -> Iterator[tuple[int, int]]:
    """Where the words stand: the words of a long passage may be parted by any space or line end."""
    parts = words.split()
    if not parts:
        return
    pattern = r"\s+".join(re.escape(part) for part in parts)
    yield from (match.span() for match in re.finditer(pattern, text, re.IGNORECASE))
