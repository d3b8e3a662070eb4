"""OneRoster 1.1 and 1.2 CSV: what is read, and what is never read. Pure: no database.

Read are orgs, users (students and guardians), roles and enrollments, and from demographics the date of
birth only (to find students of 18). Passwords, race, birthplace and numbers like an SSN are dropped.
Columns are found by name, never by position.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from roster.grades import grade_name, grade_rank
from roster.tables import (
    Person,
    Place,
    RosterFile,
    RosterProblem,
    Table,
    open_zip,
    read_day,
    read_email,
    unpack,
)

GUARDIAN_ROLES: Final = frozenset({"guardian", "parent", "relative"})
STAFF_ROLES: Final = frozenset(
    {
        "administrator",
        "aide",
        "counselor",
        "districtAdministrator",
        "principal",
        "proctor",
        "siteAdministrator",
        "systemAdministrator",
        "teacher",
    }
)
ROLES: Final = GUARDIAN_ROLES | STAFF_ROLES | {"student"}
STATUSES: Final = frozenset({"", "active", "tobedeleted", "inactive"})
SENSITIVE: Final = re.compile(
    r"ssn|social.?security|race|ethnic|americanindian|alaska|^asian$|black|african|hawaiian|pacific|^white$"
    r"|hispanic|latino|birth(?!date$)|religio|politic",
    re.IGNORECASE,
)
NEVER_STORED: Final = frozenset({"password"})


def read_oneroster(content: bytes) -> RosterFile:
    """Read a zip whole. Raises RosterProblem; a missing optional file is no problem, a lying one is."""
    return _Reader(content).read()


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.content = content
        self.members = open_zip(content)
        self.found = RosterFile()
        self.modes: dict[str, str] = {}
        self.roles: dict[str, set[str]] = {}
        self.problems: list[str] = []

    def read(self) -> RosterFile:
        nested = any("/" in member.filename.replace("\\", "/") for member in self.members.values())
        if nested:
            self.found.warn("The files lie in a folder inside the zip; the standard wants them at its root.")
        self._read_manifest()
        self._read_orgs()
        self._read_roles()
        self._read_users()
        self._read_enrollments()
        self._read_birthdays()
        if self.problems:
            raise RosterProblem(self.problems)
        known = set(self.found.students) | set(self.found.guardians)
        if not known:
            raise RosterProblem("users.csv names no student and no guardian.")
        return self.found

    def _table(self, name: str, *required: str) -> Table | None:
        if name not in self.members or self.modes.get(name) == "absent":
            return None
        table = Table(name, unpack(self.content, self.members[name]), required=required)
        dropped = [c for c in table.header if SENSITIVE.search(c) or c.lower() in NEVER_STORED]
        if dropped:
            self.found.warn(f"{name}: not read and not kept: {', '.join(dropped)}.")
        return table

    def _read_manifest(self) -> None:
        table = self._table("manifest.csv", "propertyName", "value")
        if table is None:
            raise RosterProblem("manifest.csv is missing from the zip.")
        stated = {row["propertyName"]: row["value"] for _, row in table.rows()}
        version = stated.get("oneroster.version", "")
        if version not in ("1.1", "1.2"):
            raise RosterProblem(f"manifest.csv: OneRoster version “{version[:20]}”; 1.1 and 1.2 can be read.")
        for key, value in stated.items():
            if key.startswith("file."):
                if value not in ("bulk", "delta", "absent"):
                    raise RosterProblem(f"manifest.csv: {key[:40]} must be bulk, delta or absent.")
                self.modes[f"{key[5:].lower()}.csv"] = value
        for name, mode in self.modes.items():
            if mode != "absent" and name not in self.members:
                raise RosterProblem(f"manifest.csv promises {name[:60]}, which is not in the zip.")
        if self.modes.get("users.csv", "absent") == "absent" or self.modes.get("orgs.csv") == "absent":
            raise RosterProblem("manifest.csv: orgs and users must both be there.")
        modes = {self.modes[n] for n in ("users.csv", "enrollments.csv") if n in self.modes} - {"absent"}
        if len(modes) > 1:
            raise RosterProblem("manifest.csv: users and enrollments must both be bulk or both be delta.")
        self.found.is_bulk = modes == {"bulk"}

    def _status(self, name: str, line: int, row: Mapping[str, str]) -> str:
        status = row.get("status", "")
        if status.lower() not in STATUSES:
            self.problems.append(f"{name}, line {line}: status “{status[:30]}” is not known.")
        return status.lower()

    def _read_orgs(self) -> None:
        table = self._table("orgs.csv", "sourcedId", "name", "type")
        if table is None:
            raise RosterProblem("orgs.csv is missing from the zip.")
        for line, row in table.rows():
            gone = self._status("orgs.csv", line, row) in ("tobedeleted", "inactive")
            if row["type"] == "school" and not gone:
                if not row["sourcedId"] or not row["name"]:
                    self.problems.append(f"orgs.csv, line {line}: a school without sourcedId or name.")
                    continue
                self.found.schools[row["sourcedId"]] = Place(row["sourcedId"], row["name"][:200], line)

    def _read_roles(self) -> None:
        table = self._table("roles.csv", "userSourcedId", "role", "orgSourcedId")
        if table is None:
            return
        for line, row in table.rows():
            if self._status("roles.csv", line, row) in ("tobedeleted", "inactive"):
                continue
            if row["role"] not in ROLES:
                self.problems.append(f"roles.csv, line {line}: role “{row['role'][:30]}” is not known.")
            self.roles.setdefault(row["userSourcedId"], set()).add(row["role"])
            if row["role"] == "student" and row["orgSourcedId"] in self.found.schools:
                days = (
                    read_day(row.get("beginDate", ""), table="roles.csv", line=line, column="beginDate"),
                    read_day(row.get("endDate", ""), table="roles.csv", line=line, column="endDate"),
                )
                self.found.enrollments[(row["userSourcedId"], row["orgSourcedId"])] = days

    def _read_users(self) -> None:
        table = self._table("users.csv", "sourcedId", "givenName", "familyName")
        if table is None:
            raise RosterProblem("users.csv is missing from the zip.")
        if "role" not in table.header and not self.roles:
            raise RosterProblem("users.csv has no column “role”, and roles.csv is missing or empty.")
        lines: dict[str, int] = {}
        agents: list[tuple[str, str]] = []
        for line, row in table.rows():
            key = row["sourcedId"]
            if not key or len(key) > 255:
                self.problems.append(f"users.csv, line {line}: sourcedId is empty or too long.")
                continue
            if key in lines:
                self.problems.append(
                    f"users.csv, line {line}: sourcedId “{key[:40]}” is also on line {lines[key]}."
                )
                continue
            lines[key] = line
            self._read_user(line, row, agents)
        self._link(agents)

    def _read_user(self, line: int, row: Mapping[str, str], agents: list[tuple[str, str]]) -> None:
        key, roles = row["sourcedId"], self.roles.get(row["sourcedId"], set()) | {row.get("role", "")}
        unknown = roles - ROLES - {""}
        if unknown:
            self.problems.append(f"users.csv, line {line}: role “{sorted(unknown)[0][:30]}” is not known.")
        gone = self._status("users.csv", line, row) in ("tobedeleted", "inactive")
        is_student, is_guardian = "student" in roles, bool(roles & GUARDIAN_ROLES)
        if not is_student and not is_guardian:
            return
        person = self._person(line, row, removed=gone)
        if is_student:
            person.grade = self._grade(row.get("grades", ""))
            self.found.students[key] = person
            # The school on the student's own row has no days, so it outlasts the days of single classes:
            # telling one family too many is lawful, one too few is not.
            for org in _several(row.get("orgSourcedIds", "") or row.get("primaryOrgSourcedId", "")):
                if org in self.found.schools:
                    self.found.enrollments.setdefault((key, org), (None, None))
        else:
            self.found.guardians[key] = person
        agents.extend((key, other) for other in _several(row.get("agentSourcedIds", "")))

    def _person(self, line: int, row: Mapping[str, str], *, removed: bool) -> Person:
        family = row["familyName"] or row["givenName"]
        if not family and not removed:
            self.problems.append(f"users.csv, line {line}: a person without a name.")
        email = read_email(row.get("email", ""))
        if email is None:
            self.found.warn(f"users.csv, line {line}: not an e-mail address; this person will get letters.")
        return Person(
            sourced_id=row["sourcedId"],
            line=line,
            given_name=row["givenName"][:200] if row["familyName"] else "",
            family_name=family[:200],
            email=email or "",
            has_account=bool(email) and row.get("enabledUser", "").lower() != "false",
            removed=removed,
        )

    def _grade(self, cell: str) -> str:
        grades = [grade for grade in _several(cell) if grade_rank(grade) is not None]
        return grade_name(max(grades, key=lambda g: grade_rank(g) or 0)) if grades else ""

    def _link(self, agents: list[tuple[str, str]]) -> None:
        """Agents stand on the student's row, on the guardian's, or on both: the union counts."""
        students, guardians, strangers = self.found.students, self.found.guardians, 0
        for one, other in agents:
            if one in students and (other in guardians or not self.found.is_bulk):
                self.found.links.setdefault((one, other), "")
            elif one in guardians and (other in students or not self.found.is_bulk):
                self.found.links.setdefault((other, one), "")
            else:
                strangers += 1
        if strangers:
            self.found.warn(f"users.csv: {strangers} agentSourcedIds name nobody in the file; passed over.")
        if not self.found.is_bulk:
            self.found.warn("A delta file adds guardians to students; only a bulk file can end such a link.")

    def _read_enrollments(self) -> None:
        name = "enrollments.csv"
        table = self._table(name, "schoolSourcedId", "userSourcedId", "role")
        if table is None:
            return
        for line, row in table.rows():
            status = self._status(name, line, row)
            pair = (row["userSourcedId"], row["schoolSourcedId"])
            if row["role"] != "student":
                continue
            if row["schoolSourcedId"] not in self.found.schools and self.found.is_bulk:
                self.problems.append(f"{name}, line {line}: this school is not in orgs.csv.")
            elif status in ("tobedeleted", "inactive"):
                self.found.ended_enrollments.add(pair)
            else:
                # One class more or less does not matter: a student is at a school from first to last day.
                first = read_day(row.get("beginDate", ""), table=name, line=line, column="beginDate")
                last = read_day(row.get("endDate", ""), table=name, line=line, column="endDate")
                self.found.enrollments[pair] = _longest(self.found.enrollments.get(pair), (first, last))
        self.found.ended_enrollments -= set(self.found.enrollments)

    def _read_birthdays(self) -> None:
        table = self._table("demographics.csv", "sourcedId")
        if table is None:
            return
        column = next((name for name in table.header if name.lower() == "birthdate"), "")
        for line, row in table.rows():
            student = self.found.students.get(row["sourcedId"])
            if column and student is not None:
                student.birth_on = read_day(row[column], table=table.name, line=line, column=column)


def _several(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(",") if part.strip()]


_Days = tuple[date | None, date | None]


def _longest(known: _Days | None, found: _Days) -> _Days:
    if known is None:
        return found
    firsts, lasts = (known[0], found[0]), (known[1], found[1])
    first = None if None in firsts else min(day for day in firsts if day)
    last = None if None in lasts else max(day for day in lasts if day)
    return first, last
