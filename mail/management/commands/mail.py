from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mail import valve
from mail.models import Delivery, Valve
from parties.access import acting_in
from parties.models import District


class Command(BaseCommand):
    help = "Show, close or open the way out for all mail. A restore closes it until someone opens it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("step", choices=["status", "halt", "release"])
        parser.add_argument("--reason", default="", help="required to halt and to release; kept in history")

    def handle(self, *args: Any, **options: Any) -> None:
        step, reason = options["step"], options["reason"].strip()
        if step != "status":
            if not reason:
                raise CommandError("Say why, with --reason: it is kept in history.")
            (valve.halt if step == "halt" else valve.release)(reason=reason, by=None)
        is_open = valve.is_open()
        row = Valve.objects.get()
        self.stdout.write("Mail may leave." if is_open else f"Mail is halted: {row.reason}")
        with acting_in(*District.objects.all()):
            for status, count in sorted(Delivery.objects.counted().items()):
                self.stdout.write(f"{status:>10} {count}")
