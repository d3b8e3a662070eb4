"""Two versions side by side."""

from __future__ import annotations

from contracts import reading
from policy.packs import load

from .frames import FRAME

PACK = [load("ct-3520.13@2017")]


def test_a_redline_gives_both_texts_back() -> None:
    old, new = (
        "Vendor shall tell the Board within 72 hours.",
        "Vendor shall tell the Board and families within 48 hours.",
    )
    pieces = reading.redline(old, new)
    assert "".join(p.text for p in pieces if p.kind != "added") == old
    assert "".join(p.text for p in pieces if p.kind != "removed") == new
    assert [p.text for p in pieces if p.kind == "removed"] == ["72"]


def test_long_texts_are_compared_by_paragraph() -> None:
    old = "".join(f"Paragraph {n} says the same thing as before.\n" for n in range(900))
    new = old.replace("Paragraph 450 says", "Paragraph 450 denies")
    pieces = reading.redline(old, new)
    assert [p.text for p in pieces if p.kind == "added"] == ["denies"]


def test_a_comparison_says_which_terms_got_worse() -> None:
    old = reading.read_text(FRAME.format(clause="This Agreement is governed by Connecticut law."), packs=PACK)
    new = reading.read_text(FRAME.format(clause="This Agreement is governed by Delaware law."), packs=PACK)
    change = next(c for c in reading.compare(old, new) if c.requirement == "ct-09")
    assert change.change == "worse"
    assert ("added", "Delaware") in [(p.kind, p.text) for p in change.words]
