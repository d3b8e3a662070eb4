"""Reading contracts: pages, findings, facts. Pure: no Django, no network, no clock."""

from __future__ import annotations

from collections.abc import Sequence

from .engine import read_pages
from .files import find_boxes, page_png, read, read_scan
from .model import (
    ENGINE,
    Box,
    Fact,
    Finding,
    Pack,
    Page,
    Quote,
    Reading,
    Requirement,
    Signature,
    Unreadable,
    Unscanned,
    Word,
)
from .redline import Change, Piece, compare, redline

__all__ = [
    "ENGINE",
    "Box",
    "Change",
    "Fact",
    "Finding",
    "Pack",
    "Page",
    "Piece",
    "Quote",
    "Reading",
    "Requirement",
    "Signature",
    "Unreadable",
    "Unscanned",
    "Word",
    "compare",
    "find_boxes",
    "page_png",
    "read",
    "read_scan",
    "read_text",
    "redline",
]


def read_text(text: str, *, packs: Sequence[Pack]) -> Reading:
    """Read a contract's plain text against the packs. Quotes carry offsets into the one page; no file is opened."""
    page = Page(1, 0.0, 0.0, text, "flow")
    _, findings, facts, versions = read_pages([page], packs)
    return Reading((page,), findings, facts, (), (), ENGINE, versions)
