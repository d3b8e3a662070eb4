"""Who receives: decided in this one place, once, when the notice is issued (architecture §7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Q

from parties.models import District, School
from roster.grades import grade_rank
from roster.models import ContactBlock, Enrollment, Guardian, Guardianship, Student

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
    students: Iterable[Student] | None = None,
) -> list[Recipient]:
    """Everybody whom a notice of this reach must tell, each once, ordered by ref.

    schools None or empty means all schools, with students who attend none (outplaced); grades empty means
    all. `students` names the affected students instead (a breach). `audience` is the district's parameter
    `audience.students` (L-7): "all_with_account", "from_grade:9" or "eligible"; students of 18 and older
    are always told, and their guardians stay. A guardian under a contact block is not told through that
    student. Raises ValidationError when the audience is unset: the portal does not guess it.
    """
    tells_student = _student_rule(audience)
    if students is None:
        affected = _students_within(district, schools, grades, on)
    else:
        affected = sorted({s for s in students if s.district_id == district.pk}, key=lambda s: s.pk)
    default_language = (district.languages or ["en"])[0]
    reached = _guardians_of(district, affected, on, default_language)
    for student in affected:
        if student.is_eligible(on) or tells_student(student):
            reached.append(
                Recipient(
                    ref=student.ref,
                    name=student.name,
                    email=student.email,
                    postal_address=student.postal_address,
                    language=student.language or default_language,
                    students=(student.pk,),
                )
            )
    return reached


class _Rule:
    def __init__(self, kind: str, lowest: int = 0) -> None:
        self.kind, self.lowest = kind, lowest

    def __call__(self, student: Student) -> bool:
        if self.kind == ALL_WITH_ACCOUNT:
            return student.has_account and bool(student.email)
        if self.kind == FROM_GRADE:
            rank = grade_rank(student.grade)
            return rank is not None and rank >= self.lowest
        return False


def _student_rule(audience: str) -> _Rule:
    kind, _, grade = audience.partition(":")
    lowest = grade_rank(grade) if grade else None
    if kind == FROM_GRADE and lowest is not None:
        return _Rule(kind, lowest)
    if kind in (ALL_WITH_ACCOUNT, ELIGIBLE) and not grade:
        return _Rule(kind)
    raise ValidationError(
        {
            "audience": "Say first which students get notices themselves: all with a school account, "
            "those from a grade on, or only those of 18 and older (Set-up, Choices the policy leaves you)."
        }
    )


def _students_within(
    district: District, schools: Iterable[School] | None, grades: Collection[str], on: date
) -> list[Student]:
    found = Student.objects.filter(district=district, left_at=None)
    places = [school.pk for school in schools or ()]
    if places:
        found = found.filter(
            pk__in=Enrollment.objects.filter(district=district, school__in=places, ended_at=None)
            .exclude(first_day__gt=on)
            .exclude(last_day__lt=on)
            .values("student")
        )
    wanted = {grade_rank(grade) for grade in grades} - {None}
    chosen = list(found.order_by("pk"))
    # A student without a readable grade stays in: telling one family too many is lawful, one too few is not.
    return [s for s in chosen if not wanted or grade_rank(s.grade) in wanted | {None}]


def _guardians_of(
    district: District, affected: list[Student], on: date, default_language: str
) -> list[Recipient]:
    ids = [student.pk for student in affected]
    blocked = set(
        ContactBlock.objects.filter(Q(last_day=None) | Q(last_day__gte=on), district=district, lifted_at=None)
        .filter(first_day__lte=on, student__in=ids)
        .values_list("student_id", "guardian_id")
    )
    told: dict[int, list[int]] = defaultdict(list)
    pairs = Guardianship.objects.filter(district=district, student__in=ids, ended_at=None)
    for student_id, guardian_id in pairs.order_by("student").values_list("student_id", "guardian_id"):
        if (student_id, guardian_id) not in blocked:
            told[guardian_id].append(student_id)
    guardians = Guardian.objects.filter(district=district, pk__in=told, left_at=None).order_by("pk")
    return [
        Recipient(
            ref=guardian.ref,
            name=guardian.name,
            email=guardian.email,
            postal_address=guardian.postal_address,
            language=guardian.language or default_language,
            students=tuple(told[guardian.pk]),
        )
        for guardian in guardians
    ]
