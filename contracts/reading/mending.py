"""Words that a scan misread ("rnay", "securlty", "stu dent"), mended where the mended word is a known one.

The list of known words is that of the sentence model's vocabulary; a word that is known is never changed.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import product
from pathlib import Path

VOCABULARY = Path(__file__).parent / "minilm" / "vocab.txt"
CONFUSED = (
    ("rn", "m"),
    ("0", "o"),
    ("1", "l"),
    ("1", "i"),
    ("l", "i"),
    ("|", "l"),
    ("5", "s"),
    ("vv", "w"),
    ("cl", "d"),
    ("i", "l"),
    ("ii", "n"),
    ("tl", "fl"),
)
TOKEN = re.compile(r"[a-z|][a-z0-9|]*(?:-[a-z]+)?|[0-9]+[a-z][a-z0-9|]*")
ENDINGS = ("s", "es", "ed", "d", "ing", "ly", "ity", "able", "ation", "'s")
LONGEST = 60  # letters: no known word is half as long
SHORT = frozenset(
    [
        "a",
        "i",
        "an",
        "as",
        "at",
        "be",
        "by",
        "do",
        "go",
        "he",
        "if",
        "in",
        "is",
        "it",
        "me",
        "my",
        "no",
        "of",
        "on",
        "or",
        "so",
        "to",
        "up",
        "us",
        "we",
    ]
)


@cache
def known_words() -> frozenset[str]:
    words = VOCABULARY.read_text(encoding="utf-8").split("\n")
    return frozenset(w for w in words if w.isalpha() and w.isascii() and (len(w) > 2 or w in SHORT))


@cache
def rank(word: str) -> int:
    """How rare a word is: its place in the vocabulary, which begins with the common ones."""
    return ranks().get(word, 99_999)


@cache
def ranks() -> dict[str, int]:
    return {w: n for n, w in enumerate(VOCABULARY.read_text(encoding="utf-8").split("\n"))}


@cache
def known(word: str) -> bool:
    if len(word) > LONGEST:
        return False
    if word in known_words():
        return True
    return any(
        word.endswith(e)
        and len(word) - len(e) > 3
        and (word[: -len(e)] in known_words() or word[: -len(e)] + "e" in known_words())
        for e in ENDINGS
    )


@cache
def mended_word(word: str) -> str:
    """The known word that this one was, or the word itself."""
    if (
        len(word) < 3
        or len(word) > LONGEST
        or known(word)
        or re.fullmatch(r"\d+(?:st|nd|rd|th|am|pm|bit)?|(?:aes|sha|tls|rsa)-?\d+|[a-z]\d{1,3}", word)
    ):
        return word
    if "-" in word:
        together = word.replace("-", "")
        return (
            together if known(mended_word(together)) and not all(known(p) for p in word.split("-")) else word
        )
    places = [(m.start(), bad, good) for bad, good in CONFUSED for m in re.finditer(re.escape(bad), word)][:9]
    choices = sorted(product((False, True), repeat=len(places)), key=sum)
    for choice in choices[1:]:
        tried = apply(word, [p for p, on in zip(places, choice, strict=True) if on])
        if tried and known(tried):
            return tried
    return word


def apply(word: str, changes: list[tuple[int, str, str]]) -> str:
    """The word with the changes made, or nothing where two of them overlap."""
    last, out = len(word), word
    for start, bad, good in sorted(changes, reverse=True):
        if start + len(bad) > last:
            return ""
        out = out[:start] + good + out[start + len(bad) :]
        last = start
    return out


PAIR = re.compile(r"\b([a-z][a-z0-9|]*) ([a-z][a-z0-9|]*)\b")


def torn_line(match: re.Match[str]) -> str:
    together = mended_word(match.group(1) + match.group(2))
    return together if known(together) else match.group()


def mend_words(text: str) -> str:
    """Lower-case text of a scan with its words mended and torn words joined."""
    out = re.sub(r"\b(\w+)- (\w+)\b", torn_line, text)
    out = re.sub(r"\bl([fnst])\b", r"i\1", out)
    out = TOKEN.sub(lambda m: mended_word(m.group()), out)
    position = 0
    while match := PAIR.search(out, position):
        first, second = match.group(1), match.group(2)
        joined = mended_word(first + second)
        torn = not known(first) or not known(second)
        torn = torn or (max(rank(first), rank(second)) > 9000 and rank(joined) < 6000)
        if torn and known(joined) and len(joined) > 4:
            out = out[: match.start()] + joined + out[match.end() :]
            position = match.start()
        else:
            position = match.start(2)
    return out


def noisy(text: str) -> bool:
    """Whether more than one word in a hundred is no known word but would be, mended: a scan's text."""
    words = re.findall(r"\b[a-z][a-z0-9|]{3,}\b", text.lower())
    wrong = sum(not known(w) and known(mended_word(w)) for w in set(words))
    return wrong >= 6 and wrong * 100 > len(words)
