"""The fixed schedule of data elements, and which kind of data each is in the policy's words.

Codes follow the categories of the Student Data Privacy Consortium's schedule of data; they never change
and are never used again. The kinds (`student_information`, `student_records`, `student_generated_content`)
select which of a breach's clocks run; which elements are directory information is the district's choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

INFORMATION: Final = "student_information"
RECORDS: Final = "student_records"
WORK: Final = "student_generated_content"


@dataclass(frozen=True, slots=True)
class Element:
    """One kind of data: its code, its family, the words people read, and the policy's kinds it belongs to."""

    code: str
    family: Promise
    label: Promise
    kinds: tuple[str, ...]
    sensitive: bool = False


def _family(label: Promise, *elements: tuple[str, Promise, tuple[str, ...], bool]) -> tuple[Element, ...]:
    return tuple(Element(code, label, words, kinds, sensitive) for code, words, kinds, sensitive in elements)


_I = (INFORMATION,)
_R = (INFORMATION, RECORDS)
_W = (INFORMATION, RECORDS, WORK)

_FAMILIES: Final = (
    _family(
        _("Name"),
        ("student-name", _("Student's name"), _R, False),
        ("parent-name", _("Parent's name"), _R, False),
        ("parent-id", _("Parent's ID number"), _R, False),
    ),
    _family(
        _("How to reach the student"),
        ("student-address", _("Home address"), _R, False),
        ("student-email", _("E-mail address"), _R, False),
        ("student-phone", _("Phone number"), _R, False),
    ),
    _family(
        _("How to reach the parent"),
        ("parent-address", _("Parent's address"), _R, False),
        ("parent-email", _("Parent's e-mail address"), _R, False),
        ("parent-phone", _("Parent's phone number"), _R, False),
    ),
    _family(
        _("School and classes"),
        ("school", _("School"), _R, False),
        ("grade-level", _("Grade level"), _R, False),
        ("homeroom", _("Homeroom"), _R, False),
        ("counselor", _("Guidance counselor"), _R, False),
        ("program", _("Curriculum program"), _R, False),
        ("graduation-year", _("Year of graduation"), _R, False),
        ("enrollment-other", _("Other facts about enrollment"), _R, False),
        ("courses", _("Courses"), _R, False),
        ("teachers", _("Teachers' names"), _R, False),
    ),
    _family(
        _("Identifiers and passwords"),
        ("local-id", _("District's student number"), _R, False),
        ("state-id", _("State's student number"), _R, False),
        ("provider-id", _("Vendor's number for the student"), _R, False),
        ("app-username", _("User name in the app"), _R, False),
        ("app-password", _("Password in the app"), _R, False),
        ("ssn", _("Social Security number"), _R, True),
    ),
    _family(
        _("About the student"),
        ("birth-date", _("Date of birth"), _R, False),
        ("birth-place", _("Place of birth"), _R, False),
        ("gender", _("Gender"), _R, True),
        ("ethnicity", _("Ethnicity or race"), _R, True),
        ("language", _("Language"), _R, False),
        ("demographics-other", _("Other personal facts"), _R, False),
        ("photo", _("Photographs"), _R, False),
        ("biometric", _("Biometric data (fingerprint, face, voice print)"), _R, True),
        ("political", _("Political views"), _R, True),
        ("religious", _("Religion"), _R, True),
        ("criminal", _("Criminal records"), _R, True),
        ("juvenile", _("Juvenile court records"), _R, True),
        ("immigration", _("Citizenship or immigration status"), _R, True),
    ),
    _family(
        _("Special situations"),
        ("english-learner", _("English learner"), _R, True),
        ("low-income", _("Low income"), _R, True),
        ("medical", _("Medical or health facts"), _R, True),
        ("disability", _("Disability"), _R, True),
        ("iep-504", _("Special education or 504 plan"), _R, True),
        ("living-situation", _("Living situation (homeless, foster care)"), _R, True),
        ("special-other", _("Other special situation"), _R, True),
        ("membership", _("Membership in a program or club"), _R, False),
        ("food", _("Food bought"), _R, False),
    ),
    _family(
        _("Learning"),
        ("test-scores", _("Standardized test scores"), _R, False),
        ("observations", _("Teachers' observations"), _R, False),
        ("assessment-voice", _("Voice recordings of tests"), _R, True),
        ("assessment-other", _("Other tests"), _R, False),
        ("grades", _("Grades"), _R, False),
        ("course-results", _("Course results"), _R, False),
        ("performance-scores", _("Performance scores"), _R, False),
        ("transcript-other", _("Other parts of the transcript"), _R, False),
        ("in-app-performance", _("How the student does in the app"), _R, False),
        ("student-work", _("Student's own work"), _W, False),
        ("student-work-other", _("Other student work"), _W, False),
        ("surveys", _("Answers to surveys"), _R, False),
    ),
    _family(
        _("Attendance and conduct"),
        ("attendance-daily", _("Daily attendance"), _R, False),
        ("attendance-class", _("Class attendance"), _R, False),
        ("conduct", _("Conduct or discipline"), _R, True),
        ("behavior", _("Assessments of behavior"), _R, True),
    ),
    _family(
        _("Messages and use"),
        ("messages", _("Messages and e-mails the service carries"), _I, True),
        ("documents", _("Documents"), _I, False),
        ("ip-address", _("Internet address and cookies"), _I, False),
        ("technical-other", _("Other technical facts"), _I, False),
        ("use-statistics", _("How the app is used"), _I, False),
        ("search", _("Searches"), _I, False),
        ("location", _("Location"), _I, True),
    ),
    _family(
        _("Transport"),
        ("bus", _("School bus"), _R, False),
        ("bus-stop", _("Where the bus stops"), _R, True),
        ("bus-card", _("Bus card number"), _R, False),
        ("transport-other", _("Other facts about transport"), _R, False),
    ),
    _family(
        _("Other"),
        ("other", _("Something else (say what)"), _R, False),
        ("none", _("No student data"), (), False),
    ),
)

SCHEDULE: Final[dict[str, Element]] = {element.code: element for family in _FAMILIES for element in family}


def families() -> list[tuple[Promise, list[tuple[str, Promise]]]]:
    """The schedule as grouped choices for a form."""
    return [(family[0].family, [(e.code, e.label) for e in family]) for family in _FAMILIES]
