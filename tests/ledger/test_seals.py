"""The chain of seals: what it seals, when, and what it notices."""

from __future__ import annotations

import threading

import psycopg2
import pytest
from django.conf import settings as django_settings
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from ledger.entries import record
from ledger.models import Anchor, Entry, Seal
from ledger.seals import seal, verify
from parties.access import acting_in
from tests.factories import DistrictFactory
from tests.ledger.settling import let_settle

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def elm(settings, tmp_path):
    storage = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path)},
    }
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    return DistrictFactory()


def tamper(database, statement: str) -> None:
    """What somebody with the whole machine can do: rules off, row changed."""
    with database.superuser.cursor() as cursor:
        cursor.execute(statement)


def whats() -> list[str]:
    return [fault.what for fault in verify()]


def five_entries(elm) -> list[int]:
    made = [record("noted", by=None, district=elm, n=n, share=0.1).pk for n in range(5)]
    let_settle()
    assert seal() == 5
    return made


def test_a_sealed_history_is_whole_and_sealed_once(elm):
    five_entries(elm)
    assert seal() == 0
    assert list(Seal.objects.values_list("position", flat=True)) == [1, 2, 3, 4, 5]
    assert whats() == []


def test_districts_have_chains_of_their_own(elm):
    oak = DistrictFactory()
    record("noted", by=None, district=elm)
    record("noted", by=None, district=oak)
    record("noted", by=None)
    let_settle()
    assert seal() == 3
    with acting_in(elm, oak):
        assert set(Seal.objects.values_list("position", flat=True)) == {1}


def test_a_changed_row_is_named(elm, database):
    made = five_entries(elm)
    tamper(database, f"UPDATE ledger_entry SET reason = 'another' WHERE id = {made[2]}")
    assert whats() == [f"entry {made[2]} or its seal was changed"]


def test_a_removed_row_is_named(elm, database):
    made = five_entries(elm)
    tamper(database, f"DELETE FROM ledger_entry WHERE id = {made[1]}")
    assert whats() == [f"entry {made[1]} was removed"]


def test_removed_links_are_named(elm, database):
    five_entries(elm)
    tamper(database, "DELETE FROM ledger_seal WHERE position IN (2, 3)")
    assert "links 2 to 3 were removed" in whats()


def test_a_cut_tail_is_seen_by_the_anchor(elm, database):
    made = five_entries(elm)
    tamper(
        database, f"DELETE FROM ledger_seal WHERE position > 3; DELETE FROM ledger_entry WHERE id > {made[2]}"
    )
    assert whats() == ["the chain was cut: it once reached link 5"] * 2


def test_a_cut_tail_is_seen_when_the_anchors_table_was_cut_too(elm, database):
    made = five_entries(elm)
    tamper(
        database,
        f"DELETE FROM ledger_seal WHERE position > 3; DELETE FROM ledger_entry WHERE id > {made[2]};"
        "DELETE FROM ledger_anchor",
    )
    assert whats() == ["the chain was cut: it once reached link 5"]


def test_a_rewritten_chain_is_seen_although_it_fits_itself(elm, database):
    made = five_entries(elm)
    tamper(
        database,
        f"UPDATE ledger_entry SET reason = 'another' WHERE id = {made[0]}; DELETE FROM ledger_seal",
    )
    assert seal() == 5
    assert set(whats()) == {"the chain was rewritten up to link 5"}


def test_a_forged_anchor_is_seen(elm, database):
    five_entries(elm)
    tamper(database, "UPDATE ledger_anchor SET signature = 'x'")
    name = default_storage.listdir(f"anchors/{elm.pk}")[1][0]
    assert default_storage.open(f"anchors/{elm.pk}/{name}").read().startswith(f"{elm.pk}:5:".encode())
    assert whats() == ["an anchor does not carry this portal's signature"]


def test_a_late_commit_is_sealed_afterwards_and_not_lost(elm):
    """The transaction that began first commits last: its entry has the lower id."""
    slow = psycopg2.connect(django_settings.DATABASE_OWNER_URL)
    with slow.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_entry (district_id, act, at, case_number, reason, facts)"
            " VALUES (%s, 'slow', now(), '', '', '{}')",
            [elm.pk],
        )
    record("quick", by=None, district=elm)
    assert seal() == 0  # the quick one waits for the slow one
    slow.commit()
    slow.close()
    let_settle()
    assert seal() == 2
    assert list(Entry.objects.order_by("seal__position").values_list("act", flat=True)) == ["slow", "quick"]


def test_two_sealers_at_once_make_one_chain(elm):
    for n in range(50):
        record("noted", by=None, district=elm, n=n)
    let_settle()
    counts = []

    def work():
        try:
            counts.append(seal())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 50
    assert whats() == []


def test_nothing_is_sealed_inside_its_own_transaction(elm):
    with transaction.atomic():
        record("noted", by=None, district=elm)
        assert seal() == 0


def test_the_command_ends_non_zero_when_history_was_touched(elm, database, capsys):
    made = five_entries(elm)
    call_command("verify_ledger")
    assert "History is whole: 5 entries sealed" in capsys.readouterr().out
    tamper(database, f"DELETE FROM ledger_entry WHERE id = {made[4]}")
    with pytest.raises(CommandError, match="1 faults") as ended:
        call_command("verify_ledger")
    assert ended.value.returncode == 1
    assert Anchor.objects.count() == 1
