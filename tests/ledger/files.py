"""Files made to be refused or stripped, built byte by byte so that no library tidies them."""

from __future__ import annotations

import io
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pikepdf
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from django.core.files.base import ContentFile
from pikepdf import Array, Dictionary, Name, Stream, String
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers


def upload(content: bytes, name: str = "agreement.pdf") -> ContentFile:
    return ContentFile(content, name=name)


def pdf(pages: int = 1, **save) -> bytes:
    made = pikepdf.new()
    for _ in range(pages):
        made.add_blank_page()
    out = io.BytesIO()
    made.save(out, **save)
    return out.getvalue()


def pdf_with_password() -> bytes:
    return pdf(encryption=pikepdf.Encryption(owner="owner-word", user="user-word"))


def pdf_bomb(levels: int = 2) -> bytes:
    """A PDF of some kilobytes with a stream that unpacks to 1 GiB."""
    packer = zlib.compressobj(9)
    first = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = first + again * 1023 + packer.flush()
    for _ in range(levels - 1):
        packed = zlib.compress(packed, 9)
    made = pikepdf.new()
    made.add_blank_page()
    bomb = Stream(made, b"")
    bomb.write(packed, filter=Array([Name.FlateDecode] * levels))
    made.pages[0].Contents = made.make_indirect(bomb)
    out = io.BytesIO()
    made.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    return out.getvalue()


def pdf_with_active_content() -> bytes:
    made = pikepdf.new()
    made.add_blank_page()
    made.add_blank_page()
    script = Dictionary(S=Name.JavaScript, JS=String("app.alert('hello')"))
    made.Root.OpenAction = made.make_indirect(script)
    made.Root.AcroForm = Dictionary(Fields=Array([]), XFA=Stream(made, b"<xdp/>"))
    made.attachments["run.exe"] = b"MZ not really"

    def link(action):
        return Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=action)

    made.pages[0].Annots = Array(
        [
            link(Dictionary(S=Name.Launch, F=String("cmd.exe"))),
            link(Dictionary(S=Name.URI, URI=String("http://example.com/"))),
            link(Dictionary(S=Name.GoToR, F=String("\\\\server\\share\\x.pdf"))),
            link(Dictionary(S=Name.GoTo, D=Array([made.pages[1].obj, Name.Fit]))),
        ]
    )
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def pdf_with_looping_pages() -> bytes:
    """A page tree that contains itself, with a cross-reference table that leads back to its own start."""
    return (
        b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
        b"2 0 obj\n<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>\nendobj\n"
        b"xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000056 00000 n \n"
        b"trailer\n<</Size 3/Root 1 0 R/Prev 115>>\nstartxref\n115\n%%EOF\n"
    )


def docx(extra: dict[str, bytes] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document/>")
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return out.getvalue()


def signed_pdf() -> bytes:
    """A PDF signed with a certificate of its own."""
    return signed(pdf(object_stream_mode=pikepdf.ObjectStreamMode.disable), by="A vendor")


def signed(content: bytes, *, by: str) -> bytes:
    """The PDF with a self-made certificate's signature over it."""
    out = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    meta = signers.PdfSignatureMetadata(field_name="Vendor")
    # The signer runs an event loop of its own, and a browser test leaves one running in this thread.
    with ThreadPoolExecutor(max_workers=1) as aside:
        aside.submit(signers.sign_pdf, writer, meta, signer=own_signer(by), output=out).result()
    return out.getvalue()


def own_signer(by: str) -> signers.SimpleSigner:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, by)])
    day = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, day, day + timedelta(days=3650))
    certificate = builder.sign(key, hashes.SHA256())
    bundle = pkcs12.serialize_key_and_certificates(
        b"vendor", key, certificate, None, serialization.BestAvailableEncryption(b"word")
    )
    return signers.SimpleSigner.load_pkcs12_data(bundle, other_certs=[], passphrase=b"word")


def changed_after_signing(signed: bytes) -> bytes:
    """The page made wider by an update appended after the signature."""
    writer = IncrementalPdfFileWriter(io.BytesIO(signed))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/MediaBox"] = generic.ArrayObject([generic.NumberObject(n) for n in (0, 0, 900, 792)])
    writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
