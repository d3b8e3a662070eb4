"""A district takes up a pack, lets go of it, and decides what the pack leaves open."""

from __future__ import annotations

from datetime import date
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from ledger.clock import engine_now
from ledger.entries import Conflict, record
from parties.access import require_role
from parties.models import District, Role, User
from policy import clock
from policy.editions import Followed, known_packs, unset_parameters
from policy.models import Adoption, Obligation, Parameter
from policy.obligations import raise_for, settle_where
from policy.packs import PackError, ParameterRule, load
from policy.recount import set_amount
from policy.standing import standing_case
from policy.two_persons import Asked, ask_or_act_alone

MAY_ADOPT: tuple[str, ...] = (Role.ADMINISTRATOR, Role.SUPERINTENDENT, Role.COUNSEL)
MAY_SET = (*MAY_ADOPT, Role.CUSTODIAN)


class CatchUp(Protocol):
    """Raises again what happened before, so that a pack taken up from a past day is owed since that day."""

    def __call__(self, district: District, *, by: User) -> None: ...


CATCHING_UP: list[CatchUp] = []
"""The engine knows no room: the site adds the one function that goes through them."""


def adopt_pack(*, district: District, pack: str, since: date, by: User) -> Adoption:
    """The district follows a pack from a day on: only then do its duties arise.

    Effects: Adoption, the duties of trigger `adopted`, a duty for each point the district must decide, those
    of events that were recorded since that day, Entry. Raises ValidationError, PermissionDenied.
    """
    require_role(by, district, *MAY_ADOPT)
    if pack not in known_packs():
        raise ValidationError({"pack": _("Choose a pack from the list.")})
    now = engine_now()
    with transaction.atomic():
        try:
            with transaction.atomic():
                adoption = Adoption.objects.create(
                    district=district, pack=pack, since=since, adopted_by=by, adopted_at=now
                )
        except IntegrityError as error:
            raise ValidationError({"pack": _("The district already follows this pack.")}) from error
        record("pack-adopted", by=by, district=district, pack=pack, since=since.isoformat())
        values = dict(Parameter.objects.filter(district=district, pack=pack).values_list("name", "value"))
        case, ref = standing_case(district), f"adoption:{adoption.pk}"
        raise_for("adopted", case=case, at=now, ref=ref, only=pack, by=by)
        for parameter in unset_parameters(Followed(load(pack), pack, values)):
            ask_for(parameter, pack=pack, district=district, by=by)
        for catch_up in CATCHING_UP:
            catch_up(district, by=by)
    return adoption


def end_adoption(adoption: Adoption, *, by: User, reason: str = "", until: date | None = None) -> Adoption:
    """The district no longer follows the pack from `until` (today at the earliest): nothing new arises.

    One person asks, with a reason; it ends when somebody else does the same, for it takes duties away. Alone
    only while nobody else is there who may, and the superintendent is told (architecture §7). Running clocks
    stay. Effects: Adoption, a message, Entry. Raises ValidationError, Conflict, PermissionDenied.
    """
    require_role(by, adoption.district, *MAY_ADOPT)
    with transaction.atomic():
        locked = Adoption.objects.select_for_update(of=("self",)).get(pk=adoption.pk)
        if locked.until is not None:
            raise Conflict(_("The district no longer follows this pack."))
        if locked.end_asked_by is None:
            _ask_end(locked, by=by, reason=reason, until=until)
        elif locked.end_asked_by == by:
            raise Conflict(_("You asked for this. A second person must confirm it."))
        else:
            _end(locked, by=by, alone=False)
    return locked


def keep_adoption(adoption: Adoption, *, by: User) -> Adoption:
    """The district goes on following a pack that somebody asked to end. Effects: Adoption, Entry."""
    require_role(by, adoption.district, *MAY_ADOPT)
    with transaction.atomic():
        locked = Adoption.objects.select_for_update(of=("self",)).get(pk=adoption.pk)
        if locked.until is not None or locked.end_asked_by is None:
            raise Conflict(_("Nobody asks to end this any more."))
        locked.end_asked_by, locked.end_asked_for, locked.end_reason = None, None, ""
        locked.save()
        record("pack-kept", by=by, district=locked.district, pack=locked.pack)
    return locked


