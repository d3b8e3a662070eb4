"""Who keeps the records and who is trained: designations without gaps, training that runs out."""

from __future__ import annotations

from datetime import date

from dateutil.relativedelta import relativedelta
from django.core.exceptions import ValidationError
from django.db import transaction

from ledger.clock import engine_now
from ledger.entries import record
from parties.access import require_role
from parties.models import District, Membership, Role, School, User
from records.models import Designation, Training

TRAINING_MONTHS = 12
"""MO: all school employees are trained in the confidentiality of student records every year (P-3)."""


@transaction.atomic
def designate(
    *, district: District, user: User, school: School | None, certificated: bool, since: date, by: User
) -> Designation:
    """Make one person the custodian of records of the district or of a school (5 CCR 431; ST).

    The one before ends the day before, so that there is no gap and never two. Raises ValidationError.
    """
    require_role(by, district, Role.SUPERINTENDENT, Role.ADMINISTRATOR)
    if not Membership.objects.active_for(user).filter(district=district).exists():
        raise ValidationError({"user": "Choose a person with a role in this district."})
    if school is not None and school.district_id != district.pk:
        raise ValidationError({"school": "Choose a school of this district."})
    before = (
        Designation.objects.select_for_update(of=("self",))
        .filter(district=district, school=school, until=None)
        .first()
    )
    if before is not None:
        if since <= before.since:
            raise ValidationError({"since": f"Choose a day after {before.since:%B %-d, %Y}."})
        before.until = since - relativedelta(days=1)
        before.save()
    row = Designation.objects.create(
        district=district, user=user, school=school, certificated=certificated, since=since, designated_by=by
    )
    record("custodian-designated", by=by, district=district, designation=row.pk, since=since.isoformat())
    return row


def places_without_custodian(district: District) -> list[School | None]:
    """The gaps: the district itself (None) and every school that has no custodian today."""
    held = set(district.designations.filter(until=None).values_list("school", flat=True))
    places: list[School | None] = [None, *district.schools.all()]
    return [place for place in places if (place.pk if place else None) not in held]


def record_training(*, district: District, user: User, course: str, done_on: date, by: User) -> Training:
    """Record one person's training; it is good for twelve months. Raises ValidationError."""
    require_role(by, district, Role.CUSTODIAN, Role.ADMINISTRATOR, Role.SUPERINTENDENT)
    if done_on > engine_now().astimezone(district.tz).date():
        raise ValidationError({"done_on": "This day has not come yet."})
    if not Membership.objects.active_for(user).filter(district=district).exists():
        raise ValidationError({"user": "Choose a person with a role in this district."})
    good_until = done_on + relativedelta(months=TRAINING_MONTHS)
    row, new = Training.objects.get_or_create(
        district=district,
        user=user,
        course=course.strip(),
        done_on=done_on,
        defaults={"good_until": good_until},
    )
    if new:
        record("training-recorded", by=by, district=district, training=row.pk)
    return row


def untrained(district: District, on: date) -> list[User]:
    """People with a role whose training has run out or was never recorded."""
    people = User.objects.filter(memberships__district=district, memberships__ended_at=None, is_active=True)
    trained = Training.objects.filter(district=district, good_until__gt=on).values("user")
    return list(people.exclude(pk__in=trained).distinct())
