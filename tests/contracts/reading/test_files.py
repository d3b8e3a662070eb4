"""Real files: what is read is what a person sees, and a bad file is refused in one clear sentence."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import docx
import pikepdf
import pypdfium2
import pytest

from contracts import reading
from contracts.reading import pages, sandbox
from policy.packs import load
from tests.contracts.papers import scan_of

from . import papers
from .frames import FRAME

CLAUSE = "Vendor shall not use Student Data for advertising of any kind, whether targeted at a pupil or not."
TEXT = FRAME.format(clause=CLAUSE)
PACK = [load("ct-3520.13@2017")]


def ad(result: reading.Reading) -> reading.Finding:
    return next(f for f in result.findings if f.requirement == "ct-11")


def words_in(path: Path, box: reading.Box) -> str:
    """What PDFium itself reads inside a box of an upright page."""
    document = pypdfium2.PdfDocument(path)
    page = document[0]
    height = page.get_size()[1]
    text = page.get_textpage().get_text_bounded(
        box.x - 1, height - box.y - box.h - 1, box.x + box.w + 1, height - box.y + 1
    )
    document.close()
    return text


def test_boxes_cover_the_quoted_words_and_nothing_else(tmp_path: Path) -> None:
    path = papers.pdf(tmp_path / "a.pdf", papers.paragraphs(TEXT))
    finding = ad(reading.read(path, packs=PACK))
    assert finding.verdict == "met"
    quote = finding.quotes[0]
    assert quote.page == 1
    covered = " ".join(" ".join(words_in(path, b) for b in quote.boxes).split())
    assert covered == quote.text


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_page_reads_the_same_and_its_boxes_turn_with_it(tmp_path: Path, degrees: int) -> None:
    upright = papers.pdf(tmp_path / "a.pdf", papers.paragraphs(TEXT))
    path = papers.turned(upright, tmp_path / "b.pdf", degrees)
    result = reading.read(path, packs=PACK)
    page, quote = result.pages[0], ad(result).quotes[0]
    assert ad(result).verdict == "met"
    assert (page.width > page.height) is (degrees in (90, 270))
    for box in quote.boxes:
        assert 0 <= box.x <= box.x + box.w <= page.width
        assert 0 <= box.y <= box.y + box.h <= page.height
    if degrees in (90, 270):
        assert all(b.h > b.w for b in quote.boxes if b.h > 30)


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    body = f"<h1>Agreement</h1><div class=two>{papers.paragraphs(TEXT)}{'<p>The fee is due yearly and in full.</p>' * 12}</div>"
    result = reading.read(papers.pdf(tmp_path / "a.pdf", body), packs=PACK)
    assert ad(result).verdict == "met"
    assert ad(result).quotes[0].text.endswith(CLAUSE)


def test_white_and_tiny_words_are_no_term_and_are_flagged(tmp_path: Path) -> None:
    for style in ("color: white", "font-size: 1pt"):
        body = papers.paragraphs(FRAME.format(clause="None.")) + f"<p style='{style}'>{CLAUSE}</p>"
        result = reading.read(papers.pdf(tmp_path / "a.pdf", body), packs=PACK)
        assert ad(result).verdict == "missing"
        assert "hidden_text" in result.flags


def test_a_word_file_gives_the_verdicts_of_its_text(tmp_path: Path) -> None:
    document = docx.Document()
    for paragraph in TEXT.split("\n\n"):
        document.add_paragraph(paragraph)
    document.save(tmp_path / "a.docx")
    result = reading.read(tmp_path / "a.docx", packs=PACK)
    plain = reading.read_text(TEXT, packs=PACK)
    assert [(f.requirement, f.verdict) for f in result.findings] == [
        (f.requirement, f.verdict) for f in plain.findings
    ]
    assert ad(result).quotes[0].page is None


def test_a_word_file_keeps_insertions_and_drops_deletions_and_says_so(tmp_path: Path) -> None:
    document = docx.Document()
    for paragraph in FRAME.format(clause="REPLACE-ME").split("\n\n"):
        document.add_paragraph(paragraph)
    document.save(tmp_path / "a.docx")
    mark = 'w:id="1" w:author="A" w:date="2026-01-01T00:00:00Z"'
    change = (
        f"</w:t></w:r><w:ins {mark}><w:r><w:t>{CLAUSE}</w:t></w:r></w:ins><w:del {mark}><w:r><w:delText>This Agreement is "
        "governed by Texas law.</w:delText></w:r></w:del><w:r><w:t>"
    )
    with zipfile.ZipFile(tmp_path / "a.docx") as old, zipfile.ZipFile(tmp_path / "b.docx", "w") as new:
        for entry in old.infolist():
            body = old.read(entry)
            new.writestr(
                entry,
                body.replace(b"REPLACE-ME", change.encode())
                if entry.filename == "word/document.xml"
                else body,
            )
    result = reading.read(tmp_path / "b.docx", packs=PACK)
    assert "unresolved_changes" in result.flags
    assert ad(result).verdict == "met"
    assert next(f for f in result.findings if f.requirement == "ct-09").verdict == "missing"


def test_a_signature_is_named_and_later_changes_show(tmp_path: Path) -> None:
    plain = papers.pdf(tmp_path / "a.pdf", papers.paragraphs(TEXT))
    path = papers.signed(plain, tmp_path / "b.pdf")
    (signature,) = reading.read(path, packs=PACK).signatures
    assert (signature.signer, signature.intact, signature.trusted, signature.altered_after) == (
        "Fathom Software Signer",
        True,
        False,
        False,
    )
    (signature,) = reading.read(papers.altered(path, tmp_path / "c.pdf"), packs=PACK).signatures
    assert signature.altered_after
    assert reading.read(plain, packs=PACK).signatures == ()


def bad_file(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / "bad.pdf"
    good = papers.pdf(tmp_path / "good.pdf", papers.paragraphs(TEXT))
    if kind == "password":
        return papers.locked(good, path)
    if kind == "truncated":
        path.write_bytes(b"%PDF-1.7\n" + b"\x00" * 400)
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "wrong_type":
        path.write_bytes(b"GIF89a" + b"\x00" * 100)
    elif kind == "bomb":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr("word/document.xml", b"0" * 210 * 1024 * 1024)
    return path


@pytest.mark.parametrize("kind", ["password", "truncated", "empty", "wrong_type", "bomb"])
def test_a_bad_file_is_refused_in_a_plain_sentence(tmp_path: Path, kind: str) -> None:
    with pytest.raises(reading.Unreadable) as refused:
        reading.read(bad_file(tmp_path, kind), packs=PACK, scanned=())
    assert refused.value.code == kind
    assert refused.value.message.endswith(".")
    assert "Traceback" not in refused.value.message


def test_whatever_the_portal_takes_in_is_not_refused_for_its_size(tmp_path: Path, settings: Any) -> None:
    assert pages.MAX_BYTES >= settings.UPLOAD_LIMIT_BYTES
    one = papers.pdf(tmp_path / "one.pdf", papers.paragraphs(CLAUSE))
    with pikepdf.open(one) as document:
        for _ in range(settings.UPLOAD_LIMIT_PAGES - 1):
            document.pages.append(document.pages[0])
        document.save(tmp_path / "long.pdf")
    assert len(pages.read_pdf(tmp_path / "long.pdf")) == 1000


def test_strange_letters_and_one_endless_line_are_read_without_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "BEAT", 0.01)
    waits: list[int] = []
    path = tmp_path / "a.txt"
    path.write_text("\x00\x07 שלום 契約 " + TEXT.replace("\n", " ") + " word" * 400_000)
    assert len(reading.read(path, packs=PACK, on_wait=lambda: waits.append(1)).findings) == 13
    assert waits  # whoever holds the work under a lease hears that it goes on


def test_a_picture_is_read_from_the_words_at_hand_and_asked_for_where_there_are_none(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(scan_of(papers.pdf(tmp_path / "a.pdf", papers.paragraphs(TEXT)).read_bytes(), dots=30))
    with pytest.raises(reading.Unscanned) as lacking:
        reading.read(path, packs=PACK, scanned=())
    (blank,) = lacking.value.pages
    assert (lacking.value.numbers, blank.number, blank.text) == ({1}, 1, "")
    words = tuple(
        reading.Word(m.start(), m.end(), reading.Box(20.0, 20.0, 90.0, 9.0), 0.99)
        for m in re.finditer(r"\S+", TEXT)
    )
    read = reading.Page(1, blank.width, blank.height, TEXT, "ocr", (), words)
    result = reading.read(path, packs=PACK, scanned=[read])
    assert (ad(result).verdict, result.flags) == ("met", ("scanned",))
    assert ad(result).quotes[0].boxes == (reading.Box(20.0, 20.0, 90.0, 9.0),)


def test_a_page_is_drawn_and_a_passage_is_found_on_it(tmp_path: Path) -> None:
    path = papers.pdf(tmp_path / "a.pdf", papers.paragraphs(TEXT))
    assert reading.page_png(path, 1, 1.0)[:8] == b"\x89PNG\r\n\x1a\n"
    assert reading.find_boxes(path, 1, "advertising of any kind")
    assert reading.find_boxes(path, 1, "words that are not there") == ()
