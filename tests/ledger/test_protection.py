"""The database's own refusals: roles, row-level security, held rows, doorways."""

from __future__ import annotations

from contextlib import contextmanager

import psycopg2
import pytest
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from ledger import protection
from ledger.entries import open_case
from ledger.models import Case, HeldCase, Job
from parties.access import acting_in
from tests.factories import DistrictFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def elm():
    return DistrictFactory()


@pytest.fixture
def oak():
    return DistrictFactory()


@contextmanager
def as_owner():
    """A session of the role that owns the tables; nothing it does is kept."""
    session = psycopg2.connect(settings.DATABASE_OWNER_URL)
    try:
        yield session.cursor()
    finally:
        session.rollback()
        session.close()


def test_the_portal_role_owns_nothing_and_is_nobody_special():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = 'portal'"
        )
        assert cursor.fetchone() == (False, False, False, False)
        cursor.execute(
            "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = relowner WHERE rolname = 'portal'"
        )
        assert cursor.fetchone() == (0,)


def test_every_table_with_a_district_or_a_case_has_row_level_security():
    exempt = {
        m._meta.db_table for m in apps.get_models(include_auto_created=True) if m._meta.app_label == "parties"
    }
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT c.relname FROM pg_class c
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname IN ('district_id', 'case_id')
               WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
                 AND NOT (c.relrowsecurity AND EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = c.oid))"""
        )
        unguarded = {name for (name,) in cursor.fetchall()}
    assert unguarded <= exempt


def test_a_table_that_only_a_case_leads_to_is_guarded_through_its_owner():
    assert "mail_message" in protection.guard(apps.get_model("mail", "MessageText"))
    assert "ledger_case" in protection.guard(Case.allowed.through)


def test_a_session_without_districts_sees_no_district_at_all(elm):
    open_case(district=elm, kind="contract", title="Maps")
    with acting_in():
        assert Case.objects.count() == 0


def test_a_session_sees_its_own_district_and_no_other(elm, oak):
    mine = open_case(district=elm, kind="contract", title="Maps")
    open_case(district=oak, kind="contract", title="Sums")
    with acting_in(elm):
        assert list(Case.objects.all()) == [mine]


def test_a_row_for_another_district_cannot_be_written(elm, oak):
    refused = pytest.raises(DatabaseError, match="row-level security")
    with refused, acting_in(elm), transaction.atomic():
        open_case(district=oak, kind="contract", title="Sums")


@pytest.mark.parametrize(
    "verb", ["UPDATE ledger_entry SET reason = 'x'", "DELETE FROM ledger_entry", "TRUNCATE ledger_seal"]
)
def test_the_portal_role_cannot_rewrite_history(verb):
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(verb)


@pytest.mark.parametrize("verb", ["UPDATE ledger_entry SET reason = 'x'", "DELETE FROM ledger_entry"])
def test_the_owner_cannot_rewrite_history_either(verb):
    with as_owner() as cursor:
        cursor.execute(
            "INSERT INTO ledger_entry (act, at, case_number, reason, facts) VALUES ('x', now(), '', '', '{}')"
        )
        with pytest.raises(psycopg2.Error, match="append-only"):
            cursor.execute(verb)


def test_a_held_case_and_its_rows_cannot_be_deleted_even_by_raw_sql(elm):
    case = open_case(district=elm, kind="contract", title="Maps")
    hold = open_case(district=elm, kind="hold", title="A hold")
    Job.objects.create(district=elm, case=case, kind="read", asked_at=case.opened_at)
    held = HeldCase.objects.create(case=case, hold=hold, since=case.opened_at)
    for table, column in (("ledger_job", "case_id"), ("ledger_case", "id")):
        with pytest.raises(DatabaseError, match="litigation hold"), transaction.atomic():
            connection.cursor().execute(f"DELETE FROM {table} WHERE {column} = %s", [case.pk])
    held.delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_job WHERE case_id = %s", [case.pk])
        assert cursor.rowcount == 1


def test_a_doorway_names_rows_of_all_districts_and_nothing_more(elm, oak):
    jobs = []
    for district in (elm, oak):
        case = open_case(district=district, kind="contract", title="Maps")
        jobs.append(Job.objects.create(district=district, case=case, kind="read", asked_at=case.opened_at))
    with acting_in():
        assert protection.WAITING_JOBS.ids() == [(jobs[0].pk, elm.pk), (jobs[1].pk, oak.pk)]
        assert Job.objects.count() == 0


def test_the_clock_of_a_test_cannot_be_moved_by_the_portal():
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        connection.cursor().execute("INSERT INTO ledger_clock_offset VALUES (3600)")
