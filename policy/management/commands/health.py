"""`manage.py health`: does the engine make progress? Non-zero when it does not."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from policy.health import problems_now


class Command(BaseCommand):
    help = "Judge the engine by its progress: last sweep, oldest due clock, oldest lease of the outbox."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        facts, problems = problems_now()
        if options["json"]:
            self.stdout.write(json.dumps({"facts": facts, "problems": problems}, indent=2))
        else:
            for name, value in facts.items():
                self.stdout.write(f"{name}: {value}")
        if problems:
            raise CommandError("\n".join(problems))
        if not options["json"]:
            self.stdout.write("The engine makes progress.")
