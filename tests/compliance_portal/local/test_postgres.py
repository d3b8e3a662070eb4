"""The embedded PostgreSQL, started for real."""

import os
import signal
import stat
import subprocess
from contextlib import closing

import psycopg2
import pytest

from compliance_portal.local.children import DidNotStart, stop_child
from compliance_portal.local.postgres import (
    DURABLE,
    Cluster,
    as_nobody,
    make_database,
    make_roles,
    programs,
    runner,
)
from compliance_portal.local.valkey import Valkey

RUNNERS = [runner, as_nobody] if os.geteuid() == 0 else [runner]


@pytest.fixture(params=RUNNERS, ids=lambda choose: choose.__name__)
def cluster(request, tmp_path, tmp_path_factory):
    """A server in a folder that only its owner may enter, started once under each way of leaving root."""
    home = tmp_path / "home"
    (home / "postgres").mkdir(mode=0o700, parents=True)
    home.chmod(0o700)
    sockets = tmp_path_factory.mktemp("s")
    sockets.chmod(0o700)
    cluster = Cluster(home / "postgres", sockets, tmp_path / "log", DURABLE, request.param())
    cluster.create()
    return cluster


@pytest.fixture
def server(cluster):
    child = cluster.start()
    yield child
    stop_child(child, first=signal.SIGINT, seconds=10)


def connect_as(cluster, role, password):
    return psycopg2.connect(host=str(cluster.sockets), dbname="portal", user=role, password=password)


def test_roles_own_or_use_and_nobody_comes_in_without_a_password(cluster, server):
    make_roles(cluster, passwords={"owner": "o", "portal": "p"})
    make_database(cluster, "portal")
    with closing(connect_as(cluster, "owner", "o")) as owner, owner, owner.cursor() as cursor:
        cursor.execute("CREATE TABLE proof (word text)")
    with closing(connect_as(cluster, "portal", "p")) as portal, portal.cursor() as cursor:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("CREATE TABLE mine (word text)")
        portal.rollback()
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("SELECT * FROM proof")
    with pytest.raises(psycopg2.OperationalError, match="password"):
        connect_as(cluster, "postgres", "wrong")


def test_a_killed_server_starts_again_with_every_row_it_had_confirmed(cluster, server):
    make_roles(cluster, passwords={"owner": "o", "portal": "p"})
    make_database(cluster, "portal")
    with closing(connect_as(cluster, "owner", "o")) as owner, owner, owner.cursor() as cursor:
        cursor.execute("CREATE TABLE proof AS SELECT 'kept' AS word")
    server.send_signal(signal.SIGKILL)
    server.wait()
    again = cluster.start()
    try:
        with closing(connect_as(cluster, "owner", "o")) as owner, owner.cursor() as cursor:
            cursor.execute("SELECT word FROM proof")
            assert cursor.fetchall() == [("kept",)]
    finally:
        stop_child(again, first=signal.SIGINT, seconds=10)


def test_it_starts_when_another_process_has_the_number_of_the_last_server(cluster):
    bystander = subprocess.Popen(["sleep", "600"])
    try:
        (cluster.data / "postmaster.pid").write_text(f"{bystander.pid}\n{cluster.data}\n")
        stop_child(cluster.start(), first=signal.SIGINT, seconds=10)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_the_data_folder_and_its_parents_stay_private(cluster):
    assert stat.S_IMODE(cluster.data.stat().st_mode) == 0o700
    assert stat.S_IMODE(cluster.folder.parent.stat().st_mode) == 0o700


def test_the_data_of_another_major_version_is_left_alone_with_a_sentence(cluster):
    (cluster.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(DidNotStart, match="made by PostgreSQL 16"):
        cluster.create()


def test_the_programs_of_another_installation_can_be_named(monkeypatch):
    programs.cache_clear()
    monkeypatch.setenv("PG_BINDIR", "/usr/lib/postgresql/15/bin")
    assert str(programs()) == "/usr/lib/postgresql/15/bin"
    programs.cache_clear()


def test_valkey_keeps_what_it_was_told_through_a_kill(tmp_path, tmp_path_factory):
    import redis

    valkey = Valkey(tmp_path, tmp_path_factory.mktemp("s"), tmp_path / "log")
    child = valkey.start()
    with redis.Redis(unix_socket_path=str(valkey.socket)) as client:
        client.set("word", "kept")
    child.kill()
    child.wait()
    child = valkey.start()
    try:
        with redis.Redis(unix_socket_path=str(valkey.socket)) as client:
            assert client.get("word") == b"kept"
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    finally:
        stop_child(child, first=signal.SIGTERM, seconds=5)
