"""What a roster file would change, compared with what is known; and the change itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import Model

from parties.models import District, School
from roster.models import Enrollment, Guardian, Guardianship, Student
from roster.tables import Person, RosterFile

SAFETY_SHARE: Final = 0.20
"""A file that takes away more than this share needs a second person (domain §5, A26)."""
SAFETY_FLOOR: Final = 5
"""Below this many rows a share says nothing: three families may well leave a school of ten."""
SHARED_ADDRESS_LIMIT: Final = 10
BATCH: Final = 1000

STUDENT_FIELDS: Final = ("given_name", "family_name", "email", "has_account", "grade")
GUARDIAN_FIELDS: Final = ("given_name", "family_name", "email")


@dataclass
class Plan:
    district: District
    found: RosterFile
    now: datetime
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    stops: list[str] = field(default_factory=list)
    foreign: str = ""
    """Why the file cannot be this district's at all (A27)."""
    leaving: list[str] = field(default_factory=list)
    """Refs of the people who would leave, for the second person to look at."""
    schools: dict[str, School] = field(default_factory=dict)
    new_schools: list[School] = field(default_factory=list)
    students: dict[str, Student] = field(default_factory=dict)
    guardians: dict[str, Guardian] = field(default_factory=dict)
    added: list[Model] = field(default_factory=list)
    changed: list[Model] = field(default_factory=list)
    left: list[Student | Guardian] = field(default_factory=list)
    links: list[Guardianship] = field(default_factory=list)
    enrollments: list[Enrollment] = field(default_factory=list)

    def apply(self) -> None:
        """Write everything; the caller holds the transaction."""
        for school in self.new_schools:
            school.save()
        for model in (Student, Guardian):
            _create(row for row in self.added if isinstance(row, model))
            changed: list[Any] = [row for row in [*self.changed, *self.left] if isinstance(row, model)]
            fields = (
                [*STUDENT_FIELDS, "birth_on"] if model is Student else [*GUARDIAN_FIELDS, "postal_address"]
            )
            model.objects.bulk_update(changed, [*fields, "language", "left_at"], batch_size=BATCH)
        _save_pairs(self.links, Guardianship, ["relationship", "ended_at"])
        _save_pairs(self.enrollments, Enrollment, ["first_day", "last_day", "ended_at"])


def make_plan(district: District, found: RosterFile, *, now: datetime) -> Plan:
    """Compare a file with the district's roster. Reads only; `plan.apply()` writes."""
    plan = Plan(district, found, now)
    _plan_schools(plan)
    if plan.foreign:
        return plan
    plan.students = {row.sourced_id: row for row in Student.objects.filter(district=district)}
    plan.guardians = {row.sourced_id: row for row in Guardian.objects.filter(district=district)}
    known_emails = {row.pk: row.email for row in plan.guardians.values() if row.left_at is None}
    _plan_people(plan, "students", plan.students, found.students, _new_student, _change_student)
    _plan_people(plan, "guardians", plan.guardians, found.guardians, _new_guardian, _change_guardian)
    _plan_links(plan)
    _plan_enrollments(plan)
    _watch_addresses(plan, known_emails)
    return plan


def _plan_schools(plan: Plan) -> None:
    known = list(School.objects.filter(district=plan.district))
    by_id = {school.sourced_id: school for school in known if school.sourced_id}
    by_name = {school.name.casefold(): school for school in known}
    matched, changed = 0, 0
    for key, place in plan.found.schools.items():
        school = by_id.get(place.sourced_id) if place.sourced_id else None
        school = school or by_name.get(place.name.casefold())
        if school is None:
            school = School(district=plan.district, name=place.name, sourced_id=place.sourced_id)
            by_name[place.name.casefold()] = school
            plan.new_schools.append(school)
        else:
            matched += 1
            if place.sourced_id and school.sourced_id != place.sourced_id:
                school.sourced_id = place.sourced_id
                plan.new_schools.append(school)
                changed += 1
        plan.schools[key] = school
    added = len(plan.new_schools) - changed
    plan.counts["schools"] = {"added": added, "changed": changed, "unchanged": matched - changed}
    if known and plan.found.schools and not matched:
        plan.foreign = "None of the schools in this file is a school of your district."
    elif known and added:
        names = ", ".join(school.name[:60] for school in plan.new_schools if school.pk is None)
        plan.stops.append(f"The file brings schools your district does not have: {names}"[:300])


