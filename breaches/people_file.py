"""Reading a list of affected people from one CSV table. Pure: no database.

Lists come from vendors in a hurry: columns in any order, spellings of their own, cells that begin like a
formula. What is wanted is taken by the column's name and nothing else is kept. A column or a cell that
looks like a social security number refuses the whole file, so that such numbers are never stored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from breaches.models import PersonSort
from roster.tables import RosterProblem, Table, read_email

BYTES_LIMIT: Final = 60 << 20
ROWS_LIMIT: Final = 250_000

COLUMNS: Final[Mapping[str, frozenset[str]]] = {
    "student_id": frozenset({"studentid", "sourcedid", "studentnumber", "localid", "id", "useridentifier"}),
    "student_email": frozenset({"studentemail"}),
    "guardian_email": frozenset({"guardianemail", "parentemail"}),
    "kind": frozenset({"kind", "type", "role", "sort", "who"}),
    "name": frozenset({"name", "fullname", "studentname", "personname"}),
    "given_name": frozenset({"givenname", "firstname"}),
    "family_name": frozenset({"familyname", "lastname", "surname"}),
    "email": frozenset({"email", "emailaddress", "mail"}),
    "address": frozenset({"address", "postaladdress", "homeaddress", "mailingaddress"}),
    "language": frozenset({"language", "homelanguage"}),
}
IDENTIFIES: Final = ("student_id", "student_email", "guardian_email", "email", "name", "family_name")
KINDS: Final = {
    "student": PersonSort.STUDENT,
    "pupil": PersonSort.STUDENT,
    "former": PersonSort.FORMER_STUDENT,
    "formerstudent": PersonSort.FORMER_STUDENT,
    "alumnus": PersonSort.FORMER_STUDENT,
    "guardian": PersonSort.GUARDIAN,
    "parent": PersonSort.GUARDIAN,
    "employee": PersonSort.EMPLOYEE,
    "staff": PersonSort.EMPLOYEE,
    "teacher": PersonSort.EMPLOYEE,
    "applicant": PersonSort.APPLICANT,
    "other": PersonSort.OTHER,
}
NUMBER_COLUMN: Final = re.compile(
    r"^(student|pupil|child|parent|guardian|employee|staff|person)?(ssn?)(no|num|number|last\d|digits?)?\d*$"
    r"|^social(?!stud|media|work)|socialsec|socsec|taxpayerid|^tax(id|number)|^itin|last4|lastfour"
)
HEADER_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
NUMBER: Final = r"(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}"
DASH: Final = "[-. \u2010-\u2015]"
NUMBER_CELL: Final = re.compile(rf"(?<!\d){NUMBER.replace('-', DASH)}(?!\d)")
BARE_NUMBER: Final = re.compile(NUMBER.replace("-", ""))
"""Nine figures without a dash: a student's own number perhaps. It finds a student, and is never kept."""
FORMULA: Final = "=+-@\t\r＝＋－＠"


@dataclass(frozen=True, slots=True)
class Line:
    """One person as the file names them."""

    line: int
    sort: str
    student_id: str
    student_email: str
    guardian_email: str
    name: str
    email: str
    address: str
    language: str


@dataclass
class PeopleFile:
    lines: list[Line] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def read_people(content: bytes) -> PeopleFile:
    """Read the table whole. Raises RosterProblem ({"file": …}) naming line and reason; keeps nothing then."""
    if len(content) > BYTES_LIMIT:
        raise RosterProblem("The list is larger than 60 MB. Split it, or choose schools and grades instead.")
    table = Table("The list", content, required=())
    named = _columns(table.header)
    found = PeopleFile()
    _refuse_numbers(content)
    unread = [column for column in table.header if column and column not in named]
    if unread:
        found.remarks.append(
            f"Not read and not kept: {', '.join(column[:30] for column in unread[:8])}."[:300]
        )
    formulas = wrong_mail = 0
    for count, (line, row) in enumerate(table.rows()):
        if count >= ROWS_LIMIT:
            raise RosterProblem(f"The list has more than {ROWS_LIMIT:,} lines.")
        said = {wanted: row[column] for column, wanted in named.items()}
        plain = {wanted: value.lstrip(FORMULA).strip() for wanted, value in said.items()}
        formulas += any(plain[wanted] != said[wanted] for wanted in said)
        person, bad = _line(line, plain)
        wrong_mail += bad
        if person is not None:
            found.lines.append(person)
    if not found.lines:
        raise RosterProblem("The list names nobody.")
    if formulas:
        found.remarks.append(
            f"{formulas:,} lines had a cell that began like a formula: the sign was taken off."
        )
    if wrong_mail:
        found.remarks.append(f"{wrong_mail:,} lines had no proper e-mail address: these people get letters.")
    return found


def _refuse_numbers(content: bytes) -> None:
    """One search over the whole file: a number in any cell, of whatever column, refuses it."""
    text = content.decode("utf-8-sig")
    if number := NUMBER_CELL.search(text):
        line = text.count("\n", 0, number.start()) + 1
        raise RosterProblem(_refused_number(f"line {line}"))


def _columns(header: list[str]) -> dict[str, str]:
    """The file's columns by what they mean. Refuses columns of social security numbers, and useless files."""
    named: dict[str, str] = {}
    for column in header:
        key = re.sub(r"[^a-z0-9]", "", column.lower())
        words = {word.lower() for word in HEADER_WORD.findall(column)}  # "Class Name" is no "ssn"
        if "ssn" in words or NUMBER_COLUMN.search(key):
            raise RosterProblem(_refused_number(f"the column “{column[:40]}”"))
        for wanted, spellings in COLUMNS.items():
            if key in spellings and wanted not in named.values():
                named[column] = wanted
    if not set(named.values()) & set(IDENTIFIES):
        raise RosterProblem(
            "The list, line 1: no column names a person. Use student_id, or name and email or address."
        )
    return named


def _refused_number(where: str) -> str:
    return (
        f"The list was refused and nothing was kept: {where} looks like social security numbers. "
        "Take them out and upload the list again."
    )


def _line(line: int, said: Mapping[str, str]) -> tuple[Line | None, bool]:
    name = said.get("name") or f"{said.get('given_name', '')} {said.get('family_name', '')}".strip()
    mails = {
        wanted: read_email(said.get(wanted, "")) for wanted in ("student_email", "guardian_email", "email")
    }
    kind = re.sub(r"[^a-z]", "", said.get("kind", "").lower())
    student_id = said.get("student_id", "")[:255]
    sort = KINDS.get(kind) or (
        PersonSort.STUDENT if student_id or mails["student_email"] or not kind else PersonSort.OTHER
    )
    person = Line(
        line=line,
        sort=sort,
        student_id=student_id,
        student_email=mails["student_email"] or "",
        guardian_email=mails["guardian_email"] or "",
        name=" ".join(name.split())[:200],
        email=mails["email"] or "",
        address=said.get("address", "")[:500],
        language=said.get("language", "")[:12].lower(),
    )
    named = person.student_id or person.student_email or person.guardian_email or person.email or person.name
    return (person if named else None), None in mails.values()
