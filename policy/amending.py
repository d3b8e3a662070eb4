"""A district changes a pack by decision of its Board: what may change, how far, and by whom."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from ledger.clock import engine_now
from ledger.entries import Conflict, record
from mail import outbox
from parties.access import has_role, require_role
from parties.models import District, Role, User, is_one_line
from policy import almanac, clock
from policy.calendars import MOST_FURTHER
from policy.editions import amend
from policy.models import Adoption, Edition
from policy.packs import Pack, PackError, Rule, load, problems
from policy.two_persons import Asked, ask_or_act_alone

CHANGEABLE: Final = frozenset(
    {"amount", "unit", "audience", "required_parts", "title", "verb", "minutes", "role"}
)
"""What an edition may change in a rule; who owes it, what starts it and what it is stay the law's."""

TAKES_TWO: Final = ("amount", "unit", "parameter", "audience", "required_parts")
"""What of a rule must not become less by one person alone."""

MOST: Final[Mapping[str, int]] = {
    "hours": 10_000, "immediately": 10_000, "business_days": 1_000, "calendar_days": 4_000, "months": 240,
}  # fmt: skip
"""The largest amount of each unit that anybody can mean."""

LONGEST: Final[Mapping[str, int]] = {"title": 200, "verb": 40}
"""Letters that a duty has room for (Obligation)."""

APPROVERS: Final = (Role.SUPERINTENDENT, Role.COUNSEL, Role.ADMINISTRATOR)


def make_edition(
    *,
    district: District,
    pack: str,
    rules: Mapping[str, Mapping[str, Any]],
    citation: str,
    board_date: date,
    by: User,
) -> Edition:
    """Freeze the district's own version of an adopted pack; from now on its duties arise by it.

    `rules` maps a rule's key to what changes in it. One that gives more time than the pack, or tells fewer
    people or less, waits for `agree_to_edition` (alone only while nobody else is there, and the
    superintendent is told); what the district follows already was agreed to before. Of a statute it is
    refused (architecture §7). One that waits gives way to the next, and whoever asked for it is told. Running
    clocks keep the version they began with. Effects: Edition, the adoption points to it or a message to the
    approvers, Entry. Raises ValidationError (nothing saved), Conflict when these very changes wait already,
    PermissionDenied.
    """
    require_role(by, district, *APPROVERS)
    if not citation.strip():
        raise ValidationError({"citation": _("Name the decision of the Board.")})
    if board_date > engine_now().astimezone(district.tz).date():
        raise ValidationError({"board_date": _("This day is in the future.")})
    changes = {"rules": {key: dict(change) for key, change in rules.items()}}
    more = check_changes(pack, changes)
    with transaction.atomic():
        adoption = (
            Adoption.objects.select_for_update().filter(district=district, pack=pack, until=None).first()
        )
        if adoption is None:
            raise ValidationError({"pack": _("Adopt this pack first.")})
        longer = [rule.title for rule in more if not _has_already(adoption, rule.key, changes)]
        digest = hashlib.sha256(json.dumps(changes, sort_keys=True).encode()).hexdigest()
        waits = waiting_edition(adoption)
        if waits is not None and waits.digest == digest:
            raise Conflict(_already_waits(waits))
        edition = Edition.objects.create(
            district=district,
            pack=pack,
            number=Edition.objects.filter(district=district, pack=pack).count() + 1,
            changes=changes,
            citation=citation.strip(),
            board_date=board_date,
            digest=digest,
            approved_by=by,
            approved_at=engine_now(),
        )
        if waits is not None:
            _take_place(of=waits, edition=edition, by=by)
        if longer and not _ask(edition, longer, by=by):
            return edition
        return _follow(adoption, edition, by=by)


def agree_to_edition(edition: Edition, *, by: User) -> Edition:
    """The second approver agrees to more time; there is no other way to.

    Whoever asked while somebody else was there, and is alone by now, takes it back and asks again. Effects:
    the adoption points to it, Entry. Raises Conflict when it waits no more, or for whoever asked;
    PermissionDenied.
    """
    require_role(by, edition.district, *APPROVERS)
    with transaction.atomic():
        adoption, waits = _lock_waiting(edition)
        if waits.approved_by == by:
            raise Conflict(_("You asked for this. A second person must agree."))
        return _follow(adoption, waits, by=by)


