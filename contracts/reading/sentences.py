"""Where one sentence of a contract ends and the next begins."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

ABBREVIATION = re.compile(
    r"(?:\b(?:No|Nos|Inc|Co|Corp|Ltd|U\.S|U\.S\.C|U\.K|Stat|Conn|Gen|Neb|Rev|Sec|Secs|Art|Arts|Par|Para|Dr|Mr|Mrs|Ms|St"
    r"|vs|v|s(?=\.$)|e\.g|i\.e|etc|et al|seq|cf|p\.m|a\.m|P\.M|A\.M|Dept|Ave|Jr|Sr|Pub|L|Reg|C\.F\.R|F\.R|Ex|ex|ss|approx|est"
    r"|rev|ver|no|nos|pp|para|vol|fig|sec|Exh|App|Sch|incl|viz|P\.A)|\b[A-Z]|^\s*[\dA-Za-z]{1,3}|^\s*\(?[ivxIVX]{1,5})\.$"
)
SENTENCE_END = re.compile(r"[.!?][\"')\]]*\s+(?=[\"'(\[A-Z0-9])|;\s+(?=\S)")
CONDITION = re.compile(
    r"(?i)(?:and\s+|but\s+)?(?:provided|except|unless|however|save|otherwise|excluding|but|only)\b"
)
LONGEST_SENTENCE = 20_000  # characters, some seven pages: what goes on longer is read in pieces


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence stands; semicolons part too, unless a condition follows them."""
    cuts = [0]
    for match in SENTENCE_END.finditer(text):
        start, end = match.span()
        if text[start] == ".":
            if ABBREVIATION.search(text[max(cuts[-1], start - 12) : start + 1]):
                continue
        elif text[start] == ";" and (
            CONDITION.match(text, end) or start + 1 - cuts[-1] < 25 or len(text) - end < 12
        ):
            continue
        cuts.append(end)
    cuts.append(len(text))
    return [
        piece
        for a, b in itertools.pairwise(cuts)
        for piece in pieces(text, a, b)
        if text[slice(*piece)].strip()
    ]


def pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentence as one piece; one that does not end is cut between words."""
    while end - start > LONGEST_SENTENCE:
        space = text.rfind(" ", start, start + LONGEST_SENTENCE)
        cut = space + 1 if space > start else start + LONGEST_SENTENCE
        yield start, cut
        start = cut
    yield start, end
