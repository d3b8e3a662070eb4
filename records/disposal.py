"""Disposing of records whose time has come: proposed, authorised by a second person, done (T-1, T-2)."""

from __future__ import annotations

from datetime import date

from dateutil.relativedelta import relativedelta
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from ledger.clock import engine_now
from ledger.documents import Upload, receive_document
from ledger.entries import open_case, record, transition
from parties.access import require_role
from parties.models import District, Role, User
from records.lifecycle import DISPOSITION
from records.models import Disposition, DispositionStatus, HoldStatus, LitigationHold, RetentionRule

MAY_AUTHORISE = (Role.SUPERINTENDENT, Role.COUNSEL, Role.APPROVER)
LONGEST = 200
"""Years; what is kept longer is kept for ever."""


def add_rule(
    *,
    district: District,
    series: str,
    title: str,
    schedule: str,
    counted_from: str,
    by: User,
    years: int | None = None,
    needs_state_authorisation: bool = True,
) -> RetentionRule:
    """Add how long one series of records is kept (T-1, T-2). `years` None keeps it for ever.

    Effects: RetentionRule (history kept), Entry. Raises ValidationError when the series has a rule already,
    PermissionDenied.
    """
    require_role(by, district, Role.CUSTODIAN, Role.ADMINISTRATOR)
    if years is not None and not 0 <= years <= LONGEST:
        raise ValidationError(
            {"years": f"Use 0 to {LONGEST} years, or leave it empty to keep them for ever."}
        )
    with transaction.atomic():
        try:
            with transaction.atomic():
                rule = RetentionRule.objects.create(
                    district=district,
                    series=series.strip(),
                    title=title.strip(),
                    schedule=schedule.strip(),
                    years=years,
                    counted_from=counted_from.strip(),
                    needs_state_authorisation=needs_state_authorisation,
                )
        except IntegrityError as error:
            raise ValidationError({"series": "This series has a rule already."}) from error
        record("retention-rule-added", by=by, district=district, series=rule.series)
    return rule


@transaction.atomic
def propose_disposal(
    *, rule: RetentionRule, description: str, oldest_on: date, newest_on: date, by: User
) -> Disposition:
    """Propose records for disposal. Refused before their retention period is over. Raises ValidationError."""
    district = rule.district
    require_role(by, district, Role.CUSTODIAN, Role.ADMINISTRATOR)
    if newest_on < oldest_on:
        raise ValidationError({"newest_on": "The newest record is older than the oldest."})
    if newest_on > engine_now().astimezone(district.tz).date():
        raise ValidationError({"newest_on": "This day has not come yet."})
    if rule.years is None:
        raise ValidationError({"rule": "These records are kept for ever."})
    today = engine_now().astimezone(district.tz).date()
    free_on = newest_on + relativedelta(years=rule.years)
    if free_on > today:
        raise ValidationError({"newest_on": f"The newest record must be kept until {free_on:%B %-d, %Y}."})
    case = open_case(district=district, kind="disposal", title=rule.title)
    return Disposition.objects.create(
        case=case,
        district=district,
        rule=rule,
        description=description,
        oldest_on=oldest_on,
        newest_on=newest_on,
        proposed_by=by,
    )


@transaction.atomic
def authorise_disposal(disposition: Disposition, *, authorisation: Upload | None, by: User) -> Disposition:
    """Authorise a disposal. The proposer cannot; the State's signed form is needed where the rule says so."""
    district = disposition.district
    require_role(by, district, *MAY_AUTHORISE)
    if disposition.proposed_by_id == by.pk:
        raise PermissionDenied("A second person authorises a disposal.")
    paper = None
    if authorisation is not None:
        paper = receive_document(case=disposition.case, kind="authorisation", upload=authorisation, by=by)
    elif disposition.rule.needs_state_authorisation:
        raise ValidationError({"authorisation": "Add the form that the State signed and sent back (RC-075)."})
    return transition(
        disposition,
        to=DispositionStatus.AUTHORISED,
        graph=DISPOSITION,
        act="disposal-authorised",
        case=disposition.case,
        by=by,
        changes={"authorised_by": by, "authorisation": paper},
        form=paper.sha256 if paper else "",
    )


@transaction.atomic
def refuse_disposal(disposition: Disposition, *, reason: str, by: User) -> Disposition:
    """The records are kept: whoever may authorise says no, or whoever may propose takes it back.

    Until they are disposed of, an authorised disposal can be refused too. Effects: status, Entry with the
    reason. Raises ValidationError without a reason, Conflict, PermissionDenied.
    """
    require_role(by, disposition.district, *MAY_AUTHORISE, Role.CUSTODIAN, Role.ADMINISTRATOR)
    if not reason.strip():
        raise ValidationError({"reason": "Say why the records are kept. It stays on record."})
    return transition(
        disposition,
        to=DispositionStatus.REFUSED,
        graph=DISPOSITION,
        act="disposal-refused",
        case=disposition.case,
        by=by,
        reason=reason.strip(),
    )


@transaction.atomic
def record_disposal(disposition: Disposition, *, method: str, by: User) -> Disposition:
    """Record that the records were disposed of. Refused while any hold is in force in the district.

    The scope of a hold is words that a machine cannot match with a series; so a person must first say,
    by releasing it, that none covers these records.
    """
    require_role(by, disposition.district, Role.CUSTODIAN, Role.ADMINISTRATOR)
    if not method.strip():
        raise ValidationError({"method": "Say how it was done, for example: shredded by our records firm."})
    in_force = LitigationHold.objects.filter(case__district=disposition.district, status=HoldStatus.ACTIVE)
    if in_force.exists():
        raise ValidationError(
            "A litigation hold is in force. Nothing may be disposed of until it is released."
        )
    return transition(
        disposition,
        to=DispositionStatus.DONE,
        graph=DISPOSITION,
        act="disposal-done",
        case=disposition.case,
        by=by,
        changes={"done_at": engine_now(), "method": method.strip()},
    )
