"""The simple roster: one CSV table, one line for each student and guardian. Pure: no database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from roster.grades import grade_name, grade_rank
from roster.tables import Person, Place, RosterFile, RosterProblem, Table, read_day, read_email

REQUIRED: Final = ("student_id", "student_given_name", "student_family_name", "school", "grade")
OPTIONAL: Final = (
    "student_email",
    "student_birth_date",
    "guardian_id",
    "guardian_name",
    "guardian_email",
    "guardian_address",
    "guardian_relationship",
    "language",
)


def read_simple(content: bytes) -> RosterFile:
    """Read the table whole. Always bulk: who is not in it has left. Raises RosterProblem."""
    table = Table("The table", content, required=REQUIRED)
    found, problems = RosterFile(), list[str]()
    unread = [column for column in table.header if column not in REQUIRED + OPTIONAL]
    if unread:
        found.warn(f"Not read and not kept: {', '.join(column[:40] for column in unread)}.")
    for line, row in table.rows():
        student = _student(found, problems, line, row)
        if student:
            _guardian(found, problems, line, row, student)
    if problems:
        raise RosterProblem(problems)
    if not found.students:
        raise RosterProblem("The table names no student.")
    return found


def _student(found: RosterFile, problems: list[str], line: int, row: Mapping[str, str]) -> str:
    key, place = row["student_id"][:255], row["school"][:200]
    if not key or not row["student_family_name"] or not place:
        problems.append(f"The table, line {line}: student_id, student_family_name and school must be filled.")
        return ""
    if row["grade"] and grade_rank(row["grade"]) is None:
        problems.append(f"The table, line {line}: “{row['grade'][:20]}” is not a grade like PK, KG, 1 or 12.")
    born = row.get("student_birth_date", "")
    email = _email(found, line, row.get("student_email", ""))
    person = Person(
        sourced_id=key,
        line=line,
        given_name=row["student_given_name"][:200],
        family_name=row["student_family_name"][:200],
        email=email,
        has_account=bool(email),
        grade=grade_name(row["grade"]),
        birth_on=read_day(born, table="The table", line=line, column="student_birth_date"),
    )
    known = found.students.setdefault(key, person)
    if (known.given_name, known.family_name) != (person.given_name, person.family_name):
        problems.append(f"The table, line {line}: student_id “{key[:40]}” has another name on {known.line}.")
    found.schools.setdefault(place, Place("", place, line))
    found.enrollments[(key, place)] = (None, None)
    return key


def _guardian(
    found: RosterFile, problems: list[str], line: int, row: Mapping[str, str], student: str
) -> None:
    name, email = row.get("guardian_name", ""), _email(found, line, row.get("guardian_email", ""))
    key = (row.get("guardian_id", "") or email)[:255]
    if not name and not key:
        return
    if not name or not key:
        problems.append(f"The table, line {line}: a guardian needs a name, and a guardian_id or an e-mail.")
        return
    found.guardians.setdefault(
        key,
        Person(
            sourced_id=key,
            line=line,
            family_name=name[:200],
            email=email,
            postal_address=row.get("guardian_address", "")[:500],
            language=row.get("language", "")[:12].lower(),
        ),
    )
    found.links[(student, key)] = row.get("guardian_relationship", "")[:60]


def _email(found: RosterFile, line: int, value: str) -> str:
    email = read_email(value)
    if email is None:
        found.warn(f"The table, line {line}: not an e-mail address; this person will get letters.")
    return email or ""
