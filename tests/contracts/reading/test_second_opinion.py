"""The taught sentence model doubts, reassures and points; it decides nothing that a rule has settled."""

from __future__ import annotations

import numpy
import pytest

from contracts.reading import meaning, opinion
from contracts.reading.engine import Draft
from contracts.reading.judge import Judged
from contracts.reading.model import Page

from .frames import FRAME, in_frame


def test_it_tells_a_term_from_its_near_miss() -> None:
    texts = [
        "the school district owns the student data and alone decides what becomes of them.",
        "the vendor owns the student data and licenses them to the school district.",
        "invoices are due in thirty days.",
    ]
    owned = meaning.requirements().index("ct-01")
    kept, lost, beside = meaning.opinions(texts)[:, owned, 1]
    assert kept > 0.5 > max(lost, beside)


def test_the_same_paragraph_gets_the_same_opinion_beside_others() -> None:
    text = "after deletion the vendor certifies to the school district that no copy is left."
    alone = meaning.opinions([text])[0]
    beside = meaning.opinions(["invoices are due.", text, "the term is one year. " * 20])[1]
    assert abs(alone - beside).max() < 1e-3


def test_it_never_decides_where_the_law_sets_a_number() -> None:
    told = in_frame(
        "ct-06",
        "Within seventy-two (72) hours after it learns of or suspects unauthorized access to Student Data, Vendor "
        "shall notify the District and the affected students and their parents.",
    )
    assert (told.verdict, told.sure) == ("deficient", True)


def test_another_edition_of_the_model_is_refused() -> None:
    with pytest.raises(ValueError, match="no tensor val_335_q of 4 bytes"):
        meaning.put_into(
            b"\x42\x09val_335_q\x4a\x08" + bytes(8), {"val_335_q": meaning.numpy.zeros(4, "int8")}
        )


PASSAGES = [
    unit
    for unit in Draft(
        [Page(1, 0.0, 0.0, FRAME.format(clause="What a judge strikes out falls alone."), "flow")]
    ).case.live
    if len(unit.canon) > 30
][:3]


def shown(judged: Judged, *speaks: float) -> Judged:
    """The finding after the model has said how much each of three paragraphs speaks to the only requirement."""
    opinions = numpy.array([[[likely, 0.0]] for likely in speaks], numpy.float32)
    opinion.show(judged, opinion.Heard([[unit] for unit in PASSAGES], opinions), 0)
    return judged


def test_a_term_that_was_not_found_shows_the_words_nearest_to_it_where_any_come_near() -> None:
    near = shown(Judged("missing", True, [], "nothing speaks to it"), 0.1, 0.6, 0.3)
    assert (near.verdict, near.sure, near.units, near.near) == ("missing", False, [], [PASSAGES[1]])
    assert near.why == "nothing speaks to it; the nearest words are shown"
    far = shown(Judged("missing", True, [], "nothing speaks to it"), 0.1, 0.14, 0.0)
    assert (far.sure, far.near) == (True, [])


def test_a_paragraph_that_speaks_to_a_term_is_quoted_beside_what_the_clauses_found() -> None:
    assert shown(Judged("met", True, [PASSAGES[0]], ""), 0.3, 0.1, 0.9).near == [PASSAGES[2]]
    assert shown(Judged("met", True, [PASSAGES[0]], ""), 0.95, 0.1, 0.9).near == []
    assert shown(Judged("met", True, [PASSAGES[0]], ""), 0.3, 0.1, 0.4).near == []
