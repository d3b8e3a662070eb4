"""Packs: what a law or a board policy asks, and by when, as data (`packs/<name>/<version>.toml`).

A shipped pack is frozen. Its digest is pinned in `digests.toml` and `manage.py check` compares them, so that
a change of law is always a new version and never an edit. This module is pure: no Django, no database.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

HERE: Final = Path(__file__).parent / "packs"
DIGESTS: Final = Path(__file__).parent / "digests.toml"

TRIGGERS: Final = {
    "adopted": "the district adopted this pack",
    "parameter_unset": "a point that the pack leaves to the district was found open",
    "executed": "the contract was executed",
    "renewed": "the contract was renewed",
    "amended": "the contract was amended in its data, purpose, schools or term",
    "deficiency_recorded": "a required term was found short or missing",
    "cure_notice_given": "the notice to amend was delivered with proof",
    "vendor_asked": "the district asked the vendor",
    "ends_soon": "the contract comes near its end",
    "terminated": "the contract ended",
    "records_returned": "the data came back to the district",
    "vendor_failed": "the vendor was found to have failed its duty",
    "breach_suspected": "unauthorised access was first known or suspected",
    "breach_discovered": "the breach was discovered",
    "report_received": "the district first had the report",
    "unverified_report_received": "a report came from somebody unknown",
    "cyberattack_found": "a cyberattack on the district was found",
    "inquiry_received": "the request was received",
    "hold_placed": "the litigation hold was placed",
    "hold_told": "the person was told of the litigation hold",
    "drafted": "the draft was ready",
    "read": "the computer had read the contract",
    "letters_ready": "the letters were ready to print",
    "delivery_failed": "a recipient could not be reached by e-mail",
    "asked_to_answer": "the vendor's answer came in",
    "joined": "the person began work",
    "fixed_date": "the calendar reached its turn",
}
"""What the rooms can report, with the words that say when a clock started."""

KINDS: Final = frozenset(
    {
        *("notice", "posting", "cure", "vendor_report", "vendor_families_notice", "return", "certificate"),
        *("external_report", "internal_report", "investigate", "decide", "designate"),
        *("review", "approve", "print", "answer", "renew", "acknowledge", "train", "drill", "confirm"),
    }
)
UNITS: Final = frozenset(["hours", "business_days", "calendar_days", "months", "annual_date", "immediately"])
PARAMETER_UNITS: Final = (UNITS - {"immediately"}) | {"choice", "choices", "people", "text"}
OWED_BY: Final = frozenset({"district", "vendor"})
ROLES: Final = frozenset(["custodian", "approver", "counsel", "superintendent", "administrator"])
CONSEQUENCES: Final = frozenset({"voids", "must_be_fixed", "evidence_only"})
SETTLED_WHEN: Final = {
    "delivered": "every e-mail is handed over and everybody else has a letter",
    "posted": "the page is public",
    "received": "the vendor's document or report has come in",
    "recorded": "a person records that it was done, with the proof",
}
ATTESTATIONS: Final = frozenset(["prohibition", "permitted_use", "safeguard", "before_data", "standing"])
PACK_KINDS: Final = frozenset({"statute", "policy", "practice"})

T = TypeVar("T")


class PackError(ValueError):
    """A pack cannot be found or is not written in the grammar; the text names the place."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a pack asks of a contract: one row of its checklist."""

    id: str
    label: str
    title: str
    citation: str
    obligation: str
    satisfied_by: str
    voids: bool = False
    may_be_not_applicable: bool = False
    to_verify: bool = False
    limits: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """The numbers and names a passage is measured against: hours, bits, law, to."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A duty that a trigger raises, with its clock. Rules of two packs with one key date the same act."""

    key: str
    title: str
    citation: str
    obligation: str
    trigger: str
    kind: str
    settled_when: str
    unit: str
    amount: int | str | None = None
    """A number of `unit`; "MM-DD" for annual_date; None when a parameter gives it."""
    parameter: str = ""
    owed_by: str = "district"
    role: str = "custodian"
    consequence: str = "evidence_only"
    audience: tuple[str, ...] = ()
    required_parts: tuple[str, ...] = ()
    also_on: tuple[str, ...] = ()
    """Further triggers that start the same clock."""
    about: tuple[str, ...] = ()
    """Only for these sorts of the trigger (of inquiry, of thing asked); empty: for all."""
    data_categories: tuple[str, ...] = ()
    """Only when one of these is affected, or when nobody knows yet what is; empty: always."""
    people_over: int | str | None = None
    """Only when more people than this are affected, or nobody knows yet; text names a parameter."""
    minutes: int = 15
    verb: str = "Open"
    may_pause: bool = False
    agreed_shorter: bool = False
    """The contract may set a shorter time, which then also runs."""
    to_verify: bool = False
    effective_from: date | None = None
    effective_to: date | None = None

    @property
    def triggers(self) -> tuple[str, ...]:
        return (self.trigger, *self.also_on)

    def in_force(self, day: date) -> bool:
        """Whether an event on this day can raise the duty (both ends included)."""
        return (self.effective_from or date.min) <= day <= (self.effective_to or date.max)


