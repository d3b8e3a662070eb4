"""`manage.py due`: what is open, soonest first."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from parties.access import acting_in
from parties.models import District
from policy.clock import stamp
from policy.deadlines import LIVE
from policy.models import Obligation


class Command(BaseCommand):
    help = "List the open duties of every district, soonest first; undated ones on top."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON array")
        parser.add_argument("--district", metavar="SLUG", help="only this district")

    def handle(self, *args: Any, **options: Any) -> None:
        districts = District.objects.all()
        if options["district"]:
            districts = districts.filter(slug=options["district"])
        with acting_in(*districts):
            rows = [as_row(obligation) for obligation in open_duties()]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2))
            return
        for row in rows:
            when = row["due_at"] or "no date yet"
            self.stdout.write(
                f"{when:<22} {row['status']:<8} {row['district']} {row['case']}: {row['title']}"
            )


def open_duties() -> list[Obligation]:
    found = Obligation.objects.open().soonest_first()
    return list(found.select_related("district", "case").prefetch_related("deadlines"))


def as_row(obligation: Obligation) -> dict[str, Any]:
    """One duty with its clocks; `due_at` and `status` are those of the first one."""
    clocks = [row for row in obligation.deadlines.all() if row.status in (*LIVE, "missed")]
    clocks.sort(key=lambda row: (row.due_at is not None, row.due_at))
    first = clocks[0] if clocks else None
    return {
        "district": obligation.district.slug,
        "case": f"{obligation.case.kind} {obligation.case.number}",
        "rule": obligation.rule,
        "title": obligation.title,
        "owed_by": obligation.owed_by,
        "due_at": stamp(first.due_at) if first and first.due_at else None,
        "status": first.status if first else "undated",
        "deadlines": [
            {
                "pack": row.pack,
                "status": row.status,
                "due_at": stamp(row.due_at) if row.due_at else None,
                "provisional": row.provisional,
                "generation": row.generation,
            }
            for row in clocks
        ],
    }
