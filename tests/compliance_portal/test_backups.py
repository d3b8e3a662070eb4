"""A backup opens only whole and with its key, and a restore is all or nothing, with the mail halted."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from contextlib import contextmanager

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from compliance_portal.backups.encryption import HEADER, PIECE, TAG, Decrypted, Encrypted, Unreadable
from compliance_portal.backups.making import add
from compliance_portal.environment import decode_key
from compliance_portal.local.postgres import make_database
from ledger.documents import receive_document
from ledger.entries import open_case
from ledger.models import Case, Document, Entry
from ledger.seals import seal
from mail import outbox, valve
from mail.models import Delivery
from parties.access import see_districts
from parties.models import District
from tests.factories import DistrictFactory
from tests.ledger.files import pdf, upload
from tests.ledger.settling import let_settle
from tests.mail.letters_out import family, ingest, notice
from tests.servers import TEMPLATE

KEY = "J8Wn2sQk0vR5tXz7Bc1dEf3gHi6jKl9mNo4pQrUsTwY"
OTHER_KEY = "Zz9Wn2sQk0vR5tXz7Bc1dEf3gHi6jKl9mNo4pQrUsTw"


# --- the encrypted stream


def sealed(plain: bytes, key: bytes = b"k" * 32) -> bytes:
    out = io.BytesIO()
    stream = Encrypted(out, key)
    stream.write(plain)
    stream.close()
    return out.getvalue()


def opened(content: bytes, key: bytes = b"k" * 32) -> bytes:
    return Decrypted(io.BytesIO(content), key).read()


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 77])
def test_what_was_written_is_read_again(size):
    plain = bytes(range(256)) * (size // 256 + 1)
    assert opened(sealed(plain[:size])) == plain[:size]


def test_nothing_of_the_words_is_in_the_file():
    assert b"Family" not in sealed(b"Family 1 " * 1000)
    assert sealed(b"Family 1") != sealed(b"Family 1")


def test_it_is_given_out_piece_by_piece():
    stream = Decrypted(io.BytesIO(sealed(b"a" * PIECE + b"b" * 10)), b"k" * 32)
    assert [stream.read(5), len(stream.read(PIECE)), stream.read(), stream.read(1)] == [
        b"aaaaa", PIECE, b"bbbbb", b"",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[: HEADER + PIECE + TAG],  # cut where a piece ends
        lambda whole: whole[:-1],
        lambda whole: whole[:HEADER],
        lambda whole: whole + b"x",
        lambda whole: whole[:-5] + bytes([whole[-5] ^ 1]) + whole[-4:],
        lambda whole: whole[: HEADER + 9] + bytes([whole[HEADER + 9] ^ 128]) + whole[HEADER + 10 :],
        lambda whole: whole[:HEADER] + whole[HEADER + PIECE + TAG :] + whole[HEADER : HEADER + PIECE + TAG],
    ],
)
def test_a_file_that_was_cut_or_altered_is_refused(damage):
    with pytest.raises(Unreadable, match="cut off or altered"):
        opened(damage(sealed(b"x" * (2 * PIECE + 5))))


def test_another_key_is_told_from_a_damaged_file():
    with pytest.raises(Unreadable, match="not the key with which"):
        opened(sealed(b"words"), b"j" * 32)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 and so on" * 20, b"portal backup 1\n"])
def test_another_file_is_no_backup(content):
    with pytest.raises(Unreadable, match="not a backup"):
        opened(content)


# --- the two commands


@pytest.fixture
def place(settings, tmp_path, database):
    """Look at another database and file store: `with place("new"):`. Databases are made when first named:
    empty, or as `migrate` leaves them."""
    settings.BACKUP_KEY = KEY
    home = settings.DATABASES["default"]["NAME"]
    used = set()

    @contextmanager
    def look_at(name: str, *, migrated: bool = False):
        before = connection.settings_dict["NAME"], settings.DATABASE_OWNER_URL, settings.STORAGES
        there = f"{home}_{name}"
        if name not in used:
            with database.superuser.cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {there}")
            make_database(database.cluster, there, template=TEMPLATE if migrated else "template0")
            used.add(name)
        connection.close()
        connection.settings_dict["NAME"] = there
        settings.DATABASE_OWNER_URL = settings.DATABASE_OWNER_URL.replace(home, there)
        settings.STORAGES = store(tmp_path / name)
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"], settings.DATABASE_OWNER_URL, settings.STORAGES = before

    def store(folder):
        own = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(folder)}}
        return {**settings.STORAGES, "default": own}

    settings.STORAGES = store(tmp_path / "home")
    yield look_at
    with database.superuser.cursor() as cursor:
        for name in used:
            cursor.execute(f"DROP DATABASE {home}_{name} (FORCE)")


def case_of(district: District) -> Case:
    return open_case(district=district, kind="contract", title="MathPath")


def tables() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_drill_after_a_restore_nothing_leaves_twice_and_history_is_whole(place, relay, tmp_path, capsys):
    elm = DistrictFactory()
    words = pdf()
    paper = receive_document(case=case_of(elm), kind="evidence", upload=upload(words), by=None)
    notice(elm, [family(1), family(2)])
    let_settle()
    assert seal() > 0
    call_command("backup", tmp_path / "night.backup")
    assert outbox.turn() == 2  # after the backup, so that the copy does not know it
    with place("new"):
        call_command("restore", tmp_path / "night.backup")
        call_command("verify_ledger")
        see_districts([elm.pk])
        with default_storage.open(Document.objects.get(uuid=paper.uuid).file.name) as file:
            assert file.read() == words
        assert Delivery.objects.counted() == {"pending": 2}
        assert not valve.is_open()
        assert outbox.turn() == 0
        ingest(relay)
        call_command("mail", "release", "--reason", "Compared with the relay's log.")
        assert outbox.turn() == 0
        assert Delivery.objects.counted() == {"sent": 2}
        notice(District.objects.get(), [family(3)])
        assert outbox.turn() == 1
        acts = list(Entry.objects.filter(district=None).values_list("act", flat=True).order_by("pk"))
        assert acts[-3:] == ["mail-halted", "restored", "mail-released"]
    assert len({line["message_id"] for line in relay.accepted}) == len(relay.accepted) == 3
    assert "Mail is halted" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_a_used_database_gives_way_only_when_told_and_its_later_anchors_are_put_aside(place, tmp_path):
    with place("old", migrated=True):
        DistrictFactory(name="Elm")
        call_command("backup", tmp_path / "one.backup")
        DistrictFactory(name="Oak")
        default_storage.save("anchors/1/000000000007", ContentFile(b"1:7:later:signature"))
        with pytest.raises(CommandError, match="not empty"):
            call_command("restore", tmp_path / "one.backup")
        assert District.objects.count() == 2

        call_command("restore", tmp_path / "one.backup", "--replace")
        assert [district.name for district in District.objects.all()] == ["Elm"]
        call_command("verify_ledger")
        assert default_storage.exists("anchors-before-restore/1/000000000007")
        assert not valve.is_open()


@pytest.mark.django_db(transaction=True)
def test_a_restore_is_refused_and_leaves_nothing_behind(place, settings, tmp_path, database):
    receive_document(case=case_of(DistrictFactory()), kind="evidence", upload=upload(pdf()), by=None)
    good = tmp_path / "good.backup"
    call_command("backup", good)
    cut = tmp_path / "cut.backup"
    cut.write_bytes(good.read_bytes()[:-40])
    with place("new"):
        for source, key, words in [
            (good, "", "PORTAL_BACKUP_KEY is not set"),
            (good, OTHER_KEY, "not the key with which"),
            (cut, KEY, "cut off or altered"),
            (tmp_path / "absent.backup", KEY, "No such file"),
        ]:
            settings.BACKUP_KEY = key
            with pytest.raises(CommandError, match=words):
                call_command("restore", source)
        assert tables() == 0
        settings.BACKUP_KEY = KEY
        with (
            database.cluster.connect(connection.settings_dict["NAME"]),
            pytest.raises(CommandError, match="1 other sessions use this database"),
        ):
            call_command("restore", good)
        assert tables() == 0
    assert not (tmp_path / "new").exists()


@pytest.mark.django_db(transaction=True)
def test_when_the_database_refuses_neither_tables_nor_files_stay(place, tmp_path):
    """A stream that opens well and holds SQL that fails at its end."""
    bad = tmp_path / "bad.backup"
    with bad.open("wb") as out:
        stream = Encrypted(out, decode_key(KEY))
        with tarfile.open(fileobj=stream, mode="w|") as archive:
            add(archive, "portal.json", b'{"made_at": "2026-11-21T00:00:00+00:00"}')
            for place_, words in enumerate((b"CREATE TABLE public.half ();\n", b"SELECT 1 / 0;\n")):
                add(archive, f"database/{place_}.sql.gz", gzip.compress(words))
            add(archive, "files/1/paper", b"words")
            add(archive, "end.json", json.dumps({"pieces": 2, "files": 1}).encode())
        stream.close()
    with place("new"):
        with pytest.raises(CommandError, match=r"Nothing was restored. psql failed: .*division by zero"):
            call_command("restore", bad)
        assert tables() == 0
        assert not default_storage.exists("1/paper")


@pytest.mark.django_db(transaction=True)
def test_a_backup_is_private_is_never_written_over_and_needs_its_key(place, settings, tmp_path):
    target = tmp_path / "night.backup"
    settings.BACKUP_KEY = ""
    with pytest.raises(CommandError, match="PORTAL_BACKUP_KEY is not set"):
        call_command("backup", target)
    assert not target.exists()
    settings.BACKUP_KEY = KEY
    call_command("backup", target)
    assert target.stat().st_mode & 0o777 == 0o600
    before = target.read_bytes()
    with pytest.raises(CommandError, match="already there"):
        call_command("backup", target)
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.glob("*.unfinished")] == []


@pytest.mark.django_db(transaction=True)
def test_a_backup_that_fails_half_way_leaves_no_file_that_looks_whole(place, settings, tmp_path):
    settings.DATABASE_OWNER_URL = settings.DATABASE_OWNER_URL.replace("owner:owner@", "portal:portal@")
    with pytest.raises(CommandError, match="pg_dump failed"):  # portal may not see every row
        call_command("backup", tmp_path / "night.backup")
    assert list(tmp_path.glob("night*")) == []
