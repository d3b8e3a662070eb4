"""Files people send: received, looked into, kept with their hash, opened and served.

The original is never changed. When a PDF carries active content, a second Document of the kind `safe-copy`
is made from it without; that copy is read and shown, the original stays as evidence (architecture §10).
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.db.models import Q
from django.http import FileResponse
from django.utils.translation import gettext as _

from ledger import inspection, limits, scanner
from ledger.clock import engine_now
from ledger.entries import Conflict, record
from ledger.jobs import Postponed, ask_job, job_kind
from ledger.models import NAMES_PEOPLE, Case, Document, Job, JobStatus, Scan
from parties.models import User

FIELD = "file"
QUOTA_AN_HOUR = 100  # files from one person in one district
INSPECTION_MB, INSPECTION_S = 512, 20
DOCX_UNPACKED = 500 << 20

TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "txt": "text/plain",
    "csv": "text/csv",
    "eml": "message/rfc822",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
}
MADE_TYPES = TYPES | {  # what the portal itself makes, and never takes in
    "zip": "application/zip",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "webp": "image/webp",
}
MAGIC = {"pdf": b"%PDF-", "docx": b"PK\x03\x04", "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff"}
MAGIC["jpeg"] = MAGIC["jpg"]
OLD_WORD = b"\xd0\xcf\x11\xe0"
MARKUP = (b"<html", b"<script", b"<!doctype", b"<?php", b"<svg")

if TYPE_CHECKING:
    Upload = File[Any]
else:
    Upload = File  # not subscriptable when it runs


class Quota(ValidationError):
    """Too many files in a short time (429)."""


class Quarantined(Conflict, Postponed):
    """The file waits for its virus scan, or a virus was found: it is neither read nor served (409).

    A job that meets it is postponed, so that a scanner's outage costs it no attempt.
    """


class Altered(Exception):
    """The stored bytes are not those that were received: their hash differs."""


def receive_document(*, case: Case, kind: str, upload: Upload, by: User | None) -> Document:
    """Keep a file that somebody sent for a case.

    Accepts pdf, docx, txt, csv, eml, png and jpg to 200 MB and 1,000 pages, and only when name and content
    agree. The same bytes sent again for the same purpose give the Document that is there. Effects: one
    Document, perhaps a safe copy of it, the files, one Entry; a scan Job when the scanner does not answer.
    Raises ValidationError({"file": …}) and keeps nothing when the file is refused; Quota at the 101st file
    of one person in an hour.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, copy = Path(folder) / "source", Path(folder) / "copy"
        sha256 = write_down(upload, source)
        name = shown_name(upload.name or "")
        extension = known_type(name, source)
        same = Document.objects.filter(case=case, kind=kind, sha256=sha256).first()
        if same is not None:
            return same
        refuse_over_quota(case, by)
        remarks = look_inside(extension, source, copy)
        scan = scan_now(source)
        with keeping_files() as kept, transaction.atomic():
            document = keep(case, kind, source, kept, name=name, extension=extension, scan=scan,
                            remarks=remarks, by=by)  # fmt: skip
            if copy.exists():
                keep(case, "safe-copy", copy, kept, name=name, extension=extension, scan=scan,
                     made_from=document, by=by)  # fmt: skip
            record("document-received", by=by, case=case, kind=kind, document=str(document.uuid),
                   sha256=sha256, size=document.size)  # fmt: skip
            if scan == Scan.QUARANTINED:
                ask_job(kind="scan", case=case, document=document, by=by)
        return document


def write_down(upload: Upload, target: Path) -> str:
    """Copy the upload, at most to the limit, and return its SHA-256."""
    digest, size, limit = hashlib.sha256(), 0, settings.UPLOAD_LIMIT_BYTES
    try:
        with target.open("wb") as out:
            for piece in upload.chunks():
                size += len(piece)
                if size > limit:
                    raise refusal(_("This file is larger than %(mb)s MB.") % {"mb": limit >> 20})
                digest.update(piece)
                out.write(piece)
    except OSError as error:
        raise no_room() from error
    if not size:
        raise refusal(_("This file is empty. Choose another one."))
    return digest.hexdigest()


def no_room() -> ValidationError:
    return refusal(_("There is no room to store files now. Nothing was saved."))


