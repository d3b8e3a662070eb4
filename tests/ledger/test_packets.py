"""Packets, history and destruction."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pypdfium2
import pytest
from django.core.exceptions import ValidationError

from ledger import history, packets
from ledger.documents import open_document, receive_document
from ledger.entries import Conflict, record
from ledger.models import Case, Document, Entry, HeldCase, Job
from ledger.purge import purge
from mail import outbox
from mail.models import Delivery, Message
from tests.factories import DistrictFactory, make_case, member
from tests.ledger import files

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(settings, tmp_path):
    storage = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path / "kept")},
    }
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    return make_case(DistrictFactory())


@pytest.fixture
def pat(case):
    return member(case.district)


def text_of(document: Document) -> str:
    with open_document(document) as file:
        made = pypdfium2.PdfDocument(file.read())
    return " ".join("".join(page.get_textpage().get_text_range() for page in made).split())


def test_a_packet_has_the_hash_of_every_file_and_every_act(case, pat):
    received = receive_document(case=case, kind="contract", upload=files.upload(files.pdf()), by=pat)
    record("contract-executed", by=pat, case=case, reason="As agreed", executed_on="2026-03-02")
    made = packets.packet(case=case, by=pat)
    words = text_of(made).replace(" ", "")
    assert received.sha256 in words
    assert "Asagreed" in words
    entry = Entry.objects.get(act="packet-made")
    assert entry.facts["sha256"] == made.sha256
    assert hashlib.sha256(Path(made.file.path).read_bytes()).hexdigest() == made.sha256


def test_a_room_adds_its_part_without_the_ledger_knowing_it(case, pat, monkeypatch):
    monkeypatch.setattr(packets, "PARTS", dict(packets.PARTS))

    @packets.packet_section(order=20)
    def findings(of):
        yield packets.Section(
            "Findings", paragraphs=["Confirmed by <b>Pat</b>"], columns=("a",), rows=[("CT-6",)]
        )

    words = text_of(packets.packet(case=case, by=pat))
    assert "Findings Confirmed by <b>Pat</b> a CT-6" in words


def test_a_packet_tells_of_related_cases_that_the_person_may_see(case, pat):
    seen = make_case(case.district, title="The breach of March")
    hidden = make_case(case.district, title="The restricted one")
    Case.objects.filter(pk=hidden.pk).update(restricted=True)
    case.related.add(seen, hidden)
    words = text_of(packets.packet(case=case, by=pat))
    assert "The breach of March" in words
    assert "The restricted one" not in words


def test_nobody_makes_a_packet_of_a_case_they_may_not_see(case):
    with pytest.raises(ValidationError):
        packets.packet(case=case, by=member(DistrictFactory()))


def test_history_is_a_sentence(case, pat, monkeypatch):
    monkeypatch.setattr(history, "SENTENCES", dict(history.SENTENCES))
    history.add_sentences({"tested": "{by} signed on {executed_on}; {by.email} {__class__} stays."})
    record("tested", by=pat, case=case, executed_on="2026-03-02")
    record("never-described", by=None, case=case)
    first, second = history.history_of(case)
    assert first.words == f"{pat.name} signed on 2026-03-02; {{by.email}} … stays."
    assert second.words == "The portal: never described."


def test_destruction_leaves_the_entries_and_nothing_else(
    case, pat, tmp_path, django_capture_on_commit_callbacks
):
    receive_document(case=case, kind="contract", upload=files.upload(files.pdf_with_active_content()), by=pat)
    Job.objects.create(district=case.district, case=case, kind="read", asked_at=case.opened_at)
    outbox.send(
        kind="alert", district=case.district, case=case, by=pat,
        texts=[outbox.Text("en", "s", "p")], recipients=[outbox.Recipient("user:1", "", "a@x.example")],
    )  # fmt: skip
    pk = case.pk
    with django_capture_on_commit_callbacks(execute=True):
        purge(case=case, by=pat, reason="Retention: six years are over")
    for model in (Case, Document, Job, Message, Delivery):
        assert not model.objects.exists()
    assert not [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]
    assert Entry.objects.filter(case_id=pk).count() == 2
    assert Entry.objects.get(act="case-purged").reason == "Retention: six years are over"


def test_what_is_held_is_not_destroyed(case, pat):
    hold = make_case(case.district, kind="hold", title="A hold")
    HeldCase.objects.create(case=case, hold=hold, since=case.opened_at)
    with pytest.raises(Conflict, match="litigation hold"):
        purge(case=case, by=pat, reason="Retention")
    assert Case.objects.filter(pk=case.pk).exists()