def _plan_people(
    plan: Plan,
    name: str,
    known: dict[str, Any],
    found: dict[str, Person],
    make: Callable[[Plan, Person], Any],
    change: Callable[[Any, Person], bool],
) -> None:
    current = sum(row.left_at is None for row in known.values())
    added = changed = 0
    gone = [key for key, person in found.items() if person.removed]
    if plan.found.is_bulk:
        gone += [key for key in known if key not in found]
    for key, person in found.items():
        if person.removed:
            continue
        row = known.get(key)
        if row is None:
            known[key] = make(plan, person)
            plan.added.append(known[key])
            added += 1
        elif change(row, person) or row.left_at is not None:
            row.left_at = None
            plan.changed.append(row)
            changed += 1
    leaving = [known[key] for key in gone if key in known and known[key].left_at is None]
    for row in leaving:
        row.left_at = plan.now
    plan.left.extend(leaving)
    plan.leaving.extend(row.ref for row in leaving)
    stays = current - len(leaving)
    plan.counts[name] = {
        "added": added,
        "changed": changed,
        "unchanged": max(stays - changed, 0),
        "removed": len(leaving),
    }
    _watch_share(plan, f"{name} would leave the roster", len(leaving), current)


def _watch_share(plan: Plan, what: str, count: int, whole: int) -> None:
    if count >= SAFETY_FLOOR and count > SAFETY_SHARE * whole:
        plan.stops.append(f"{count:,} of {whole:,} {what} ({round(100 * count / whole)} %).")


def _new_student(plan: Plan, person: Person) -> Student:
    return Student(
        district=plan.district,
        sourced_id=person.sourced_id,
        birth_on=person.birth_on,
        language=person.language,
        postal_address=person.postal_address,
        added_at=plan.now,
        **{name: getattr(person, name) for name in STUDENT_FIELDS},
    )


def _new_guardian(plan: Plan, person: Person) -> Guardian:
    return Guardian(
        district=plan.district,
        sourced_id=person.sourced_id,
        language=person.language,
        postal_address=person.postal_address,
        added_at=plan.now,
        **{name: getattr(person, name) for name in GUARDIAN_FIELDS},
    )


def _change_student(row: Student, person: Person) -> bool:
    changed = _set(row, person, STUDENT_FIELDS)
    if person.birth_on and row.birth_on != person.birth_on:
        row.birth_on, changed = person.birth_on, True
    return changed


def _change_guardian(row: Guardian, person: Person) -> bool:
    changed = _set(row, person, GUARDIAN_FIELDS)
    if person.language and not row.language:
        row.language, changed = person.language, True
    if person.postal_address and row.postal_address != person.postal_address:
        row.postal_address, changed = person.postal_address, True
    return changed


def _set(row: Model, person: Person, fields: Iterable[str]) -> bool:
    different = [name for name in fields if getattr(row, name) != getattr(person, name)]
    for name in different:
        setattr(row, name, getattr(person, name))
    return bool(different)


