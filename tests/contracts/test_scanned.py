"""Scanned contracts: a page a task, what is read is kept, and the verdicts are those of one piece."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pikepdf
import pytest
from django.urls import reverse

from contracts import reading
from contracts.models import Page
from contracts.reading import scans
from contracts.scanned import keep_pages, kept_scans
from ledger import jobs
from ledger.clock import engine_now
from ledger.models import Job, JobStatus
from policy.packs import load
from tests.contracts.making import CT, with_paper
from tests.contracts.papers import CLAUSES, amendment_pdf, scan_of, small_pdf

pytestmark = pytest.mark.django_db
SLOW = "Reading this file took too long"


def text_and_pictures(pictures: int) -> bytes:
    """A page of words, then pages that are pictures."""
    with pikepdf.open(io.BytesIO(amendment_pdf("severability"))) as made:
        with pikepdf.open(io.BytesIO(scan_of(amendment_pdf("law"), dots=20))) as scan:
            for _ in range(pictures):
                made.pages.append(scan.pages[0])
        file = io.BytesIO()
        made.save(file)
    return file.getvalue()


def the_job():
    return Job.objects.get(kind="reading")


def lease_over():
    Job.objects.update(lease_until=engine_now() - timedelta(seconds=1))


def turn():
    """One task of a worker."""
    job = the_job()
    Job.objects.update(lease_until=None)
    assert jobs.run_job(job.pk, job.district_id)
    job.refresh_from_db()
    return job


def read_by_an_earlier_worker(row, text):
    words = [
        reading.Word(m.start(), m.end(), reading.Box(20.25, 30.5, 40.75, 9.0), 0.991)
        for m in re.finditer(r"\S+", text)
    ]
    page = reading.Page(row.number, row.width, row.height, text, "ocr", (), tuple(words))
    row.text, row.words = text, [[w.start, w.end, 20.25, 30.5, 40.75, 9.0, 0.991] for w in words]
    row.save()
    return page


def test_a_page_that_defeats_the_reader_costs_neither_the_pages_before_it_nor_the_rest(
    contract, custodian, monkeypatch
):
    paper = with_paper(contract, custodian, text_and_pictures(2))
    job = turn()
    assert (job.status, job.attempts, job.done, job.total) == (JobStatus.WAITING, 0, 0, 2)
    assert job.step == "Reading page 1 of 2"
    assert list(Page.objects.values_list("number", "source", "words")) == [
        (1, "text", None),
        (2, "ocr", None),
        (3, "ocr", None),
    ]
    law = CLAUSES["law"][1].format(law="Connecticut")
    page = read_by_an_earlier_worker(Page.objects.get(number=2), law)
    jobs.take_job(job.pk)  # and this worker is killed
    lease_over()
    monkeypatch.setattr(scans, "SECONDS", 0.01)  # nothing can be read in this time
    job = turn()
    assert (job.status, job.attempts, job.done, job.step) == (JobStatus.WAITING, 2, 1, "Reading page 2 of 2")
    assert SLOW in job.error
    job = turn()
    assert (job.status, job.attempts, job.done, job.error) == (JobStatus.WAITING, 0, 2, "")
    assert Page.objects.get(number=3).words == []
    job = turn()
    assert (job.status, job.attempts) == (JobStatus.DONE, 1)
    paper.refresh_from_db()
    assert paper.flags == [
        "Some pages are pictures; their words were read from the scan.",
        "No words were found on these pages: 3. See for yourself whether they are empty.",
    ]
    found = contract.findings.get(requirement="ct-09")
    assert (found.verdict, found.quotes[0]["page"]) == ("met", 2)
    assert found.quotes[0]["boxes"] == [[20.25, 30.5, 40.75, 9.0]]
    assert contract.findings.get(requirement="ct-10").verdict == "met"
    assert kept_scans(paper.document)[0] == page  # the next reading of this contract reads no picture again


def test_a_file_in_which_nothing_could_be_read_says_so_and_is_read_anew_when_it_is_asked_again(
    contract, custodian
):
    paper = with_paper(contract, custodian, scan_of(amendment_pdf("law"), dots=20))
    keep_pages(paper.document, [reading.Page(1, 612.0, 792.0, "", "ocr")])
    job = turn()
    assert (job.status, job.error) == (
        JobStatus.FAILED,
        "No words could be read in this file. Please send a clearer copy.",
    )
    assert Page.objects.get().words is None


def test_of_two_readings_of_a_contract_the_later_one_waits_and_shows_how_far_the_first_is(
    contract, custodian, client
):
    paper = with_paper(contract, custodian, scan_of(amendment_pdf("law"), dots=20))
    keep_pages(paper.document, [reading.Page(1, 612.0, 792.0, "", "ocr")], waiting={1})
    Job.objects.update(done=0, total=1, step="Reading page 1 of 1")
    jobs.take_job(the_job().pk)
    other = with_paper(contract, custodian, amendment_pdf("severability"), kind="amendment")
    later = Job.objects.get(document=other.document)
    assert jobs.run_job(later.pk, later.district_id)
    later.refresh_from_db()
    assert (later.status, later.attempts, later.step) == (JobStatus.WAITING, 0, "Reading page 1 of 1")
    assert not jobs.run_job(later.pk, later.district_id)
    assert Page.objects.get().words is None
    client.force_login(custodian)
    where = [contract.district.slug, contract.case.number]
    shown = client.get(reverse("contract:reading_progress", args=where)).content.decode()
    assert "Reading page 1 of 1" in shown
    assert 'hx-trigger="load' in shown  # the page goes on asking between two tasks


@pytest.mark.long  # two pages are really read, twice
def test_a_scan_read_page_by_page_says_what_reading_in_one_piece_says(contract, custodian, tmp_path):
    content = scan_of(small_pdf(("ownership", "law"), ("purpose", "severability")))
    whole = tmp_path / "scan.pdf"
    whole.write_bytes(content)
    paper = with_paper(contract, custodian, content)
    assert turn().step == "Reading page 1 of 2"
    job = turn()
    assert (job.status, job.done) == (JobStatus.WAITING, 1)
    assert list(Page.objects.filter(words__isnull=True).values_list("number", flat=True)) == [2]
    jobs.take_job(job.pk)  # a worker is killed over page 2
    lease_over()
    assert (turn().done, turn().status) == (2, JobStatus.DONE)

    packs = [load(CT)]
    at_once = reading.read(whole, packs=packs)
    assert tuple(kept_scans(paper.document)) == at_once.pages
    with_kept = reading.read(whole, packs=packs, scanned=kept_scans(paper.document))
    assert with_kept == at_once
    stored = contract.findings.order_by("position").values_list("requirement", "verdict", "sure", "why")
    assert list(stored) == [(f.requirement, f.verdict, f.sure, f.why) for f in at_once.findings]
    assert {"ct-01", "ct-03", "ct-10"} <= {f.requirement for f in at_once.findings if f.verdict == "met"}
