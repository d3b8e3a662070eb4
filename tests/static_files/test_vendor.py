"""The vendored design system is exactly what tools/vendor_static.py recorded."""

import gzip
import hashlib
import json
import re
from pathlib import Path

from django.core.management import call_command

STATIC = Path(__file__).resolve().parents[2] / "static"
RECORD = json.loads((STATIC / "vendor.json").read_text())


def test_every_vendored_file_has_the_recorded_digest():
    found = {
        str(path.relative_to(STATIC)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (STATIC / "uswds").rglob("*")
        if path.is_file()
    }
    assert found == RECORD["files"]
    assert len(found) > 30


def test_the_record_names_the_version_and_keeps_the_licence():
    assert RECORD["packages"][0]["package"] == "@uswds/uswds"
    assert RECORD["packages"][0]["version"] == "3.14.0"
    assert "CC0" in (STATIC / RECORD["packages"][0]["licence"]).read_text()


def test_no_sheet_or_script_names_a_source_map():
    for path in [*STATIC.rglob("*.css"), *STATIC.rglob("*.js")]:
        assert "sourceMappingURL" not in path.read_text(), path


def test_every_file_a_sheet_loads_is_vendored():
    for sheet in STATIC.rglob("*.css"):
        for name in re.findall(r"url\(([^)]+)\)", sheet.read_text()):
            assert (sheet.parent / name.strip("\"'")).resolve().is_file(), (sheet, name)


def test_own_sheets_use_logical_properties_only():
    css = (STATIC / "css" / "portal.css").read_text()
    physical = re.findall(
        r"(?:margin|padding|border|inset)?-?\b(?:left|right)\s*:|(?:margin|padding|border)-(?:left|right)",
        css,
    )
    assert physical == []
    assert re.findall(r"text-align:\s*(?:left|right)|float:", css) == []


def test_own_scripts_stay_under_four_kilobytes_on_the_way():
    sent = [len(gzip.compress(path.read_bytes(), 9)) for path in (STATIC / "js").glob("*.js")]
    assert sum(sent) < 4096


def test_every_file_gets_its_hashed_name(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    hashed = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    assert set(RECORD["files"]) <= set(hashed)
