"""For a term that was not found, the passages nearest in meaning are shown to the person who checks."""

from __future__ import annotations

from contracts import reading
from policy.packs import load

from .frames import FRAME


def test_it_points_at_the_passage_nearest_to_the_term() -> None:
    clause = (
        "Once hackers have reached pupil records, parents and the Board hear of the breach from us that day."
    )
    result = reading.read_text(FRAME.format(clause=clause), packs=[load("ct-3520.13@2017")])
    nearest = reading.nearest(result, pack="ct-3520.13", requirement="ct-06")
    assert any(clause in q.text for q in nearest)
    assert len(nearest) == 3
