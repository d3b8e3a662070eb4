"""What spares a search never changes what is found."""

from __future__ import annotations

import re

import pytest

from contracts.reading import engine
from contracts.reading.grammar import Pattern, load_grammar
from contracts.reading.literals import Swift, held, masks, may_match, needed
from contracts.reading.model import Page

from .frames import FRAME


@pytest.mark.parametrize(
    ("pattern", "sets"),
    [
        (r"delet(?:e|es|ed)\b", {frozenset(["delete", "deletes", "deleted"])}),
        (r"(?:owned|held) by (?:\w+ )?DISTRICT", {frozenset(["owned", "held"]), frozenset(["DISTRICT"])}),
        (
            r"(?<=shall )encrypt(?= at rest)",
            {frozenset(["shall"]), frozenset(["encrypt"]), frozenset(["rest"])},
        ),
        (r"(?!not )(?:data )?in transit", {frozenset(["transit"])}),
        (r"organi[sz]ed", {frozenset(["organised", "organized"])}),
        (r"(?i)Delete", {frozenset(["delete"])}),
        (r"(?i:delete) data", {frozenset(["data"])}),
        (r"\w+", set()),
        (r"(?:title|\d+) to", set()),
    ],
)
def test_a_pattern_tells_the_letters_that_it_cannot_do_without(
    pattern: str, sets: set[frozenset[str]]
) -> None:
    found = {each for each in needed(re.compile(pattern)) if min(map(len, each)) > 2}
    assert found == sets


def test_a_text_with_the_letters_is_searched_and_one_without_is_not() -> None:
    needs = masks(needed(re.compile(r"(?:delet|destr)\w+ ~ cop(?:y|ies)")))
    assert may_match(needs, "the vendor undeletes no copy")
    assert not may_match(needs, "the vendor deletes no paper")


def test_capitals_hide_no_word_from_a_pattern_that_does_not_mind_them() -> None:
    swift = Swift(r"(?i)govern\w* ~? ?by")
    assert swift.search("GOVERNED BY")
    assert swift.search("Governed by \N{LATIN SMALL LETTER LONG S}")
    assert not swift.search("gouverned by")
    assert Swift("(?i)assets").search("a\N{LATIN SMALL LETTER LONG S}sets")


def test_words_read_before_a_pattern_was_known_are_read_again() -> None:
    held("quixotic zebras")
    assert may_match(masks(needed(re.compile("zebra"))), "quixotic zebras")


def test_every_clause_finds_what_it_finds_without_being_spared_a_search() -> None:
    clause = (
        "All Student Data remain the property of and under the control of the District. Vendor shall not sell them, "
        "shall encrypt them with 256-bit keys at rest and in transit, and within forty-eight hours of learning of or "
        "suspecting unauthorized access shall notify the Board and the affected families. At the end of the agreement "
        "Vendor shall return or delete every copy and certify so in writing without being asked."
    )
    case = engine.Draft([Page(1, 0.0, 0.0, FRAME.format(clause=clause), "flow")]).case
    texts = [u.canon for u in case.live] + [" . ".join(u.canon for u in case.live)]
    patterns = spoken_of("ct-3520.13")
    found = [pattern.span(text) for pattern in patterns for text in texts]
    assert sum(span is not None for span in found) > 50
    assert found == [Pattern(pattern.terms).span(text) for pattern in patterns for text in texts]


def spoken_of(name: str) -> list[Pattern]:
    clauses = load_grammar(name).clauses.values()
    said = [p for c in clauses for part in c.parts for p in (*part.says, *part.without, *part.loosely)]
    return said + [p for c in clauses for falls in c.falls for p in (*falls.says, *falls.without)]
