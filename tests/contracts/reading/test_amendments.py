"""What a contract takes back of itself: later papers bound with it, strokes, and notes by hand."""

from __future__ import annotations

import pytest

from contracts import reading
from contracts.reading import engine
from contracts.reading.model import Page
from policy.packs import load

PACKS = [load("ct-3520.13@2017"), load("ne-7400.1@2023")]
AGREEMENT = """SERVICES AGREEMENT

This Agreement is made between Alder Public Schools (the "District") and Quillwork, Inc. (the "Vendor"), which runs
a reading program and receives information about the District's students ("Student Data").

1. Ownership. All Student Data, student records and student-generated content remain the property of, and under
the control of, the District.

2. Advertising. The Vendor shall not use Student Data for advertising of any kind.

3. Log. The Vendor shall maintain a log of all requests for information on any student.

4. Encryption. 4.1 The Vendor shall encrypt stored Student Data with a key length of at least 128 bits. 4.2 The
Vendor shall upgrade its encryption at the District's direction to conform with generally accepted standards.

5. Law. This Agreement is governed by the laws of the State of Delaware."""


def read(text: str, *later: str) -> dict[str, reading.Finding]:
    def page(words: str) -> Page:
        return Page(1, 0.0, 0.0, words, "flow")

    _, findings, _, _ = engine.read_pages([page(text)], PACKS, [[page(paper)] for paper in later])
    return {found.requirement: found for found in findings}


def verdicts(found: dict[str, reading.Finding], *names: str) -> list[str]:
    return [found[name].verdict for name in names]


def bound(*acts: str) -> str:
    numbered = "\n\n".join(f"{number}. {act}" for number, act in enumerate(acts, 1))
    body = AGREEMENT.replace("SERVICES AGREEMENT", "PART ONE: SERVICES AGREEMENT OF MAY 4, 2021")
    return f"{body}\n\nPART TWO: AMENDMENT NO. 1 OF JUNE 2, 2025\n\nThe parties agree:\n\n{numbered}"


def test_the_agreement_alone_has_its_terms() -> None:
    found = read(AGREEMENT)
    assert verdicts(found, "ct-01", "ct-11", "ne-I-D", "ne-I-G") == ["met"] * 4
    assert verdicts(found, "ct-09", "ne-I-F") == ["deficient"] * 2


def test_an_amendment_bound_with_it_deletes_its_sections_and_changes_its_words() -> None:
    found = read(
        bound(
            "Section 1 (Ownership) is deleted in its entirety.",
            'In Section 4.1, "128 bits" is replaced by "256 bits".',
            'In Section 5, the words "the State of Delaware" are struck and replaced with "the State of Connecticut".',
        )
    )
    assert verdicts(found, "ct-01", "ct-11", "ne-I-F", "ct-09") == ["missing", "met", "met", "met"]
    quoted = [quote.text for quote in found["ne-I-F"].quotes]
    assert any("128 bits." in text for text in quoted)  # the paper's own words, and what changes them
    assert any('replaced by "256 bits"' in text for text in quoted)


def test_a_part_of_a_section_is_deleted_without_the_rest() -> None:
    found = read(bound("Section 4.2 is deleted."))
    assert verdicts(found, "ne-I-G", "ne-I-F") == ["missing", "deficient"]


def test_an_amendment_deletes_an_exhibit() -> None:
    exhibit = (
        "\n\nEXHIBIT B\n\nB1. The Vendor shall maintain a log of all requests for information on any student."
    )
    amendment = "\n\nAMENDMENT NO. 1\n\n1. Exhibit B is deleted and of no further effect."
    without = AGREEMENT.replace(
        "\n\n3. Log. The Vendor shall maintain a log of all requests for information on any student.", ""
    )
    assert read(without + exhibit)["ne-I-D"].verdict == "met"
    assert read(without + exhibit + amendment)["ne-I-D"].verdict == "missing"


def test_a_later_paper_takes_away_and_changes_words_that_are_never_sure() -> None:
    later = (
        "FIRST AMENDMENT\n\nAlder Public Schools and Quillwork, Inc. agree:\n\n1. Section 3 is hereby deleted.\n\n"
        '2. In Section 4.1 of the Agreement, "128" is changed to "256".'
    )
    found = read(AGREEMENT, later)
    assert verdicts(found, "ne-I-D", "ne-I-F", "ct-01") == ["missing", "met", "met"]
    assert not found["ne-I-F"].sure
    assert "its words are changed by a later paper" in found["ne-I-F"].why


@pytest.mark.parametrize(
    "said",
    [
        "Section 1 of this Amendment does not apply to planned outages.",
        "Article 2 of the Uniform Commercial Code is superseded between the parties.",
        "No right of the District under Section 1 is waived by this Amendment.",
        "The clauses in conflict with this Amendment are superseded.",
        "Section 1 of Exhibit B is hereby deleted.",
        "If Section 1 is held to be void, the rest stays in force.",
    ],
)
def test_a_section_that_is_not_meant_stays(said: str) -> None:
    found = read(AGREEMENT, f"FIRST AMENDMENT\n\n1. {said}")
    assert (found["ct-01"].verdict, found["ct-01"].sure) == ("met", True)


