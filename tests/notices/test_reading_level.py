"""The reading level beside what staff type: a hint, in grades."""

import pytest

from notices.forms import SectionForm
from notices.reading_level import grade_of, hint_on
from tests.factories import member
from tests.notices.factories import make_district, make_notice

HARD = (
    "The operator utilises pseudonymised telemetry to facilitate individualised instructional "
    "differentiation, notwithstanding the aforementioned contractual limitations."
)


@pytest.mark.parametrize(
    ("text", "lowest", "highest"),
    [
        ("The cat sat on the mat. It was a big cat.", 1, 2),
        ("Online math practice for grades 3 to 8.", 1, 6),
        ("Students read short stories and answer questions about them. Teachers see the answers.", 4, 9),
        (HARD, 18, 40),
    ],
)
def test_a_plain_text_has_a_low_grade_and_a_hard_one_a_high_grade(text, lowest, highest):
    grade = grade_of(text)
    assert lowest <= grade <= highest


@pytest.mark.parametrize("text", ["", "Math", "3 + 4 = 7", "¡!", "\n\n"])
def test_too_few_words_have_no_grade(text):
    assert grade_of(text) is None
    assert hint_on(text) == ""


def test_a_short_sentence_beats_the_same_words_in_a_long_one():
    short = "The app shows a page. The child reads it. The teacher sees the answers."
    assert grade_of(short) < grade_of(short.replace(". The", " and then the"))


def test_a_hard_text_is_told_how_to_become_easier():
    assert hint_on("The cat sat on the mat.") == "Reading level: grade 1."
    assert "shorter words" in hint_on(HARD)


@pytest.mark.django_db
def test_the_composer_shows_it_beside_what_is_saved_and_beside_what_was_just_typed():
    district = make_district()
    notice = make_notice(district, by=member(district), description="The cat sat on the mat.")
    section = notice.sections.get()
    assert SectionForm(section=section).fields["description"].help_text == "Reading level: grade 1."
    sent = SectionForm({f"s{section.pk}-description": HARD}, section=section)
    assert "shorter words" in sent.fields["description"].help_text
