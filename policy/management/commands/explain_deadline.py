"""`manage.py explain_deadline PACK RULE --at …`: count a deadline by hand, without a database."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError

from policy import almanac, clock, packs


class Command(BaseCommand):
    help = "Say when a duty falls due, and show the arithmetic. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pack", help="a shipped pack, for example ct-3520.13 or ct-3520.13@2017")
        parser.add_argument("rule", help="a rule of it, for example contract-notice")
        when = "when the clock started: 2026-07-02, or 2026-07-02T14:00-04:00 (hours need an instant)"
        parser.add_argument("--at", required=True, metavar="DATE_OR_AWARE_INSTANT", help=when)
        parser.add_argument("--zone", help="the district's IANA zone, for example America/New_York")
        parser.add_argument("--calendar", help="a shipped calendar whose listed years count as confirmed")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            pack = packs.load(options["pack"])
            rule = pack.rule(options["rule"])
            answer = explain(
                pack, rule, at=parse_at(options["at"]), zone=options["zone"], calendar=options["calendar"]
            )
        except ValueError as error:  # PackError, CalendarError, ClockError: their words are meant for people
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(answer, indent=2) if options["json"] else as_text(rule, answer))


def explain(
    pack: packs.Pack, rule: packs.Rule, *, at: date | datetime, zone: str | None, calendar: str | None
) -> dict[str, Any]:
    """The deadline of `rule` for an event at `at`, with parameters at their defaults.

    Without a calendar only weekends are left out. Without a zone, the calendar's or the pack's own is taken.
    """
    if isinstance(at, datetime) or rule.unit in ("hours", "immediately"):
        clock.instant(at)
    holidays = almanac.load(calendar).as_confirmed() if calendar else clock.WEEKENDS_ONLY
    here = find_zone(zone, calendar or pack.jurisdiction)
    amount = pack.amount_of(rule)
    answer: dict[str, Any] = {
        "pack": pack.ref,
        "rule": rule.key,
        "citation": rule.citation,
        "at": at.isoformat(),
        "zone": here.key,
        "calendar": calendar,
        "unit": rule.unit,
        "amount": amount,
        "parameter": rule.parameter or None,
        "in_force": pack.in_force(clock.local_day(at, here)) and rule.in_force(clock.local_day(at, here)),
    }
    if rule.parameter and amount is None:
        why = f"The district must set “{rule.parameter}”: until then the duty has no date."
        return {**answer, "due_at": None, "provisional": False, "lines": [why], "skipped": []}
    due = clock.due(unit=rule.unit, amount=amount, at=at, zone=here, calendar=holidays)
    return {**answer, "due_at": clock.stamp(due.due_at), **due.as_basis()}


def find_zone(zone: str | None, place: str) -> ZoneInfo:
    """The named zone, or else the zone of the shipped calendar of this place."""
    if zone:
        try:
            return ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as error:
            raise clock.ClockError(f"There is no time zone “{zone}”. Try America/New_York.") from error
    if place in almanac.shipped():
        return almanac.load(place).zone
    raise clock.ClockError("Say in which zone the district lies, for example --zone America/New_York.")


def parse_at(text: str) -> date | datetime:
    """A date (2026-07-02) or an aware instant; anything else, a naive instant too, is refused."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        return clock.instant(datetime.fromisoformat(text))
    except clock.ClockError:
        raise
    except ValueError as error:
        message = f"“{text}” is neither a date (2026-07-02) nor an instant (2026-07-02T14:00-04:00)."
        raise clock.ClockError(message) from error


def as_text(rule: packs.Rule, answer: dict[str, Any]) -> str:
    head = [f"{rule.title} ({answer['pack']} {rule.key})", f"Rule: {rule.citation}"]
    if answer["parameter"] and answer["due_at"]:
        head.append(f"Parameter {answer['parameter']} at its default: {answer['amount']}.")
    if not answer["in_force"]:
        head.append("The rule is not in force on this day: no duty arises. The count below is only for show.")
    foot = [f"due_at: {answer['due_at'] or 'undated'}", f"provisional: {str(answer['provisional']).lower()}"]
    return "\n".join([*head, "", *answer["lines"], "", *foot])