@pytest.mark.parametrize(
    "said",
    [
        "The last sentence of Section 1 is deleted.",
        'In Section 1, the words "all pupil files" are replaced with "some of the files".',
        'In Section 1, after the words "remain the property of" the words "and are lent by" are inserted.',
        "Section 1 does not apply to survey results.",
        "Section 1 is amended by adding a sentence.",
    ],
)
def test_a_section_that_is_changed_in_part_is_to_be_looked_at(said: str) -> None:
    found = read(AGREEMENT, f"FIRST AMENDMENT\n\n1. {said}")
    assert (found["ct-01"].verdict, found["ct-01"].sure) == ("met", False)
    assert "by a later paper" in found["ct-01"].why
    assert found["ct-11"].sure


def test_one_sentence_may_change_and_delete() -> None:
    said = 'In Section 4.1, "128 bits" is replaced with "256 bits", and Sections 1 and 3 are hereby deleted.'
    found = read(AGREEMENT, f"FIRST AMENDMENT\n\n1. {said}")
    assert verdicts(found, "ne-I-F", "ct-01", "ne-I-D", "ct-11") == ["met", "missing", "missing", "met"]
    assert found["ct-01"].why.endswith("(section 1 is deleted or replaced by a later paper)")
    assert not found["ct-01"].sure


def test_words_changed_in_a_lead_in_reach_its_entries() -> None:
    breach = (
        "\n\n6. Breach. Within 48 hours after it learns of or suspects unauthorized access to Student Data the "
        "Vendor shall: (a) notify the District; and (b) notify the affected students and parents."
    )
    assert read(AGREEMENT + breach)["ct-06"].verdict == "met"
    later = 'FIRST AMENDMENT\n\n1. In Section 6, "48 hours" is replaced by "90 days".'
    assert read(AGREEMENT + breach, later)["ct-06"].verdict == "deficient"


def test_a_rescinded_amendment_deletes_nothing() -> None:
    first = "AMENDMENT NO. 1\n\n4. Section 1 is deleted."
    second = "AMENDMENT NO. 2\n\n1. Section 4 of Amendment No. 1 is hereby rescinded."
    assert read(AGREEMENT, first)["ct-01"].verdict == "missing"
    assert read(AGREEMENT, first, second)["ct-01"].verdict == "met"
    assert read(AGREEMENT, first, second)["ne-I-F"].quotes  # section 4 of the agreement stays


def test_what_may_happen_to_a_section_deletes_nothing() -> None:
    assert read(bound("If Section 1 is held to be void, the rest stays in force."))["ct-01"].verdict == "met"


def test_struck_words_are_no_term_though_their_heading_stays() -> None:
    struck = "3. Log. ~~The Vendor shall maintain a log of all requests for information on any student.~~"
    found = read(
        AGREEMENT.replace(
            "3. Log. The Vendor shall maintain a log of all requests for information on any student.", struck
        )
    )
    assert verdicts(found, "ne-I-D", "ct-11") == ["missing", "met"]


def test_words_struck_inside_a_sentence_leave_the_others() -> None:
    text = AGREEMENT.replace("for advertising of any kind", "~~to sell it or~~ for advertising of any kind")
    assert read(text)["ct-11"].verdict == "met"


def test_a_paragraph_with_a_note_by_hand_is_to_be_looked_at() -> None:
    note = '\n\n[handwritten beside 2: "except our own summer program" J.K.]\n\n3. Log.'
    found = read(AGREEMENT.replace("\n\n3. Log.", note))
    assert (found["ct-11"].verdict, found["ct-11"].sure) == ("met", False)
    assert found["ct-11"].why.endswith("(changed by hand)")
    assert found["ct-01"].sure


def test_a_signature_by_hand_raises_no_doubt() -> None:
    assert read(AGREEMENT + "\n\n[handwritten signature] For the District")["ct-01"].sure


def test_an_annex_whose_box_is_open_binds_nobody() -> None:
    without = AGREEMENT.replace(
        "3. Log. The Vendor shall maintain a log of all requests for information on any student.",
        "3. [Reserved]",
    )
    log = "N-1. The Vendor shall maintain a log of all requests for information on any student."
    for nebraska, verdict in (("[ ]", "missing"), ("[X]", "met")):
        choice = f"\n\nElection. Mark one.\n\n{nebraska} Annex 1 - Nebraska\n\n[X] Annex 2 - Connecticut"
        annexes = f"\n\nANNEX 1 - NEBRASKA\n\n{log}\n\nANNEX 2 - CONNECTICUT\n\nC-1. Connecticut law governs."
        assert read(without + choice + annexes)["ne-I-D"].verdict == verdict


def test_sections_that_are_reprinted_and_not_adopted_bind_nobody() -> None:
    cover = (
        "PART A. PARTICIPATION\n\nA.1 The terms in Part B are adopted but for this. Section 1 and Section 3 were "
        "particular to the first award. They are reprinted so that the numbering holds, but they are not adopted.\n\n"
        "PART B. TERMS OF THE FIRST CONTRACT\n\n"
    )
    found = read(cover + AGREEMENT.removeprefix("SERVICES AGREEMENT\n\n"))
    assert verdicts(found, "ct-01", "ne-I-D", "ct-11") == ["missing", "missing", "met"]


def test_a_cell_that_replaces_leaves_nothing_of_the_one_before_it() -> None:
    table = (
        "\n\n| No. | Subject | Standard text | Agreed variation |\n| --- | --- | --- | --- |\n"
        "| 6 | Security | Vendor shall keep Student Data secure and confidential. | Replace: Vendor hopes to keep "
        "Student Data safe but gives no promise. |\n"
        "| 7 | Passwords | Each user has a unique user name and password, which Vendor keeps confidential. | None |"
    )
    found = read(AGREEMENT + table)
    assert found["ct-05"].verdict != "met"
    assert found["ne-I-B"].verdict == "met"
