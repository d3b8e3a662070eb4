"""Reading a Postfix log: what it proves, across readings, rotation and unfinished lines."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ledger.clock import engine_now
from mail import outbox, relay_log
from mail.models import Delivery, DeliveryEvent, RelayLog
from tests.factories import DistrictFactory
from tests.mail.letters_out import family, notice

pytestmark = pytest.mark.django_db

NEW = "2026-03-02T10:00:0{s}.123456-05:00 relay postfix/{part}[77]: {queue}: {rest}\n"
OLD = "Mar  2 10:00:0{s} relay postfix/{part}[77]: {queue}: {rest}\n"


def lines(
    header: str, queue: str = "4F1A2B3C4D", form: str = NEW, *, state: str = "sent", code: str = "2.0.0"
) -> str:
    said = [
        ("smtpd", "client=portal[10.0.0.2]"),
        ("cleanup", f"message-id={header}"),
        ("qmgr", "from=<privacy@elm.example>, size=1234, nrcpt=1 (queue active)"),
        (
            "smtp",
            f"to=<family1@homes.example>, relay=mx[10.0.0.9]:25, delay=1, dsn={code}, status={state} (x)",
        ),
        ("qmgr", "removed"),
    ]
    return "".join(form.format(s=s, part=part, queue=queue, rest=rest) for s, (part, rest) in enumerate(said))


@pytest.fixture
def header():
    notice(DistrictFactory(), [family(1)])
    return Delivery.objects.get().header_id


def kinds() -> list[str]:
    return list(DeliveryEvent.objects.order_by("pk").values_list("kind", flat=True))


def test_a_queued_message_is_accepted_then_delivered(header, tmp_path):
    log = tmp_path / "mail.log"
    log.write_text("Mar  2 noise\n" + lines(header) + lines("<other@elsewhere.example>", "9F1A2B3C4D"))
    before = engine_now()
    assert relay_log.read_relay_log(log) == 2
    assert kinds() == ["accepted", "delivered"]
    assert DeliveryEvent.objects.first().at == datetime(2026, 3, 2, 15, 0, 2, 123456, tzinfo=UTC)
    assert RelayLog.objects.get().read_until >= before
    assert RelayLog.objects.get().queue == {}
    assert "homes.example" not in str(list(DeliveryEvent.objects.values()))


def test_reading_again_or_reading_on_counts_nothing_twice(header, tmp_path):
    log = tmp_path / "mail.log"
    whole = lines(header)
    cut = whole.index("status=")
    log.write_text(whole[:cut])  # the relay is still writing this line
    assert relay_log.read_relay_log(log) == 1
    assert relay_log.read_relay_log(log) == 0
    log.write_text(whole)
    assert relay_log.read_relay_log(log) == 1
    assert kinds() == ["accepted", "delivered"]


def test_a_rotated_log_is_finished_before_the_new_one_is_read(header, tmp_path):
    log = tmp_path / "mail.log"
    first, _, rest = lines(header).partition("(queue active)\n")
    log.write_text(first + "(queue active)\n")
    relay_log.read_relay_log(log)
    (tmp_path / "mail.log.1").write_text(log.read_text() + rest)
    log.write_text("a new file\n")
    assert relay_log.read_relay_log(log) == 1
    assert kinds() == ["accepted", "delivered"]


@pytest.fixture
def unsure(travel):
    """A message of which nobody knows whether it left, on 2 March at ten in Connecticut."""
    travel(datetime(2026, 3, 2, 15, 0, tzinfo=UTC))
    notice(DistrictFactory(), [family(1)], is_legal=False)
    Delivery.objects.update(status="uncertain", attempts=1, began_data_at=engine_now())
    travel(datetime(2026, 3, 3, 15, 0, tzinfo=UTC))
    return Delivery.objects.get()


LATER = "2026-03-03T0{h}:00:00.5-05:00 relay postfix/anvil[9]: statistics: max cache size 1\n"


def decided() -> str:
    outbox.sort_out_left_behind()
    return Delivery.objects.get().status


def test_the_first_reading_hears_what_lies_in_the_rotated_log(unsure, tmp_path):
    (tmp_path / "mail.log.1").write_text(lines(unsure.header_id))
    (tmp_path / "mail.log").write_text(LATER.format(h=1))
    relay_log.read_relay_log(tmp_path / "mail.log")
    assert decided() == "sent"


def test_a_log_that_begins_later_is_not_silent_about_what_was_before(unsure, tmp_path):
    (tmp_path / "mail.log.1.gz").write_bytes(b"packed")
    (tmp_path / "mail.log").write_text(LATER.format(h=1))
    asked = []

    def ask_meanwhile(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if 'INTO "mail_relaylog"' in sql:
            asked.append(decided())
        return answer

    with connection.execute_wrapper(ask_meanwhile):
        relay_log.read_relay_log(tmp_path / "mail.log")
    assert (asked, decided()) == (["uncertain"], "uncertain")
    assert RelayLog.objects.get().read_from == datetime(2026, 3, 3, 6, 0, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rotated", "said"),
    [("mail.log.1", "sent"), ("mail.log-20260303", "sent"), ("mail.log-20260303.gz", "uncertain")],
)
def test_the_end_of_a_rotated_log_is_read_or_known_to_be_missing(unsure, tmp_path, rotated, said):
    log, early = tmp_path / "mail.log", "2026-03-02T09:00:00.5-05:00 relay postfix/anvil[9]: statistics: x\n"
    log.write_text(early)
    relay_log.read_relay_log(log)
    (tmp_path / rotated).write_text("packed" if rotated.endswith("gz") else early + lines(unsure.header_id))
    log.write_text("")  # read in the minute in which it was begun
    relay_log.read_relay_log(log)
    log.write_text(LATER.format(h=2))
    relay_log.read_relay_log(log)
    assert decided() == said


def test_a_log_read_from_before_to_beyond_is_silent(unsure, tmp_path):
    early = "2026-03-02T09:00:00.5-05:00 relay postfix/anvil[9]: statistics: x\n"
    (tmp_path / "mail.log").write_text(early)
    relay_log.read_relay_log(tmp_path / "mail.log")
    (tmp_path / "mail.log").rename(tmp_path / "mail.log.2")
    (tmp_path / "mail.log.1").write_text(LATER.format(h=1))
    (tmp_path / "mail.log").write_text(LATER.format(h=2))
    relay_log.read_relay_log(tmp_path / "mail.log")
    assert decided() == "pending"
    with pytest.raises(FileNotFoundError):
        relay_log.read_relay_log(tmp_path / "mistyped.log")
    assert RelayLog.objects.count() == 1


def test_a_bounce_in_the_log_is_a_bounce_of_the_delivery(header, tmp_path):
    log = tmp_path / "mail.log"
    log.write_text(lines(header, state="bounced", code="5.1.1"))
    relay_log.read_relay_log(log)
    assert Delivery.objects.emails().get().bounced_at is not None
    assert Delivery.objects.letters().get().status == "to_print"


def test_the_old_form_is_read_in_the_zone_it_was_written_in(header, tmp_path, travel):
    travel(datetime(2026, 3, 2, 18, 0, tzinfo=UTC))
    log = tmp_path / "mail.log"
    log.write_text(lines(header, form=OLD))
    relay_log.read_relay_log(log, zone=ZoneInfo("America/New_York"))
    assert DeliveryEvent.objects.first().at == datetime(2026, 3, 2, 15, 0, 2, tzinfo=UTC)


def test_the_command_says_what_it_read(header, tmp_path, capsys):
    log = tmp_path / "mail.log"
    log.write_text(lines(header))
    call_command("read_relay_log", str(log))
    assert "mail.log: 2 new events" in capsys.readouterr().out
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("read_relay_log", str(tmp_path / "absent"))
