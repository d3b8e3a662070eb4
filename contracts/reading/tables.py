"""Tables drawn with characters: rows that run over several lines become one row, cell by cell.

Two kinds are known: cells between "|" (with or without a border of "+---+"), and columns under a ruling of dashes
("----  --------"). A line whose first cell is empty goes on with the row above it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

BORDER = re.compile(r"\+?[-=+|: ]{3,}\+?")
RULING = re.compile(r"[-=]{2,}(?: {1,}[-=]{2,})+")


class Drawn(Protocol):
    """A line of the page, with its place in the whole text and on its line."""

    @property
    def start(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def page(self) -> int: ...
    @property
    def gap(self) -> bool: ...
    @property
    def indent(self) -> int: ...


@dataclass(slots=True)
class Row:
    page: int
    cells: list[tuple[str, list[int]]] = field(default_factory=list)

    def add(self, cells: Sequence[tuple[str, list[int]]]) -> None:
        for index, (text, at) in enumerate(cells):
            if index >= len(self.cells):
                self.cells.append(("", []))
            if text:
                self.cells[index] = joined(self.cells[index], (text, at))

    def written(self) -> tuple[str, list[int]]:
        """The row as "| a | b |", and where each character stood; a bar stands where the cell before it ended."""
        text, at = "| ", [self.first(), self.first()]
        for cell, places in self.cells:
            text += cell + " | "
            at += places
            at += [at[-1]] * 3
        return text.rstrip(), at[: len(text.rstrip())]

    def first(self) -> int:
        return min(p for _, places in self.cells for p in places[:1])


def joined(old: tuple[str, list[int]], new: tuple[str, list[int]]) -> tuple[str, list[int]]:
    if not old[0]:
        return new
    if re.search(r"[a-z]-$", old[0]) and new[0][:1].islower():
        return old[0][:-1] + new[0], old[1][:-1] + new[1]
    return f"{old[0]} {new[0]}", [*old[1], old[1][-1], *new[1]]


def cut(text: str, start: int, edges: Sequence[tuple[int, int]]) -> list[tuple[str, list[int]]]:
    """The pieces of a line between the edges, trimmed, each with its place in the whole text."""
    out = []
    for left, right in edges:
        piece = text[left:right]
        lead = len(piece) - len(piece.lstrip())
        bare = piece.strip()
        begin = start + left + lead
        out.append((bare, list(range(begin, begin + len(bare)))))
    return out


def barred(line: Drawn) -> list[tuple[str, list[int]]]:
    bars = [m.start() for m in re.finditer(r"\|", line.text)]
    return cut(line.text, line.start, [(a + 1, b) for a, b in itertools.pairwise(bars)])


def drawn_rows(lines: Sequence[Drawn]) -> dict[int, list[Row]]:
    """For the index of each line that belongs to a drawn table: the rows that begin there (often none)."""
    out: dict[int, list[Row]] = {}
    index = 0
    while index < len(lines):
        text = lines[index].text
        if text.startswith("|") and text.endswith("|") and text.count("|") > 2:
            index = read_barred(lines, index, out)
        elif RULING.fullmatch(text) and len(text) > 12:
            index = read_ruled(lines, index, out)
        else:
            index += 1
    return out


def read_barred(lines: Sequence[Drawn], index: int, out: dict[int, list[Row]]) -> int:
    last: Row | None = None
    while index < len(lines) and not (lines[index].gap and last is not None):
        line = lines[index]
        if BORDER.fullmatch(line.text):
            last = None if line.text.startswith("+") else last
            out[index] = []
        elif line.text.startswith("|") and line.text.endswith("|"):
            cells = barred(line)
            out[index] = []
            if last is not None and cells and not cells[0][0] and any(c for c, _ in cells):
                last.add(cells)
            elif any(c for c, _ in cells):
                last = Row(line.page)
                last.add(cells)
                out[index] = [last]
        else:
            break
        index += 1
    return index


def columns(line: Drawn, starts: Sequence[int]) -> list[tuple[str, list[int]]]:
    shift = [max(0, s - line.indent) for s in starts]
    return cut(line.text, line.start, list(zip(shift, [*shift[1:], len(line.text)], strict=True)))


def read_ruled(lines: Sequence[Drawn], index: int, out: dict[int, list[Row]]) -> int:
    ruling = lines[index]
    starts = [ruling.indent + m.start() for m in re.finditer(r"[-=]+", ruling.text)]
    out[index] = []
    if index and not ruling.gap and index - 1 not in out and lines[index - 1].page == ruling.page:
        names = Row(ruling.page)
        names.add(columns(lines[index - 1], starts))
        out[index - 1] = [names]
    last: Row | None = None
    index += 1
    while index < len(lines) and not lines[index].gap and lines[index].page == ruling.page:
        line = lines[index]
        cells = columns(line, starts)
        if "  " not in line.text.strip() and line.indent == starts[0] and len(line.text) > starts[1] + 10:
            break
        out[index] = []
        if RULING.fullmatch(line.text):
            last = None
        elif last is not None and not cells[0][0]:
            last.add(cells)
        else:
            last = Row(line.page)
            last.add(cells)
            out[index] = [last]
        index += 1
    return index
