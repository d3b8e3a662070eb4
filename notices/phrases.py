"""The phrase bank: purposes and the fixed sentences of a notice, translated once by people (ux §5).

A contract notice built from ticked boxes is whole in every language at once; only the district's free text
needs a translator. Kinds of data have their words in `notices.elements`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from notices.elements import SCHEDULE

PURPOSES: Final[dict[str, Promise]] = {
    "practice": _("Lessons and practice"),
    "tests": _("Tests and quizzes"),
    "grading": _("Grading and report cards"),
    "reading": _("Reading and library books"),
    "writing": _("Writing and creative work"),
    "languages": _("Learning languages"),
    "special-education": _("Special education and extra help"),
    "sign-in": _("Accounts and sign-in"),
    "school-records": _("Keeping school records"),
    "attendance": _("Taking attendance"),
    "messages": _("Messages between school and home"),
    "health": _("Health and safety at school"),
    "meals": _("School meals"),
    "buses": _("School buses"),
    "activities": _("Clubs, sports and events"),
    "payments": _("Paying school fees"),
    "video": _("Video lessons"),
    "planning": _("Planning and research for the district"),
    "other": pgettext_lazy("purpose", "Other school work"),
}

KIND_NAMES: Final = {"contract": _("Contract notice"), "breach": _("Breach notice")}
WITHDRAWN: Final = _("The district took this notice back.")
NOT_TRANSLATED: Final = _("This part is not translated yet.")
INTERPRETER: Final = _("Call %(phone)s for an interpreter. It is free.")
INTERPRETER_NO_PHONE: Final = _("Ask the school for an interpreter. It is free.")
NO_ELEMENTS: Final = _("The company gets no facts about students.")


def element_words(codes: Iterable[str]) -> list[str]:
    """The kinds of data in the language now active, in the schedule's order."""
    chosen = set(codes)
    return [str(element.label) for code, element in SCHEDULE.items() if code in chosen and code != "none"]


def purpose_words(codes: Iterable[str]) -> list[str]:
    chosen = set(codes)
    return [str(words) for code, words in PURPOSES.items() if code in chosen]


def grade_words(grades: Iterable[str]) -> list[str]:
    """Grades as families say them."""
    special = {"PK": gettext("Preschool"), "KG": gettext("Kindergarten")}
    return [special.get(grade, gettext("Grade %(grade)s") % {"grade": grade}) for grade in grades]


def not_translated(phone: str) -> str:
    """The line that stands where a translation is missing: the legal clock never waits for a translator."""
    ask = INTERPRETER % {"phone": phone} if phone else INTERPRETER_NO_PHONE
    return f"{NOT_TRANSLATED} {ask}"
