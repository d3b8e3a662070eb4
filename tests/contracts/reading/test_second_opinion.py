"""The taught sentence model doubts, reassures and points; it decides nothing that a rule has settled."""

from __future__ import annotations

import pytest

from contracts.reading import meaning

from .frames import in_frame


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