def decline_edition(edition: Edition, *, by: User) -> Edition:
    """Somebody does not agree to more time, or takes back what they asked. Effects: the edition, Entry.

    Raises Conflict when it waits no more, PermissionDenied.
    """
    require_role(by, edition.district, *APPROVERS)
    with transaction.atomic():
        _adoption, waits = _lock_waiting(edition)
        waits.declined_by, waits.declined_at = by, engine_now()
        waits.save(update_fields=["declined_by", "declined_at"])
        record(
            "edition-declined",
            by=by,
            district=waits.district,
            pack=waits.pack,
            number=waits.number,
            digest=waits.digest,
        )
    return waits


def waiting_edition(adoption: Adoption) -> Edition | None:
    """The district's last edition of the pack, while nobody has agreed to it or declined it."""
    made = Edition.objects.filter(district=adoption.district, pack=adoption.pack)
    last = made.select_related("approved_by").order_by("number").last()
    if last is None or last.pk == adoption.edition_id or last.approved_at < adoption.adopted_at:
        return None
    return last if last.declined_at is None else None


def state_of(adoption: Adoption) -> str:
    """What a next edition would be made of: another as soon as anybody makes one, or agrees to one."""
    made = Edition.objects.filter(district=adoption.district_id, pack=adoption.pack)
    return f"{adoption.edition_id or 0}-{made.count()}"


def change_duty(
    adoption: Adoption,
    key: str,
    change: Mapping[str, Any] | None,
    *,
    seen: str,
    citation: str,
    board_date: date,
    by: User,
) -> Edition:
    """Make the next edition, in which one duty is otherwise (`next_changes`) and all else stays.

    `seen` is the state (`state_of`) by which the person chose: what somebody else decided since is not
    undone unread. Effects: as `make_edition`. Raises Conflict when it is another by now, and as that does.
    """
    with transaction.atomic():
        locked = Adoption.objects.select_for_update(of=("self",)).get(pk=adoption.pk)
        if seen != state_of(locked):
            raise Conflict(_("Somebody changed these times since you opened this page. Nothing was saved."))
        return make_edition(
            district=locked.district,
            pack=locked.pack,
            rules=next_changes(locked, key, change),
            citation=citation,
            board_date=board_date,
            by=by,
        )


def next_changes(adoption: Adoption, key: str, change: Mapping[str, Any] | None) -> dict[str, dict[str, Any]]:
    """What the district's next edition says: all that the present one does, and this about one duty.

    `change` names what becomes different in the duty; None: it is as the pack has it again. What is as in the
    pack is left out. Raises PackError for a duty that the pack has not.
    """
    before = load(adoption.pack).rule(key)
    present = adoption.edition.changes["rules"] if adoption.edition else {}
    rules = {each: dict(said) for each, said in present.items() if each != key}
    if change is None:
        return rules
    said = {**present.get(key, {}), **change}
    if said.get("title") == before.title:
        del said["title"]
    times = (said.get("amount", before.amount), said.get("unit", before.unit))
    if not before.parameter and times == (before.amount, before.unit):
        said = {name: value for name, value in said.items() if name not in ("amount", "unit")}
    return {**rules, key: said} if said else rules


def _lock_waiting(edition: Edition) -> tuple[Adoption, Edition]:
    mine = Adoption.objects.select_for_update(of=("self",))
    adoption = mine.filter(district=edition.district, pack=edition.pack, until=None).first()
    waits = waiting_edition(adoption) if adoption is not None else None
    if adoption is None or waits is None or waits.pk != edition.pk:
        raise Conflict(_("This change of time waits no more."))
    return adoption, waits


def _page_of(edition: Edition) -> str:
    return reverse("setup:edition_decision", args=[edition.district.slug, edition.pk])


