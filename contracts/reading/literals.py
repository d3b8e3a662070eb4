"""Which words a text must hold for a pattern to stand in it: a quick, exact way to know where not to look.

From a regular expression's own parse come sets of letters of which each match holds at least one ("delet", "destroy",
...). A text that holds none of a set cannot match, and is not searched; a text that holds one of each is searched as
ever. So no verdict can depend on it: it only spares searches that would have found nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

MOST = 64  # strings that one piece of a pattern may spell before it is no longer written out
LONGEST = 12  # letters of a literal that are looked for
MOST_TEXTS = 20_000  # texts whose literals are remembered
RUN = re.compile(r"[A-Za-z0-9]+")
EVERY_LITERAL = -1  # all bits
MORE_FORMS = re.compile("[ſıİ\N{KELVIN SIGN}]")  # are as s, i and k where capitals are as small letters

Literals = frozenset[str]


class Needs(NamedTuple):
    """What a piece of a pattern spells, where that can be written out, and the sets it needs one literal of each."""

    exact: Literals | None
    sets: tuple[Literals, ...] = ()

    def all_sets(self) -> tuple[Literals, ...]:
        return self.sets if self.exact is None else (*self.sets, *_sets_of(self.exact))


NO_LETTERS: Literals = frozenset([""])
NOTHING = Needs(NO_LETTERS)  # matches no letters, needs none
ANYTHING = Needs(None)


class Seen:
    """What was found so far in words and texts; begun anew when a pattern brings further literals."""

    def __init__(self) -> None:
        self.words: dict[str, int] = {}
        self.texts: dict[str, int] = {}
        self.small: dict[str, int] = {}  # of texts, in small letters


_bits: dict[str, int] = {}  # every literal that some pattern needs
_seen = Seen()


def masks(found: Iterable[Literals]) -> tuple[int, ...]:
    """Sets of literals as bits, the rarest first: a text holds one of each set only if it shares a bit with each."""
    sets = set(found)
    telling = [literals for literals in sets if min(map(len, literals)) > 2] or sets
    return tuple(_mask(literals) for literals in sorted(telling, key=_weight, reverse=True))


def held(text: str) -> int:
    """Bits of the literals that stand in the text, for comparison with `masks`."""
    seen = _seen
    found = seen.texts.get(text)
    if found is None:
        found = 0
        for word in set(RUN.findall(text)):
            bits = seen.words.get(word)
            found |= _bits_of(seen, word) if bits is None else bits
        if len(seen.texts) > MOST_TEXTS:
            seen.texts.clear()
        seen.texts[text] = found
    return found


def held_small(text: str) -> int:
    """The same for the text in small letters: for patterns to which capitals are as small letters."""
    seen = _seen
    found = seen.small.get(text)
    if found is None:
        found = EVERY_LITERAL if not text.isascii() and MORE_FORMS.search(text) else held(text.lower())
        if len(seen.small) > MOST_TEXTS:
            seen.small.clear()
        seen.small[text] = found
    return found


class Swift:
    """A compiled pattern that searches only texts which hold the letters it needs; it finds what the pattern finds."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.compiled = re.compile(pattern)
        self.needs = masks(needed(self.compiled))
        self.held = held_small if self.compiled.flags & re.IGNORECASE else held

    def may_match(self, text: str) -> bool:
        return holds(self.needs, self.held(text))

    def search(self, text: str) -> re.Match[str] | None:
        return self.compiled.search(text) if self.may_match(text) else None

    def match(self, text: str) -> re.Match[str] | None:
        return self.compiled.match(text) if self.may_match(text) else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        return self.compiled.finditer(text) if self.may_match(text) else iter(())

    def sub(self, instead: str | Callable[[re.Match[str]], str], text: str) -> str:
        return self.compiled.sub(instead, text) if self.may_match(text) else text


def may_match(needs: Sequence[int], text: str) -> bool:
    """Whether a pattern with these masks can stand in the text at all."""
    return holds(needs, held(text))


def holds(needs: Sequence[int], here: int) -> bool:
    """Whether a text with these bits (`held`) holds a literal of each set."""
    for need in needs:  # noqa: SIM110 (asked a hundred thousand times a contract; all() is slower)
        if not need & here:
            return False
    return True


def _bits_of(seen: Seen, word: str) -> int:
    found = 0
    for start in range(len(word)):
        for end in range(start + 2, min(start + LONGEST, len(word)) + 1):
            found |= _bits.get(word[start:end], 0)
    if len(seen.words) > MOST_TEXTS:
        seen.words.clear()
    seen.words[word] = found
    return found


def _mask(literals: Literals) -> int:
    global _seen
    new = [each for each in sorted(literals) if each not in _bits]
    for each in new:
        _bits[each] = 1 << len(_bits)
    if new:
        _seen = Seen()
    mask = 0
    for each in literals:
        mask |= _bits[each]
    return mask


