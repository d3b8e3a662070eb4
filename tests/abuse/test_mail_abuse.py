"""Mail as an attacker would use it (A15 to A19, A37).

A15, A16, A17 and A18 are refused where an address or a subject comes in: tests/mail/test_addresses.py,
tests/mail/test_outbox.py, tests/notices/test_followers.py and tests/notices/test_issue.py hold them there.
Here is what no single door shows: a whole batch with every hostile address in it, forged hosts, and people
who leave the roster while their letters leave the portal.
"""

from __future__ import annotations

from datetime import date
from email import message_from_bytes, policy

import pytest

from ledger.clock import engine_now
from ledger.models import Entry
from mail import claiming, outbox
from mail.models import Delivery
from notices.issue import issue_notice
from roster.contact import block_contact
from roster.models import Guardian
from tests.factories import DistrictFactory, UserFactory, member
from tests.mail.letters_out import family, notice
from tests.notices.factories import make_district, make_notice

pytestmark = pytest.mark.django_db
HOSTILE = [
    "a@x.example,b@y.example",
    "a@x.example;b@y.example",
    "a@x.example\n",
    "a@x.example\r\nBcc: b@y.example",
    "Bob <a@x.example>",
    '"evil" <a@x.example>',
    "a%y.example@x.example\0",
    f"{'a' * 320}@x.example",
    '"a b"@x.example',
    "@x.example",
    "a@",
]


def test_hostile_addresses_in_a_batch_stop_no_family_and_reach_nobody(relay):
    """A15, A16, A17: each row that is not one plain address is refused by itself; the others leave."""
    bad = [outbox.Recipient(f"guardian:{n}", "Pat", text, "en") for n, text in enumerate(HOSTILE, 100)]
    notice(DistrictFactory(), [family(1), *bad, family(2)], is_legal=False)
    taken = {line["to"][0] for line in relay_after_turn(relay)}
    refused = Delivery.objects.filter(status="refused", last_code="address").count()
    assert {"family1@homes.example", "family2@homes.example"} <= taken
    assert not any("y.example" in address or "Bob" in address for address in taken)
    assert refused + len(taken) == len(HOSTILE) + 2
    assert all(line["to"][1:] == [] for line in relay.accepted)


def relay_after_turn(relay):
    outbox.turn()
    return relay.accepted


def test_a_hostile_name_stays_out_of_every_header(relay):
    """A18: a huge name with marks that turn the reading direction round."""
    name = "\u202egro.live\u200b" + "N" * 5000 + "\r\nBcc: x@evil.example"
    notice(DistrictFactory(), [outbox.Recipient("guardian:1", name, "a@x.example")])
    (line,) = relay_after_turn(relay)
    mail = message_from_bytes((relay.folder / line["file"]).read_bytes(), policy=policy.default)
    assert mail["Bcc"] is None
    assert mail["To"] == "a@x.example"
    assert all(len(str(value)) < 300 and "\u202e" not in str(value) for value in mail.values())


@pytest.mark.parametrize("forged", [{"HTTP_HOST": "evil.example"}, {"HTTP_X_FORWARDED_HOST": "evil.example"}])
def test_a_forged_host_gets_into_no_link(client, relay, forged, settings):
    """A19: a host that is not ours is refused; one that a proxy claims is not believed."""
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.EMAIL_HOST_PASSWORD = ""
    person = UserFactory()
    answer = client.post("/accounts/password/reset/", {"email": person.email}, **forged)
    outbox.turn()
    letters = [(relay.folder / line["file"]).read_text() for line in relay.accepted]
    assert answer.status_code == (400 if "HTTP_HOST" in forged else 302)
    assert not any("evil.example" in letter for letter in letters)


def test_who_leaves_the_roster_while_letters_leave_gets_what_was_frozen_and_nothing_after(relay):
    """A37: the list is decided once, at the issue; what changes later is on record and counts from then."""
    district = make_district(families=6)
    by = member(district)
    issued = issue_notice(make_notice(district, by=by), by=by)
    frozen = set(issued.message.deliveries.values_list("address", flat=True))
    held = claiming.claim(district.pk, limit=2)  # sending has begun
    left, blocked, moved = Guardian.objects.filter(district=district).order_by("-pk")[:3]
    Guardian.objects.filter(pk=left.pk).update(left_at=engine_now())
    Guardian.objects.filter(pk=moved.pk).update(email="new@homes.example")
    child = blocked.guardianships.get().student
    block_contact(child, guardian=blocked, ground="Order of 2 March", first_day=date(2026, 1, 1), by=by)
    claiming.release(held, after=0)
    outbox.turn()
    assert {line["to"][0] for line in relay.accepted} == frozen
    assert issued.message.deliveries.counted() == {"sent": 6}
    assert Entry.objects.filter(act="contact-blocked", district=district).count() == 1
    later = issue_notice(make_notice(district, by=by), by=by)
    told = set(later.message.deliveries.values_list("recipient_ref", flat=True))
    assert len(told) == 4
    assert not told & {left.ref, blocked.ref}
    assert later.message.deliveries.filter(address="new@homes.example").count() == 1


def test_a_person_deleted_while_letters_leave_takes_no_letter_along(relay):
    """A37: a delivery is a snapshot; deleting the row of the roster changes no letter."""
    district = make_district(families=3)
    by = member(district)
    issued = issue_notice(make_notice(district, by=by), by=by)
    Guardian.objects.filter(district=district).order_by("pk")[0].delete()
    outbox.turn()
    assert issued.message.deliveries.counted() == {"sent": 3}
    assert len(relay.accepted) == 3
