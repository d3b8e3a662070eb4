"""Facts that pre-fill the intake form, each with the words it was read from; a person confirms every one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .checks.law import GOVERNS, PLACE
from .literals import Swift
from .model import Fact
from .numbers import periods, plain_numbers
from .structure import Unit

if TYPE_CHECKING:
    from .engine import Draft

MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
DATE = rf"(?:(?:{MONTH})\s+\d{{1,2}},?\s+(?:20|19)\d\d|\d{{1,2}}\s+(?:{MONTH})\s+(?:20|19)\d\d|\d{{1,2}}/\d{{1,2}}/(?:20)?\d\d|20\d\d-\d\d-\d\d)"
OF_A_DATE = re.compile(r"(?:20|19)\d\d|/\d")  # every date holds one of these
EXECUTED = Swift(
    rf"(?i)(?:executed|signed|entered into|made|dated|made and entered into|date signed|date)\b[^.\n]{{0,60}}?({DATE})"
)
STARTS = Swift(
    rf"(?i)(?:effective date|effective (?:as of|on|from)?|commenc\w+(?: on)?|begin\w*(?: on)?|starts?(?: on)?|from|as of)\b[^.\n]{{0,40}}?({DATE})"
)
ENDS = Swift(rf"(?i)(?:expir\w+|through|until|ends?(?: on)?|terminat\w+ on|to)\b[^.\n]{{0,30}}?({DATE})")
RENEWS = Swift(
    r"(?i)\b(?:automatic(?:ally)?\s+renew\w*|renews?\s+(?:automatically|for\b|each|every)[^.]*|renew(?:al|s)?\b[^.]{0,80}(?:successive|automatic|one-year|year)[^.]*|evergreen|no automatic renewal|not (?:be )?(?:automatically )?renew\w*)"
)


def find(draft: Draft) -> tuple[Fact, ...]:
    found: list[Fact] = []
    live = [u for u in draft.outline.units if not u.void and u.kind != "toc"]
    head = [u for u in live if u.index < 60]

    def add(name: str, value: str, unit: Unit | None) -> None:
        if value and not any(f.name == name for f in found):
            quotes = draft.quotes([unit]) if unit is not None else ()
            found.append(
                Fact(
                    name,
                    value.strip(),
                    quotes[0].page if quotes else None,
                    quotes[0].text[:400] if quotes else "",
                )
            )

    if draft.roles.vendor_name:
        add(
            "vendor",
            draft.roles.vendor_name,
            next((u for u in live if draft.roles.vendor_name in u.text), None),
        )
    for name, pattern, where in (
        ("executed_on", EXECUTED, head + live[-15:]),
        ("starts_on", STARTS, live),
        ("ends_on", ENDS, live),
    ):
        for unit in where:
            match = pattern.search(unit.text) if OF_A_DATE.search(unit.text) else None
            if match and not re.search(
                r"(?i)last (?:updated|reviewed|revised)|version", unit.text[: match.start()][-40:]
            ):
                add(name, match.group(1), unit)
                break
    for unit in live:
        known = {f.name for f in found}
        match = None if "renewal" in known else RENEWS.search(unit.text)
        if match:
            add("renewal", match.group(0)[:200], unit)
        if (
            "breach_hours" not in known
            and re.search(r"(?i)breach|incident|unauthori[sz]ed access", unit.text)
            and re.search(r"(?i)notif|tell|inform|report", unit.text)
        ):
            hours = [
                h
                for h, business, _ in periods(plain_numbers(unit.text.lower()))
                if not business and h <= 24 * 60
            ]
            if hours:
                add("breach_hours", f"{min(hours):g}", unit)
        if "governing_law" in known or unit.kind != "clause":
            continue
        if GOVERNS.search(unit.text) and PLACE.search(unit.text):
            add("governing_law", PLACE.search(unit.text).group(1), unit)  # type: ignore[union-attr]
    elements(draft, live, add)
    return tuple(found)


ELEMENTS = Swift(
    r"(?i)\b(?:student )?(?:names?|e-?mail addresses?|grades?(?: levels?)?|dates? of birth|birth ?dates?|student ids?|addresses|phone numbers?|scores?|attendance|photos?|photographs"
    r"|voice recordings?|recordings|school|teacher assignments?|schedules?|health data|discipline|lunch status|ip addresses?|device types?|usage|demographics?|disabilit\w+|gender|race|ethnicity|portfolio work|transcripts?|course enrollments?)\b"
)
SCHEDULE = Swift(
    r"(?i)schedule of data|data elements|categories of (?:student )?data|data (?:to be )?(?:collected|provided|shared)|student data collected|we (?:collect|receive)|information collected"
)


def elements(draft: Draft, live: list[Unit], add: object) -> None:
    """The kinds of data a schedule lists, up to "not collected"."""
    for position, unit in enumerate(live):
        if SCHEDULE.search(unit.text) or SCHEDULE.search(unit.heading):
            kinds: list[str] = []
            for near in live[position : position + 12]:
                text = re.split(r"(?i)not collected|does not collect|no social", near.text)[0]
                kinds += [m.group(0).strip().lower() for m in ELEMENTS.finditer(text)]
                if len(text) < len(near.text):
                    break
            kinds = list(dict.fromkeys(kinds))
            if len(kinds) >= 3:
                add("data_elements", ", ".join(kinds), unit)  # type: ignore[operator]
                return
