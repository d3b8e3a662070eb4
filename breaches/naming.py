"""Whether words name somebody: for notices that everybody reads, and for packets that are handed out.

One pass over the people, however many; of their names only those stay in memory whose words all stand in the
texts. Letters are compared without accents and case, so that "José" and "JOSE" are the same name.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

# A Chinese letter is a word of its own: no space parts a name from the sentence around it.
WORD: Final = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
LONGEST_NAME: Final = 6  # words; whoever has more is found by the first six
SHORTEST_ID: Final = 6
SHORTEST_SINGLE: Final = 3
KEPT_BACK: Final = "[kept back: names a person]"

ORDINARY: Final = """
    a about after all also an and any april are art as asked at august be because before board bond
    bug but by call came can case chance child children christian city class clear code control copy
    court daily data day days december did district do does don each early east every father
    february few first for found free friday from gave good grade grant green had has have he head
    her here high his home hope how i if in is it its january joy july june just law letter letters
    long low lunch made mail major man many march mark may means monday more most mother my new next
    nice night no none north not note notice november now october of office old on one only or order
    other our out page parents park password people person pin place please police post price read
    report rich right safe said saturday saw school schools see sent september she short should
    since so some south staff stone street student students sunday system teacher than that the
    their then there these they this those three thursday to today told too tuesday two under until
    up vendor very via was way we wednesday week went were west what when where which while who will
    with work would year years yes you young your
"""
"""Words that begin sentences and are names too: alone they name nobody."""


@dataclass(frozen=True, slots=True)
class Person:
    """What somebody may be called: a full name in any order, an address, an id."""

    name: str
    email: str = ""
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    said: str
    plain: str
    start: int
    end: int

    @property
    def looks_like_a_name(self) -> bool:
        """A capital, or a script that has none."""
        return self.said[0].isupper() or self.said[0].lower() == self.said[0].upper()


def fold(words: str) -> str:
    """Letters without case and accents."""
    if words.isascii():
        return words.lower()
    parted = unicodedata.normalize("NFKD", words.casefold())
    return "".join(letter for letter in parted if not unicodedata.combining(letter))


def tokens_of(text: str) -> list[Token]:
    """The text's words in order. Each is folded by itself, so that places in the text stay right."""
    return [Token(found[0], fold(found[0]), found.start(), found.end()) for found in WORD.finditer(text)]


class Naming:
    """Whom of these people these texts name. `singles`: a family or given name alone counts as well."""

    def __init__(
        self,
        people: Iterable[Person],
        texts: Iterable[str],
        *,
        singles: bool = False,
        but_not: Iterable[str] = (),
    ) -> None:
        words = [token for text in texts for token in tokens_of(text)]
        known = {token.plain for token in words}
        nobody = {tuple(WORD.findall(fold(name))) for name in but_not}
        alone = {t.plain for t in words if t.looks_like_a_name and len(t.plain) >= SHORTEST_SINGLE}
        alone -= {word for name in nobody for word in name}
        self.forms: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        self.singles: set[str] = set()
        for person in people:
            name = tuple(WORD.findall(fold(person.name))[:LONGEST_NAME])
            if singles:
                self.singles.update(word for word in name if word in alone)
            # A single given name is no finding: it may be a month, a school or the vendor.
            if len(name) > 1 and known.issuperset(name) and name not in nobody:
                for first in range(len(name)):
                    self._add(name[first:] + name[:first])
            for other in (person.email, person.ref if len(person.ref) >= SHORTEST_ID else ""):
                spelled = tuple(WORD.findall(fold(other)))
                if spelled and known.issuperset(spelled):
                    self._add(spelled)
        self.singles -= set(ORDINARY.split())

    def _add(self, form: tuple[str, ...]) -> None:
        self.forms[form[0]].add(form)

    def finds(self, text: str) -> bool:
        return bool(self.places(text))

    def kept_back(self, text: str) -> str:
        """The text with each name replaced."""
        for start, end in reversed(self.places(text)):
            text = f"{text[:start]}{KEPT_BACK}{text[end:]}"
        return text

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where the text names somebody, from … to, in order and apart."""
        if not self.forms and not self.singles:
            return []
        words, found, place = tokens_of(text), [], 0
        while place < len(words):
            taken = self._taken(words, place)
            if taken:
                found.append((words[place].start, words[place + taken - 1].end))
            place += taken or 1
        return found

    def _taken(self, words: list[Token], place: int) -> int:
        """How many words from here on are a name."""
        lengths = [_length(words, place, form) for form in self.forms.get(words[place].plain, ())]
        longest = max(lengths, default=0)
        if longest or words[place].plain not in self.singles or not words[place].looks_like_a_name:
            return longest
        beside = words[max(place - 1, 0) : place + 2]
        return 0 if any(word.plain.isdigit() for word in beside) else 1  # "May 3" is a day


def _length(words: list[Token], place: int, form: tuple[str, ...]) -> int:
    """How many words the form takes here; 0 when it does not stand here. A middle name may stand between."""
    at = place + 1
    for wanted in form[1:]:
        if at < len(words) and words[at].plain == wanted:
            at += 1
        elif at + 1 < len(words) and words[at + 1].plain == wanted and words[at].looks_like_a_name:
            at += 2
        else:
            return 0
    return at - place
