"""Files made for the tests: PDFs laid out by WeasyPrint, turned, hidden, locked and signed; Word files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
from weasyprint import HTML

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
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Fathom Software Signer")])
    now = datetime(2026, 1, 5, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(
            x509.KeyUsage(True, True, False, False, False, False, False, False, False), critical=True
        )
        .sign(key, hashes.SHA256())
    )
    key_file, certificate_file = target.with_suffix(".key"), target.with_suffix(".crt")
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    signer = signers.SimpleSigner.load(str(key_file), str(certificate_file))
    with source.open("rb") as read, target.open("wb") as write:
        signers.sign_pdf(
            IncrementalPdfFileWriter(read),
            signers.PdfSignatureMetadata(field_name="Signature1"),
            signer=signer,
            output=write,
        )
    return target