def needed(pattern: re.Pattern[str]) -> tuple[Literals, ...]:
    """Sets of literals of which every match of the pattern holds one each; none where nothing can be said.

    Of a pattern to which capitals are as small letters: in small letters, to be sought in a text's small letters.
    """
    sets = of_parts(pattern.pattern, {}, flags=pattern.flags)
    if pattern.flags & re.IGNORECASE:
        return tuple(frozenset([each.lower() for each in literals]) for literals in sets)
    return sets


def of_parts(text: str, parts: Mapping[str, Needs], *, flags: int = 0) -> tuple[Literals, ...]:
    """The same for a pattern in which a single character stands for each of the parts that are known already."""
    sets = told(text, parts, flags=flags).all_sets()
    return tuple(frozenset([each[:LONGEST] for each in literals]) for literals in sets)


def told(text: str, parts: Mapping[str, Needs], *, flags: int = 0) -> Needs:
    """What a pattern's text spells and needs."""
    return Spelling(parts).sequence(_parser.parse(text, flags))


def whole(text: str) -> bool:
    """Whether a piece of a pattern means the same wherever it is put: one group or one set of letters."""
    try:
        parsed = _parser.parse(text + "{2}")
    except re.error:
        return False
    return len(parsed) == 1 and parsed[0][0] is op.MAX_REPEAT and parsed[0][1][:2] == (2, 2)


def _weight(literals: Iterable[str]) -> tuple[int, int, str]:
    """The rarer the better: its shortest literal long, a party's token short, and few of them."""
    each = sorted(literals, key=_rarity)
    return _rarity(each[0])[0], -len(each), each[0]


@cache
def _rarity(literal: str) -> tuple[int, str]:
    return 1 if literal.isupper() else len(literal), literal


@cache
def _sets_of(exact: Literals) -> tuple[Literals, ...]:
    """For strings of which one is matched: the runs of letters that all share, and the rarest run of each as one set."""
    runs = [[r for r in RUN.findall(text) if len(r) > 1] for text in exact]
    if not all(runs):
        return ()
    shared = set(runs[0]).intersection(*runs)
    rarest = frozenset(max(each, key=_rarity) for each in runs)
    return (*(frozenset([run]) for run in sorted(shared)), rarest)


class Spelling:
    """Walks a parsed pattern; `parts` are what some single characters in it stand for."""

    def __init__(self, parts: Mapping[str, Needs]) -> None:
        self.parts = parts

    def sequence(self, parsed: Any) -> Needs:
        sets: list[Literals] = []
        current = NO_LETTERS
        spelled = ""  # single letters that follow what is written out so far
        whole = True
        for code, argument in parsed:
            if code is op.LITERAL and chr(argument) not in self.parts:
                spelled += chr(argument)
                continue
            piece = self.piece(code, argument)
            sets += piece.sets
            if piece.exact is NO_LETTERS:
                continue
            if spelled:
                current, spelled = frozenset([a + spelled for a in current]), ""
            if piece.exact is not None and len(current) * len(piece.exact) <= MOST:
                current = frozenset([a + b for a in current for b in piece.exact])
                continue
            whole = False
            sets += _sets_of(current)
            current = NO_LETTERS if piece.exact is None else piece.exact
        if spelled:
            current = frozenset([a + spelled for a in current])
        if whole:
            return Needs(current, tuple(sets))
        return Needs(None, (*sets, *_sets_of(current)))

    def piece(self, code: Any, argument: Any) -> Needs:
        if code is op.LITERAL:
            return self.parts[chr(argument)]
        if code is op.IN:
            return one_of(argument)
        if code is op.BRANCH:
            return either([self.sequence(branch) for branch in argument[1]])
        if code is op.SUBPATTERN:
            return ANYTHING if argument[1] & re.IGNORECASE else self.sequence(argument[3])
        if code is op.ATOMIC_GROUP:
            return self.sequence(argument)
        if code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            return self.repeated(*argument)
        if code is op.ASSERT:
            return Needs(NO_LETTERS, self.sequence(argument[1]).all_sets())
        return NOTHING if code in (op.AT, op.ASSERT_NOT) else ANYTHING

    def repeated(self, least: int, most: Any, inner: Any) -> Needs:
        if least == 0 and most != 1:
            return ANYTHING
        told = self.sequence(inner)
        if least == 0:
            return ANYTHING if told.exact is None else Needs(told.exact | NO_LETTERS)
        return told if least == most == 1 else Needs(None, told.all_sets())


def one_of(members: Sequence[tuple[Any, Any]]) -> Needs:
    if len(members) <= 4 and all(code is op.LITERAL for code, _ in members):
        return Needs(frozenset(chr(each) for _, each in members))
    return ANYTHING


def either(branches: Sequence[Needs]) -> Needs:
    written = [b.exact for b in branches if b.exact is not None]
    if len(written) == len(branches):
        together = frozenset[str]().union(*written)
        if len(together) <= MOST:
            return Needs(together)
    best: set[str] = set()
    for branch in branches:
        sets = branch.all_sets()
        if not sets:
            return ANYTHING
        best |= max(sets, key=_weight)
    return Needs(None, (frozenset(best),))
