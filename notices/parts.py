"""The parts that the packs want a notice to say, and which of them a notice still lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.utils.translation import gettext as _

from notices.models import Notice, NoticeKind, NoticeSection, Part


def _lacks_executed(section: NoticeSection) -> str:
    return "" if section.executed_on else _("Say when the contract was executed.")


def _lacks_purpose(section: NoticeSection) -> str:
    if not section.description.strip():
        return _("Describe the contract in a few words.")
    if not section.purpose.strip() and not section.purposes:
        return _("Say what the contract is for.")
    return ""


def _lacks_elements(section: NoticeSection) -> str:
    if section.elements or section.elements_confirmed:
        return ""
    return _("Say what may be collected, or that nothing is.")


def _lacks_text(part: str) -> Callable[[NoticeSection], str]:
    def check(section: NoticeSection) -> str:
        if section.texts.filter(part=part).exclude(body="").exists():
            return ""
        return _("Write this part: %(part)s.") % {"part": Part(part).label.lower()}

    return check


# A pack names parts; this says how each is seen to be there (policy 3520.13, notice paragraph, (1) to (3)).
CONTRACT_CHECKS: Final = {
    "executed": _lacks_executed,
    "purpose": _lacks_purpose,
    "data": _lacks_elements,
}
BREACH_CHECKS: Final = {
    part: _lacks_text(part) for part in ("what_happened", "data", "what_we_do", "what_you_can_do", "contact")
}


def missing_parts(notice: Notice, required: frozenset[str]) -> dict[str, str]:
    """What is still missing, by part; empty when the notice says all that is required.

    A part that this product cannot check counts as missing: a duty is never met by silence.
    """
    checks = BREACH_CHECKS if notice.kind == NoticeKind.BREACH else CONTRACT_CHECKS
    wrong: dict[str, str] = {}
    several = notice.sections.count() > 1
    for section in notice.sections.all():
        for part in sorted(required):
            check = checks.get(part)
            said = (
                check(section) if check else _("This part cannot be written here: %(part)s.") % {"part": part}
            )
            if said:
                wrong.setdefault(part, f"{section.product}: {said}" if several else said)
    return wrong
