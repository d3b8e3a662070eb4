"""What ends some time after closure: the list of affected people, and the notice on the public site.

The proof of what was sent stays with the case, and so does every version of the page.
"""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from breaches.models import Breach
from breaches.packet import NAMED
from ledger.clock import engine_now
from ledger.entries import Conflict, record
from ledger.models import HeldCase
from ledger.protection import Doorway
from ledger.purge import purge_documents
from notices.compose import first_language
from notices.models import Posting
from notices.postings import withdraw_posting
from parties.access import acting_in

DUE = Doorway(
    "people_to_purge",
    f"""WITH RECURSIVE carried (id, district_id, purge_on) AS (
           SELECT b.case_id, b.district_id, b.purge_on FROM breaches_breach AS b
           WHERE b.purge_on <= (instant AT TIME ZONE 'UTC')::date AND b.status = 'closed'
           UNION ALL
           SELECT m.case_id, m.district_id, c.purge_on FROM breaches_breach AS m
           JOIN carried AS c ON m.merged_into_id = c.id)
       SELECT c.id, c.district_id FROM carried AS c
       WHERE (EXISTS (SELECT 1 FROM breaches_affectedperson AS p WHERE p.case_id = c.id)
              OR EXISTS (SELECT 1 FROM breaches_listupload AS u WHERE u.case_id = c.id)
              OR EXISTS (SELECT 1 FROM ledger_document AS d WHERE d.case_id = c.id AND d.kind IN {NAMED}))
         AND NOT EXISTS (SELECT 1 FROM ledger_heldcase AS h WHERE h.case_id = c.id)
       ORDER BY c.purge_on, c.id""",  # noqa: S608 (names are constants of ours)
)
"""Breaches whose list is due, and those that were merged into them: copies with names were made of both."""


OVER = Doorway(
    "breach_pages_to_take_down",
    """SELECT p.id, p.district_id FROM notices_posting AS p JOIN breaches_breach AS b ON b.case_id = p.case_id
       WHERE b.page_until <= (instant AT TIME ZONE 'UTC')::date AND b.status = 'closed'
         AND p.is_current AND p.withdrawn_at IS NULL
       ORDER BY b.page_until, p.id""",
)


def take_down_pages() -> int:
    """Take every breach notice off the public site whose time there is over (the district's parameter).

    Run daily; any number at once does no harm. Effects: the postings withdrawn, with a reason that families
    read, one Entry each. Returns how many.
    """
    done = 0
    for pk, district in OVER.ids():
        if district is None:
            continue
        with acting_in(district), suppress(Conflict):
            page = Posting.objects.select_related("district", "case").get(pk=pk)
            with override(first_language(page.district)):
                reason = _("This notice was public for the time that the district set. Ask the district.")
            withdraw_posting(page, reason=reason, by=None)
            done += 1
    return done


def purge_lists() -> int:
    """Delete every list whose day has come and that no hold keeps. Returns of how many breaches.

    Run daily; any number at once does no harm. Effects: AffectedPerson and ListUpload rows, the files that
    hold names, one Entry a case each.
    """
    done = 0
    for pk, district in DUE.ids():
        if district is not None:
            with acting_in(district):
                done += purge_list(pk)
    return done


def purge_list(pk: int) -> bool:
    """Delete one breach's list and the files that hold it, if still due; whether this call did it.

    A breach that was merged is due with the one that carries it.
    """
    with transaction.atomic():
        breach = Breach.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=pk).first()
        if breach is None or HeldCase.objects.filter(case=breach.case_id).exists():
            return False
        due = breach.carried_by.purge_on
        if due is None or due > engine_now().date():
            return False
        count, _by_model = breach.people.all().delete()
        lists = breach.uploads.all().delete()[0]
        if count or lists:
            record("people-purged", by=None, case=breach.case, count=count)
        files = purge_documents(case=breach.case, kinds=NAMED, reason=_("The list of people was deleted."))
        return bool(count or lists or files)
