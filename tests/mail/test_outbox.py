"""The outbox: each row leaves once, and whoever dies or lies changes nothing."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from ledger.clock import engine_now
from ledger.models import Entry
from mail import events, outbox, routes, valve
from mail.claiming import BATCH, claim, release
from mail.line import Answer, Result
from mail.marking import mark, mark_and_begin
from mail.models import Delivery, DeliveryEvent, DeliveryStatus, Message, RelayLog, Route, Valve
from mail.reconciling import sort_out_left_behind
from parties.access import acting_in
from tests.factories import DistrictFactory
from tests.mail.letters_out import TEXTS, family, ingest, notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def elm():
    return DistrictFactory()


def row(n: int = 1, channel: str = "email") -> Delivery:
    return Delivery.objects.get(recipient_ref=f"guardian:{n}", channel=channel)


def due_now() -> None:
    Delivery.objects.filter(status="pending").update(next_attempt_at=engine_now() - timedelta(seconds=1))


def read_mail(relay, n: int = 0):
    content = (relay.folder / relay.accepted[n]["file"]).read_bytes()
    return message_from_bytes(content, policy=policy.default)


# --- a message becomes rows


def test_a_message_is_rows_before_it_is_mail(elm, relay):
    message = notice(elm, [family(1), family(2)])
    assert message.deliveries.counted() == {"pending": 2}
    assert relay.accepted == []
    assert Entry.objects.get(act="message-made").facts["recipients"] == 2
    assert "Family" not in str(Entry.objects.get(act="message-made").facts)


def test_thousands_of_rows_are_one_statement(elm, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        message = notice(elm, [family(n) for n in range(3000)])
    assert message.deliveries.count() == 3000


def test_the_same_person_twice_gets_one_letter(elm):
    assert notice(elm, [family(1), family(1)]).deliveries.count() == 1


def test_a_person_without_an_address_gets_a_letter(elm):
    notice(elm, [outbox.Recipient("guardian:1", "Pat", "", "en", "1 Elm St\nElm, CT")])
    letter = row(channel="letter")
    assert (letter.status, letter.address) == ("to_print", "1 Elm St\nElm, CT")


def test_one_bad_address_is_refused_by_itself_and_becomes_a_letter(elm, relay):  # A16
    bad = outbox.Recipient("guardian:1", "Pat", "a@x.example,b@y.example", "en", "1 Elm St")
    notice(elm, [bad, family(2)])
    assert (row(1).status, row(1).last_code) == ("refused", "address")
    assert row(1, "letter").status == "to_print"
    assert outbox.turn() == 1
    assert [line["to"] for line in relay.accepted] == [["family2@homes.example"]]


@pytest.mark.parametrize(
    "subject",
    ["Hello\r\nBcc: x@y.example", "Hello\nthere", "", " ", "x" * 201, "a\u202eb", "a\u2028b", "a\0b"],
)
def test_a_subject_of_more_than_one_plain_line_is_a_form_error(elm, subject):  # A15, A18
    with pytest.raises(ValidationError) as refused:
        outbox.send(
            kind="contract-notice", district=elm, texts=[outbox.Text("en", subject, "Words.")],
            recipients=[family(1)], by=None,
        )  # fmt: skip
    assert "subject" in refused.value.message_dict
    assert Message.objects.count() == 0


def test_a_huge_name_is_cut_and_never_reaches_the_headers(elm, relay):  # A18
    notice(elm, [outbox.Recipient("guardian:1", "N" * 5000 + "\r\nBcc: x@y.example", "a@x.example")])
    assert outbox.turn() == 1
    assert len(row(1).recipient_name) == 200
    assert read_mail(relay)["To"] == "a@x.example"
    assert read_mail(relay)["Bcc"] is None


def test_template_marks_in_the_words_are_sent_as_they_are(elm, relay):  # A21
    words = "{{ settings.SECRET_KEY }} {% now %} %(x)s {0.__class__}"
    outbox.send(
        kind="contract-notice", district=elm, texts=[outbox.Text("en", words, words)],
        recipients=[family(1)], by=None,
    )  # fmt: skip
    outbox.turn()
    assert read_mail(relay)["Subject"] == words
    assert read_mail(relay).get_content().strip() == words


# --- sending


def test_what_arrives_is_in_the_recipients_language_with_the_rows_own_id(elm, relay):
    Route.objects.create(
        district=elm, sender="privacy@elm.example", sender_name='Elm\n"Schools"', reply_to="pat@elm.example"
    )
    notice(elm, [family(1, language="es"), family(2, language="pt-br")])
    assert outbox.turn() == 2
    spanish, english = sorted((read_mail(relay, 0), read_mail(relay, 1)), key=lambda m: m["To"])
    assert spanish["Subject"] == "Un nuevo acuerdo"
    assert english["Subject"] == "A new agreement"
    assert spanish["Message-ID"] == row(1).header_id
    assert spanish["From"] == "Elm 'Schools' <privacy@elm.example>"
    assert spanish["Reply-To"] == "pat@elm.example"
    assert spanish["Auto-Submitted"] == "auto-generated"
    assert spanish["List-Id"].startswith("<contract-notice.")
    assert {part.get_content_type() for part in english.walk()} >= {"text/plain", "text/html"}
    assert "guardian" not in spanish.as_string()


def test_a_message_is_handed_over_once(elm, relay):
    notice(elm, [family(n) for n in range(120)])
    assert outbox.turn() == 120
    assert outbox.turn() == 0
    assert len({line["message_id"] for line in relay.accepted}) == len(relay.accepted) == 120
    assert Delivery.objects.counted() == {"sent": 120}
    assert row(1).last_code == "250"


def test_a_refusal_for_good_touches_one_row_and_asks_for_a_letter(elm, relay):  # F13
    message = notice(elm, [family(1, local="refuse"), family(2)])
    assert outbox.turn() == 1
    assert (row(1).status, row(1).last_code) == ("refused", "550")
    assert row(1, "letter").status == "to_print"
    assert list(message.deliveries.failed()) == [row(1)]


def test_a_message_that_is_no_duty_asks_for_no_letter(elm, relay):
    notice(elm, [family(1, local="refuse")], is_legal=False)
    outbox.turn()
    assert not Delivery.objects.letters().exists()


def test_a_refusal_for_now_waits_longer_each_time_and_is_given_up_after_twelve(elm, relay, travel):  # F12
    notice(elm, [family(1, local="later")])
    waits = []
    for _ in range(12):
        before = engine_now()
        outbox.turn()
        if row(1).status == "pending":
            waits.append((row(1).next_attempt_at - before).total_seconds())
            travel(timedelta(seconds=waits[-1] + 1))
    assert 24 <= waits[0] <= 40
    assert waits[1] > waits[0]
    assert max(waits) <= 900 * 1.2 + 5
    assert (row(1).status, row(1).attempts, row(1).last_code) == ("refused", 12, "451")


def test_an_outage_of_hours_counts_against_nobody(elm, relay, travel):  # F12
    notice(elm, [family(n) for n in range(3)])
    relay.close()
    for _ in range(20):
        assert outbox.turn() == 0
        travel(timedelta(minutes=20))
    assert Delivery.objects.counted() == {"pending": 3}
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {0}
    relay.open()
    assert outbox.turn() == 3


def test_a_person_decides_by_command_about_what_nobody_could_know(elm, relay, capsys):
    notice(elm, [family(1, local="cut"), family(2, local="cut")], is_legal=False)
    outbox.turn()
    with pytest.raises(CommandError, match="Say why"):
        call_command("mail", "arrived", str(row(1).pk))
    call_command("mail", "arrived", str(row(1).pk), "--reason", "The relay's people saw it leave.")
    call_command("mail", "again", str(row(2).pk), "--reason", "They never had it.")
    assert (row(1).status, row(2).status) == ("sent", "pending")
    assert f"uncertain: {row(2).pk}, contract-notice to guardian:2" in capsys.readouterr().out
    with pytest.raises(CommandError, match="is not uncertain"):
        call_command("mail", "again", str(row(1).pk), "--reason", "Twice.")
    assert Entry.objects.filter(act="delivery-decided").count() == 2


def test_nobody_can_stop_mail_that_the_law_asks_for(elm, relay):
    notice(elm, [family(1)])
    outbox.turn()
    assert read_mail(relay)["List-Unsubscribe"] is None
    with pytest.raises(IntegrityError, match="nobody_stops_legal_mail"), transaction.atomic():
        notice(elm, [family(2)], stop_address="https://portal.example/stop")


def test_each_recipient_gets_the_same_words_under_their_own_name_and_id(elm, relay):
    notice(elm, [family(1), family(2), family(3, language="es")])
    outbox.turn()
    first, second, third = (read_mail(relay, n) for n in range(3))
    assert [mail["To"] for mail in (first, second, third)] == [
        "family1@homes.example", "family2@homes.example", "family3@homes.example",
    ]  # fmt: skip
    assert [mail["Message-ID"] for mail in (first, second)] == [row(1).header_id, row(2).header_id]
    assert third["Subject"] == "Un nuevo acuerdo"
    for mail in (first, second, third):
        del mail["To"], mail["Message-ID"]
    assert first.as_bytes() == second.as_bytes() != third.as_bytes()


@pytest.mark.parametrize("in_turn", [False, True], ids=["at once", "in turn"])
def test_a_relay_is_asked_at_once_or_in_turn_and_the_rows_say_the_same(elm, relay, in_turn):
    notice(
        elm,
        [family(1), family(2, local="refuse"), family(3), family(4, local="later"), family(5, local="cut"),
         family(6)],
    )  # fmt: skip
    if in_turn:
        (relay.folder / "in_turn").touch()
    try:
        assert outbox.turn() == 3
    finally:
        (relay.folder / "in_turn").unlink(missing_ok=True)
    assert [row(n).status for n in range(1, 7)] == [
        "sent", "refused", "sent", "pending", "uncertain", "sent",
    ]  # fmt: skip
    assert [row(n).last_code for n in (1, 2, 4)] == ["250", "550", "451"]
    assert row(4).began_data_at is None
    assert len(relay.accepted) == 4


def test_a_line_that_is_a_dot_does_not_end_the_message(elm, relay):
    words = "Before.\n.\n..two\nAfter."
    outbox.send(
        kind="contract-notice", district=elm, texts=[outbox.Text("en", "Dots", words)],
        recipients=[family(1)], by=None,
    )  # fmt: skip
    assert outbox.turn() == 1
    assert read_mail(relay).get_content().splitlines() == words.splitlines()


def test_a_message_that_cannot_be_written_is_parked_and_the_others_go(elm, relay, monkeypatch):  # F18
    notice(elm, [family(1), family(2)])
    Delivery.objects.filter(recipient_ref="guardian:1").update(header_id="<a@b>\nBcc: x@y.example")
    assert outbox.turn() == 1
    assert (row(1).status, row(1).last_code) == ("refused", "parked")


def test_the_answer_lost_after_the_text_is_uncertain_until_the_log_is_read(elm, relay, travel):  # F11
    notice(elm, [family(1, local="cut")])
    assert outbox.turn() == 0
    assert row(1).status == DeliveryStatus.UNCERTAIN
    assert outbox.turn() == 0  # nobody knows yet: it does not go again
    ingest(relay)
    outbox.turn()
    assert (row(1).status, row(1).last_code) == ("sent", "log")
    assert len(relay.accepted) == 1


def test_silence_of_a_log_read_far_enough_sends_it_again(elm, relay, travel):
    notice(elm, [family(1)])
    (taken,) = claim(elm.pk, limit=1)
    assert mark_and_begin([], [taken]) == {taken.pk}
    Delivery.objects.update(lease_until=engine_now() - timedelta(seconds=1))
    ingest(relay, read_until=engine_now())  # not a minute past the beginning: says nothing yet
    assert outbox.turn() == 0
    assert row(1).status == "uncertain"
    travel(timedelta(seconds=61))
    ingest(relay)
    assert outbox.turn() == 1


def test_a_log_read_before_the_clock_went_back_says_nothing_about_since_then(elm, relay, travel):  # F23
    ingest(relay)
    travel(timedelta(hours=-3))
    notice(elm, [family(1, local="cut")])
    outbox.turn()
    outbox.turn()
    assert (row(1).status, len(relay.accepted)) == ("uncertain", 1)
    ingest(relay)
    outbox.turn()
    assert (row(1).status, len(relay.accepted)) == ("sent", 1)


def test_a_log_that_is_read_while_it_is_asked_is_heard(elm, relay, travel):  # F01
    notice(elm, [family(1, local="cut")])
    outbox.turn()
    travel(timedelta(seconds=61))
    asked = []

    def read_meanwhile(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if not asked and ("mail_deliveryevent" in sql or "mail_relaylog" in sql):
            asked.append(sql)
            ingest(relay)
        return answer

    with connection.execute_wrapper(read_meanwhile):
        outbox.turn()
    assert (len(asked), len(relay.accepted), row(1).status) == (1, 1, "sent")


@pytest.mark.parametrize(("is_legal", "sent"), [(True, 1), (False, 0)])
def test_without_a_log_a_duty_goes_again_under_its_own_id_and_anything_else_waits(
    elm, relay, travel, is_legal, sent
):  # F16
    notice(elm, [family(1, local="cut")], is_legal=is_legal)
    outbox.turn()
    travel(timedelta(minutes=11))
    assert outbox.turn() == 0
    assert len(relay.accepted) == 1 + sent
    assert len({line["message_id"] for line in relay.accepted}) == 1
    assert Delivery.objects.tried_again().count() == sent


def test_a_worker_that_died_before_the_text_is_made_good_without_asking(elm, relay):
    notice(elm, [family(1)])
    claim(elm.pk, limit=1)
    assert outbox.turn() == 0  # its lease still runs
    Delivery.objects.update(lease_until=engine_now() - timedelta(seconds=1))
    assert outbox.turn() == 1


def test_a_stale_lease_cannot_mark(elm, relay):  # F15
    notice(elm, [family(1)])
    (taken,) = claim(elm.pk, limit=1)
    Delivery.objects.update(lease_until=engine_now() - timedelta(seconds=1))
    sort_out_left_behind()
    for says in (Answer(Result.REFUSED, "550"), Answer(Result.SENT, "250"), Answer(Result.UNKNOWN)):
        mark(taken, says)
    release([taken], after=60)
    assert mark_and_begin([(taken, Answer(Result.SENT, "250"))], [taken]) == set()
    assert (row(1).status, row(1).attempts, row(1).began_data_at) == ("pending", 1, None)


def test_a_row_that_kills_its_worker_each_time_is_parked(elm):
    notice(elm, [family(1)])
    Delivery.objects.update(status="sending", attempts=12, lease_until=engine_now() - timedelta(seconds=1))
    sort_out_left_behind()
    assert (row(1).status, row(1).last_code) == ("refused", "parked")


# --- fairness, rate, forecast


def test_a_small_district_does_not_wait_for_a_large_one(elm, relay):  # F12, F29
    oak = DistrictFactory()
    notice(elm, [family(n) for n in range(200)])
    notice(oak, [outbox.Recipient("guardian:oak", "Oak", "oak@homes.example")])
    outbox.turn()
    places = [line["to"][0] for line in relay.accepted]
    assert places.index("oak@homes.example") <= BATCH


def test_a_route_lets_out_no_more_than_its_rate(elm, relay, travel):
    Route.objects.create(district=elm, sender="privacy@elm.example", a_second=0.001)
    notice(elm, [family(n) for n in range(10)])
    assert outbox.turn() == 1  # a bucket holds one message at least
    assert outbox.turn() == 0
    assert Delivery.objects.counted() == {"pending": 9, "sent": 1}
    travel(timedelta(hours=10))
    assert outbox.turn() == 1  # it does not save up


def test_cron_alone_waits_for_the_bucket_and_keeps_the_rate(elm, relay):
    Route.objects.create(district=elm, sender="privacy@elm.example", a_second=4)
    notice(elm, [family(n) for n in range(30)])
    assert outbox.turn(seconds=60, patient=True) == 30


def test_the_bucket_waits_when_the_clock_goes_back(elm, travel):  # F23
    Route.objects.create(district=elm, sender="privacy@elm.example", a_second=2)
    assert routes.take_from_bucket(elm.pk, wanted=10) == 10
    travel(timedelta(hours=-3))
    assert routes.take_from_bucket(elm.pk, wanted=10) == 0


def test_the_forecast_counts_what_already_waits(elm):
    Route.objects.create(district=elm, sender="privacy@elm.example", a_second=14)
    notice(elm, [family(n) for n in range(60)])
    said = routes.forecast(district=elm, messages=117_540)
    assert said.takes == timedelta(hours=2, minutes=20)
    assert said.sentence == "about 2 h 20 min at 14 a second"
    assert said.is_late_for(engine_now() + timedelta(hours=2))
    assert not said.is_late_for(engine_now() + timedelta(hours=31))
    few = routes.forecast(district=DistrictFactory(), messages=3)
    assert few.sentence == "less than a minute at 10 a second"


# --- what comes back


def bounce(header: str, source_id: str = "b1") -> events.Event:
    return events.Event(header, "bounced", engine_now(), "postmark", source_id, "5.1.1")


def test_a_bounce_is_a_row_asks_for_a_letter_and_unsends_nothing(elm, relay):  # F32
    notice(elm, [family(1)])
    outbox.turn()
    header = row(1).header_id
    assert events.take_events([bounce(header), bounce(header)]) == 1
    assert events.take_events([events.Event(header, "delivered", engine_now(), "postmark", "d1")]) == 1
    assert row(1).status == "sent"
    assert row(1).bounced_at is not None
    assert row(1, "letter").status == "to_print"


def test_an_event_about_a_message_of_nobody_is_passed_over(elm):
    assert events.take_events([bounce("<unknown@elsewhere.example>")]) == 0
    assert DeliveryEvent.objects.count() == 0


def test_an_event_finds_its_district_by_itself(elm, relay):
    notice(elm, [family(1)])
    header = row(1).header_id
    with acting_in():
        assert events.take_events([bounce(header)]) == 1
    assert row(1).bounced_at is not None


def test_another_district_sees_neither_the_rows_nor_the_events(elm, relay):
    notice(elm, [family(1)])
    events.take_events([bounce(row(1).header_id)])
    with acting_in(DistrictFactory()):
        assert not Delivery.objects.exists()
        assert not DeliveryEvent.objects.exists()


# --- the valve


def test_a_closed_valve_lets_nothing_out_until_a_person_opens_it(elm, relay):
    notice(elm, [family(1)])
    valve.halt(reason="A test of the valve", by=None)
    assert outbox.turn() == 0
    valve.release(reason="Compared with the log", by=None)
    assert outbox.turn() == 1


def test_a_message_never_stands_in_a_database_that_does_not_know_itself(elm):  # F27
    assert not Valve.objects.exists()
    notice(elm, [family(1)])
    assert Valve.objects.get().identity == valve.identity()


def test_a_restored_database_closes_its_own_valve(elm, relay):  # F27
    notice(elm, [family(1)])
    assert valve.is_open()
    with connection.cursor() as cursor:  # what a copy of this row says elsewhere
        cursor.execute("UPDATE mail_valve SET identity = 'another server'")
    assert outbox.turn() == 0
    assert Entry.objects.filter(act="mail-halted").exists()
    assert outbox.turn() == 0


def test_a_relay_log_is_silent_only_about_what_it_was_read_for(elm):
    now = engine_now()
    assert not events.logs_are_silent_since(now - timedelta(days=1))
    log = RelayLog.objects.create(source="relay")
    assert not events.logs_are_silent_since(now - timedelta(days=1))
    log.read_until = now
    log.save()
    assert not events.logs_are_silent_since(now - timedelta(days=1))
    log.read_from = now - timedelta(hours=12)
    log.save()
    assert not events.logs_are_silent_since(now - timedelta(days=1))
    assert events.logs_are_silent_since(now - timedelta(hours=11))
    RelayLog.objects.create(source="the other relay")
    assert not events.logs_are_silent_since(now - timedelta(hours=11))


def test_the_texts_are_named_by_their_digest():
    assert outbox.digest_of(TEXTS) != outbox.digest_of(TEXTS[:1])
