"""`manage.py serve`: the whole portal on one machine, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from compliance_portal.local.children import DidNotStart, die_with_parent
from compliance_portal.local.places import AlreadyRunning, NotOurs, Places
from compliance_portal.local.supervisor import Supervisor


class Command(BaseCommand):
    help = "Runs the portal: embedded PostgreSQL and Valkey (unless set otherwise), worker, beat and web."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--empty", action="store_true", help="first start: no demo, at the set-up desk")
        parser.add_argument(
            "--with-parent", action="store_true", help="end when the program that started this one ends"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["with_parent"]:
            die_with_parent(signal.SIGTERM)
        environ = {name: value for name, value in os.environ.items() if value != ""}
        supervisor = Supervisor(
            places=Places(settings.VAR_DIR),
            port=int(environ.get("PORT", "8000")),
            empty=options["empty"],
            say=self._say,
            environ={**environ, "PORTAL_VAR": str(settings.VAR_DIR)},
        )
        try:
            supervisor.run()
        except (DidNotStart, AlreadyRunning, NotOurs) as refusal:
            raise CommandError(str(refusal)) from None

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        sys.stdout.flush()