def shown_name(name: str) -> str:
    """The name to show: no folders, no control or invisible characters, no turned text, at most 200 long."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(c for c in last if unicodedata.category(c)[0] != "C" and unicodedata.category(c) != "Zl")
    stem, dot, extension = plain.strip().rpartition(".")
    if not dot:
        stem, extension = extension, ""
    return f"{stem.lstrip('.- ').rstrip()[:190] or 'file'}{dot}{extension[:9]}"


def known_type(name: str, source: Path) -> str:
    """The type that both the name and the bytes state; anything else is refused."""
    extension = name.rpartition(".")[2].lower()
    if extension not in TYPES:
        raise refusal(_("Files of this type cannot be used. Send a PDF, Word (.docx) or text file."))
    with source.open("rb") as file:
        head = file.read(1024)
    if extension == "docx" and head.startswith(OLD_WORD):
        raise refusal(_("This Word file needs a password or is in the old format. Save it as a PDF."))
    if not head.startswith(MAGIC.get(extension, b"")):
        raise refusal(
            _("The name of this file ends in .%(ending)s, but it is something else inside.")
            % {"ending": extension}
        )
    if extension in ("pdf", "png", "jpg", "jpeg"):
        refuse_two_in_one(source, head)
    return extension


def refuse_two_in_one(source: Path, head: bytes) -> None:
    """Refuse a file that other programs would take for a web page, a script or an archive."""
    with source.open("rb") as file:
        file.seek(max(0, source.stat().st_size - 4096))
        tail = file.read().rpartition(b"%%EOF")[2] if head.startswith(b"%PDF-") else b""
    start = head.partition(b" obj")[0] if head.startswith(b"%PDF-") else head
    if any(word in part.lower() for word in MARKUP for part in (start, tail)) or zipfile.is_zipfile(source):
        raise refusal(_("This file is two kinds of file in one. Print it to a new PDF and send that."))


def look_inside(extension: str, source: Path, copy: Path) -> list[str]:
    """Open the file where it can do no harm; return remarks. A stripped PDF is written to `copy`."""
    if extension == "pdf":
        return look_inside_pdf(source, copy)
    if extension == "docx":
        refuse_bad_docx(source)
    if extension in ("txt", "csv", "eml"):
        refuse_bad_text(extension, source)
    return []


def look_inside_pdf(source: Path, copy: Path) -> list[str]:
    most = str(settings.UPLOAD_LIMIT_PAGES)
    try:
        printed = limits.run_limited(
            Path(inspection.__file__), str(source), str(copy), most,
            megabytes=INSPECTION_MB, seconds=INSPECTION_S,
        )  # fmt: skip
        answer: dict[str, Any] = json.loads(printed)
    except (limits.OverLimit, ValueError) as error:
        raise refusal(inspection.BOMB) from error
    if "refused" in answer:
        raise refusal(answer["refused"])
    remarks: list[str] = answer["remarks"]
    return remarks


def refuse_bad_docx(source: Path) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise refusal(_("This Word file is damaged. Save it again, then upload that file.")) from error
    names = {part.filename for part in parts}
    if not {"[Content_Types].xml", "word/document.xml"} <= names:
        raise refusal(_("This is not a Word document, although its name ends in .docx."))
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise refusal(_("This Word file carries a program (macros). Save it as .docx or PDF without it."))
    if len(parts) > 10_000 or sum(part.file_size for part in parts) > DOCX_UNPACKED:
        raise refusal(inspection.BOMB)


def refuse_bad_text(extension: str, source: Path) -> None:
    words = source.read_bytes()
    if b"\0" in words and not words.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refusal(_("This is not a text file, although its name says so."))
    if extension == "eml" and not BytesHeaderParser().parsebytes(words[:100_000]).keys():
        raise refusal(_("This is not a saved e-mail: it has no sender or subject lines."))


def refuse_over_quota(case: Case, by: User | None) -> None:
    if by is None:
        return
    since = engine_now() - timedelta(hours=1)
    recent = Document.objects.filter(district=case.district_id, received_from=by, received_at__gt=since)
    if recent.exclude(kind="safe-copy").count() >= QUOTA_AN_HOUR:
        raise Quota({FIELD: _("You have sent 100 files in an hour. Wait a while, then go on.")})


def scan_now(source: Path) -> Scan:
    """Ask the scanner. No scanner: unscanned, and shown so. No answer: quarantine (fail closed)."""
    if not scanner.is_configured():
        return Scan.UNSCANNED
    try:
        with source.open("rb") as file:
            virus = scanner.find_virus(file)
    except scanner.ScannerUnreachable:
        return Scan.QUARANTINED
    if virus:
        raise refusal(_("A virus was found in this file (%(virus)s). It was not kept.") % {"virus": virus})
    return Scan.CLEAN


def keep(
    case: Case,
    kind: str,
    source: Path,
    kept: list[Document],
    *,
    name: str,
    extension: str,
    scan: str = Scan.CLEAN,
    remarks: list[str] | None = None,
    made_from: Document | None = None,
    by: User | None = None,
) -> Document:
    with source.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        document = Document(
            district_id=case.district_id, case=case, kind=kind, name=name, content_type=MADE_TYPES[extension],
            size=source.stat().st_size, sha256=sha256, scan=scan, made_from=made_from,
            remarks=remarks or [], received_at=engine_now(), received_from=by,
        )  # fmt: skip
        kept.append(document)
        document.file.save(name, File(file), save=False)
    document.save()
    return document


@contextmanager
def keeping_files() -> Iterator[list[Document]]:
    """Take the stored files away again when their rows could not be saved, or the disk is full."""
    kept: list[Document] = []
    try:
        yield kept
    except BaseException as error:
        for document in kept:
            if document.file.name:
                document.file.storage.delete(document.file.name)
        if isinstance(error, OSError):
            raise no_room() from error
        raise


def keep_made(
    *, case: Case, kind: str, name: str, content: bytes, by: User | None, made_from: Document | None = None
) -> Document:
    """Keep a file that the portal itself made (a packet, a redacted copy, letters to print).

    `name` ends in one of MADE_TYPES. Effects: one Document, its file. Not scanned: it is our own.
    """
    with tempfile.TemporaryDirectory() as folder, keeping_files() as kept, transaction.atomic():
        source = Path(folder) / "made"
        source.write_bytes(content)
        extension = name.rpartition(".")[2]
        return keep(case, kind, source, kept, name=name, extension=extension, made_from=made_from, by=by)


def shown_copy(document: Document) -> Document:
    """The Document to read and show in place of this one: its safe copy, where it has one."""
    return document.copies.filter(kind="safe-copy").first() or document


@contextmanager
def open_document(document: Document) -> Iterator[BinaryIO]:
    """The bytes of a Document, checked against the hash they were received with, from the start.

    Raises Quarantined until the virus scan has passed, Altered when the stored file was changed.
    """
    if document.scan in (Scan.QUARANTINED, Scan.INFECTED):
        raise Quarantined(_("This file waits for its virus scan. Try again in some minutes."))
    digest = hashlib.sha256()
    with tempfile.TemporaryFile() as whole:
        with document.file.storage.open(str(document.file.name)) as stored:
            for piece in stored.chunks():
                digest.update(piece)
                whole.write(piece)
        if digest.hexdigest() != document.sha256:
            raise Altered(f"document {document.uuid} no longer has the hash it was received with")
        whole.seek(0)
        yield whole


def serve_document(document: Document) -> FileResponse:
    """The response that hands a file over: always a download, never shown inside the portal's own pages.

    The caller has checked who asks. Raises Quarantined and Altered as `open_document`.
    """
    whole = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    with open_document(document) as checked:
        while piece := checked.read(1 << 20):
            whole.write(piece)
    whole.seek(0)
    response = FileResponse(
        whole, as_attachment=True, filename=document.name, content_type=document.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


def hand_over(document: Document, *, by: User) -> FileResponse:
    """`serve_document` to a person; that somebody read a file in which families are named is recorded."""
    response = serve_document(document)
    if document.kind in NAMES_PEOPLE:
        record(
            "file-about-people-read", by=by, case=document.case, kind=document.kind, sha256=document.sha256
        )
    return response


def refusal(sentence: str) -> ValidationError:
    return ValidationError({FIELD: sentence})


@job_kind("scan")
def scan_quarantined(job: Job) -> None:
    """Scan a file that came while the scanner was away, and its safe copy with it."""
    assert job.document is not None
    with job.document.file.storage.open(str(job.document.file.name)) as stored:
        try:
            virus = scanner.find_virus(stored)
        except scanner.ScannerUnreachable as error:
            raise Postponed(str(error)) from error
    scan = Scan.INFECTED if virus else Scan.CLEAN
    waiting = Document.objects.filter(Q(pk=job.document_id) | Q(made_from=job.document_id))
    with transaction.atomic():
        waiting.filter(scan=Scan.QUARANTINED).update(scan=scan)
        if virus:
            Job.objects.filter(document__in=waiting, status=JobStatus.WAITING).update(
                status=JobStatus.FAILED, error=_("A virus was found in this file."), ended_at=engine_now()
            )
        record("document-scanned", by=None, case=job.case, document=str(job.document.uuid), result=scan)
