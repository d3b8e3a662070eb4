"""How hard a text is to read, as a school grade: Flesch and Kincaid's formula, for English.

Syllables are counted where a dictionary of hyphenation would break the word, which is a little too few; good
enough for a hint beside a field, and never a reason to refuse a text.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from django.utils.translation import gettext as _
from pyphen import Pyphen

HARD: Final = 9
"""Families should not need more than eight years of school to read a notice."""

WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
SENTENCE_END: Final = re.compile(r"[.!?:;]+(?:\s|$)")


def grade_of(text: str) -> int | None:
    """The grade, 1 or more; None when there are too few words to tell."""
    words = WORD.findall(text)
    if len(words) < 3:
        return None
    sentences = max(1, sum(bool(WORD.search(part)) for part in SENTENCE_END.split(text)))
    syllables = sum(_syllables(word.casefold()) for word in words)
    grade = 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59
    return max(1, round(grade))


def hint_on(text: str) -> str:
    """What stands beside the field; empty when there is nothing to say."""
    grade = grade_of(text)
    if grade is None:
        return ""
    if grade > HARD:
        return _("Reading level: grade %(grade)s. Try shorter sentences and shorter words.") % {
            "grade": grade
        }
    return _("Reading level: grade %(grade)s.") % {"grade": grade}


@cache
def _dictionary() -> Pyphen:
    return Pyphen(lang="en_US", left=1, right=1)


def _syllables(word: str) -> int:
    return len(_dictionary().positions(word)) + 1
