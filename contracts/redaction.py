"""The public copy of a contract: what is hidden, on which legal ground, and a copy that truly lacks it.

Domain 1f.5: the original and the copy are both kept and hashed, execution signatures stay, a person confirms
the copy before it is posted; the text version is read from the copy's own bytes.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from contracts import blackout
from contracts.models import Ground, Instrument, InstrumentKind, Page, RedactionBox
from contracts.paper import local_copy
from contracts.printing import PRINTED, file_of, print_paper, printed_pages
from contracts.reading import Box, find_boxes
from contracts.roles import require_editor
from ledger import limits
from ledger.clock import engine_now
from ledger.documents import keep_made, shown_name
from ledger.entries import Conflict, record
from ledger.models import Case, Document
from notices.copies import REDACTED, Paper, lock_sources, papers_posted, withhold_copies
from parties.models import User

DRAFT: Final = "redacted-draft"
CONFIRMED: Final = REDACTED
OVERTAKEN: Final = "redacted-before"
MEGABYTES, SECONDS = 1024, 120


def mark_words(
    paper: Instrument,
    *,
    page: int,
    text: str,
    ground: str,
    by: User,
    remark: str = "",
    everywhere: bool = False,
) -> list[RedactionBox]:
    """Hide these words each time they stand on this page, or with `everywhere` on any page.

    Effects: as `mark_box`, all or none. Raises ValidationError when they do not stand there, or when they
    stand in a scan, whose words have no place of their own.
    """
    document = print_paper(paper, by=by)
    words = " ".join(text.split())
    if not words:
        raise ValidationError({"text": _("Choose or type the words to hide.")})
    stored = {each.number: each for each in Page.objects.filter(document=document).defer("words")}
    if page not in stored:
        raise ValidationError({"page": _("The contract has no page %(page)s.") % {"page": page}})
    squeezed = "".join(words.split())
    there = [n for n, each in stored.items() if squeezed in "".join(each.text.split())]
    numbers = there if everywhere else [page]
    if page not in there:
        raise ValidationError({"text": _("These words are not on page %(page)s.") % {"page": page}})
    found = {number: _places(document, number, words) for number in numbers}
    if scans := [str(number) for number in numbers if not found[number]]:
        pages = ", ".join(scans)
        raise ValidationError(
            {"text": _("Page %(pages)s is a scan. Mark the place on its picture instead.") % {"pages": pages}}
        )
    with transaction.atomic():
        return [
            mark_box(paper, page=number, x=b.x, y=b.y, w=b.w, h=b.h, ground=ground, remark=remark, by=by)
            for number, boxes in found.items()
            for b in boxes
        ]


def mark_box(
    paper: Instrument,
    *,
    page: int,
    x: float,
    y: float,
    w: float,
    h: float,
    ground: str,
    by: User,
    remark: str = "",
) -> RedactionBox:
    """Hide a rectangle (PDF points, top left). Effects: RedactionBox, Entry; earlier copies are out of date.

    A confirmed copy is posted no more, for it shows what is now hidden: it is kept, as `redacted-before`.
    Where it was posted, the public gets it no more from this moment, and posting is owed anew
    (notices/copies.py).
    Raises ValidationError when it lies off the page or has no legal ground; PermissionDenied.
    """
    document = print_paper(paper, by=by)
    stored = Page.objects.filter(document=document, number=page).first()
    wrong = {}
    if stored is None:
        wrong["page"] = _("The contract has no page %(page)s.") % {"page": page}
    elif not (w > 0 and h > 0 and 0 <= x < stored.width and 0 <= y < stored.height):
        wrong["width"] = _("The box does not lie on the page.")
    if ground not in Ground.values:
        wrong["ground"] = _("Choose the legal ground.")
    if wrong:
        raise ValidationError(wrong)
    with transaction.atomic():
        lock_sources([document.pk])
        box = RedactionBox.objects.create(
            district=paper.district,
            case=paper.contract.case,
            document=document,
            page=page,
            x=x,
            y=y,
            w=w,
            h=h,
            ground=ground,
            remark=remark.strip()[:200],
            marked_by=by,
            marked_at=engine_now(),
        )
        _take_copies_back(document, by=by)
        record("redaction-marked", by=by, case=paper.contract.case, page=page, ground=ground, box=box.pk)
    return box


def unmark_box(box: RedactionBox, *, by: User) -> None:
    """Show it again. Effects: the box goes, Entry."""
    require_editor(by, box.district)
    with transaction.atomic():
        lock_sources([box.document_id])
        record("redaction-unmarked", by=by, case=box.case, page=box.page, ground=box.ground, box=box.pk)
        box.delete()


def make_public_copy(paper: Instrument, *, by: User) -> Document:
    """Make the copy that the public would get, for a person to look at. Not posted until confirmed.

    Effects: Document of kind `redacted-draft` made from the paper's, Entry. Raises ValidationError when the
    copy cannot be made.
    """
    document = print_paper(paper, by=by)
    contract = paper.contract
    boxes = list(RedactionBox.objects.filter(document=document))
    content = _without(document, boxes, title=f"{contract.product}, {contract.vendor}")
    with transaction.atomic():
        lock_sources([document.pk])
        case = contract.case
        case.documents.filter(kind=DRAFT, made_from=document).delete()
        copy = keep_made(
            case=case,
            kind=DRAFT,
            name=shown_name(f"{name_of(paper)}.pdf"),
            content=content,
            by=by,
            made_from=document,
        )
        hidden = RedactionBox.objects.filter(pk__in=[box.pk for box in boxes])
        copy.hides.set(hidden)
        record(
            "public-copy-made", by=by, case=case, sha256=copy.sha256, source=document.sha256, boxes=len(boxes)
        )
    return copy


def confirm_public_copy(copy: Document, *, by: User) -> Document:
    """A person has looked at the copy: this is what may be posted. Effects: its kind, Entry.

    Raises Conflict when a box is marked that it does not hide, or the paper has another file by now.
    """
    require_editor(by, copy.district)
    with transaction.atomic():
        source = copy.made_from
        assert source is not None
        lock_sources([source.pk])
        locked = Document.objects.select_for_update().filter(pk=copy.pk).first()
        if locked is None or not _is_still_held(source):
            raise Conflict(_("This copy was replaced. Make the copy again."))
        if locked.kind != DRAFT:
            raise Conflict(_("This copy is already confirmed."))
        if RedactionBox.objects.filter(document=source).exclude(hidden_in=locked).exists():
            raise Conflict(_("More was hidden after this copy was made. Make the copy again."))
        locked.kind = CONFIRMED
        locked.save()
        record("public-copy-confirmed", by=by, case=locked.case, sha256=locked.sha256)
    copy.kind = CONFIRMED
    return locked


def public_copy(paper: Instrument) -> Document | None:
    """The newest confirmed copy of the paper; it may be posted once the paper is executed."""
    source = printed_pages(paper) if paper.document else None
    return source.copies.filter(kind=CONFIRMED).first() if source else None


def draft_copy(paper: Instrument) -> Document | None:
    """The copy of the paper that waits to be looked at."""
    source = printed_pages(paper) if paper.document else None
    return source.copies.filter(kind=DRAFT).first() if source else None


def overtake_copies(replaced: Document, *, by: User) -> None:
    """The paper has another file now: copies of this one are posted no more, and shown no more."""
    for source in (replaced, *replaced.copies.filter(kind=PRINTED)):
        lock_sources([source.pk])
        _take_copies_back(source, by=by)


def name_of(paper: Instrument) -> str:
    """The paper as the public reads of it."""
    product = paper.contract.product
    return product if paper.kind == InstrumentKind.ORIGINAL else f"{product} ({paper.get_kind_display()})"


@papers_posted("contract")
def executed_papers(case: Case) -> Iterator[Paper]:
    """What binds both sides now, amendments and all: one public copy of each is posted (L-6)."""
    bound = Instrument.objects.with_a_copy().filter(contract=case.pk).exclude(executed_on=None)
    for paper in bound.in_force_order().select_related("document", "contract"):
        yield Paper(name_of(paper), printed_pages(paper) or file_of(paper))


def _take_copies_back(source: Document, *, by: User) -> None:
    """The caller holds the source's lock."""
    source.copies.filter(kind=CONFIRMED).update(kind=OVERTAKEN)
    shown = list(source.copies.filter(kind=OVERTAKEN).values_list("sha256", flat=True))
    withhold_copies(source.case, copies=shown, by=by)


def _is_still_held(source: Document) -> bool:
    """Whether a paper of the contract has this file, or the one that it was printed from."""
    files = [pk for pk in (source.pk, source.made_from_id) if pk is not None]
    return Instrument.objects.filter(document__in=files).exists()


def _places(document: Document, page: int, words: str) -> tuple[Box, ...]:
    with local_copy(document) as path:
        return find_boxes(path, page, words)


def _without(document: Document, boxes: list[RedactionBox], *, title: str) -> bytes:
    marked: dict[int, list[list[float]]] = {}
    for box in boxes:
        marked.setdefault(box.page, []).append([box.x, box.y, box.w, box.h])
    words = json.dumps({"boxes": marked, "title": title, "language": "en"}).encode()
    with tempfile.TemporaryDirectory() as folder, local_copy(document) as source:
        target = Path(folder) / "copy.pdf"
        try:
            limits.run_limited(
                Path(blackout.__file__),
                str(source),
                str(target),
                words=words,
                megabytes=MEGABYTES,
                seconds=SECONDS,
            )
        except limits.OverLimit as error:
            raise ValidationError(_("The copy could not be made from this file. Ask for help.")) from error
        return target.read_bytes()
