from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mail import valve
from mail.models import Delivery, Valve
from mail.reconciling import resolve_uncertain
from parties.access import acting_in
from parties.models import District


class Command(BaseCommand):
    help = (
        "Show, close or open the way out for all mail; a restore closes it until someone opens it. Or decide "
        "about a delivery of which nobody could know whether it left."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("step", choices=["status", "halt", "release", "arrived", "again"])
        parser.add_argument("delivery", type=int, nargs="?", help="number of an uncertain delivery")
        parser.add_argument("--reason", default="", help="required by every step but status; kept in history")

    def handle(self, *args: Any, **options: Any) -> None:
        step, reason = options["step"], options["reason"].strip()
        with acting_in(*District.objects.all()):
            if step != "status" and not reason:
                raise CommandError("Say why, with --reason: it is kept in history.")
            if step in ("halt", "release"):
                (valve.halt if step == "halt" else valve.release)(reason=reason, by=None)
            elif step != "status":
                self._decide(options["delivery"], arrived=step == "arrived", reason=reason)
            self._show()

    def _decide(self, number: int | None, *, arrived: bool, reason: str) -> None:
        delivery = Delivery.objects.filter(pk=number or 0).first()
        if delivery is None or not resolve_uncertain(delivery, arrived=arrived, by=None, reason=reason):
            raise CommandError(f"Delivery {number} is not uncertain. `mail status` lists those that are.")

    def _show(self) -> None:
        is_open = valve.is_open()
        row = Valve.objects.get()
        self.stdout.write("Mail may leave." if is_open else f"Mail is halted: {row.reason}")
        for status, count in sorted(Delivery.objects.counted().items()):
            self.stdout.write(f"{status:>10} {count}")
        for delivery in Delivery.objects.filter(status="uncertain").select_related("message").order_by("pk"):
            self.stdout.write(
                f"uncertain: {delivery.pk}, {delivery.message.kind} to {delivery.recipient_ref},"
                f" began {delivery.began_data_at:%Y-%m-%d %H:%M} UTC, Message-ID {delivery.header_id}"
            )
