"""Receiving files: what is refused, in which words, and what is kept."""

from __future__ import annotations

import hashlib
import io
import os
import re
import threading
from pathlib import Path

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import File

from ledger import documents, jobs
from ledger.documents import open_document, receive_document, serve_document, shown_copy
from ledger.models import Document, Entry, Job, JobStatus, Scan
from tests.factories import DistrictFactory, UserFactory, make_case
from tests.ledger import files

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "kept")},
        },
    }
    return make_case(DistrictFactory())


@pytest.fixture
def pat():
    return UserFactory()


def kept_files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]


def refusal(case, content: bytes, name: str = "agreement.pdf") -> str:
    """The sentence shown; nothing may be left behind."""
    with pytest.raises(ValidationError) as refused:
        receive_document(case=case, kind="contract", upload=files.upload(content, name), by=None)
    assert Document.objects.count() == 0
    assert Entry.objects.count() == 0
    return refused.value.message_dict["file"][0]


def received(case, content: bytes, name: str = "agreement.pdf", by=None) -> Document:
    return receive_document(case=case, kind="contract", upload=files.upload(content, name), by=by)


def test_it_keeps_the_bytes_their_hash_and_an_entry(case, tmp_path):
    content = files.pdf()
    document = received(case, content)
    assert document.sha256 == hashlib.sha256(content).hexdigest()
    assert document.size == len(content)
    assert document.scan == Scan.UNSCANNED
    assert document.file.name == f"{case.district_id}/{document.uuid}"
    assert Entry.objects.get().act == "document-received"
    with open_document(document) as file:
        assert file.read() == content


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<html><script>alert(1)</script></html>", "agreement.pdf"),  # A01
        (b"junk\n" + files.pdf(), "agreement.pdf"),  # A02
        (files.pdf(), "agreement.docx"),
        (b"\x89PNG\r\n\x1a\nx", "agreement.txt\0.pdf"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(case, content, name):
    assert "something else inside" in refusal(case, content, name)


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n<html><script>alert(1)</script>\n" + files.pdf()[9:],
        files.pdf() + b"\n<script>alert(1)</script>",
        files.pdf() + files.docx(),
    ],
    ids=["page before", "page after", "archive after"],
)
def test_two_kinds_of_file_in_one_are_refused(case, content):  # A02
    assert "two kinds of file" in refusal(case, content)


def test_an_unknown_type_and_an_empty_file_are_refused(case):
    assert "cannot be used" in refusal(case, b"MZ", "setup.exe")
    assert "cannot be used" in refusal(case, b"x", "noending")
    assert "empty" in refusal(case, b"")


def test_active_content_is_taken_out_of_the_copy_we_show(case, tmp_path):  # A03
    content = files.pdf_with_active_content()
    document = received(case, content)
    with open_document(document) as file:
        assert file.read() == content
    (remark,) = document.remarks
    for words in (
        "JavaScript",
        "starts another program",
        "web address",
        "another file",
        "XFA",
        "attached files",
    ):
        assert words in remark
    copy = shown_copy(document)
    assert (copy.kind, copy.made_from) == ("safe-copy", document)
    with open_document(copy) as file:
        stripped = file.read()
    for word in (
        b"JavaScript",
        b"Launch",
        b"/URI",
        b"/XFA",
        b"EmbeddedFile",
        b"GoToR",
        b"cmd.exe",
        b"MZ not",
    ):
        assert word not in uncompressed(stripped)
    with pikepdf.open(io.BytesIO(stripped)) as pdf:
        assert len(pdf.pages) == 2
        assert [str(link.A.S) for link in pdf.pages[0].Annots if "/S" in link.A] == ["/GoTo"]


