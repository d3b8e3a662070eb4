"""What may stand in words that everybody reads: no affected person, no small number, no small school.

Policy 3520.13 wants a notice to families and a posting; neither may itself tell whom the breach was about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from breaches.models import Breach
from breaches.naming import Naming, Person
from breaches.small_numbers import FEW, tells_small_number
from notices.compose import first_language
from notices.models import Notice

AT_ONCE = 5_000


def public_words_problems(breach: Breach, texts: Mapping[str, str], *, language: str) -> dict[str, str]:
    """What in these words, of one language, would tell the public about a person, by part."""
    return _Public(breach, texts.values()).problems(texts, language=language)


def notice_problems(breach: Breach, notice: Notice) -> dict[str, str]:
    """The same for every language of a notice: people may have been listed after its words were written."""
    said: dict[str, dict[str, str]] = {}
    for section in notice.sections.all():
        said[first_language(notice.district)] = {"vendor": section.vendor, "product": section.product}
        for text in section.texts.all():
            said.setdefault(text.language, {})[text.part] = text.body
    public = _Public(breach, [body for texts in said.values() for body in texts.values()])
    found: dict[str, str] = {}
    for language, texts in said.items():
        found = public.problems(texts, language=language) | found
    return found


def affected_people(breach: Breach) -> Iterator[Person]:
    """Everybody on the list by what they may be called, in one pass that holds few of them at a time."""
    rows: Iterable[tuple[Any, ...]] = breach.people.order_by().values_list(
        "student_id", "guardian_id", "name", "email", "own_ref",
        "student__given_name", "student__family_name", "student__email", "student__sourced_id",
        "guardian__given_name", "guardian__family_name", "guardian__email",
    ).iterator(chunk_size=AT_ONCE)  # fmt: skip
    for row in rows:
        (child, parent), own, school, home = row[:2], row[2:5], row[5:9], row[9:]
        if child is not None:
            yield Person(f"{school[0]} {school[1]}", school[2], school[3])
        elif parent is not None:
            yield Person(f"{home[0]} {home[1]}", home[2])
        else:
            yield Person(*own)


class _Public:
    """One look at the list for all texts of a notice."""

    def __init__(self, breach: Breach, texts: Iterable[str]) -> None:
        self.named = Naming(affected_people(breach), texts)
        self.is_few = 0 < breach.people.count() < FEW
        district = breach.district
        signs = (district.name, district.contact_name, district.contact_email)
        self.signs = [said.lower() for said in signs if said]
        self.schools = list(district.schools.values_list("name", flat=True)) if self.is_few else []

    def problems(self, texts: Mapping[str, str], *, language: str) -> dict[str, str]:
        said = {part: self._problem(body, language) for part, body in texts.items()}
        return {part: problem for part, problem in said.items() if problem}

    def _problem(self, body: str, language: str) -> str:
        if self.named.finds(body):
            return _(
                "These words name an affected person. The notice is also posted for everybody: take it out."
            )
        if tells_small_number(body, language=language, few=self.is_few):
            return _(
                "This tells a number of people below 10, and somebody could guess who they are: write "
                "“fewer than 10” instead."
            )
        if self._names_a_school(" ".join(body.lower().split())):
            return _(
                "Fewer than 10 people are affected: do not name the school. Somebody could guess who it is."
            )
        return ""

    def _names_a_school(self, plain: str) -> bool:
        """The district may be called like its one school, and it has to sign: there no school is named."""
        signed = [found.span() for said in self.signs for found in re.finditer(re.escape(said), plain)]
        return any(
            not any(start <= found.start() and found.end() <= end for start, end in signed)
            for school in self.schools
            for found in re.finditer(re.escape(school.lower()), plain)
        )
