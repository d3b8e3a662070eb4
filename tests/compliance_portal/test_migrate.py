"""`manage.py migrate` signs in as owner, and nothing else does."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from ledger.management.commands.migrate import as_owner
from tests.servers import run_manage, write_facts


def current_user() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_it_is_owner_inside_and_portal_again_after():
    with as_owner("default"):
        assert current_user() == "owner"
    assert current_user() == "portal"


def test_without_the_owners_address_it_refuses_with_a_sentence(settings):
    settings.DATABASE_OWNER_URL = ""
    with pytest.raises(CommandError, match="DATABASE_OWNER_URL is not set"):
        call_command("migrate")


@pytest.mark.django_db(transaction=True)
def test_running_it_again_changes_nothing(database, tmp_path):
    write_facts(tmp_path, database.cluster, database.name)
    assert "No migrations to apply" in run_manage(tmp_path, "migrate")