def uncompressed(content: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.save(
            out,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            compress_streams=False,
        )
    return out.getvalue()


def test_a_plain_pdf_is_shown_as_it_is(case):
    document = received(case, files.pdf())
    assert shown_copy(document) == document
    assert document.remarks == []


@pytest.mark.parametrize("levels", [1, 2], ids=["1 MB packed", "some kB packed twice"])
def test_a_small_file_that_unpacks_to_a_gigabyte_is_refused(case, levels):  # A04
    assert "far more than its size" in refusal(case, files.pdf_bomb(levels))


def test_a_page_tree_that_contains_itself_is_refused(case):  # A05
    assert "PDF" in refusal(case, files.pdf_with_looping_pages())


def test_more_than_a_thousand_pages_are_refused(case):  # A05
    assert (
        refusal(case, files.pdf(1001)) == "This PDF has 1,001 pages; the limit is 1,000. Upload it in parts."
    )


def test_a_password_and_a_missing_end_are_named(case):  # A06
    assert "needs a password" in refusal(case, files.pdf_with_password())
    assert "cut short" in refusal(case, files.pdf(40)[:2000])


def test_a_file_changed_after_signing_is_flagged(case):  # A06
    signed = files.signed_pdf()
    assert "fits the file" in received(case, signed, "signed.pdf").remarks[0]
    changed = files.changed_after_signing(signed)
    assert "changed after it was signed" in received(case, changed, "changed.pdf").remarks[0]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/x.pdf", "x.pdf"),
        ("..\\..\\x.pdf", "x.pdf"),
        ("a.pdf\r\nSet-Cookie: b.pdf", "a.pdfSet-Cookie: b.pdf"),
        ("a\0b.pdf", "ab.pdf"),
        ("annual\u202efdp.pdf", "annualfdp.pdf"),
        ("x" * 300 + ".pdf", "x" * 190 + ".pdf"),
        ("-rf.pdf", "rf.pdf"),
        (".pdf", "file.pdf"),
    ],
)
def test_the_name_is_shown_and_never_a_path(case, tmp_path, name, shown):  # A07
    document = documents.receive_document(
        case=case, kind="contract", upload=Named(files.pdf(), name), by=None
    )
    assert document.name == shown
    (stored,) = kept_files(tmp_path)
    assert stored == tmp_path / "kept" / str(case.district_id) / str(document.uuid)
    header = serve_document(document)["Content-Disposition"]
    assert header.startswith("attachment; filename=")
    assert "\r" not in header


class Named(File):
    """An upload whose name no framework has cleaned."""

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(io.BytesIO(content), name)
        self.name = name


def test_a_hidden_htaccess_is_refused(case):  # A07
    assert "cannot be used" in refusal(case, b"Deny from all", ".htaccess")


def test_one_byte_over_the_limit_is_refused_without_reading_on(case, settings):  # A08
    settings.UPLOAD_LIMIT_BYTES = 3 << 20

    class Endless(File):
        read_so_far = 0

        def chunks(self, chunk_size=None):
            while True:
                Endless.read_so_far += 1 << 20
                yield bytes(1 << 20)

    with pytest.raises(ValidationError, match="larger than 3 MB"):
        receive_document(case=case, kind="contract", upload=Endless(io.BytesIO(), "a.pdf"), by=None)
    assert Endless.read_so_far == 4 << 20


def test_the_same_file_again_is_kept_once(case, tmp_path):  # A10
    content = files.pdf()
    assert received(case, content) == received(case, content)
    assert len(kept_files(tmp_path)) == 1


def test_the_hundred_and_first_file_in_an_hour_must_wait(case, pat):  # A10
    for serial in range(100):
        received(case, b"page %d" % serial, "note.txt", by=pat)
    with pytest.raises(documents.Quota, match="100 files in an hour"):
        received(case, b"one more", "note.txt", by=pat)


def test_a_file_swapped_in_the_store_is_not_served(case, tmp_path):  # A11
    document = received(case, files.pdf())
    (stored,) = kept_files(tmp_path)
    os.chmod(stored, 0o600)
    stored.write_bytes(files.pdf(2))
    with pytest.raises(documents.Altered):
        serve_document(document)


def test_a_served_file_is_a_download_in_a_sandbox(case):
    response = serve_document(received(case, files.pdf()))
    assert response["Content-Disposition"] == 'attachment; filename="agreement.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("sandbox")
    assert response["Cache-Control"] == "private, no-store"


