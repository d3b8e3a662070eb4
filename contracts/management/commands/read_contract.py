"""`manage.py read_contract FILE --pack P …`: what a contract says about each required term. No database."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contracts.reading import Finding, Reading, Unreadable, read
from policy.packs import Pack, PackError, load

WORDS = {"met": "Has it", "deficient": "Falls short", "missing": "Not found"}


class Command(BaseCommand):
    help = "Read a contract (.pdf, .docx, .txt) and say what it has of each pack's terms. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--pack",
            action="append",
            required=True,
            dest="packs",
            help="for example ct-3520.13; may be repeated",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        try:
            packs = [load(ref) for ref in options["packs"]]
            found = read(path, packs=packs, on_page=None)
        except (PackError, Unreadable) as error:
            raise CommandError(str(error)) from error
        rows = rows_of(packs, found)
        if options["json"]:
            self.stdout.write(json.dumps(as_object(path, found, rows), indent=2, ensure_ascii=False))
        else:
            self.stdout.write(as_text(rows))


def rows_of(packs: list[Pack], found: Reading) -> list[tuple[Pack, str, Finding]]:
    """Each finding with its pack and the requirement's title, in the order asked."""
    answers = iter(found.findings)
    return [(pack, asked.title, next(answers)) for pack in packs for asked in pack.requirements]


def as_object(path: Path, found: Reading, rows: list[tuple[Pack, str, Finding]]) -> dict[str, Any]:
    return {
        "file": path.name,
        "engine": found.engine,
        "clauses": dict(found.clauses),
        "pages": len(found.pages),
        "flags": list(found.flags),
        "facts": [{"name": f.name, "value": f.value, "page": f.page} for f in found.facts],
        "signatures": [
            {
                "signer": s.signer,
                "signed_at": s.signed_at,
                "intact": s.intact,
                "altered_after": s.altered_after,
            }
            for s in found.signatures
        ],
        "findings": [
            {
                "pack": pack.ref,
                "requirement": finding.requirement,
                "verdict": finding.verdict,
                "sure": finding.sure,
                "quotes": [quote.text for quote in finding.quotes],
                "page": finding.quotes[0].page if finding.quotes else None,
                "nearest": [quote.text for quote in finding.nearest],
                "why": finding.why,
            }
            for pack, _title, finding in rows
        ],
    }


def as_text(rows: list[tuple[Pack, str, Finding]]) -> str:
    lines: list[str] = []
    for pack, title, finding in rows:
        if not lines or f"{pack.title} ({pack.ref})" not in lines:
            lines += ["", f"{pack.title} ({pack.ref})"]
        check = "" if finding.sure else "  PLEASE CHECK"
        page = f", page {finding.quotes[0].page}" if finding.quotes and finding.quotes[0].page else ""
        lines.append(f"  {finding.requirement:10} {WORDS[finding.verdict]:12}{check}{page}  {title}")
        lines += [f"      “{quote.text[:300]}”" for quote in finding.quotes]
        lines += [f"      Nearest words: “{quote.text[:300]}”" for quote in finding.nearest]
        if finding.why:
            lines.append(f"      {finding.why}")
    return "\n".join(lines).strip()