@dataclass(frozen=True, slots=True)
class ParameterRule:
    """A point the pack leaves to the district, with its default; no default: the district must set it."""

    name: str
    title: str
    unit: str
    citation: str
    why: str
    default: int | str | tuple[str, ...] | None = None
    min: int | None = None
    max: int | None = None
    choices: tuple[str, ...] = ()
    obligation: str = ""
    unset_allowed: bool = False
    """The district may leave it open; a duty that needs it then has no date and says so."""


@dataclass(frozen=True, slots=True)
class Attestation:
    """Something a vendor or the district states, or sees to, that has no clock of its own."""

    id: str
    kind: str
    title: str
    citation: str
    obligation: str
    evidence: str = ""
    owed_by: str = "vendor"
    elements: tuple[str, ...] = ()
    """Data elements a contract may not ask for."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What the pack says it does not reach: a ground for deciding that it does not apply."""

    id: str
    title: str
    citation: str
    obligation: str


@dataclass(frozen=True, slots=True)
class HoldRule:
    """Who may place and lift a litigation hold, and from when."""

    placed_by: tuple[str, ...]
    released_by: tuple[str, ...]
    starts: str
    citation: str
    obligation: str


@dataclass(frozen=True, slots=True)
class Pack:
    """One frozen version of one law, policy or practice."""

    name: str
    version: str
    title: str
    jurisdiction: str
    kind: str
    citation: str
    source: str
    digest: str
    """SHA-256 of the file."""
    effective_from: date | None = None
    effective_to: date | None = None
    supersedes: str = ""
    requirements: tuple[Requirement, ...] = ()
    rules: tuple[Rule, ...] = ()
    parameters: tuple[ParameterRule, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    hold: HoldRule | None = None

    @property
    def ref(self) -> str:
        """The name by which everything else points here: ``ct-3520.13@2017``."""
        return f"{self.name}@{self.version}"

    def rule(self, key: str) -> Rule:
        return _named(self.rules, "key", key, f"{self.ref} has no rule")

    def requirement(self, requirement_id: str) -> Requirement:
        return _named(self.requirements, "id", requirement_id, f"{self.ref} has no requirement")

    def parameter(self, name: str) -> ParameterRule:
        return _named(self.parameters, "name", name, f"{self.ref} has no parameter")

    def amount_of(self, rule: Rule, values: Mapping[str, Any] | None = None) -> int | str | None:
        """The rule's amount: its own, its parameter's value or that parameter's default; None when unset."""
        if not rule.parameter:
            return rule.amount
        value = (values or {}).get(rule.parameter, self.parameter(rule.parameter).default)
        return value if isinstance(value, int | str) else None

    def in_force(self, day: date) -> bool:
        """Whether an event on this day falls under the pack (both ends included)."""
        return (self.effective_from or date.min) <= day <= (self.effective_to or date.max)

    def raised_by(self, trigger: str, day: date) -> Iterator[Rule]:
        """The rules that this trigger starts on this day."""
        if self.in_force(day):
            yield from (rule for rule in self.rules if trigger in rule.triggers and rule.in_force(day))

    def obligations(self) -> frozenset[str]:
        """Every obligation id this pack speaks of."""
        parts: tuple[Any, ...] = (*self.requirements, *self.rules, *self.parameters, *self.attestations)
        parts += self.exclusions
        found = {name for part in parts for name in part.obligation.split()}
        return frozenset(found | ({self.hold.obligation} if self.hold else set()))


@cache
def load(ref: str) -> Pack:
    """The pack called ``name@version``, or the newest version when only the name is given.

    Reads the file once a process: a pack never changes. Raises PackError.
    """
    name, _, version = ref.partition("@")
    versions = sorted(known.partition("@")[2] for known in shipped() if known.partition("@")[0] == name)
    if not versions:
        raise PackError(f"There is no pack “{name}”. Shipped: {', '.join(shipped())}.")
    if version and version not in versions:
        raise PackError(f"There is no version “{version}” of {name}. Shipped: {', '.join(versions)}.")
    return parse((HERE / name / f"{version or versions[-1]}.toml").read_bytes())


@cache
def shipped() -> tuple[str, ...]:
    """Every shipped pack as ``name@version``, sorted."""
    return tuple(sorted(f"{path.parent.name}@{path.stem}" for path in HERE.glob("*/*.toml")))


def pinned_digests() -> dict[str, str]:
    """The digests that freeze the shipped packs, by ``name@version``."""
    return dict(tomllib.loads(DIGESTS.read_text())["packs"])


def parse(content: bytes) -> Pack:
    """Read one pack file. Raises PackError naming what is wrong; unknown keys are wrong too."""
    try:
        tables = tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PackError(f"Not a TOML file: {error}") from error
    head = tables.pop("pack", {})
    hold = tables.pop("hold", None)
    parts = {
        "requirements": _rows(Requirement, tables.pop("requirement", []), "requirement"),
        "rules": _rows(Rule, tables.pop("rule", []), "rule"),
        "parameters": _rows(ParameterRule, tables.pop("parameter", []), "parameter"),
        "attestations": _rows(Attestation, tables.pop("attestation", []), "attestation"),
        "exclusions": _rows(Exclusion, tables.pop("exclusion", []), "exclusion"),
        "hold": _row(HoldRule, hold, "hold") if hold else None,
    }
    if tables:
        raise PackError(f"Unknown table “{next(iter(tables))}”.")
    return _row(Pack, {**head, **parts, "digest": hashlib.sha256(content).hexdigest()}, "pack")


def problems(pack: Pack) -> list[str]:
    """What is wrong with a pack that could be read: one sentence each, empty when it is sound."""
    found = [f"{pack.ref}: unknown kind “{pack.kind}”."] if pack.kind not in PACK_KINDS else []
    for attribute, rows in (("key", pack.rules), ("id", pack.requirements), ("name", pack.parameters)):
        names = [getattr(row, attribute) for row in rows]
        found += [
            f"{pack.ref}: “{name}” is there twice." for name in sorted(set(names)) if names.count(name) > 1
        ]
    for rule in pack.rules:
        found += [f"{pack.ref} {rule.key}: {problem}" for problem in _rule_problems(pack, rule)]
    for parameter in pack.parameters:
        found += [f"{pack.ref} {parameter.name}: {problem}" for problem in _parameter_problems(parameter)]
    for attestation in pack.attestations:
        if attestation.kind not in ATTESTATIONS or attestation.owed_by not in OWED_BY:
            found.append(f"{pack.ref} {attestation.id}: unknown kind or party.")
    return found


def _rule_problems(pack: Pack, rule: Rule) -> Iterator[str]:
    known = (
        ("trigger", set(rule.triggers), TRIGGERS),
        ("kind", {rule.kind}, KINDS),
        ("unit", {rule.unit}, UNITS),
        ("settled_when", {rule.settled_when}, SETTLED_WHEN),
        ("owed_by", {rule.owed_by}, OWED_BY),
        ("role", {rule.role}, ROLES),
        ("consequence", {rule.consequence}, CONSEQUENCES),
    )
    for name, values, allowed in known:
        for value in sorted(values - set(allowed)):
            yield f"unknown {name} “{value}”."
    if rule.unit != "immediately" and (rule.amount is None) is (not rule.parameter):
        yield "give either an amount or a parameter."
    if rule.unit == "annual_date" and not (rule.parameter or _is_month_day(rule.amount)):
        yield "an annual date is written MM-DD."
    if rule.unit not in ("annual_date", "immediately") and not isinstance(rule.amount, int | None):
        yield "the amount must be a whole number."
    parameters = {parameter.name: parameter for parameter in pack.parameters}
    if rule.parameter:
        counted = "hours" if rule.unit == "immediately" else rule.unit
        if rule.parameter not in parameters:
            yield f"there is no parameter “{rule.parameter}”."
        elif parameters[rule.parameter].unit != counted:
            yield f"the parameter “{rule.parameter}” is not counted in {counted}."
    if isinstance(rule.people_over, str) and rule.people_over not in parameters:
        yield f"there is no parameter “{rule.people_over}”."


def _parameter_problems(parameter: ParameterRule) -> Iterator[str]:
    if parameter.unit not in PARAMETER_UNITS:
        yield f"unknown unit “{parameter.unit}”."
    if parameter.unit in ("choice", "choices") and not parameter.choices:
        yield "a choice needs its choices."
    if isinstance(parameter.default, int):
        low, high = parameter.min, parameter.max
        if low is None or high is None or not low <= parameter.default <= high:
            yield "a number needs a smallest and a largest value, and a default between them."
    if (
        parameter.unit == "annual_date"
        and parameter.default is not None
        and not _is_month_day(parameter.default)
    ):
        yield "an annual date is written MM-DD."


def _is_month_day(value: object) -> bool:
    try:
        return bool(date.fromisoformat(f"2000-{value}"))
    except ValueError:
        return False


def _named(rows: tuple[T, ...], attribute: str, name: str, message: str) -> T:
    for row in rows:
        if getattr(row, attribute) == name:
            return row
    known = ", ".join(getattr(row, attribute) for row in rows)
    raise PackError(f"{message} “{name}”. Known: {known or 'none'}.")


def _rows(kind: type[T], rows: list[dict[str, Any]], table: str) -> tuple[T, ...]:
    return tuple(_row(kind, row, table) for row in rows)


def _row(kind: type[T], row: dict[str, Any], table: str) -> T:
    try:
        return kind(**{name: _frozen(value) for name, value in row.items()})
    except TypeError as error:
        named = next((row[name] for name in ("id", "key", "name") if name in row), "?")
        raise PackError(f"{table} “{named}”: {str(error).partition(') ')[2] or error}.") from error


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(part) for part in value)
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(part) for key, part in value.items()})
    return value.strip() if isinstance(value, str) else value