def test_word_files_with_programs_passwords_or_bombs_are_refused(case, monkeypatch):
    monkeypatch.setattr(documents, "DOCX_UNPACKED", 5 << 20)
    assert "carries a program" in refusal(case, files.docx({"word/vbaProject.bin": b"x"}), "a.docx")
    assert "needs a password" in refusal(case, b"\xd0\xcf\x11\xe0" + bytes(600), "a.docx")
    assert "far more" in refusal(case, files.docx({"word/media/x": bytes(6 << 20)}), "a.docx")
    assert received(case, files.docx(), "a.docx").content_type.endswith("wordprocessingml.document")


def test_a_full_disk_keeps_neither_row_nor_half_a_file(case, tmp_path, monkeypatch):
    def full(self, name, content):
        (tmp_path / "kept").mkdir(exist_ok=True)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("django.core.files.storage.FileSystemStorage._save", full)
    assert "no room" in refusal(case, files.pdf())
    assert kept_files(tmp_path) == []


class Clamd:
    """A virus scanner that speaks clamd's stream protocol and knows one signature of our own."""

    SIGNATURE = b"OUR-OWN-TEST-VIRUS"

    def __init__(self) -> None:
        import socket

        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"clamd://127.0.0.1:{self.server.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            with peer, peer.makefile("rb") as asked:
                assert asked.read(10) == b"zINSTREAM\0"
                body = b""
                while size := int.from_bytes(asked.read(4), "big"):
                    body += asked.read(size)
                found = self.SIGNATURE in body
                peer.sendall(b"stream: Our.Test.Virus FOUND\0" if found else b"stream: OK\0")


@pytest.fixture
def clamd():
    scanner = Clamd()
    yield scanner
    scanner.server.close()


def test_a_scanned_file_is_clean_and_a_virus_is_named(case, settings, clamd):
    settings.SCANNER_URL = clamd.url
    assert "Our.Test.Virus" in refusal(case, b"x" + Clamd.SIGNATURE, "a.txt")
    assert received(case, b"plain words", "a.txt").scan == Scan.CLEAN


def test_without_an_answer_the_file_stays_in_quarantine_until_a_scan_passes(case, settings, clamd):  # A09
    settings.SCANNER_URL = "clamd://127.0.0.1:9"
    document = received(case, b"plain words", "a.txt")
    assert document.scan == Scan.QUARANTINED
    with pytest.raises(documents.Quarantined), open_document(document):
        pass
    job = Job.objects.get(kind="scan")
    assert jobs.run_job(job.pk, case.district_id)
    job.refresh_from_db()
    assert (job.status, job.attempts) == (JobStatus.WAITING, 0)  # still away: later again, not its fault
    Job.objects.update(lease_until=None)
    settings.SCANNER_URL = clamd.url
    assert jobs.run_job(job.pk, case.district_id)
    document.refresh_from_db()
    assert document.scan == Scan.CLEAN


def test_a_scanner_away_costs_the_reading_no_attempt_and_a_virus_ends_it(case, settings, clamd, monkeypatch):
    settings.SCANNER_URL = "clamd://127.0.0.1:9"
    document = received(case, b"x" + Clamd.SIGNATURE, "a.txt")

    def read(job):
        with open_document(job.document):
            pass

    monkeypatch.setitem(jobs.KINDS, "read", read)
    reading = jobs.ask_job(kind="read", case=case, document=document)
    jobs.run_job(reading.pk, case.district_id)
    reading.refresh_from_db()
    assert (reading.status, reading.attempts) == (JobStatus.WAITING, 0)
    settings.SCANNER_URL = clamd.url
    jobs.run_job(Job.objects.get(kind="scan").pk, case.district_id)
    reading.refresh_from_db()
    document.refresh_from_db()
    assert (document.scan, reading.status) == (Scan.INFECTED, JobStatus.FAILED)


def test_the_message_is_one_plain_sentence_or_two(case):
    for sentence in (refusal(case, b""), refusal(case, files.pdf_with_password())):
        assert re.fullmatch(r"[A-Z][^<>{}]+\.", sentence)
