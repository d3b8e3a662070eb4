"""Digital signatures in a PDF: who signed, whether the signed words are intact, whether something came after."""

from __future__ import annotations

import logging
from pathlib import Path

from .model import Signature


def find(path: Path) -> tuple[Signature, ...]:
    """Every cryptographic signature, checked without a network; an image of a signature is none."""
    with path.open("rb") as file:
        if b"/ByteRange" not in file.read():
            return ()
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
    found = []
    with path.open("rb") as file:
        try:
            reader = PdfFileReader(file, strict=False)
            embedded = list(reader.embedded_regular_signatures)
        except Exception:  # noqa: BLE001 - a malformed signature is simply not one
            return ()
        for signature in embedded:
            context = ValidationContext(allow_fetching=False, revocation_mode="soft-fail")
            try:
                status = validate_pdf_signature(signature, signer_validation_context=context)
            except Exception:  # noqa: BLE001 - shown as broken, never hidden
                found.append(Signature(signer_of(signature), when(signature), False, False, True))
                continue
            whole = getattr(status.coverage, "name", "") == "ENTIRE_FILE"
            intact = bool(status.intact and status.valid)
            level = (
                getattr(status.modification_level, "name", "")
                if status.modification_level is not None
                else ""
            )
            altered = not intact or (not whole and level not in ("NONE", "LTA_UPDATES", "FORM_FILLING"))
            found.append(
                Signature(signer_of(signature), when(signature), intact, bool(status.trusted), altered)
            )
    return tuple(found)


def signer_of(signature: object) -> str:
    certificate = getattr(signature, "signer_cert", None)
    if certificate is None:
        return ""
    names = certificate.subject.native
    return str(
        names.get("common_name") or names.get("organization_name") or certificate.subject.human_friendly
    )


def when(signature: object) -> str:
    moment = getattr(signature, "self_reported_timestamp", None)
    return moment.isoformat() if moment is not None else ""
