"""What comes back from outside: reports twice, out of order or forged, and a storm of bounces (F32, F33)."""

from __future__ import annotations

import pytest

from ledger.clock import engine_now
from mail import events
from mail.models import Delivery, DeliveryEvent
from policy.models import Obligation
from policy.obligations import settle_by_delivery
from policy.sweep import sweep
from tests.factories import DistrictFactory, member
from tests.faults.conftest import lost_and_twice
from tests.mail.letters_out import family, notice
from tests.mail.test_ways_in import bounce_report, call, hooks
from tests.policy.test_sweep import connecticut, executed

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
__all__ = ["hooks"]


def test_f32_reports_twice_out_of_order_and_forged_change_nothing_twice(client, hooks, tally):
    notice(DistrictFactory(), [family(n) for n in range(10)])
    Delivery.objects.update(status="sent", sent_at=engine_now())
    for serial, delivery in enumerate(Delivery.objects.emails()):
        report = bounce_report(delivery.header_id, serial)
        assert call(client, report, "wrong:secret").status_code == 400
        assert {call(client, report).status_code for _ in range(3)} == {200}
        late = events.Event(delivery.header_id, "delivered", engine_now(), "postmark", f"d{serial}")
        assert events.take_events([late, late]) == 1
    assert DeliveryEvent.objects.count() == 20
    assert Delivery.objects.emails().counted() == {"sent": 10}
    assert Delivery.objects.emails().filter(bounced_at=None).count() == 0
    lost = 10 - Delivery.objects.letters().count()
    tally("F32 reports twice, out of order, forged", events=20, messages=10, lost=lost)
    assert lost == 0


@pytest.mark.fault_long
def test_f33_a_storm_of_bounces_becomes_letters_and_a_duty_and_silences_no_address(nursery, relay, tally):
    duty = executed(connecticut())["contract-notice"]
    custodian = member(duty.district)
    message = notice(duty.district, [family(n) for n in range(100)], case=duty.case)
    settle_by_delivery([duty], message=message)
    nursery.run("one_turn")
    back = list(Delivery.objects.emails().order_by("pk")[:30])
    events.take_events(
        events.Event(row.header_id, "bounced", engine_now(), "postmark", f"b{row.pk}", "5.1.1")
        for row in back
    )
    assert Delivery.objects.letters().counted() == {"to_print": 30}
    sweep()
    owed = Obligation.objects.for_user(custodian).get(message=message, trigger="letters_ready")
    assert (owed.status, owed.kind) == ("open", "print")
    notice(duty.district, [family(n) for n in range(100)], case=duty.case)
    nursery.run("one_turn")
    families = Delivery.objects.emails().filter(message__kind="contract-notice")
    assert families.counted() == {"sent": 200}, "no address is given up by itself"
    lost, twice = lost_and_twice(relay)
    tally("F33 three letters in ten come back", events=30, messages=200, lost=lost, twice_without_log=twice)
    assert (lost, twice) == (0, 0)
