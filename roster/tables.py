"""Reading CSV tables from an upload, within limits, with line numbers. Pure: no database.

A roster is refused whole or taken whole, so every refusal says the file, the line and what is wrong.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

CELL_LIMIT: Final = 8_192
ROW_LIMIT: Final = 2_000_000
TABLE_LIMIT: Final = 400 * 1024 * 1024
ZIP_MEMBERS_LIMIT: Final = 60
PROBLEMS_SHOWN: Final = 20


class RosterProblem(ValidationError):
    """The file cannot be loaded; `messages` name file, line and reason."""

    def __init__(self, problems: str | list[str]) -> None:
        listed = [problems] if isinstance(problems, str) else problems
        more = len(listed) - PROBLEMS_SHOWN
        shown = listed[:PROBLEMS_SHOWN] + ([f"… and {more} more problems."] if more > 0 else [])
        super().__init__({"file": shown})


@dataclass
class Person:
    sourced_id: str
    line: int
    given_name: str = ""
    family_name: str = ""
    email: str = ""
    has_account: bool = False
    grade: str = ""
    birth_on: date | None = None
    postal_address: str = ""
    language: str = ""
    removed: bool = False


@dataclass
class Place:
    """A school as the file names it."""

    sourced_id: str
    name: str
    line: int


@dataclass
class RosterFile:
    """What a roster file says, whatever its format."""

    is_bulk: bool = True
    schools: dict[str, Place] = field(default_factory=dict)
    students: dict[str, Person] = field(default_factory=dict)
    guardians: dict[str, Person] = field(default_factory=dict)
    links: dict[tuple[str, str], str] = field(default_factory=dict)
    """(student, guardian) to the relationship the file names, mostly empty."""
    enrollments: dict[tuple[str, str], tuple[date | None, date | None]] = field(default_factory=dict)
    """(student, school) to first and last day."""
    ended_enrollments: set[tuple[str, str]] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)

    def warn(self, sentence: str) -> None:
        if sentence not in self.warnings and len(self.warnings) < 40:
            self.warnings.append(sentence[:300])


class Table:
    """One CSV file: its header checked at once, its rows read one at a time."""

    def __init__(self, name: str, content: bytes, *, required: tuple[str, ...]) -> None:
        self.name = name
        text = self._decoded(content)
        self._reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        csv.field_size_limit(CELL_LIMIT)
        try:
            header = next(self._reader, None)
        except csv.Error as error:
            raise RosterProblem(f"{name}, line 1: {_why(error)}") from error
        if not header:
            raise RosterProblem(f"{name} is empty: the first line must name the columns.")
        self.header = [cell.strip() for cell in header]
        twice = sorted({cell for cell in self.header if cell and self.header.count(cell) > 1})
        if twice:
            raise RosterProblem(f"{name}, line 1: the column “{twice[0][:60]}” is there twice.")
        missing = [column for column in required if column not in self.header]
        if missing:
            raise RosterProblem(f"{name}, line 1: the column “{missing[0]}” is missing.")

    def _decoded(self, content: bytes) -> str:
        if len(content) > TABLE_LIMIT:
            raise RosterProblem(f"{self.name} is too large.")
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise RosterProblem(f"{self.name} is written in UTF-16. Save it as UTF-8 and try again.")
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            raise RosterProblem(f"{self.name}, line {line}: not UTF-8 text.") from error
        if "\0" in text:
            line = text[: text.index("\0")].count("\n") + 1
            raise RosterProblem(f"{self.name}, line {line}: a NUL character; the file is damaged.")
        return text

    def rows(self) -> Iterator[tuple[int, Mapping[str, str]]]:
        """Line number and cells by column name, spaces trimmed; empty lines are passed over."""
        width = len(self.header)
        for count in range(ROW_LIMIT + 1):
            line = self._reader.line_num + 1
            try:
                cells = next(self._reader, None)
            except csv.Error as error:
                raise RosterProblem(f"{self.name}, line {line}: {_why(error)}") from error
            if cells is None:
                return
            if count == ROW_LIMIT:
                raise RosterProblem(f"{self.name} has more than {ROW_LIMIT:,} lines.")
            if not any(cells):
                continue
            if len(cells) != width:
                raise RosterProblem(
                    f"{self.name}, line {line}: {len(cells)} cells where the header has {width}."
                )
            yield line, dict(zip(self.header, (cell.strip() for cell in cells), strict=True))


def _why(error: csv.Error) -> str:
    text = str(error)
    if "field larger" in text:
        return f"a cell is longer than {CELL_LIMIT:,} letters; is a quotation mark missing?"
    return "the quotation marks do not match."


def open_zip(content: bytes) -> dict[str, ZipInfo]:
    """The members of a zip by file name without folder; refuses what would not fit in memory."""
    try:
        with ZipFile(io.BytesIO(content)) as packed:
            members = [member for member in packed.infolist() if not member.is_dir()]
    except BadZipFile as error:
        raise RosterProblem(
            "This is not a zip file. OneRoster files come as one zip of CSV files."
        ) from error
    wanted = [member for member in members if not _is_clutter(member.filename)]
    if len(wanted) > ZIP_MEMBERS_LIMIT:
        raise RosterProblem(f"The zip holds more than {ZIP_MEMBERS_LIMIT} files.")
    if sum(member.file_size for member in wanted) > TABLE_LIMIT:
        raise RosterProblem("The zip unpacks to more than 400 MB.")
    if any(member.flag_bits & 1 for member in wanted):
        raise RosterProblem("The zip needs a password. Send it without one.")
    by_name: dict[str, ZipInfo] = {}
    for member in wanted:
        name = member.filename.replace("\\", "/").rsplit("/", 1)[-1].lower()
        if name in by_name:
            raise RosterProblem(f"The zip holds {name[:60]} twice.")
        by_name[name] = member
    return by_name


def unpack(content: bytes, member: ZipInfo) -> bytes:
    """One member's bytes; never more than the zip's directory promised (a bomb lies about it)."""
    try:
        with ZipFile(io.BytesIO(content)) as packed, packed.open(member) as opened:
            unpacked = opened.read(member.file_size + 1)
    except (BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise RosterProblem(f"{member.filename[:60]} cannot be unpacked: the zip is damaged.") from error
    if len(unpacked) > member.file_size:
        raise RosterProblem(f"{member.filename[:60]} is larger than the zip says.")
    return unpacked


def _is_clutter(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1].startswith(".")


def read_day(value: str, *, table: str, line: int, column: str) -> date | None:
    if not value:
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError as error:
        raise RosterProblem(
            f"{table}, line {line}: {column} “{value[:30]}” is not a date like 2026-09-01."
        ) from error


def read_email(value: str) -> str | None:
    """One plain address in lower case, "" when there is none, None when it is not one address (A16, A17)."""
    address = value.strip()
    if not address:
        return ""
    if not address.isascii() or any(mark in address for mark in "\"'<>()[],;:\\% \t"):
        return None
    try:
        validate_email(address)
    except ValidationError:
        return None
    return address.lower() if len(address) <= 254 and len(address.split("@")[0]) <= 64 else None
