"""Drafters' voices: words a contract makes its own, questions, ticked boxes, lists, and the same term said otherwise."""

from __future__ import annotations

import re

import pytest

from contracts.reading import roles, terms
from contracts.reading.engine import Draft
from contracts.reading.grammar import load_grammar
from contracts.reading.judge import Judged, judge
from contracts.reading.model import Page
from policy.packs import load

from .frames import FRAME

LIMITS = {r.id: r.limits or {} for r in load("ct-3520.13@2017").requirements}


def draft(text: str) -> Draft:
    return Draft([Page(1, 0.0, 0.0, text, "flow")])


def judged(requirement: str, clause: str) -> Judged:
    """The clauses' own judgement, without the sentence model."""
    case = draft(FRAME.format(clause=clause)).case
    return judge(case, load_grammar("ct-3520.13").clauses[requirement], LIMITS[requirement])


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ('"Pupil Matter," as used in this deed, shall comprehend the records of any pupil.', "pupil matter"),
        ('"KR" stands for education records, which are all records about our learners.', "kr"),
        ('This Part speaks of "learner stock." It includes records and work of students.', "learner stock"),
        ("Students upload captions and articles. All of this, and portraits, we call School Material.", "school material"),
        ('"Files" in this Rider takes in every record, fact and writing about a pupil.', "files"),
        ('"Student things" is our name, in these terms, for student records and pupil work.', "student things"),
    ],
)  # fmt: skip
def test_a_word_for_student_data_is_known_however_it_is_introduced(sentence: str, word: str) -> None:
    assert word in terms.data_words(sentence, parties=roles.PARTY_WORDS)


def test_an_event_or_a_party_is_no_word_for_student_data() -> None:
    text = '"Compromise" means access to student records by a person without right. "Vendor" means the company with student data.'
    assert terms.data_words(text, parties=roles.PARTY_WORDS) == set()


def test_who_says_our_pupils_is_the_district() -> None:
    letter = "You will keep our pupils' records safe. Our teachers will help you. We thank you for your work."
    assert roles.find_roles(letter).we == "DISTRICT"


def test_a_question_binds_nobody_and_heads_its_answer() -> None:
    units = draft("Q. Who owns the student records?\n\nA. The district does.\n").outline.units
    assert [u.kind for u in units] == ["note", "clause"]
    assert "Who owns" in units[1].lead


def test_an_undertaking_binds_only_where_the_agreeing_box_is_ticked() -> None:
    form = "\n\n4.1 Connecticut law governs this contract.\n    {}\n"
    clause = load_grammar("ct-3520.13").clauses["ct-09"]
    verdicts = [
        judge(draft(FRAME.format(clause="None.") + form.format(boxes)).case, clause, LIMITS["ct-09"]).verdict
        for boxes in ("[x] YES   [ ] NO   [ ] OTHER", "[ ] YES   [x] NO   [ ] OTHER")
    ]
    assert verdicts == ["met", "missing"]


def test_a_row_refused_in_the_reply_binds_nobody() -> None:
    table = "\n| Requirement | Vendor reply |\n| --- | --- |\n| Connecticut law governs this contract. | Declined |\n"
    rows = [u for u in draft(FRAME.format(clause="None.") + table).outline.units if u.row]
    assert [u.void for u in rows] == ["a row that the reply does not accept"]


@pytest.mark.parametrize(
    ("requirement", "clause"),
    [
        ("ct-01", "Nothing here takes student data out of the ownership of the District or out of the District's control."),
        ("ct-03", "Vendor may use student data to teach reading. Any other use is a breach."),
        ("ct-06", "Vendor shall tell the District by telephone and every parent and student by e-mail of unauthorized access to student data, whether known or only suspected, as soon as practicable and within 48 hours of knowing or suspecting."),
        ("ct-07", "Vendor keeps no student data once the lessons contracted for have been completed, and can reach none."),
        ("ct-08", "The District for its part and the Vendor for its part shall each see that FERPA is complied with."),
        ("ct-09", "Every duty owed under this contract is owed under the law of Connecticut."),
        ("ct-10", "If a judge strikes a paragraph, the paragraphs not struck remain in force."),
        ("ct-11", "No identifiable student information will go into advertising, of whatever sort."),
    ],
)  # fmt: skip
def test_a_term_said_in_another_voice_is_met(requirement: str, clause: str) -> None:
    assert judged(requirement, clause).verdict == "met"


@pytest.mark.parametrize(
    ("requirement", "clause"),
    [
        ("ct-01", "Student data never becomes the property of the Vendor; all known copies are listed."),
        ("ct-03", "Vendor uses student data for the lessons and for training the models that power other Vendor products."),
        ("ct-05", "Each party shall hold the other's confidential information in confidence, as it does its own."),
        ("ct-06", "Vendor shall tell the District of unauthorized access to student data within 48 hours of knowing or suspecting. Families will be told if and when the District and the Vendor jointly so decide."),
        ("ct-07", "If you leave, write to us and ask us to erase student data and we will do it within two weeks."),
        ("ct-08", "The Vendor shall comply with FERPA. The District remains bound by FERPA and undertakes nothing to the Vendor."),
        ("ct-10", "The articles are interdependent: if one is held invalid the parties are released from the others."),
        ("ct-11", "Vendor shall not use student data for advertising during the school day."),
    ],
)  # fmt: skip
def test_a_near_miss_is_not_met(requirement: str, clause: str) -> None:
    assert judged(requirement, clause).verdict != "met"


def test_none_of_it_stays_a_denial() -> None:
    units = draft(
        FRAME.format(clause="Student data stay with the District. None of it belongs to Vendor.")
    ).outline.units
    assert any(re.search(r"no INFO belongs to VENDOR", u.canon) for u in units)


@pytest.mark.parametrize(
    ("requirement", "clause", "verdict"),
    [
        ("ct-03", "The Provider shall process Student Data for the purposes stated in this agreement and for none besides.", "met"),
        ("ct-03", "The Provider shall use Student Data solely for the purposes described in the documentation.", "deficient"),
        ("ct-05", "The Provider tries, within its possibilities, to guard Student Data from loss and from unauthorized eyes.", "deficient"),
    ],
)  # fmt: skip
def test_a_bound_or_a_weakness_is_known_at_the_edge_of_its_sentence(
    requirement: str, clause: str, verdict: str
) -> None:
    assert judged(requirement, clause).verdict == verdict
