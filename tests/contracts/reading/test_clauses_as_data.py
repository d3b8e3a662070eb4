"""A further clause, and a further state, need no code."""

from __future__ import annotations

import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from contracts.reading import engine
from contracts.reading.grammar import CLAUSES, compile_grammar, load_grammar
from contracts.reading.judge import judge
from contracts.reading.model import Page
from policy.packs import load, shipped

from .frames import FRAME, found

MADE_UP = """
pack = "made-up"
version = "7"
[requirement.mu-01]
topic = ['meadow']
speaks = ['meadow']
[[requirement.mu-01.part]]
name = "meadow"
lacks = "does not keep the meadow mown"
says = ['VENDOR ~ mow\\w* ~ meadow']
"""


@pytest.mark.parametrize(
    ("clause", "verdict"),
    [
        ("Vendor shall mow the meadow.", "met"),
        ("Vendor shall endeavor to mow the meadow.", "deficient"),
        ("Rent is due in May.", "missing"),
    ],
)
def test_a_made_up_clause_is_read_from_data_alone(clause: str, verdict: str) -> None:
    grammar = compile_grammar(tomllib.loads(MADE_UP))
    draft = engine.Draft([Page(1, 0.0, 0.0, FRAME.format(clause=clause), "flow")])
    assert judge(draft.case, grammar.clauses["mu-01"], {}).verdict == verdict


def test_the_statute_is_read_without_code_of_its_own() -> None:
    clause = (
        "Student Data is not the property of, or under the control of, Vendor. At the District's written request "
        "Vendor shall delete Student Data."
    )
    assert found("bb-01", FRAME.format(clause=clause)).verdict == "met"
    assert found("bb-02", FRAME.format(clause=clause)).verdict == "met"
    assert found("bb-09", FRAME.format(clause=clause)).verdict == "missing"


@pytest.mark.parametrize(
    "path", sorted(p for p in CLAUSES.glob("*.toml") if p.stem != "words"), ids=lambda p: p.stem
)
def test_every_clause_file_compiles_and_offers_wording(path: Path) -> None:
    grammar = load_grammar(path.stem)
    assert grammar.version
    for clause in grammar.clauses.values():
        assert clause.parts
        assert clause.suggest
        assert all(p.lacks for p in clause.parts)


@pytest.mark.parametrize("name", ["ct-3520.13", "ne-7400.1", "ct-10-234"])
def test_every_requirement_of_a_pack_can_be_read(name: str) -> None:
    ref = next(r for r in shipped() if r.startswith(name + "@"))
    assert {r.id for r in load(ref).requirements} == set(load_grammar(name).clauses)


def test_a_requirement_nobody_can_read_is_not_found_and_not_sure() -> None:
    pack = SimpleNamespace(ref="unheard-of@1", requirements=(SimpleNamespace(id="zz-01", limits={}),))
    _, findings, _, versions = engine.read_pages([Page(1, 0.0, 0.0, "Words.", "flow")], [pack])
    assert (findings[0].verdict, findings[0].sure) == ("missing", False)
    assert versions == {"unheard-of@1": "0"}


def test_the_law_is_not_in_the_clauses() -> None:
    for path in CLAUSES.glob("*.toml"):
        patterns = "\n".join(
            x for x in path.read_text().splitlines() if not x.startswith(("#", "suggest", "why", "lacks"))
        )
        assert "connecticut" not in patterns.lower().replace('pack = "ct', "")
        assert "forty-eight" not in patterns
