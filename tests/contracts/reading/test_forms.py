"""Forms that hide a term: drawn tables, forms of answers, definitions that bind, overrides, torn scans, likeness."""

from __future__ import annotations

import pytest

from contracts.reading.engine import Draft
from contracts.reading.mending import mend_words, noisy
from contracts.reading.model import Page

from .frames import FRAME, found, in_frame


def draft(text: str) -> Draft:
    return Draft([Page(1, 0.0, 0.0, text, "flow")])


def test_a_row_that_runs_over_three_lines_is_one_row() -> None:
    table = (
        "\n+-----+------------------+---------------------------+\n"
        "| Row | Subject          | Rule                      |\n"
        "+-----+------------------+---------------------------+\n"
        "| 4.1 | Severability     | If a court holds a row    |\n"
        "|     |                  | invalid, the other rows   |\n"
        "|     |                  | remain in force.          |\n"
        "+-----+------------------+---------------------------+\n"
    )
    assert found("ct-10", FRAME.format(clause="None.") + table).verdict == "met"


def test_columns_under_a_ruling_are_cells() -> None:
    table = (
        "\nRef   Topic          What is committed                          By\n"
        "----  -------------  -----------------------------------------  ------\n"
        "4.1   Law            The laws of Connecticut govern this         Vendor\n"
        "                     Agreement.\n"
    )
    rows = [u.canon for u in draft(FRAME.format(clause="None.") + table).outline.units if u.row]
    assert any("the laws of connecticut govern this agreement" in r for r in rows)
    assert found("ct-09", FRAME.format(clause="None.") + table).verdict == "met"


def test_a_request_binds_only_where_the_answer_agrees() -> None:
    asked = "\n4. Deletion. Requested: that all student data be deleted within 30 days after the contract ends. Answer: {}\n"
    agreed = FRAME.format(clause="None.") + asked.format("Agreed.")
    refused = FRAME.format(clause="None.") + asked.format("Vendor keeps student data for research.")
    assert found("ct-07", agreed).verdict == "met"
    assert found("ct-07", refused).verdict != "met"


def test_a_definition_that_lays_down_a_duty_binds() -> None:
    clause = (
        '"Board Data" means student records, which are and shall remain the property of the District and under the '
        "control of the District."
    )
    assert in_frame("ct-01", clause).verdict == "met"


def test_a_section_that_takes_another_back_is_heeded() -> None:
    clause = (
        "\n\n4. Logs. Vendor shall keep a log of every request for access to student data.\n\n"
        "5. Exceptions. Notwithstanding Section 4, Vendor may keep such logs for one request in ten."
    )
    assert in_frame("ne-I-D", clause).verdict == "deficient"
    assert in_frame("ne-I-D", clause.split("\n\n5.")[0]).verdict == "met"


def test_entries_of_a_list_in_one_paragraph_share_its_lead_in() -> None:
    clause = "Vendor shall not: (a) sell student data; or (b) use student data otherwise than as this Agreement permits."
    assert in_frame("ct-03", clause).verdict == "met"


def test_words_that_a_scan_misread_or_tore_are_mended() -> None:
    assert (
        mend_words("the stu dent's tirnes and securlty inforrnation")
        == "the student's times and security information"
    )
    assert mend_words("the form in which it is kept") == "the form in which it is kept"


def test_clean_text_is_not_taken_for_a_scan() -> None:
    assert not noisy(FRAME.format(clause="Vendor shall encrypt student data with AES-256."))


def test_the_information_of_pupils_in_the_plural_is_student_data() -> None:
    units = draft(FRAME.format(clause="Vendor holds the pupils' information.")).outline.units
    assert any("VENDOR holds DATA" in u.canon for u in units)


def test_a_sentence_in_which_data_are_deleted_is_no_reserved_place() -> None:
    kinds = [
        u.kind
        for u in draft("Student data are deleted within 30 days.\n\n[Intentionally deleted]\n").outline.units
    ]
    assert kinds == ["clause", "reserved"]


ITEM = (
    "\n4.1 Student Data at rest is encrypted with 256-bit keys.\n    {}\n"
    "    Explanation: We scramble what we store and review the method each spring.\n"
)


def test_an_item_with_boxes_binds_only_where_yes_is_ticked() -> None:
    head = FRAME.format(clause="None.")
    agreed = found("ne-I-F", head + ITEM.format("[x] YES   [ ] NO   [ ] OTHER"))
    refused = found("ne-I-F", head + ITEM.format("[ ] YES   [x] NO   [ ] OTHER"))
    assert agreed.verdict == "met"
    assert any("each spring" in q.text for q in agreed.quotes)
    assert refused.verdict == "deficient"
    assert any("each spring" in q.text for q in refused.quotes)


def test_a_question_is_no_term_but_its_answer_is() -> None:
    asked = "\nQ. Do you keep a log of every request for access to student data?\n\nA. {}\n"
    head = FRAME.format(clause="None.")
    assert found("ne-I-D", head + asked.format("We keep a record of each bulk export.")).verdict != "met"
    assert found("ne-I-D", head + asked.format("Yes, we do, for the whole contract.")).verdict == "met"


TABLE = """
| No. | Requirement | Response |
|---|---|---|
| 1 | Vendor keeps a log of all requests for access to student data. | {log} |
| 2 | Stored student data is encrypted with 256-bit keys. | Comply. |
"""


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("Comply.", "met"),
        ("Both sides comply.", "met"),
        ("Partial. Exports are logged. Nothing else is.", "deficient"),
        ("Agreed as modified. Exports are logged. Nothing else is.", "deficient"),
        ("Accepted, with minor changes: exports are logged, nothing else is.", "deficient"),
        ("Our servers write the usual system logs, kept for a month.", "deficient"),
        ("Not part of contract.", "missing"),
    ],
)
def test_a_row_of_requirements_says_what_its_response_agrees_to(answer: str, verdict: str) -> None:
    text = FRAME.format(clause="None.") + TABLE.format(log=answer)
    assert found("ne-I-D", text).verdict == verdict
    assert found("ne-I-F", text).verdict == "met"


def test_what_a_modified_reply_says_does_not_lean_on_what_was_asked() -> None:
    row = (
        "\n| No. | Requirement | Response |\n|---|---|---|\n| 1 | Student data is the property of the District and under "
        "its control. | Agreed as modified. Student data is the property of the District. |\n"
    )
    assert found("ct-01", FRAME.format(clause="None.") + row).verdict == "deficient"
