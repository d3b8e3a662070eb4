"""Two texts or two readings side by side: what was added, taken out, or changed in the verdicts."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from .model import Finding, Reading


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a redline: `kind` is same, added or removed."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """How one requirement fares in the newer text against the older; `better`, `worse` or `same`."""

    requirement: str
    old: Finding | None
    new: Finding | None
    change: str
    words: tuple[Piece, ...]


RANK = {"missing": 0, "deficient": 1, "met": 2}
WORD = re.compile(r"\s+|[^\s\w]|\w+")


def redline(a: str, b: str) -> tuple[Piece, ...]:
    """Word by word, from `a` to `b`. Long texts are compared paragraph by paragraph first."""
    if len(a) + len(b) > 60_000:
        return by_paragraph(a, b)
    return pieces(WORD.findall(a), WORD.findall(b))


def by_paragraph(a: str, b: str) -> tuple[Piece, ...]:
    old, new = re.split(r"(?<=\n)", a), re.split(r"(?<=\n)", b)
    out: list[Piece] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            add(out, "same", "".join(old[i1:i2]))
        else:
            for piece in pieces(WORD.findall("".join(old[i1:i2])), WORD.findall("".join(new[j1:j2]))):
                add(out, piece.kind, piece.text)
    return tuple(out)


def pieces(old: list[str], new: list[str]) -> tuple[Piece, ...]:
    out: list[Piece] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            add(out, "same", "".join(old[i1:i2]))
        else:
            add(out, "removed", "".join(old[i1:i2]))
            add(out, "added", "".join(new[j1:j2]))
    return tuple(out)


def add(out: list[Piece], kind: str, text: str) -> None:
    if text:
        if out and out[-1].kind == kind:
            out[-1] = Piece(kind, out[-1].text + text)
        else:
            out.append(Piece(kind, text))


def compare(old: Reading, new: Reading) -> tuple[Change, ...]:
    """Requirement by requirement: better, worse or the same, with the redline of the words quoted."""
    before = {f.requirement: f for f in old.findings}
    after = {f.requirement: f for f in new.findings}
    changes = []
    for name in dict.fromkeys([*before, *after]):
        a, b = before.get(name), after.get(name)
        step = (RANK[b.verdict] if b else 0) - (RANK[a.verdict] if a else 0)
        words = redline(quoted(a), quoted(b))
        changes.append(Change(name, a, b, "better" if step > 0 else "worse" if step < 0 else "same", words))
    return tuple(changes)


def quoted(finding: Finding | None) -> str:
    return "\n".join(q.text for q in finding.quotes) if finding else ""
