"""`manage.py check` reads every shipped pack and calendar: bad law fails before anything starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register

from policy import almanac, packs


@register(Tags.compatibility)
def check_packs(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """policy.E001 unreadable, E002 against the grammar, E003 changed although frozen, E004 not pinned."""
    found: list[CheckMessage] = []
    pinned = packs.pinned_digests()
    for ref in packs.shipped():
        try:
            pack = packs.load(ref)
        except packs.PackError as error:
            found.append(
                Error(f"{ref}: {error}", hint="See docs/policy-packs.md for the grammar.", id="policy.E001")
            )
            continue
        if pack.ref != ref:
            message = f"{ref}: the file says it is {pack.ref}."
            found.append(Error(message, hint="Name the file packs/<name>/<version>.toml.", id="policy.E002"))
        found += [
            Error(problem, hint="See docs/policy-packs.md for the grammar.", id="policy.E002")
            for problem in packs.problems(pack)
        ]
        found += _frozen(ref, pack.digest, pinned)
    return found + _gone(set(pinned) - set(packs.shipped()))


@register(Tags.compatibility)
def check_calendars(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """policy.E003 changed although frozen, E004 not pinned or gone."""
    pinned = almanac.pinned_digests()
    found = [
        message for name in almanac.shipped() for message in _frozen(name, almanac.load(name).digest, pinned)
    ]
    return found + _gone(set(pinned) - set(almanac.shipped()))


def _frozen(name: str, digest: str, pinned: dict[str, str]) -> list[CheckMessage]:
    if name not in pinned:
        return [Error(f"{name} is not pinned.", hint="Run tools/pin_digests.py.", id="policy.E004")]
    if pinned[name] != digest:
        hint = (
            "Put the file back and ship the change as a new version: running clocks stand on the old words."
        )
        return [Error(f"{name} is frozen, yet its file has changed.", hint=hint, id="policy.E003")]
    return []


def _gone(names: set[str]) -> list[CheckMessage]:
    hint = "Put the file back: deadlines and findings point to it for ever."
    return [
        Error(f"{name} is pinned, yet its file is gone.", hint=hint, id="policy.E004")
        for name in sorted(names)
    ]
