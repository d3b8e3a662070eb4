"""Every act that the code can record is told in a sentence that names only facts that are there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.history import SENTENCES, tell
from ledger.models import Entry

ROOT = Path(__file__).parents[2]
PACKAGES = ["parties", "ledger", "mail", "policy", "roster", "notices", "contracts", "breaches", "records",
            "inquiries", "compliance_portal"]  # fmt: skip
# Handed on by a function that adds the rest, or written where the name of the act is worked out.
TOLD_ELSEWHERE = {
    "finding-confirmed": {"requirements"},
    "findings-confirmed-together": {"requirements"},
    "notice-issued": {"notice"},
}
WORKED_OUT = {
    "inquiry-answered": set(),
    "inquiry-refused": set(),
    "change-agreed": {"kind"},
    "change-declined": {"kind"},
    "notice-fell-away": {"notice"},
    "notice-put-aside": {"notice"},
}


def acts() -> Iterator[tuple[str, set[str], str]]:
    """(act, facts, file) of each call that writes an entry with the act's name in it."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for call in (
                node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
            ):
                given = {word.arg: word.value for word in call.keywords if word.arg}
                name = call.func.id if isinstance(call.func, ast.Name) else ""
                act = call.args[0] if name == "record" and call.args else None
                if name in ("transition", "_decide_together"):
                    act = given.get("act")
                if isinstance(act, ast.Constant) and isinstance(act.value, str):
                    facts = set(given) | TOLD_ELSEWHERE.get(act.value, set())
                    yield act.value, facts, path.relative_to(ROOT).as_posix()
    yield from ((act, facts, "worked out") for act, facts in WORKED_OUT.items())


ALL = sorted(
    {(act, frozenset(facts), where) for act, facts, where in acts()},
    key=lambda row: (row[0], row[2], sorted(row[1])),
)


def test_the_list_of_acts_is_not_empty():
    assert {"contract-executed", "obligation-raised", "posting-published", "hold-placed"} <= {
        a for a, *_ in ALL
    }


@pytest.mark.parametrize(("act", "facts", "where"), ALL, ids=[f"{act}-{where}" for act, _f, where in ALL])
def test_every_act_has_its_sentence(act, facts, where):
    sentence = SENTENCES[act]
    named = set(re.findall(r"\{(\w+)\}", sentence)) - {"by"}
    assert named <= facts, f"{where} does not record {named - facts}"
    assert sentence.endswith(".")


def test_no_sentence_is_left_over():
    assert set(SENTENCES) - {act for act, *_ in ALL} == set()


def test_several_facts_are_listed_and_a_missing_one_is_a_dash():
    entry = Entry(act="notice-edited", facts={"notice": "2026-0004", "fields": ["purpose", "vendor"]})
    assert tell(entry) == "The portal changed notice 2026-0004: purpose, vendor."
    entry = Entry(
        act="parameter-set", facts={"name": "cure-days", "pack": "p@1", "before": None, "after": 30}
    )
    assert tell(entry) == "The portal set “cure-days” of p@1 to 30 (before: –)."
