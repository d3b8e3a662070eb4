"""Stored pages, and those among them that are pictures: each is read by a task of its own, and kept.

A page waits while its `words` are null; when none waits, the paper is read over the words that are kept. So a
worker that dies loses the one page it had, and no length of a scan is too long for one task. No page is read
twice at once: its job is held under a lease, and of two readings of one contract the later one waits.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from functools import partial
from typing import Any, Final, NoReturn

from django.db import transaction
from django.utils.translation import gettext as _

from contracts import reading
from contracts.models import Instrument, Page
from contracts.paper import local_copy
from ledger.jobs import MOST_ATTEMPTS, Postponed, StepDone, renew_lease, report_progress
from ledger.models import Document, Job, JobStatus

log = logging.getLogger(__name__)

SCAN: Final = "ocr"


def read_next_scan(job: Job, papers: Iterable[Instrument]) -> None:
    """Read the first scanned page of these papers that waits, if one does.

    Effects: its Page row, the job's progress. Raises StepDone when it has read one; Postponed while another
    job reads this contract's pages; Unreadable when reading was stopped for its time and may be tried again.
    """
    documents = [paper.document_id for paper in papers]
    waiting = Page.objects.filter(document__in=documents, source=SCAN, words__isnull=True)
    row = waiting.select_related("document").first()
    if row is None:
        return
    wait_for_earlier(job)
    done, total = _progress(row.document)
    report_reading(job, done=done, total=total)
    _keep_words(row, _read_scan(row, job))
    report_progress(job, done=done + 1, total=total, step=job.step)
    raise StepDone


def keep_unscanned(job: Job, document: Document, found: reading.Unscanned) -> NoReturn:
    """Keep the pages of a file whose scanned ones are still to be read, and say how many those are.

    Effects: Page rows, the job's progress. Raises StepDone; Postponed as above.
    """
    wait_for_earlier(job)
    keep_pages(document, found.pages, waiting=found.numbers)
    done, total = _progress(document)
    report_reading(job, done=done, total=total)
    raise StepDone


def keep_pages(document: Document, pages: Iterable[reading.Page], *, waiting: Collection[int] = ()) -> None:
    """Put these pages in the place of what is stored of the file; those `waiting` are yet to be read."""
    with transaction.atomic():
        Page.objects.filter(document=document).delete()
        Page.objects.bulk_create(
            Page(
                district_id=document.district_id,
                case_id=document.case_id,
                document=document,
                number=page.number,
                width=page.width,
                height=page.height,
                source=SCAN if page.number in waiting else page.source,
                text="" if page.number in waiting else page.text.replace("\0", ""),
                words=None if page.number in waiting else _words(page),
            )
            for page in pages
        )


def kept_scans(document: Document) -> list[reading.Page]:
    """The scanned pages of the file that have been read, as the reader gave them."""
    rows = Page.objects.filter(document=document, source=SCAN, words__isnull=False)
    return [
        reading.Page(
            row.number, row.width, row.height, row.text, SCAN, (), tuple(map(_word, row.words or ()))
        )
        for row in rows
    ]


def forget_scans(document: Document) -> None:
    """Let the scanned pages of the file wait again: when it is asked next time, they are read anew."""
    Page.objects.filter(document=document, source=SCAN).update(words=None)


def wait_for_earlier(job: Job) -> None:
    """Raise Postponed while an earlier job reads this contract, and tell how far that one is."""
    others = Job.objects.filter(case=job.case_id, kind=job.kind, pk__lt=job.pk)
    first = others.filter(status__in=(JobStatus.WAITING, JobStatus.WORKING)).first()
    if first is not None:
        report_progress(job, done=first.done, total=first.total, step=first.step)
        raise Postponed("An earlier job reads the pages of this contract.")


def report_reading(job: Job, *, done: int, total: int) -> None:
    """Tell which page of the scan is being read now."""
    step = _("Reading page %(done)s of %(total)s") % {"done": done + 1, "total": total}
    report_progress(job, done=done, total=total, step=step)


def _progress(document: Document) -> tuple[int, int]:
    scans = Page.objects.filter(document=document, source=SCAN)
    return scans.filter(words__isnull=False).count(), scans.count()


def _read_scan(row: Page, job: Job) -> reading.Page:
    """The page with its words; without any when it defeats the reader, so that the others are read still.

    Time alone may have been the machine's fault: then it is tried again, as often as any work.
    """
    with local_copy(row.document) as path:
        try:
            return reading.read_scan(path, row.number, on_wait=partial(renew_lease, job))
        except reading.Unreadable as refused:
            if refused.code == "too_slow" and job.attempts < MOST_ATTEMPTS:
                raise
            log.warning(
                "Page %s of document %s was given up: %s", row.number, row.document.uuid, refused.code
            )
            return reading.Page(row.number, row.width, row.height, "", SCAN)


def _keep_words(row: Page, page: reading.Page) -> None:
    still = Page.objects.filter(pk=row.pk, words__isnull=True)
    still.update(text=page.text.replace("\0", ""), words=_words(page))


def _words(page: reading.Page) -> list[list[float]] | None:
    if page.source != SCAN:
        return None
    return [[w.start, w.end, w.box.x, w.box.y, w.box.w, w.box.h, w.confidence] for w in page.words]


def _word(stored: list[Any]) -> reading.Word:
    start, end, x, y, w, h, confidence = stored
    return reading.Word(start, end, reading.Box(x, y, w, h), confidence)