def _already_waits(edition: Edition) -> str:
    said = _(
        "These changes already wait for a second person, as edition %(number)s. "
        "The second person agrees on its page: %(page)s"
    )
    return said % {"number": edition.number, "page": settings.PORTAL_URL + _page_of(edition)}


def _take_place(*, of: Edition, edition: Edition, by: User) -> None:
    """What waited can be agreed to no more; whoever asked for it hears of it. Effects: Entry, Message."""
    district, asker = edition.district, of.approved_by
    record(
        "edition-replaced",
        by=by,
        district=district,
        pack=edition.pack,
        number=of.number,
        replaced_by=edition.number,
    )
    if asker == by or not has_role(asker, district):
        return
    title = load(edition.pack).title
    context = {
        "by": by, "title": title, "was": of, "edition": edition,
        "was_url": settings.PORTAL_URL + _page_of(of), "url": settings.PORTAL_URL + _page_of(edition),
    }  # fmt: skip
    words = render_to_string("mail/edition_replaced.txt", context)
    outbox.send(
        kind="edition-replaced",
        district=district,
        texts=[outbox.Text("en", f"Another change took the place of yours: {title}"[:200], words)],
        recipients=[outbox.Recipient(f"user:{asker.pk}", asker.name, asker.email, asker.language)],
        by=None,
    )


def _has_already(adoption: Adoption, key: str, changes: Mapping[str, Any]) -> bool:
    """Whether the district follows this very time of the duty now, and asks the same of it."""
    if adoption.edition is None:
        return False
    pack = load(adoption.pack)
    now, then = (amend(pack, said).rule(key) for said in (adoption.edition.changes, changes))
    return all(getattr(now, name) == getattr(then, name) for name in TAKES_TWO)


def check_changes(ref: str, changes: Mapping[str, Any]) -> list[Rule]:
    """The pack's rules that would get more time than it gives, or reach fewer people, or say less.

    Raises ValidationError unless the changes stay inside the grammar, what an edition may change, what fits
    a duty and what the clock can count; and for more time than a statute gives, or less than it asks.
    """
    try:
        pack = load(ref)
        for key, change in changes["rules"].items():
            pack.rule(key)
            if extra := set(change) - CHANGEABLE:
                raise PackError(f"An edition cannot change “{min(extra)}” of {key}.")
            for name, value in change.items():
                if wrong := _misfit(name, value):
                    raise PackError(f"{key}, {name}: {wrong}")
        amended = amend(pack, changes)
        if found := problems(amended):
            raise ValidationError({"rules": found})
        rules = [(pack.rule(key), amended.rule(key)) for key in changes["rules"]]
        for _before, after in rules:
            _check_countable(after)
    except PackError as error:
        raise ValidationError({"rules": str(error)}) from error
    longer = [before for before, after in rules if gives_more(pack, before, after)]
    less = [before for before, after in rules if asks_less(before, after)]
    if pack.kind == "statute":
        for refused, words in (
            (longer, _("The law gives no more time than this: %(rules)s.")),
            (less, _("The law asks for all that it names here: %(rules)s.")),
        ):
            if refused:
                raise ValidationError({"rules": words % {"rules": ", ".join(rule.title for rule in refused)}})
    return [*longer, *(rule for rule in less if rule not in longer)]


def asks_less(before: Rule, after: Rule) -> bool:
    """Whether somebody who had to be told no longer has to be, or something that had to be said."""
    told = set(before.audience) - set(after.audience)
    return bool(told or set(before.required_parts) - set(after.required_parts))


def gives_more(pack: Pack, before: Rule, after: Rule) -> bool:
    """Whether the change can ever end a clock later than the most that the pack gives.

    Between two units the legal holidays count as is worst: none in what the pack gives; all that are shipped,
    and the five that a district may add to a year, in what takes its place.
    """
    if (before.amount, before.unit, before.parameter) == (after.amount, after.unit, after.parameter):
        return False
    had, gets = _most(pack, before), _most(pack, after)
    if had is None or gets is None or before.unit == after.unit == "annual_date":
        return had is not None and not before.parameter and had != gets
    if before.unit == after.unit:
        return isinstance(had, int) and isinstance(gets, int) and gets > had
    first = datetime(2027, 3, 1, tzinfo=UTC)
    starts = [first + timedelta(days=day, minutes=minute) for day in range(366) for minute in (0, 1439)]
    if after.unit == "business_days" and isinstance(gets, int) and gets:
        gets += MOST_FURTHER
    holidays = _every_holiday()
    return any(_ends(after.unit, gets, at, holidays) > _ends(before.unit, had, at) for at in starts)


