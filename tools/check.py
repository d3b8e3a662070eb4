"""Every check of a change, one after another: a line each, the words of those that fail, one table."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "compliance_portal",
    "inquiries",
    "records",
    "breaches",
    "contracts",
    "notices",
    "roster",
    "policy",
    "mail",
    "ledger",
    "parties",
)
BIN = Path(sys.executable).parent

# What a real installation sets, so that `check --deploy` judges the settings people will run.
PRODUCTION = {
    "DATABASE_URL": "postgres://portal:secret@database/portal?sslmode=verify-full",
    "REDIS_URL": "rediss://broker:6379/0",
    "EMAIL_URL": "smtp+tls://portal:secret@relay:587",
    "STORAGE_URL": "s3://key:secret@s3.us-east-1.amazonaws.com/bucket?region=us-east-1",
    "PORTAL_URL": "https://privacy.example.org",
    "PORTAL_SECRET_KEY": "only-for-this-check-0123456789-abcdefghijklmnopqrstuvwxyz",
    "PORTAL_PROXIES": "1",
    "SCANNER_URL": "clamd://scanner:3310",
}


@dataclass
class Step:
    name: str
    command: list[str]
    environ: dict[str, str]
    report: Path | None = None  # where tests are counted; their output goes to the terminal as it comes


def steps(*, everything: bool, nowhere: str) -> list[Step]:
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    quiet = {name: value for name, value in quiet.items() if not name.endswith("_URL")}
    quiet["PORTAL_VAR"] = nowhere
    manage = [sys.executable, "-W", "ignore", "manage.py"]
    templates = sorted(
        str(path.relative_to(ROOT)) for path in ROOT.glob("*/**/*.html") if ".venv" not in path.parts
    )
    checks = [
        Step("lint", [f"{BIN}/ruff", "check", "."], quiet),
        Step("format", [f"{BIN}/ruff", "format", "--check", "."], quiet),
        Step("import rules", [f"{BIN}/lint-imports"], quiet),
        Step("templates", [f"{BIN}/djade", "--check", "--target-version", "5.2", *templates], quiet),
        Step("migrations", [*manage, "makemigrations", "--check", "--dry-run"], quiet),
        Step("settings", [*manage, "check", "--deploy", "--fail-level", "WARNING"], quiet | PRODUCTION),
        Step("types", [sys.executable, "-m", "mypy", *PACKAGES], quiet),
    ]
    # on two cores: each of three waits now and then, for a browser or a worker
    tests = [tests_of("tests", "not long and not fault_long", quiet, nowhere, *beside(3))]
    if everything:
        tests.append(tests_of("long tests", "long", quiet, nowhere, *beside(2)))
        tests.append(tests_of("failures, every seed", "fault_long", quiet, nowhere, "-p", "no:xdist"))
    return [*checks, *tests]


def beside(workers: int) -> tuple[str, ...]:
    return ("-n", str(workers), "--dist", "worksteal")


def tests_of(name: str, marked: str, environ: dict[str, str], nowhere: str, *options: str) -> Step:
    report = Path(nowhere) / f"{name}.xml"
    pytest = [sys.executable, "-m", "pytest", "-q", "--durations=10", "-m", marked, f"--junit-xml={report}"]
    return Step(name, [*pytest, *options], environ, report)


def run(step: Step) -> tuple[bool, float]:
    began = time.monotonic()
    done = subprocess.run(
        step.command,
        cwd=ROOT,
        env=step.environ,
        stdout=None if step.report else subprocess.PIPE,
        stderr=None if step.report else subprocess.STDOUT,
        text=True,
        check=False,
    )
    passed = done.returncode == 0
    if not passed and not step.report:
        print(done.stdout)
    return passed, time.monotonic() - began


def counted(step: Step) -> str:
    """How many tests ran, of those that say so."""
    if step.report is None or not step.report.is_file():
        return ""
    suite = next(ElementTree.parse(step.report).iter("testsuite")).attrib
    names = ("failures", "errors", "skipped")
    return ", ".join([f"{suite['tests']} tests", *(f"{suite[n]} {n}" for n in names if suite[n] != "0")])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="the long tests, too")
    parser.add_argument("--table", type=Path, help="also write the table to this file")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as nowhere:
        for step in steps(everything=options.all, nowhere=nowhere):
            print(f"{step.name} ...", flush=True)
            passed, seconds = run(step)
            rows.append((step.name, "passed" if passed else "FAILED", counted(step), f"{seconds:.0f} s"))
            if step.report is None:
                print(f"{step.name}: {rows[-1][1]} in {rows[-1][3]}", flush=True)
    table = "\n".join(
        [
            "| check | result | counted | time |",
            "|---|---|---|---|",
            *(f"| {' | '.join(row)} |" for row in rows),
        ]
    )
    print(f"\n{table}")
    if options.table:
        options.table.parent.mkdir(exist_ok=True)
        options.table.write_text(f"# The last `make test-all`\n\n{table}\n")
    return int(any(row[1] == "FAILED" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
