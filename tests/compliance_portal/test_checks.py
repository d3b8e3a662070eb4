"""`manage.py check --deploy` names what is unencrypted or unscanned, with an id and a hint."""

import os
import subprocess
import sys

from tests.compliance_portal.test_environment import WHOLE
from tests.servers import ROOT, portal_environ


def check(tmp_path, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "check", "--deploy"],
        env=portal_environ(tmp_path, **environ),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_what_is_not_encrypted_or_scanned_is_named(tmp_path):
    said = check(tmp_path, **WHOLE | {"EMAIL_URL": "smtp://relay:25"})
    for name in ("portal.W101", "portal.W102", "portal.W103", "portal.W104"):
        assert name in said
    assert said.count("HINT:") >= 4


def test_one_machine_is_not_complained_of(tmp_path):
    """Nor is a whole installation: `tools/check.py` has its settings judged in every run."""
    assert "portal.W" not in check(tmp_path)


def test_the_tests_see_nothing_of_the_machines_own_settings():
    assert "DATABASE_URL" not in os.environ
    assert os.environ["PORTAL_VAR"].startswith("/tmp/pt-")
