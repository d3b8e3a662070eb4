"""What the environment may say: judged before Django, in one go, without repeating a secret."""

import subprocess
import sys

import pytest

from compliance_portal.environment import KNOWN, find_problems
from tests.servers import ROOT, portal_environ

WHOLE = {
    "DATABASE_URL": "postgres://portal:secret@db/portal",
    "REDIS_URL": "redis://broker:6379/0",
    "EMAIL_URL": "smtp+tls://relay:587",
    "STORAGE_URL": "s3://key:secret@s3.us-east-1.amazonaws.com/bucket",
    "PORTAL_URL": "https://privacy.example.org",
    "PORTAL_SECRET_KEY": "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOP",
}


def ids(environ: dict[str, str]) -> list[str]:
    return [problem.id for problem in find_problems(environ)]


def test_nothing_set_is_one_machine_mode():
    assert find_problems({"PATH": "/usr/bin", "PORTAL_URL": ""}) == []


def test_a_whole_installation_has_no_problem():
    assert find_problems(WHOLE) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"PORTAL_SECRETKEY": "x"}, "portal.E001"),
        ({"PORTAL_GOOGLE_CLIENT_ID": "x"}, "portal.E002"),
        ({"PORTAL_ENTRA_TENANT": "x", "PORTAL_ENTRA_CLIENT_ID": "x"}, "portal.E002"),
        ({"REDIS_URL": ""}, "portal.E003"),
        ({"DATABASE_URL": "mysql://portal@db/portal"}, "portal.E005"),
        ({"DATABASE_URL": "postgres://portal@db"}, "portal.E005"),
        ({"EMAIL_URL": "relay:587"}, "portal.E005"),
        ({"SCANNER_URL": "http://scanner"}, "portal.E005"),
        ({"REDIS_URL": "redis://broker:port"}, "portal.E005"),
        ({"STORAGE_URL": "file://relative/folder"}, "portal.E005"),
        ({"STORAGE_URL": "file:///absolute/folder"}, None),
        ({"PORTAL_WORKERS": "many"}, "portal.E006"),
        ({"PORT": "80000"}, "portal.E006"),
        ({"PORTAL_PROXIES": "-1"}, "portal.E006"),
        ({"PORTAL_LOG_LEVEL": "loud"}, "portal.E007"),
        ({"PORTAL_SECRET_KEY": "short"}, "portal.E008"),
        ({"PORTAL_SECRET_KEY": "a" * 60}, "portal.E008"),
        ({"PORTAL_URL": "http://privacy.example.org"}, "portal.E009"),
        ({"DATABASE_OWNER_URL": WHOLE["DATABASE_URL"]}, "portal.E010"),
        ({"PORTAL_BACKUP_KEY": "maple river paper lantern"}, "portal.E011"),
        ({"PORTAL_BACKUP_KEY": "A" * 43}, "portal.E011"),
        ({"PORTAL_BACKUP_KEY": "J8Wn2sQk0vR5tXz7Bc1dEf3gHi6jKl9mNo4pQrUsTwY"}, None),
    ],
)
def test_each_mistake_has_its_id(change, expected):
    assert ids(WHOLE | change) == ([expected] if expected else [])


def test_an_owner_without_a_database_is_half_set():
    assert ids({"DATABASE_OWNER_URL": "postgres://owner@db/portal"}) == ["portal.E004"]


def test_every_problem_has_a_hint_and_repeats_no_value():
    wrong = {name: "s3cret value" for name in KNOWN} | {"PORTAL_WRONG": "s3cret value"}
    problems = find_problems(wrong)
    assert len(problems) > 10
    for problem in problems:
        assert problem.hint
        assert "s3cret" not in str(problem)


def test_every_command_refuses_with_all_problems_and_no_traceback(tmp_path):
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "check"],
        env=portal_environ(tmp_path, PORTAL_MISSPELT="1", PORTAL_WORKERS="many"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "(portal.E001) PORTAL_MISSPELT" in done.stderr
    assert "(portal.E006) PORTAL_WORKERS" in done.stderr
    assert "HINT:" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_needs_no_database(tmp_path):
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "check"],
        env=portal_environ(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_readme_explains_every_setting():
    readme = (ROOT / "README.md").read_text()
    assert [name for name in KNOWN if f"`{name}`" not in readme] == []
