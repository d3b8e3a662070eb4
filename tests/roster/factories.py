"""Families for tests: made-up people at example addresses."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import factory
from factory.django import DjangoModelFactory

from parties.models import District, School
from roster.models import Enrollment, Guardian, Guardianship, Student

AT = datetime(2026, 9, 1, tzinfo=UTC)


class StudentFactory(DjangoModelFactory[Student]):
    class Meta:
        model = Student

    sourced_id = factory.Sequence(lambda n: f"student-{n}")
    given_name = "Kim"
    family_name = factory.Sequence(lambda n: f"Sample{n}")
    grade = "5"
    added_at = AT


class GuardianFactory(DjangoModelFactory[Guardian]):
    class Meta:
        model = Guardian

    sourced_id = factory.Sequence(lambda n: f"guardian-{n}")
    given_name = "Robin"
    family_name = factory.Sequence(lambda n: f"Sample{n}")
    email = factory.Sequence(lambda n: f"family{n}@home.example")
    added_at = AT


def make_family(
    district: District, *, school: School | None = None, **student: Any
) -> tuple[Student, Guardian]:
    """One student with one guardian, enrolled in the school when one is given."""
    child = StudentFactory(district=district, **student)
    guardian = GuardianFactory(district=district)
    link(child, guardian)
    if school:
        Enrollment.objects.create(district=district, student=child, school=school)
    return child, guardian


def link(student: Student, guardian: Guardian) -> Guardianship:
    return Guardianship.objects.create(
        district=student.district, student=student, guardian=guardian, began_at=AT
    )


MANIFEST = """propertyName,value
manifest.version,1.0
oneroster.version,{version}
file.orgs,{mode}
file.users,{mode}
file.enrollments,{mode}
file.demographics,absent
"""
ORGS = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\no1,,,Hill School,school,,d\n"
USERS = (
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,"
    "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n"
    "s1,,,true,o1,student,kim,,Kim,Sample,,,kim@school.example,,,p1,05,secret\n"
    "s2,,,true,o1,student,lee,,Lee,Sample,,,,,,,KG,\n"
    'p1,,,true,o1,guardian,robin,,Robin,Sample,,,Robin@Home.example,,,"s1,s2",,\n'
)
ENROLLMENTS = (
    "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate\n"
    "e1,,,c1,o1,s1,student,,2026-08-26,2027-06-15\n"
)


def oneroster(version: str = "1.1", mode: str = "bulk", folder: str = "", **files: str | bytes) -> bytes:
    """A OneRoster zip; give `users`, `orgs` … as text to replace a file, or "" to leave it out."""
    contents: dict[str, str | bytes] = {
        "manifest": MANIFEST.format(version=version, mode=mode).replace(
            f"enrollments,{mode}", f"enrollments,{mode if files.get('enrollments', True) else 'absent'}"
        ),
        "orgs": ORGS,
        "users": USERS,
        "enrollments": ENROLLMENTS,
        **files,
    }
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            if content:
                archive.writestr(f"{folder}{name}.csv", content)
    return packed.getvalue()
