"""Files made for the tests: PDFs laid out by WeasyPrint, turned, hidden, locked and signed; Word files."""

from __future__ import annotations

from pathlib import Path

import pikepdf
from weasyprint import HTML

from tests.ledger import files

STYLE = "@page {size: letter; margin: 2cm} body {font: 11pt serif} .two {columns: 2; column-gap: 1cm}"


def pdf(path: Path, body: str) -> Path:
    HTML(string=f"<style>{STYLE}</style>{body}").write_pdf(path)
    return path


def paragraphs(text: str) -> str:
    return "".join(f"<p>{p}</p>" for p in text.split("\n\n") if p.strip())


def turned(source: Path, target: Path, degrees: int) -> Path:
    with pikepdf.open(source) as document:
        for page in document.pages:
            page.rotate(degrees, relative=True)
        document.save(target)
    return target


def locked(source: Path, target: Path) -> Path:
    with pikepdf.open(source) as document:
        document.save(target, encryption=pikepdf.Encryption(owner="owner", user="user", R=6))
    return target


def altered(source: Path, target: Path) -> Path:
    """The signed file with a further revision after the signature."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    with source.open("rb") as read, target.open("wb") as write:
        writer = IncrementalPdfFileWriter(read)
        page = writer.root["/Pages"]["/Kids"][0]
        page["/Rotate"] = generic.NumberObject(90)
        writer.update_container(page)
        writer.write(write)
    return target


def signed(source: Path, target: Path) -> Path:
    """The PDF with a self-made certificate's signature over it."""
    target.write_bytes(files.signed(source.read_bytes(), by="Fathom Software Signer"))
    return target
