"""Rules of the repository that no linter knows."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from django.apps import apps
from jsonschema import Draft202012Validator

from tests.compliance_portal.test_environment import WHOLE
from tests.servers import ROOT, portal_environ

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = PROJECT["tool"]["importlinter"]["root_packages"]
ROOMS = ["inquiries", "records", "breaches", "contracts", "notices"]
FLOORS = ["roster", "policy", "mail", "ledger", "parties"]
LOCKS = ["requirements.lock", "requirements-dev.lock"]

# Where `.update()` or a bulk write on a model with a history is meant, and the history written by hand.
BULK_ALLOWED: dict[str, str] = {}


def modules(*packages: str) -> list[Path]:
    return [
        path
        for package in packages
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts
    ]


# --- packages and locks ---


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_hashes_and_no_address(name):
    lock = (ROOT / name).read_text()
    assert re.findall(r"https?://|file:|--index-url|--extra-index-url|--find-links|git\+", lock) == []
    pinned = re.findall(r"^([A-Za-z0-9_.\[\]-]+==\S+)", lock, re.MULTILINE)
    assert len(pinned) > 50
    blocks = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)
    assert [block.split()[0] for block in blocks if "==" in block and "--hash=sha256:" not in block] == []


def test_the_test_lock_holds_the_other_at_the_same_versions():
    def versions(name):
        return dict(
            re.findall(r"^([A-Za-z0-9_.-]+)(?:\[\S+\])?==(\S+)", (ROOT / name).read_text(), re.MULTILINE)
        )

    run, test = versions("requirements.lock"), versions("requirements-dev.lock")
    assert {name: test.get(name) for name in run} == run


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_of_the_project_is_locked(lock):
    wanted = list(PROJECT["project"]["dependencies"])
    if lock == "requirements-dev.lock":
        wanted += PROJECT["project"]["optional-dependencies"]["dev"]
    names = {re.match(r"[A-Za-z0-9_.-]+", line)[0].lower().replace("_", "-") for line in wanted}
    locked = set(re.findall(r"^([a-z0-9_.-]+)(?:\[\S+\])?==", (ROOT / lock).read_text(), re.MULTILINE))
    assert names - locked == set()


def test_python_3_11_is_enough_and_no_lock_format_with_addresses_is_here():
    assert PROJECT["project"]["requires-python"] == ">=3.11"
    for name in ("uv.lock", "package-lock.json", "poetry.lock", "Pipfile.lock", "yarn.lock"):
        assert list(ROOT.glob(name)) == []


def test_no_package_of_ours_hides_one_that_is_installed():
    installed = packages_distributions()
    ours = [path.parent.name for path in ROOT.glob("*/__init__.py")]
    assert set(PACKAGES) < set(ours)
    assert [name for name in ours if name in installed or name in sys.stdlib_module_names] == []


# --- code ---


def calls(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield node


def test_time_is_the_engines():
    """Whoever stands on the ledger asks engine_now(), by which tests travel, and not its own clock."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node.func)}"
        for path in modules(*ROOMS, *FLOORS)
        if path.parts[len(ROOT.parts)] != "parties"  # which the ledger stands on
        for node in calls(path)
        if ast.unparse(node.func)
        in {
            "timezone.now",
            "datetime.now",
            "datetime.utcnow",
            "date.today",
            "datetime.today",
            "timezone.localdate",
        }
        or ast.unparse(node.func).endswith((".datetime.now", ".date.today"))
    ]
    assert found == []


def test_nothing_writes_past_a_history():
    """django-simple-history is blind to update() and bulk writes, so no tracked model is written that way."""
    tracked = {
        model.__name__
        for model in apps.get_models()
        if hasattr(model, "history") and not model._meta.app_label.startswith("django")
    }
    assert tracked
    found = []
    for path in modules(*ROOMS, *FLOORS, "compliance_portal"):
        for node in calls(path):
            if not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in {"update", "bulk_create", "bulk_update", "aupdate"}:
                words = set(re.findall(r"\b[A-Z]\w+\b", ast.unparse(node.func.value)))
                where = f"{path.relative_to(ROOT)}:{node.lineno}"
                if words & tracked and where.split(":")[0] not in BULK_ALLOWED:
                    found.append(f"{where} {ast.unparse(node.func)}")
    assert found == []


