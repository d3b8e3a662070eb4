"""Whom a notice about a breach reaches: decided in the database, each person once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from breaches.models import AffectedPerson, Breach
from notices.duties import audience_of
from roster.models import Guardian, Student, guardian_ref, student_ref
from roster.recipients import Recipient, recipients_for

AT_ONCE: Final = 20_000
KNOWN: Final = ("given_name", "family_name", "email", "postal_address", "language")


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom the notice would reach today: counts for the page and the preview."""

    people: int
    by_email: int
    by_letter: int
    without_address: int
    languages: dict[str, int]


def recipients_of(breach: Breach, *, on: date) -> list[Recipient]:
    """Everybody a notice about this breach must reach on this local day, each once.

    Students and their guardians by the roster's rule (court orders, languages, the district's audience);
    the others by the address they brought. Raises ValidationError when the audience is unset.
    """
    district = breach.district
    language = (district.languages or ["en"])[0]
    listed = breach.people.exclude(student=None).order_by().values_list("student_id", flat=True)
    students = Student.objects.filter(pk__in=list(listed))
    reached = recipients_for(
        district, schools=None, grades=(), audience=audience_of(district).choice, on=on, students=students
    )
    found = {recipient.ref: recipient for recipient in reached}
    for recipient in _guardians_listed(breach, language):
        found.setdefault(recipient.ref, recipient)
    told = {pk for recipient in reached for pk in recipient.students}
    # Nobody else would hear of it: a former student, or one whose guardians are all gone or blocked.
    alone = sorted(set(students.order_by().values_list("pk", flat=True)) - told)
    for recipient in (*_outside_the_roster(breach, language), *_students(alone, language)):
        found.setdefault(recipient.ref, recipient)
    return sorted(found.values(), key=lambda recipient: recipient.ref)


def _guardians_listed(breach: Breach, language: str) -> Iterator[Recipient]:
    keys = breach.people.exclude(guardian=None).order_by().values_list("guardian_id", flat=True)
    for pk, *said in Guardian.objects.filter(pk__in=list(keys)).order_by("pk").values_list("pk", *KNOWN):
        yield _recipient(guardian_ref(pk), *said, students=(), otherwise=language)


def _students(pks: Sequence[int], language: str) -> Iterator[Recipient]:
    for start in range(0, len(pks), AT_ONCE):
        some = Student.objects.filter(pk__in=pks[start : start + AT_ONCE])
        for pk, *said in some.order_by("pk").values_list("pk", *KNOWN):
            yield _recipient(student_ref(pk), *said, students=(pk,), otherwise=language)


def _outside_the_roster(breach: Breach, language: str) -> Iterator[Recipient]:
    own = breach.people.filter(student=None, guardian=None).order_by("pk")
    for pk, name, *said in own.values_list("pk", "name", "email", "postal_address", "language"):
        yield _recipient(AffectedPerson(pk=pk).ref, name, "", *said, students=(), otherwise=language)


def reach_of(breach: Breach, recipients: Collection[Recipient]) -> Reach:
    """Counts of a list of recipients; no names."""
    languages: dict[str, int] = {}
    for recipient in recipients:
        languages[recipient.language] = languages.get(recipient.language, 0) + 1
    letters = [recipient for recipient in recipients if recipient.by_letter]
    return Reach(
        people=breach.people.count(),
        by_email=len(recipients) - len(letters),
        by_letter=len(letters),
        without_address=sum(not recipient.postal_address.strip() for recipient in letters),
        languages=dict(sorted(languages.items())),
    )


def _recipient(
    ref: str,
    given: str,
    family: str,
    email: str,
    postal_address: str,
    language: str,
    *,
    students: tuple[int, ...],
    otherwise: str,
) -> Recipient:
    return Recipient(
        ref=ref,
        name=f"{given} {family}".strip(),
        email=email,
        postal_address=postal_address,
        language=language or otherwise,
        students=students,
    )
