from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.models import Seal
from ledger.seals import seal, verify
from parties.access import acting_in
from parties.models import District


class Command(BaseCommand):
    help = (
        "Compare the history with its seals and anchors. Ends non-zero when an entry was changed, removed, "
        "or the end of a chain was cut."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        sealed = seal()
        faults = list(verify())
        for fault in faults:
            where = f"district {fault.district}" if fault.district else "the installation"
            self.stderr.write(f"{where}, link {fault.position}: {fault.what}")
        if faults:
            raise CommandError(f"History was touched: {len(faults)} faults.", returncode=1)
        with acting_in(*District.objects.all()):
            links = Seal.objects.count()
        self.stdout.write(f"History is whole: {links} entries sealed ({sealed} of them now).")