def test_nothing_asks_the_database_while_the_portal_starts(tmp_path):
    """A connection made before Celery forks is shared by its children and breaks their queries."""
    script = (
        "import psycopg2\n"
        "def refuse(*a, **k): raise SystemExit('a query at start')\n"
        "psycopg2.connect = refuse\n"
        "import compliance_portal.wsgi\n"
        "from compliance_portal.celery import app\n"
        "app.loader.import_default_modules()\n"
        "print('quiet')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=portal_environ(tmp_path),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "quiet\n", done.stderr


def test_no_task_is_put_off_for_longer_than_a_minute():
    """A task that waits in a worker's memory is lost with it; due times live in the database."""
    found = []
    for path in modules(*PACKAGES):
        for node in calls(path):
            for keyword in node.keywords:
                late = keyword.arg == "countdown" and not (
                    isinstance(keyword.value, ast.Constant) and keyword.value.value <= 60
                )
                if keyword.arg == "eta" or late:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


def test_no_template_has_a_script_or_style_of_its_own():
    """The content security policy would refuse it; e-mails and printed letters have no such policy."""
    found = []
    for path in [*ROOT.glob("templates/**/*.html"), *ROOT.glob("*/templates/**/*.html")]:
        if {"letters", "mail", "email", "pdf", "packet", "emails"} & set(path.parts):
            continue
        text = path.read_text()
        text = re.sub(r'<script[^>]*type="application/json"[^>]*>', "", text)  # facts, which nothing runs
        if re.search(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=\"|\son[a-z]+=\"|javascript:", text):
            found.append(str(path.relative_to(ROOT)))
    assert found == []


# --- the real arrangement ---

DURATION = {"type": "string", "pattern": r"^(\d+(us|ms|s|m|h))+$"}
STRINGS = {"type": "array", "items": {"type": "string"}}
COMMAND = {"oneOf": [{"type": "string"}, STRINGS]}
# The part of the Compose specification that our file uses; anything else in it is refused.
SERVICE = {
    "type": "object",
    "additionalProperties": False,
    "anyOf": [{"required": ["image"]}, {"required": ["build"]}],
    "properties": {
        "build": {"oneOf": [{"type": "string"}, {"type": "object"}]},
        "image": {"type": "string", "minLength": 1},
        "command": COMMAND,
        "environment": {
            "type": "object",
            "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
        },
        "ports": {"type": "array", "items": {"type": "string", "pattern": r"^([\d.]+:)?\d+:\d+$"}},
        "volumes": {"type": "array", "items": {"type": "string", "pattern": r"^[\w./-]+:/[\w./-]+(:ro)?$"}},
        "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
        "stop_grace_period": DURATION,
        "depends_on": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["condition"],
                "properties": {
                    "condition": {
                        "enum": ["service_started", "service_healthy", "service_completed_successfully"]
                    }
                },
            },
        },
        "healthcheck": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "test": COMMAND,
                "interval": DURATION,
                "timeout": DURATION,
                "retries": {"type": "integer"},
            },
        },
    },
}
COMPOSE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["services"],
    "patternProperties": {"^x-": {}},
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
        "services": {
            "type": "object",
            "patternProperties": {"^[a-zA-Z0-9._-]+$": SERVICE},
            "additionalProperties": False,
        },
        "volumes": {"type": "object", "additionalProperties": {"type": ["object", "null"]}},
    },
}


@pytest.fixture(scope="module")
def compose():
    import yaml

    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_the_compose_file_follows_the_specification(compose):
    assert [error.message for error in Draft202012Validator(COMPOSE).iter_errors(compose)] == []


def test_everything_the_compose_file_names_exists(compose):
    services = compose["services"]
    assert {"web", "worker", "beat", "migrate", "database", "broker", "mail"} == set(services)
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        for other, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[other]
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in compose["volumes"]


def test_workers_can_be_many(compose):
    """A fixed name or port would keep `--scale worker=4` from starting the second."""
    assert not {"container_name", "ports"} & set(compose["services"]["worker"])


def test_only_migrate_is_given_the_owners_account(compose):
    holders = [
        name
        for name, service in compose["services"].items()
        if "DATABASE_OWNER_URL" in service.get("environment", {})
    ]
    assert holders == ["migrate"]


def test_the_compose_settings_are_whole(compose, tmp_path):
    def plain(text: str) -> str:
        return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)

    for name in ("web", "worker", "beat", "migrate"):
        said = {key: plain(value) for key, value in compose["services"][name]["environment"].items()}
        done = subprocess.run(
            [sys.executable, "-c", "import compliance_portal.settings"],
            env=portal_environ(tmp_path, **said),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_the_image_installs_the_same_lock_and_the_same_libraries():
    image = (ROOT / "Dockerfile").read_text()
    assert "pip install --no-cache-dir --require-hashes -r requirements.lock" in image
    prepare = (ROOT / "tools" / "prepare.sh").read_text()
    for library in ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"):
        assert library in image
        assert library in prepare
    assert re.search(r"^USER portal$", image, re.MULTILINE)


@pytest.mark.long
def test_the_static_files_can_be_hashed_for_the_image(tmp_path):
    script = (
        "import sys, django\n"
        "from django.conf import settings\n"
        "settings.STATIC_ROOT = sys.argv[1]\n"
        "django.setup()\n"
        "from django.core.management import call_command\n"
        "call_command('collectstatic', interactive=False, verbosity=0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "static"],
        env=portal_environ(tmp_path, **WHOLE | {"STORAGE_URL": "file:///none"}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "static" / "staticfiles.json").read_text())
    assert len(manifest["paths"]) > 10


def test_continuous_integration_runs_the_tests():
    assert "exec make test" in (ROOT / ".ci" / "run").read_text()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
