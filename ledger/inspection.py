"""Look into a PDF that somebody sent: run as a script, in a child process with limits (ledger/limits.py).

`inspection.py SOURCE COPY MOST_PAGES` prints one JSON object: `refused` (a sentence for the person who sent
it) or `pages`, `remarks` (sentences) and `copied`: whether COPY was written, without the active content.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

STREAM_LIMIT = 250 << 20  # a 600 dpi colour page of A3 is 208 MB when unpacked
TOTAL_LIMIT = 2 << 30
OBJECT_LIMIT = 500_000
PICTURES = {"/DCTDecode", "/JPXDecode", "/CCITTFaxDecode", "/JBIG2Decode", "/DCT", "/CCF"}

ACTIONS = {
    "/JavaScript": "a program (JavaScript)",
    "/Launch": "a command that starts another program",
    "/URI": "links that open a web address",
    "/SubmitForm": "a command that sends a form to a web address",
    "/ImportData": "a command that reads another file",
    "/GoToR": "links that open another file",
    "/GoToE": "links that open an attached file",
    "/Rendition": "a media player",
    "/Movie": "a media player",
    "/Sound": "a media player",
    "/RichMediaExecute": "a media player",
}
PARTS = {
    "/JavaScript": "a program (JavaScript)",
    "/JS": "a program (JavaScript)",
    "/AA": "commands that run by themselves",
    "/XFA": "a form that can run programs (XFA)",
    "/EmbeddedFiles": "attached files",
    "/EF": "attached files",
    "/AF": "attached files",
    "/RichMediaContent": "a media player",
}

DAMAGED = "This PDF is damaged and cannot be opened. Save or export it again, then upload that file."
CUT_SHORT = "This PDF is cut short: its end is missing. Download or export it again, then upload that file."
PASSWORD = "This PDF needs a password. Save a copy without a password, then upload that copy."  # noqa: S105
BOMB = "This PDF unpacks to far more than its size, so it was not opened. Print it to a new PDF instead."
NO_PAGES = "This PDF has no pages."


class Refused(Exception):
    """The sentence to show the person who sent the file."""


def inspect(source: Path, copy: Path, most_pages: int) -> dict[str, Any]:
    """The whole inspection; raises Refused."""
    with source.open("rb") as file:
        file.seek(max(0, source.stat().st_size - 2048))
        if b"%%EOF" not in file.read():
            raise Refused(CUT_SHORT)
    try:
        pdf = pikepdf.open(source, access_mode=pikepdf.AccessMode.stream)
    except pikepdf.PasswordError as error:
        raise Refused(PASSWORD) from error
    except (pikepdf.PdfError, RuntimeError) as error:
        raise Refused(DAMAGED) from error
    with pdf:
        if len(pdf.objects) > OBJECT_LIMIT:
            raise Refused(BOMB)
        pages = count_pages(pdf, most_pages)
        refuse_bombs(pdf)
        remarks = signature_remarks(source, pdf)
        stripped = strip(pdf)
        if stripped:
            remarks.append("Taken out of the copy we show: " + ", ".join(sorted(stripped)) + ".")
            pdf.save(copy)
    return {"pages": pages, "remarks": remarks, "copied": bool(stripped)}


def count_pages(pdf: pikepdf.Pdf, most: int) -> int:
    try:
        pages = len(pdf.pages)
    except (pikepdf.PdfError, RuntimeError) as error:
        raise Refused(DAMAGED) from error
    if pages == 0:
        raise Refused(NO_PAGES)
    if pages > most:
        raise Refused(f"This PDF has {pages:,} pages; the limit is {most:,}. Upload it in parts.")
    return pages


def refuse_bombs(pdf: pikepdf.Pdf) -> None:
    """Unpack every stream without keeping it, and stop at the limits."""
    total = 0
    for thing in pdf.objects:
        if isinstance(thing, Stream):
            total += unpacked_size(thing)
        if total > TOTAL_LIMIT:
            raise Refused(BOMB)


def unpacked_size(stream: Stream) -> int:
    filters = stream.get("/Filter")
    names = [str(name) for name in filters] if isinstance(filters, Array) else [str(filters or "")]
    if PICTURES & set(names) or names == [""]:
        return 0
    try:
        if set(names) <= {"/FlateDecode", "/Fl"}:
            return inflated_size(stream.read_raw_bytes(), len(names))
        return len(stream.read_bytes())
    except (pikepdf.PdfError, zlib.error):
        return 0  # a damaged stream shows nothing; the reader will say so
    except (MemoryError, RuntimeError) as error:
        raise Refused(BOMB) from error


def inflated_size(packed: bytes, levels: int) -> int:
    for level in range(levels, 0, -1):
        unpacker, size, kept = zlib.decompressobj(), 0, []
        while packed and not unpacker.eof:
            piece = unpacker.decompress(packed, 1 << 20)
            size += len(piece)
            if size > (STREAM_LIMIT if level == 1 else STREAM_LIMIT // 4):
                raise Refused(BOMB)
            if level > 1:
                kept.append(piece)
            packed = unpacker.unconsumed_tail
        if level == 1:
            return size
        packed = b"".join(kept)
    return 0


def containers(pdf: pikepdf.Pdf) -> Iterator[Dictionary | Stream]:
    """Every dictionary of the file, also those written inside others."""
    for thing in pdf.objects:
        waiting: list[Any] = [thing]
        while waiting:
            value = waiting.pop()
            if isinstance(value, Dictionary | Stream):
                yield value
                waiting += [v for v in value.values() if is_inside(v)]
            elif isinstance(value, Array):
                waiting += [v for v in value if is_inside(v)]


def is_inside(value: Any) -> bool:
    return isinstance(value, Dictionary | Array) and not value.is_indirect


def strip(pdf: pikepdf.Pdf) -> Counter[str]:
    """Empty every action that does more than turn to a page, and drop what can carry a program."""
    found: Counter[str] = Counter()
    for holder in containers(pdf):
        kind = holder.get("/S")
        if isinstance(kind, Name) and str(kind) in ACTIONS:
            found[ACTIONS[str(kind)]] += 1
            for key in list(holder.keys()):
                del holder[key]
            continue
        for key in PARTS.keys() & set(holder.keys()):
            found[PARTS[key]] += 1
            del holder[key]
    return found


def signature_remarks(source: Path, pdf: pikepdf.Pdf) -> list[str]:
    """Whether electronic signatures still fit the file. Says nothing of who holds the certificate."""
    if not any(isinstance(thing, Dictionary) and "/ByteRange" in thing for thing in pdf.objects):
        return []
    import logging

    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    logging.disable(logging.CRITICAL)  # it prints a traceback for each suspicious edit
    with source.open("rb") as file:
        try:
            signatures = PdfFileReader(file, strict=False).embedded_regular_signatures
            context = ValidationContext(allow_fetching=False)
            states = [validate_pdf_signature(signature, context) for signature in signatures]
        except Exception as error:  # noqa: BLE001 (a broken signature breaks in many ways)
            return [f"It carries an electronic signature that could not be checked ({type(error).__name__})."]
    if not states:
        return []
    if all(state.intact and state.docmdp_ok for state in states):
        return [
            "It carries an electronic signature that fits the file. Who holds the certificate is unverified."
        ]
    return ["It was changed after it was signed electronically: the signature no longer fits the file."]


if __name__ == "__main__":
    try:
        answer = inspect(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
    except Refused as refusal:
        answer = {"refused": str(refusal)}
    except (MemoryError, RecursionError):
        answer = {"refused": BOMB}
    sys.stdout.write(json.dumps(answer))
