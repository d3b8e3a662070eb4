"""Who receives: decided in this one place, once, when the notice is issued (architecture §7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from parties.models import District, School
from roster.grades import grade_rank
from roster.models import (
    ContactBlock,
    Enrollment,
    Guardian,
    Guardianship,
    Student,
    guardian_ref,
    student_ref,
)

ALL_WITH_ACCOUNT = "all_with_account"
FROM_GRADE = "from_grade"
ELIGIBLE = "eligible"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person who must be told, with the address that counts on that day (a snapshot)."""

    ref: str
    """guardian:12 or student:34: what a report may show."""
    name: str
    email: str
    """Empty: this person gets a letter."""
    postal_address: str
    """May be empty too: then the letter is handed over by the school."""
    language: str
    students: tuple[int, ...]
    """Primary keys of the students this person is told about."""

    @property
    def by_letter(self) -> bool:
        return not self.email


def recipients_for(
    district: District,
    *,
    schools: Iterable[School] | None,
    grades: Collection[str],
    audience: str,
    on: date,
    students: QuerySet[Student] | None = None,
) -> list[Recipient]:
    """Everybody whom a notice of this reach must tell, each once: guardians, then students, in their order.

    schools None or empty means all schools, with students who attend none (outplaced); grades empty means
    all. `students` names the affected students instead (a breach). `audience` is the district's parameter
    `audience.students` (L-7): "all_with_account", "from_grade:9" or "eligible"; students of 18 and older
    are always told, and their guardians stay. A guardian under a contact block is not told through that
    student. Who is meant is decided in the database, in a few questions however many there are. Each is
    asked with the keys that the one before found: where a table was just filled or restored, PostgreSQL has
    no statistics of it and reads a question within a question as loops within loops. Raises ValidationError
    when the audience is unset: the portal does not guess it.
    """
    tells_student = _student_rule(district, audience)
    if students is None:
        students = _students_within(district, schools, grades, on)
    affected = list(students.filter(district=district).order_by("pk").values_list("pk", flat=True))
    default_language = (district.languages or ["en"])[0]
    reached = _guardians_of(district, affected, on, default_language)
    themselves = Student.objects.filter(district=district, pk__in=affected).order_by("pk")
    themselves = themselves.filter(tells_student | Q(birth_on__lte=_born_by(on)))
    for pk, given, family, email, postal_address, language in _people(themselves):
        reached.append(
            Recipient(
                ref=student_ref(pk),
                name=f"{given} {family}".strip(),
                email=email,
                postal_address=postal_address,
                language=language or default_language,
                students=(pk,),
            )
        )
    return reached


def _people(found: QuerySet[Any]) -> Iterable[tuple[int, str, str, str, str, str]]:
    """Plain columns: a model's object for each of 50,000 people costs more than all the rest."""
    return found.values_list("pk", "given_name", "family_name", "email", "postal_address", "language")


def _born_by(on: date) -> date:
    """The last birthday of those who are 18 on this day (`Student.is_eligible` says the same of one)."""
    try:
        return on.replace(year=on.year - 18)
    except ValueError:  # 29 February: 18 years ago there was none
        return date(on.year - 18, 2, 28)


def _student_rule(district: District, audience: str) -> Q:
    """Which students are told themselves, whatever their age."""
    kind, _, grade = audience.partition(":")
    lowest = grade_rank(grade) if grade else None
    if kind == FROM_GRADE and lowest is not None:
        return Q(grade__in=_spellings(district, lambda rank: rank is not None and rank >= lowest))
    if kind == ALL_WITH_ACCOUNT and not grade:
        return Q(has_account=True) & ~Q(email="")
    if kind == ELIGIBLE and not grade:
        return Q(pk__in=[])
    raise ValidationError(
        {
            "audience": "Say first which students get notices themselves: all with a school account, "
            "those from a grade on, or only those of 18 and older (Set-up, Choices the policy leaves you)."
        }
    )


def _spellings(district: District, wanted: Callable[[int | None], bool]) -> list[str]:
    """The district's ways to write the grades that are wanted: rosters write 5, 05 and Grade 5."""
    written = Student.objects.filter(district=district).order_by().values_list("grade", flat=True).distinct()
    return [grade for grade in written if wanted(grade_rank(grade))]


def _students_within(
    district: District, schools: Iterable[School] | None, grades: Collection[str], on: date
) -> QuerySet[Student]:
    found = Student.objects.filter(district=district, left_at=None)
    places = [school.pk for school in schools or ()]
    if places:
        found = found.filter(
            pk__in=set(
                Enrollment.objects.filter(district=district, school__in=places, ended_at=None)
                .exclude(first_day__gt=on)
                .exclude(last_day__lt=on)
                .values_list("student_id", flat=True)
            )
        )
    ranks = {grade_rank(grade) for grade in grades} - {None}
    if ranks:
        # Without a readable grade a student stays in: one family too many is lawful, one too few is not.
        found = found.filter(grade__in=_spellings(district, lambda rank: rank in ranks | {None}))
    return found


def _guardians_of(district: District, ids: list[int], on: date, default_language: str) -> list[Recipient]:
    blocked = set(
        ContactBlock.objects.filter(Q(last_day=None) | Q(last_day__gte=on), district=district, lifted_at=None)
        .filter(first_day__lte=on, student__in=ids)
        .values_list("student_id", "guardian_id")
    )
    told: dict[int, list[int]] = defaultdict(list)
    live = Guardianship.objects.filter(district=district, student__in=ids, ended_at=None)
    for student_id, guardian_id in live.order_by("student_id").values_list("student_id", "guardian_id"):
        if (student_id, guardian_id) not in blocked:
            told[guardian_id].append(student_id)
    guardians = Guardian.objects.filter(district=district, pk__in=list(told), left_at=None)
    return [
        Recipient(
            ref=guardian_ref(pk),
            name=f"{given} {family}".strip(),
            email=email,
            postal_address=postal_address,
            language=language or default_language,
            students=tuple(told[pk]),
        )
        for pk, given, family, email, postal_address, language in _people(guardians.order_by("pk"))
    ]
