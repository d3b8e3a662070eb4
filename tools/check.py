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
    shown: bool = False  # its output goes to the terminal as it comes


def steps(*, everything: bool, nowhere: str) -> list[Step]:
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    quiet = {name: value for name, value in quiet.items() if not name.endswith("_URL")}
    quiet["PORTAL_VAR"] = nowhere
    manage = [sys.executable, "-W", "ignore", "manage.py"]
    templates = sorted(
        str(path.relative_to(ROOT)) for path in ROOT.glob("*/**/*.html") if ".venv" not in path.parts
    )
    chosen = [] if everything else ["-m", "not long and not fault_long"]
    return [
        Step("lint", [f"{BIN}/ruff", "check", "."], quiet),
        Step("format", [f"{BIN}/ruff", "format", "--check", "."], quiet),
        Step("import rules", [f"{BIN}/lint-imports"], quiet),
        Step("templates", [f"{BIN}/djade", "--check", "--target-version", "5.2", *templates], quiet),
        Step("migrations", [*manage, "makemigrations", "--check", "--dry-run"], quiet),
        Step("settings", [*manage, "check", "--deploy", "--fail-level", "WARNING"], quiet | PRODUCTION),
        Step("types", [sys.executable, "-m", "mypy", *PACKAGES], quiet),
        Step(
            "tests",
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-n",
                "3",  # on two cores: each waits now and then, for a browser or a worker
                "--dist",
                "worksteal",
                "--durations=10",
                *chosen,
            ],
            quiet,
            shown=True,
        ),
    ]


def run(step: Step) -> tuple[bool, float]:
    began = time.monotonic()
    done = subprocess.run(
        step.command,
        cwd=ROOT,
        env=step.environ,
        stdout=None if step.shown else subprocess.PIPE,
        stderr=None if step.shown else subprocess.STDOUT,
        text=True,
        check=False,
    )
    passed = done.returncode == 0
    if not passed and not step.shown:
        print(done.stdout)
    return passed, time.monotonic() - began


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
            rows.append((step.name, "passed" if passed else "FAILED", f"{seconds:.0f} s"))
            if not step.shown:
                print(f"{step.name}: {rows[-1][1]} in {rows[-1][2]}", flush=True)
    table = "\n".join(
        ["| check | result | time |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    )
    print(f"\n{table}")
    if options.table:
        options.table.parent.mkdir(exist_ok=True)
        options.table.write_text(f"# The last `make test-all`\n\n{table}\n")
    return int(any(result == "FAILED" for _, result, _ in rows))


if __name__ == "__main__":
    sys.exit(main())
