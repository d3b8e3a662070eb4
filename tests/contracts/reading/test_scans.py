"""From the words of a scan to a page: in the order in which a person reads them."""

from __future__ import annotations

from contracts.reading.scans import Stretch, assembled

LEFT = [f"left line {n} of the agreement runs on" for n in range(1, 16)]
RIGHT = [f"right line {n} of the agreement runs on" for n in range(1, 16)]


def stretch(text: str, x: float, y: float, width: float) -> Stretch:
    return (text, 0.99, x, y, x + width, y + 10.0)


def words(text: str, x: float, y: float) -> list[Stretch]:
    """Single words with a space between them, as tesseract gives a line."""
    out = []
    for word in text.split():
        out.append(stretch(word, x, y, 5.0 * len(word)))
        x += 5.0 * (len(word) + 1)
    return out


def columns(y: float = 100.0) -> list[Stretch]:
    rows = []
    for line, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
        rows += [stretch(left, 70, y + 14 * line, 210), stretch(right, 330, y + 14 * line, 210)]
    return rows


def test_two_columns_of_a_scan_are_read_one_after_the_other() -> None:
    page = assembled(1, 612, 792, 1.0, columns())
    assert page.text.split("\n") == [*LEFT, *RIGHT]
    first = next(w for w in page.words if page.text[w.start : w.end] == "right")
    assert (first.box.x, first.box.y) == (330, 100)


def test_single_words_of_two_columns_are_read_one_after_the_other_too() -> None:
    rows = []
    for line, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
        rows += [*words(left, 70, 100.0 + 14 * line), *words(right, 330, 100.0 + 14 * line)]
    assert assembled(1, 612, 792, 1.0, rows).text.split("\n") == [*LEFT, *RIGHT]


def test_a_heading_across_both_columns_parts_what_is_above_from_what_is_below() -> None:
    heading = stretch("PART TWO OF THE TERMS THAT BOTH PARTIES HAVE AGREED", 150, 312.0, 320)
    text = assembled(1, 612, 792, 1.0, [*columns(), heading, *columns(326.0)]).text.split("\n")
    assert text == [*LEFT, *RIGHT, heading[0], *LEFT, *RIGHT]


def test_a_page_that_lies_askew_keeps_its_columns() -> None:
    rows = [
        (text, sure, left + bottom / 57, top, right + bottom / 57, bottom)
        for text, sure, left, top, right, bottom in columns()
    ]
    assert assembled(1, 612, 792, 1.0, rows).text.split("\n") == [*LEFT, *RIGHT]


def test_a_table_of_short_cells_is_read_row_by_row() -> None:
    rows = []
    for line in range(20):
        rows += [stretch(f"Field {line}", 70, 100.0 + 14 * line, 60)]
        rows += [stretch(f"what is kept in field {line} and why", 330, 100.0 + 14 * line, 210)]
    text = assembled(1, 612, 792, 1.0, rows).text.split("\n")
    assert text[0] == "Field 0 what is kept in field 0 and why"
    assert len(text) == 20


def test_a_table_of_questions_and_answers_is_read_row_by_row() -> None:
    rows = []
    for line in range(20):
        rows += [stretch(f"Does the vendor encrypt what it keeps in {line}?", 70, 100.0 + 14 * line, 200)]
        rows += [stretch(f"Yes, it does so in field {line}", 330, 100.0 + 14 * line, 150)]
    text = assembled(1, 612, 792, 1.0, rows).text.split("\n")
    assert text[0] == "Does the vendor encrypt what it keeps in 0? Yes, it does so in field 0"
    assert len(text) == 20
