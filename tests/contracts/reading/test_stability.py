"""The verdicts do not hang on how the words are wrapped, cased, quoted, numbered or whom they name."""

from __future__ import annotations

import textwrap

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import reading
from policy.packs import load

PACKS = [load("ct-3520.13@2017"), load("ne-7400.1@2023")]
CONTRACT = """STUDENT DATA AGREEMENT

This Agreement is made between the Ashby Valley Board of Education ("District") and Quillfern Learning, Inc. ("Vendor").

1. Ownership. All Student Data remains the property of, and under the control of, the District.

2. Use. Vendor shall not use Student Data for any purpose other than those this Agreement authorizes.

3. Breach. Vendor shall notify the District and the affected students and their parents within forty-eight (48) hours after it learns of or suspects unauthorized access to Student Data.

4. Deletion. When this Agreement ends Vendor shall delete all Student Data within thirty days without any request.

5. Law. This Agreement is governed by the laws of the State of Connecticut. If a provision is held invalid, the others stay in force.

6. Encryption. Student Data at rest is encrypted with 128-bit keys.
"""


def verdicts(text: str) -> dict[str, str]:
    return {f.requirement: f.verdict for f in reading.read_text(text, packs=PACKS).findings}


EXPECTED = verdicts(CONTRACT)
few = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_the_contract_itself_is_read_as_written() -> None:
    assert [EXPECTED[r] for r in ("ct-01", "ct-03", "ct-06", "ct-07", "ct-09", "ct-10", "ne-I-F")] == [
        "met"
    ] * 6 + ["deficient"]


@few
@given(st.integers(min_value=45, max_value=120))
def test_wrapping_changes_nothing(width: int) -> None:
    wrapped = "\n\n".join("\n".join(textwrap.wrap(p, width)) for p in CONTRACT.split("\n\n"))
    assert verdicts(wrapped) == EXPECTED


@few
@given(st.integers(min_value=1, max_value=40))
def test_renumbering_changes_nothing(first: int) -> None:
    text = CONTRACT
    for n in range(6, 0, -1):
        text = text.replace(f"\n{n}. ", f"\n{n + first}. ")
    assert verdicts(text) == EXPECTED


@few
@given(
    st.sampled_from(["Harbor Reading Labs LLC", "Zimt Software GmbH", "OAK & IVY TECHNOLOGIES, INC."]),
    st.sampled_from(["Provider", "Company", "Contractor", "Operator", "Supplier"]),
    st.sampled_from(["LEA", "Customer", "School", "Board", "Client"]),
)
def test_other_parties_change_nothing(name: str, vendor: str, district: str) -> None:
    text = (
        CONTRACT.replace("Quillfern Learning, Inc.", name)
        .replace("Vendor", vendor)
        .replace("District", district)
    )
    assert verdicts(text) == EXPECTED


def test_curly_quotes_and_dashes_change_nothing() -> None:
    text = CONTRACT.replace('("', "(“").replace('")', "”)").replace("forty-eight", "forty‑eight")
    assert verdicts(text) == EXPECTED


def test_capitals_change_nothing() -> None:
    head, _, body = CONTRACT.partition("1. Ownership")
    assert verdicts(head + "1. OWNERSHIP" + body.upper()) == EXPECTED


def test_a_running_head_between_pages_changes_nothing() -> None:
    from contracts.reading.engine import read_pages
    from contracts.reading.model import Page

    cut = CONTRACT.index("hours after it learns")
    halves = [CONTRACT[:cut].rstrip(), CONTRACT[cut:]]
    pages = [
        Page(n, 612, 792, f"Ashby Valley agreement\nPage {n}\n{half}\nInitials ____\n")
        for n, half in enumerate(halves, 1)
    ]
    _, findings, _, _ = read_pages(pages, PACKS)
    assert {f.requirement: f.verdict for f in findings} == EXPECTED
    notice = next(f for f in findings if f.requirement == "ct-06")
    assert [q.page for q in notice.quotes] == [1, 2]


PIECES = [
    *(line for line in CONTRACT.splitlines() if line),
    *(
        '"12. ',
        "A. ",
        "(a) ",
        "1.1.1 ",
        "§ 7 ",
        "- ",
        "• ",
        "| ",
        " |",
        "[x] ",
        "☐ ",
        "____",
        "“",
        "'",
        "YES: ",
        "Q. ",
    ),
    *(
        "Section 4 is deleted.",
        "Exhibit A",
        "WHEREAS",
        "Means:",
        '"Pupil Matter" means records.',
        "[Reserved]",
    ),
    *(
        "Vendor: Oak Inc.",
        "Accepted.",
        "No.",
        "as set forth in Schedule 9,",
        "provided that",
        "\t",
        "\n",
        "\n\n",
        "....",
    ),
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_pieces_of_contracts_in_any_order_are_read(pieces: list[str]) -> None:
    assert verdicts("".join(pieces)).keys() == EXPECTED.keys()
