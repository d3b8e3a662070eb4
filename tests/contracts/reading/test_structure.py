"""Where words stand decides whether they bind: contents, recitals, reserved, deleted, un-initialled, elsewhere."""

from __future__ import annotations

from types import SimpleNamespace

from contracts.reading.passages import touched
from contracts.reading.sentences import split_sentences

from .frames import FRAME, found, in_frame

NOTICE = (
    "Vendor shall notify the District and the affected students and their parents within {hours} hours after it "
    "knows of or suspects unauthorized access to Student Data."
)


def test_a_table_of_contents_binds_nobody() -> None:
    text = (
        "TABLE OF CONTENTS\n1. Breach Notification Within 48 Hours .... 3\n2. Severability .... 4\n\n"
        + FRAME.format(clause="Payment is monthly.")
    )
    assert found("ct-06", text).verdict == "missing"
    assert found("ct-10", text).verdict == "missing"


def test_a_reserved_section_binds_nobody() -> None:
    assert (
        found("ct-10", FRAME.format(clause="None.") + "\n4. Severability. [Reserved]\n").verdict == "missing"
    )


def test_a_recital_binds_nobody() -> None:
    text = "RECITALS\n\nWHEREAS the parties shall comply with FERPA;\n\nTERMS\n\n" + FRAME.format(
        clause="None."
    )
    assert found("ct-08", text).verdict != "met"


def test_an_amendment_replaces_the_section_it_names() -> None:
    text = (
        FRAME.format(clause="Fees are fixed.")
        + "\n4. Breach. "
        + NOTICE.format(hours=96)
        + "\n\nAMENDMENT NO. 1\n\nA. Section 4 is deleted and replaced by the following: "
        + NOTICE.format(hours=48)
        + "\n"
    )
    assert found("ct-06", text).verdict == "met"


def test_a_later_document_that_does_not_prevail_leaves_the_conflict() -> None:
    text = FRAME.format(clause=NOTICE.format(hours=48)) + "\n4. Breach. " + NOTICE.format(hours=96) + "\n"
    finding = found("ct-06", text)
    assert finding.verdict == "deficient"
    assert not finding.sure


def test_the_document_that_prevails_decides() -> None:
    text = (
        FRAME.format(clause=NOTICE.format(hours=96))
        + "\nEXHIBIT B\n\n"
        + NOTICE.format(hours=24)
        + "\n\nIn case of conflict, Exhibit B prevails over the Agreement.\n"
    )
    assert found("ct-06", text).verdict == "met"


def test_a_row_without_initials_is_not_part_of_the_contract() -> None:
    table = (
        "A row binds Vendor only where it is initialed.\n\n"
        "Row | Term | Initials\n"
        "1 | Vendor shall not use student records for advertising of any kind. | ____\n"
        "2 | Student records at rest are encrypted with AES-256. | KL\n"
    )
    assert found("ct-11", FRAME.format(clause="None.") + "\n" + table).verdict == "missing"
    assert found("ne-I-F", FRAME.format(clause="None.") + "\n" + table).verdict == "met"


def test_a_term_kept_in_a_paper_that_is_not_attached_falls_short() -> None:
    finding = in_frame(
        "ct-06", "Notice of unauthorized access to student data is as set out in Vendor's Incident Plan."
    )
    assert finding.verdict == "deficient"
    assert "not attached" in finding.why


def test_a_blank_is_not_a_promise() -> None:
    clause = "Upon termination Vendor shall delete all Student Data within [number] days."
    assert in_frame("ct-07", clause).verdict == "deficient"
    assert in_frame("ct-09", "This Agreement is governed by the laws of [State].").verdict == "deficient"


def test_a_defined_term_carries_every_clause() -> None:
    text = (
        'LETTER\n\nThe children\'s names, recordings and scores are "the Treasure Box". Moss Lane LLC ("Moss Lane") '
        'keeps it for the Hill School District (the "District").\n\n'
        '"Treasure Box" means all information about students.\n\n'
        "The Treasure Box is the property of the District and under its control.\n\n"
        "Moss Lane shall not use the Treasure Box for advertising of any kind.\n"
    )
    assert found("ct-01", text).verdict == "met"
    assert found("ct-11", text).verdict == "met"


def test_a_contract_that_has_nothing_to_do_with_students_is_missing_for_data() -> None:
    text = (
        'BOILER MAINTENANCE\n\nHeatwell Inc. (the "Contractor") serves the Hill Board of Education (the "Owner").\n\n'
        "1. Drawings are the property of the Owner and remain under its control.\n\n"
        "2. The Contractor shall report any compromise of the control system within 48 hours.\n\n"
        "3. This Agreement is governed by Connecticut law.\n"
    )
    assert found("ct-01", text).verdict == "missing"
    assert found("ct-06", text).verdict == "missing"
    assert found("ct-09", text).verdict == "met"


def test_a_quoted_number_is_no_heading_and_stops_nothing() -> None:
    notice = NOTICE.format(hours=48)
    assert found("ct-06", FRAME.format(clause=f'None.\n\n"12. {notice}"')).verdict == "met"


def test_words_found_in_a_heading_belong_to_the_short_sentence_that_leans_on_it() -> None:
    leaning = SimpleNamespace(canon="nothing else.")
    found_at = (14, 42)  # of the heading and the sentence together; longer than the sentence
    assert touched([leaning], "what VENDOR do with the INFO : nothing else.", found_at) == [leaning]


def test_nothing_is_sure_where_the_text_in_another_language_prevails() -> None:
    law = "This Agreement is governed by the laws of the State of Connecticut."
    spanish = "If the two differ, the Spanish version of this Agreement shall prevail."
    english = "The Spanish version is a courtesy. The English version shall prevail over the Spanish version."
    for last, sure in ((spanish, False), (english, True)):
        finding = found("ct-09", FRAME.format(clause=law) + f"\n4. Languages. {last}\n")
        assert (finding.verdict, finding.sure) == ("met", sure), finding.why


def test_a_sentence_that_does_not_end_is_read_in_pieces_between_words() -> None:
    text = "Paid. " + "Word " * 9_000
    assert split_sentences(text) == [(0, 6), (6, 20_006), (20_006, 40_006), (40_006, 45_006)]
    assert [b for _, b in split_sentences("a" * 50_000)] == [20_000, 40_000, 50_000]