def _plan_links(plan: Plan) -> None:
    live = {
        (pair.student.sourced_id, pair.guardian.sourced_id): pair
        for pair in Guardianship.objects.filter(district=plan.district).select_related("student", "guardian")
    }
    whole = sum(pair.ended_at is None for pair in live.values())
    added = ended = 0
    for (student_key, guardian_key), relationship in plan.found.links.items():
        student, guardian = plan.students.get(student_key), plan.guardians.get(guardian_key)
        if student is None or guardian is None:
            continue  # a delta may name people whom this district never had
        pair = live.get((student_key, guardian_key))
        if pair is None:
            pair = Guardianship(
                district=plan.district,
                student=student,
                guardian=guardian,
                relationship=relationship,
                began_at=plan.now,
            )
        elif pair.ended_at is None and (pair.relationship or not relationship):
            continue
        pair.relationship = pair.relationship or relationship
        added += pair.pk is None or pair.ended_at is not None
        pair.ended_at = None
        plan.links.append(pair)
    if plan.found.is_bulk:
        for key, pair in live.items():
            if pair.ended_at is None and key not in plan.found.links:
                pair.ended_at = plan.now
                plan.links.append(pair)
                ended += 1
    plan.counts["guardianships"] = {"added": added, "removed": ended}
    _watch_share(plan, "links between a student and a guardian would end", ended, whole)


def _plan_enrollments(plan: Plan) -> None:
    live = {
        (pair.student.sourced_id, pair.school_id): pair
        for pair in Enrollment.objects.filter(district=plan.district).select_related("student")
    }
    by_id = {school.sourced_id: school for school in School.objects.filter(district=plan.district)}
    whole = sum(pair.ended_at is None for pair in live.values())
    named: set[tuple[str, int | None]] = set()
    added = ended = 0
    for (student_key, school_key), (first, last) in plan.found.enrollments.items():
        student = plan.students.get(student_key)
        school = plan.schools.get(school_key) or by_id.get(school_key)
        if student is None or school is None:
            continue
        named.add((student_key, school.pk))
        pair = live.get((student_key, school.pk)) if school.pk else None
        if pair is None:
            pair = Enrollment(district=plan.district, student=student, school=school)
            added += 1
        elif (pair.first_day, pair.last_day, pair.ended_at) == (first, last, None):
            continue
        pair.first_day, pair.last_day, pair.ended_at = first, last, None
        plan.enrollments.append(pair)
    ended_keys = {
        (student, school.pk)
        for student, key in plan.found.ended_enrollments
        if (school := plan.schools.get(key) or by_id.get(key))
    }
    for key, pair in live.items():
        if pair.ended_at is None and key not in named and (plan.found.is_bulk or key in ended_keys):
            pair.ended_at = plan.now
            plan.enrollments.append(pair)
            ended += 1
    plan.counts["enrollments"] = {"added": added, "removed": ended}
    _watch_share(plan, "enrollments would end", ended, whole)


def _watch_addresses(plan: Plan, before: dict[int, str]) -> None:
    """Many changed addresses, or many people at one address, may be a hijacked or broken export (A26)."""
    current = [row for row in plan.guardians.values() if row.left_at is None]
    lost = sum(bool(before.get(row.pk)) and not row.email for row in current)
    moved = sum(bool(before.get(row.pk)) and row.email not in ("", before[row.pk]) for row in current)
    plan.counts["addresses"] = {"changed": moved, "removed": lost}
    with_address = sum(bool(email) for email in before.values())
    _watch_share(plan, "e-mail addresses of guardians would change or go", moved + lost, with_address)
    shared = Counter(row.email for row in current if row.email).most_common(1)
    if shared and shared[0][1] > SHARED_ADDRESS_LIMIT:
        plan.stops.append(f"{shared[0][1]:,} guardians would share one e-mail address.")


def _create(rows: Iterable[Model]) -> None:
    fresh = list(rows)
    if fresh:
        type(fresh[0])._default_manager.bulk_create(fresh, batch_size=BATCH)


def _save_pairs(rows: list[Any], model: type[Any], fields: list[str]) -> None:
    model.objects.bulk_create([row for row in rows if row.pk is None], batch_size=BATCH)
    model.objects.bulk_update([row for row in rows if row.pk is not None], fields, batch_size=BATCH)
