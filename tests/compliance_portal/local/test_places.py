"""One-machine mode keeps to its own private folder."""

import os
import shutil

import pytest

from compliance_portal.local.places import AlreadyRunning, NotOurs, Places


@pytest.fixture
def places(tmp_path):
    places = Places(tmp_path / "var")
    places.make()
    return places


def test_every_folder_is_private(places):
    folders = [places.var, *(path for path in places.var.rglob("*") if path.is_dir())]
    assert len(folders) > 4
    assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}


def test_the_facts_are_readable_by_their_owner_only_and_add_up(places):
    places.write_facts(one="1")
    places.write_facts(two="2")
    assert places.read_facts() == {"one": "1", "two": "2"}
    assert places.facts.stat().st_mode & 0o777 == 0o600


def test_a_secret_is_made_once(places):
    assert places.secret("secret_key") == places.secret("secret_key")
    assert len(places.secret("secret_key")) >= 50


def test_a_second_supervisor_is_refused(places):
    with places.hold(), pytest.raises(AlreadyRunning, match="already running"):
        places.hold()


def test_the_folder_is_free_again_when_the_first_has_ended(places):
    places.hold().close()
    places.hold().close()


def test_a_short_path_holds_the_sockets(tmp_path):
    places = Places(tmp_path.parent / "v")
    places.make()
    assert places.sockets() == places.var / "run"
    shutil.rmtree(places.var)


@pytest.mark.parametrize("name", ["long" * 30, "with a space", "with%percent"])
def test_a_path_no_socket_can_have_leads_to_a_private_temporary_folder(tmp_path, name):
    places = Places(tmp_path / name)
    places.make()
    sockets = places.sockets()
    assert len(os.fsencode(sockets / ".s.PGSQL.5432")) <= 107
    assert sockets.stat().st_mode & 0o777 == 0o700
    places.forget_sockets(sockets)
    assert not sockets.exists()


def test_somebody_elses_folder_is_refused(tmp_path, monkeypatch):
    (tmp_path / "var").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(NotOurs, match="this is user 12345"):
        Places(tmp_path / "var").make()
