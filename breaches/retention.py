"""Lists of affected people are deleted when their day has come; the proof of what was sent stays."""

from __future__ import annotations

from django.db import transaction

from breaches.models import Breach
from ledger.clock import engine_now
from ledger.entries import record
from ledger.models import HeldCase
from ledger.protection import Doorway
from parties.access import acting_in

DUE = Doorway(
    "people_to_purge",
    """SELECT b.case_id AS id, b.district_id FROM breaches_breach AS b
       WHERE b.purge_on <= (instant AT TIME ZONE 'UTC')::date AND b.status = 'closed'
         AND EXISTS (SELECT 1 FROM breaches_affectedperson AS p WHERE p.case_id = b.case_id)
         AND NOT EXISTS (SELECT 1 FROM ledger_heldcase AS h WHERE h.case_id = b.case_id)
       ORDER BY b.purge_on, b.case_id""",
)


def purge_lists() -> int:
    """Delete every list whose day has come and that no hold keeps. Returns how many lists.

    Run daily; any number at once does no harm. Effects: AffectedPerson and ListUpload rows, one Entry a case.
    """
    done = 0
    for pk, district in DUE.ids():
        if district is not None:
            with acting_in(district):
                done += purge_list(pk)
    return done


def purge_list(pk: int) -> bool:
    """Delete one breach's list, if it is still due; whether this call did it."""
    today = engine_now().date()
    with transaction.atomic():
        breach = Breach.objects.select_for_update(skip_locked=True).filter(pk=pk, purge_on__lte=today).first()
        if breach is None or HeldCase.objects.filter(case=breach.case_id).exists():
            return False
        count, _by_model = breach.people.all().delete()
        breach.uploads.all().delete()
        if count:
            record("people-purged", by=None, case=breach.case, count=count)
        return bool(count)