def _ask_end(adoption: Adoption, *, by: User, reason: str, until: date | None) -> None:
    today = engine_now().astimezone(adoption.district.tz).date()
    if not reason.strip():
        raise ValidationError({"reason": _("Say why. It stays on record.")})
    if until is not None and until < today:
        raise ValidationError({"until": _("It can end today or later: what arose before stays owed.")})
    adoption.end_asked_by, adoption.end_asked_for = by, until or today
    adoption.end_reason = reason.strip()
    adoption.save()
    record(
        "pack-end-asked",
        by=by,
        district=adoption.district,
        reason=adoption.end_reason,
        pack=adoption.pack,
        until=adoption.end_asked_for.isoformat(),
    )
    asked = Asked(
        title=f"Stop following {load(adoption.pack).title}",
        reason=adoption.end_reason,
        url=reverse("setup:ending", args=[adoption.district.slug, adoption.pk]),
    )
    if ask_or_act_alone(adoption.district, by=by, roles=MAY_ADOPT, asked=asked):
        _end(adoption, by=by, alone=True)


def _end(adoption: Adoption, *, by: User, alone: bool) -> None:
    """From the day that was asked for, or from today when that has passed meanwhile."""
    assert adoption.end_asked_for is not None
    adoption.until = max(adoption.end_asked_for, engine_now().astimezone(adoption.district.tz).date())
    adoption.save()
    record(
        "pack-let-go",
        by=by,
        district=adoption.district,
        reason=adoption.end_reason,
        pack=adoption.pack,
        until=adoption.until.isoformat(),
        alone=alone,
    )


def set_parameter(*, district: District, pack: str, name: str, value: Any, by: User) -> Parameter:
    """Decide a point the pack leaves open. Clocks that waited for it get their date; running ones keep
    theirs.

    Effects: Parameter (history kept), dated deadlines, the duty to decide settled, Entry.
    Raises ValidationError naming the point, PermissionDenied.
    """
    require_role(by, district, *MAY_SET)
    try:
        rule = load(pack).parameter(name)
    except PackError as error:
        raise ValidationError({name: str(error)}) from error
    if wrong := problem_of(rule, value):
        raise ValidationError({name: wrong})
    now = engine_now()
    with transaction.atomic():
        District.objects.select_for_update().get(pk=district.pk)
        parameter = Parameter.objects.filter(district=district, pack=pack, name=name).first()
        if parameter is not None and parameter.value == value:
            return parameter
        parameter = parameter or Parameter(district=district, pack=pack, name=name)
        before, parameter.value = parameter.value, value
        parameter.set_by, parameter.set_at = by, now
        parameter.save()
        record("parameter-set", by=by, district=district, pack=pack, name=name, before=before, after=value)
        if isinstance(value, int | str):
            set_amount(district, pack=pack, parameter=name, amount=value, by=by)
        settle_where(case=standing_case(district), ref=_asked(pack, name), at=now, by=by)
    return parameter


def problem_of(rule: ParameterRule, value: Any) -> str:
    """What is wrong with a value for this point; an empty string when it will do."""
    if rule.unit == "choice":
        return "" if value in rule.choices else _("Choose one from the list.")
    if rule.unit == "choices":
        listed = isinstance(value, list | tuple) and set(value) <= set(rule.choices)
        return "" if listed else _("Choose from the list.")
    if rule.unit == "text":
        return (
            "" if isinstance(value, str) and 0 < len(value.strip()) <= 100 else _("Write up to 100 letters.")
        )
    if rule.unit == "annual_date":
        try:
            clock.parse_month_day(str(value))
        except clock.ClockError as error:
            return str(error)
        return ""
    low, high = rule.min or 0, rule.max or 0
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        return _("Give a whole number from %(low)s to %(high)s.") % {"low": low, "high": high}
    return ""


def ask_for(parameter: ParameterRule, *, pack: str, district: District, by: User | None) -> Obligation | None:
    """Raise the loud task to decide a point, once."""
    case, ref = standing_case(district), _asked(pack, parameter.name)
    raised = raise_for("parameter_unset", case=case, at=engine_now(), ref=ref, by=by)
    for obligation in raised:
        obligation.title = f"Set: {parameter.title}"[:200]
        obligation.save(update_fields=["title"])
    return raised[0] if raised else None


def _asked(pack: str, name: str) -> str:
    return f"parameter:{pack}:{name}"[:80]
