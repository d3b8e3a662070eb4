"""What the set-up desk writes about a district itself: its facts, its schools, the days it is closed."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from compliance_portal.setup_desk.catching_up import owe_what_now_applies
from compliance_portal.setup_desk.forms import ClosureForm, DistrictForm
from ledger.clock import engine_now
from ledger.entries import record
from parties.access import DESK, require_role
from parties.models import District, School, User
from policy.models import Closure


def save_facts(form: DistrictForm, *, by: User) -> District:
    """Keep the district's facts of a valid form; an earlier go-live day owes what happened since then.

    Effects: the district, obligations, Entry. Clocks that run keep the zone they began in. Raises
    PermissionDenied.
    """
    district = form.instance
    require_role(by, district, *DESK)
    before = District.objects.get(pk=district.pk)
    with transaction.atomic():
        form.save()
        record(
            "district-changed",
            by=by,
            district=district,
            fields=form.changed_data,
            zone=[before.zone, district.zone],
            go_live_on=[str(before.go_live_on or ""), str(district.go_live_on or "")],
        )
        live, was = district.go_live_on, before.go_live_on
        if live is not None and was is not None and live < was:
            owe_what_now_applies(district, by=by)
    return district


def add_schools(district: District, *, names: Iterable[str], by: User) -> list[School]:
    """Add the schools that the district does not have yet; none is ever taken away.

    Effects: the schools, Entry. Returns the new ones. Raises PermissionDenied.
    """
    require_role(by, district, *DESK)
    with transaction.atomic():
        District.objects.select_for_update().get(pk=district.pk)
        known = {name.casefold() for name in district.schools.values_list("name", flat=True)}
        new = [School(district=district, name=name) for name in names if name.casefold() not in known]
        made = School.objects.bulk_create(new)
        record("schools-added", by=by, district=district, count=len(made))
    return made


def add_closure(form: ClosureForm, *, by: User) -> Closure:
    """Keep days on which schools are closed, of a valid form: shown beside clocks, never counted.

    Effects: the row. Raises PermissionDenied.
    """
    require_role(by, form.instance.district, *DESK)
    return form.save()


def years_of(district: District) -> range:
    """The years whose holidays can be confirmed: ten back, two ahead."""
    this_year = engine_now().astimezone(district.tz).year
    return range(this_year - 10, this_year + 3)
