"""The pages a public copy is made from: a PDF's own, or pages on which the portal sets a Word file's words.

That a contract was kept as a Word or text file must not keep its copy from being posted (CT policy 3520.13,
posting of notice and contract). Pictures in such a file are not on the set pages, and the pages say so.
"""

from __future__ import annotations

from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from contracts.models import Instrument, Page
from contracts.paper import local_copy
from contracts.reading import Unscanned, read
from contracts.roles import require_editor
from contracts.scanned import keep_pages
from ledger.documents import keep_made
from ledger.entries import record
from ledger.models import Document
from ledger.pdf import render_pdf
from parties.models import User

PRINTED: Final = "printed"
PDF: Final = "application/pdf"


def file_of(paper: Instrument) -> Document:
    """The paper's file. Raises ValidationError when it has none."""
    if paper.document is None:
        raise ValidationError(_("Add the file of the contract first."))
    return paper.document


def printed_pages(paper: Instrument) -> Document | None:
    """The PDF that the public copy is made from; None while a Word or text file has no pages yet."""
    document = file_of(paper)
    if document.content_type == PDF:
        return document
    return document.copies.filter(kind=PRINTED).first()


def print_paper(paper: Instrument, *, by: User) -> Document:
    """Set the words of a Word or text file on pages, once; a PDF is itself the answer.

    Effects: Document of kind `printed` made from the paper's, its Page rows, Entry. Raises ValidationError
    while the file has not been read, PermissionDenied.
    """
    require_editor(by, paper.district)
    if (there := printed_pages(paper)) is not None:
        return there
    document = file_of(paper)
    words = [page.text for page in Page.objects.filter(document=document)]
    if not words:
        raise ValidationError(_("This file has not been read yet. Wait until it is, then try again."))
    contract = paper.contract
    context = {
        "title": f"{contract.product}, {contract.vendor}",
        "source": document,
        "lines": "\n".join(words).splitlines(),
    }
    content = render_pdf("contracts/printed.html", context)
    with transaction.atomic():
        Instrument.objects.select_for_update().get(pk=paper.pk)
        if (there := printed_pages(paper)) is not None:
            return there
        name = f"{document.name.rpartition('.')[0]}.pdf"
        printed = keep_made(
            case=contract.case, kind=PRINTED, name=name, content=content, by=by, made_from=document
        )
        _keep_pages(printed)
        record("paper-printed", by=by, case=contract.case, sha256=printed.sha256, source=document.sha256)
    return printed


def _keep_pages(printed: Document) -> None:
    with local_copy(printed) as path:
        try:
            pages = read(path, packs=[], scanned=()).pages
        except Unscanned as found:  # a page with a word or two, which we set ourselves, is no picture
            pages = found.pages
    keep_pages(printed, pages)