@cache
def _every_holiday() -> clock.HolidayCalendar:
    """Every legal holiday of every shipped calendar: by it business days last as long as they ever do."""
    shipped = [almanac.load(name) for name in almanac.shipped()]
    days = {day: name for each in shipped for day, name in each.days.items()}
    return clock.HolidayCalendar("every shipped one", days, frozenset(day.year for day in days))


def _most(pack: Pack, rule: Rule) -> int | str | None:
    if rule.parameter:
        parameter = pack.parameter(rule.parameter)
        return parameter.max if parameter.max is not None else pack.amount_of(rule)
    return 0 if rule.unit == "immediately" and rule.amount is None else rule.amount


def _ends(
    unit: str, amount: int | str, at: datetime, holidays: clock.HolidayCalendar = clock.WEEKENDS_ONLY
) -> datetime:
    return clock.due(unit=unit, amount=amount, at=at, zone=ZoneInfo("UTC"), calendar=holidays).due_at


def _misfit(name: str, value: Any) -> str:
    """What is wrong with the sort or the size of one new value; an empty string when it fits a duty."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if name == "minutes":
        return "" if whole and 0 <= value <= 10_000 else _("Give a whole number from 0 to 10,000.")
    if name == "amount":
        return "" if whole or isinstance(value, str) else _("Give a whole number.")
    if name in ("audience", "required_parts"):
        words = isinstance(value, list | tuple) and all(isinstance(each, str) and each for each in value)
        return "" if words else _("Give a list of words.")
    longest = LONGEST.get(name, 40)
    if isinstance(value, str) and not is_one_line(value):  # a name stands in the subject of every alert
        return _("Use one line of plain text.")
    fits = isinstance(value, str) and 0 < len(value.strip()) <= len(value) <= longest
    return "" if fits else _("Write 1 to %(most)s letters.") % {"most": longest}


def _check_countable(rule: Rule) -> None:
    """Raise PackError unless a clock can be counted by the rule today."""
    amount = rule.amount
    if rule.parameter or amount is None:
        return
    most = MOST.get(rule.unit)
    if most is not None and not (isinstance(amount, int) and 0 <= amount <= most):
        text = _("Give a whole number from 0 to %(most)s.") % {"most": most}
        raise PackError(f"{rule.key}, amount: {text}")
    try:
        _ends(rule.unit, amount, engine_now())
    except clock.ClockError as error:
        raise PackError(f"{rule.key}, amount: {error}") from error


def _ask(edition: Edition, longer: list[str], *, by: User) -> bool:
    """Ask a second approver for more time; True when nobody else is there, so that one may act alone."""
    district = edition.district
    record(
        "edition-asked",
        by=by,
        district=district,
        reason=edition.citation,
        pack=edition.pack,
        number=edition.number,
        digest=edition.digest,
    )
    asked = Asked(
        title=f"Edition {edition.number} of {load(edition.pack).title} gives more time or asks less",
        reason=f"{edition.citation}. More time or less asked: {', '.join(longer)}.",
        url=_page_of(edition),
    )
    return ask_or_act_alone(district, by=by, roles=APPROVERS, asked=asked)


def _follow(adoption: Adoption, edition: Edition, *, by: User) -> Edition:
    adoption.edition = edition
    adoption.save()
    record(
        "edition-made",
        by=by,
        district=edition.district,
        pack=edition.pack,
        number=edition.number,
        board_date=edition.board_date.isoformat(),
        digest=edition.digest,
        asked_by=edition.approved_by_id,
    )
    return edition
