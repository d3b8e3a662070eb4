"""The portal's settings for the tests: nothing of the machine's environment, servers of the run's own."""

import os
import shutil
import tempfile
from atexit import register
from pathlib import Path

from compliance_portal.environment import KNOWN

for _name in [*KNOWN, *(name for name in os.environ if name.startswith("PORTAL_"))]:
    os.environ.pop(_name, None)

# One folder a run, shared by the workers of pytest-xdist; short, for the sockets' sake.
if "TESTS_FOLDER" not in os.environ:
    _made = tempfile.mkdtemp(prefix="pt-", dir="/tmp")
    os.environ["TESTS_FOLDER"] = _made
    _maker = os.getpid()

    def _remove() -> None:
        if os.getpid() == _maker:
            shutil.rmtree(_made, ignore_errors=True)

    register(_remove)

TESTS_FOLDER = Path(os.environ["TESTS_FOLDER"])
TESTS_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw")
TESTS_VAR = TESTS_FOLDER / TESTS_WORKER
TESTS_VAR.mkdir(mode=0o700, exist_ok=True)
os.environ["PORTAL_VAR"] = str(TESTS_VAR)
# Playwright runs an event loop in the thread of the test, which Django would otherwise take for async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

from compliance_portal.settings import *  # noqa: E402, F403
from compliance_portal.settings import DATABASES, LOGGING  # noqa: E402

DATABASES["default"].update(
    HOST=str(TESTS_FOLDER / "s"), NAME=f"test_{TESTS_WORKER}", USER="portal", PASSWORD="portal"
)
DATABASE_OWNER_URL = f"postgres://owner:owner@/test_{TESTS_WORKER}?host={TESTS_FOLDER}/s"
CELERY_BROKER_URL = f"redis+socket://{TESTS_VAR}/valkey.sock"
SECRET_KEY = "known to every test, and to no portal that holds a record"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGGING["root"]["level"] = "WARNING"
