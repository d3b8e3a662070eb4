"""Provider reports, the mail command, and what a packet says of messages."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest
from django.core.management import CommandError, call_command
from django.urls import clear_url_caches, include, path

from ledger.models import Entry
from ledger.packets import sections_of
from mail import outbox, webhooks
from mail.models import Delivery, DeliveryEvent
from tests.factories import DistrictFactory, make_case
from tests.mail.letters_out import family, notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def hooks(settings):
    """The portal's addresses with the provider's reports switched on."""
    settings.ANYMAIL = {"WEBHOOK_SECRET": "post:man"}

    class Addresses:
        urlpatterns = [path("webhooks/", include(webhooks.urls()))]

    settings.ROOT_URLCONF = Addresses
    clear_url_caches()
    yield
    clear_url_caches()


def bounce_report(header: str, serial: int = 7) -> str:
    return json.dumps(
        {"RecordType": "Bounce", "Type": "HardBounce", "ID": serial, "MessageID": header.strip("<>"),
         "Email": "family1@homes.example", "BouncedAt": "2026-03-02T10:00:00Z"}
    )  # fmt: skip


def call(client, body: str, secret: str = "post:man"):
    return client.post(
        "/webhooks/postmark/tracking/", body, content_type="application/json",
        headers={"Authorization": "Basic " + b64encode(secret.encode()).decode()},
    )  # fmt: skip


def test_a_report_is_kept_once_and_only_from_who_knows_the_secret(client, hooks):  # F32
    notice(DistrictFactory(), [family(1)])
    body = bounce_report(Delivery.objects.get().header_id)
    assert call(client, body, "wrong:secret").status_code == 400
    assert DeliveryEvent.objects.count() == 0
    assert call(client, body).status_code == 200
    assert call(client, body).status_code == 200
    assert DeliveryEvent.objects.get().kind == "bounced"
    assert Delivery.objects.letters().count() == 1


def test_without_a_secret_there_is_no_address_to_report_to(settings):
    settings.ANYMAIL = {"WEBHOOK_SECRET": ""}
    assert webhooks.urls() == []


def test_the_command_closes_and_opens_the_way_out(capsys):
    notice(DistrictFactory(), [family(1)])
    call_command("mail", "halt", "--reason", "Restored from Monday's back-up")
    assert "Mail is halted: Restored from Monday's back-up" in capsys.readouterr().out
    with pytest.raises(CommandError, match="Say why"):
        call_command("mail", "release")
    call_command("mail", "release", "--reason", "Compared with the log")
    said = capsys.readouterr().out
    assert "Mail may leave." in said
    assert "pending 1" in said
    assert Entry.objects.filter(act="mail-released", reason="Compared with the log").exists()


def test_a_packet_says_where_each_message_stands(relay):
    case = make_case(DistrictFactory())
    message = notice(case.district, [family(1), family(2, local="refuse")], case=case)
    outbox.turn()
    (section,) = [s for s in sections_of(case) if s.heading.startswith("Message")]
    assert f"({message.pk})" in section.heading
    assert "Refused: 1, Handed over: 1, To print: 1" in section.paragraphs[0]
    assert "SHA-256" in section.paragraphs[1]
    assert [row[:3] for row in section.rows] == [
        ("guardian:1", "E-mail", "Handed over"),
        ("guardian:2", "E-mail", "Refused"),
        ("guardian:2", "Letter", "To print"),
    ]
