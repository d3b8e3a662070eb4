"""The test run's own servers do what the other tests rely on."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.mail import send_mail
from django.db import ProgrammingError, connection, transaction

from ledger.clock import engine_now


@pytest.mark.django_db
def test_it_runs_as_portal_which_owns_nothing_and_passes_no_row_security():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,"
            " (SELECT count(*) FROM pg_class WHERE relowner = pg_roles.oid)"
            " FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("portal", False, False, False, False, 0)


@pytest.mark.django_db
def test_portal_may_not_move_the_clock():
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO ledger_clock_offset VALUES (3600)")


@pytest.mark.django_db
def test_it_travels_to_an_instant_and_onwards(travel):
    travel(datetime(2026, 3, 6, 14, 0, tzinfo=UTC))
    travel(timedelta(hours=48))
    assert engine_now() - datetime(2026, 3, 8, 14, 0, tzinfo=UTC) < timedelta(minutes=1)


@pytest.mark.django_db
def test_it_is_back_in_the_present_after_a_journey(database):
    assert abs(engine_now() - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_committed_row_is_gone_in_the_next_test(turn):
    assert not Group.objects.exists()
    Group.objects.create(name="left behind")


def test_a_message_reaches_the_relay(relay):
    send_mail("Subject", "Body", "portal@example.org", ["someone@example.org"])
    (accepted,) = relay.accepted
    assert accepted["to"] == ["someone@example.org"]
    assert accepted["message_id"]
