"""Breaches for tests: a district that follows the Connecticut policy, its people, a vendor, a report."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from breaches.affected import load_list, preview_list
from breaches.intake import record_report
from breaches.models import Breach, ReportChannel
from breaches.response import approve, first_words, send_and_post, write_notice
from breaches.said import Said
from parties.models import District, Role, User, Vendor
from policy.adoptions import adopt_pack, set_parameter
from roster.models import Guardian, Student
from tests.factories import DistrictFactory, VendorFactory, VendorMemberFactory, member
from tests.roster.factories import AT

CT = "ct-3520.13@2017"
STATUTE = "ct-10-234@2018"
MISSOURI = "mo-data-governance@1"
NEBRASKA = "ne-7400.1@2023"
CALIFORNIA = "ca-bp-5125@1"


def make_district(*packs: str, audience: str = "eligible", **fields: Any) -> District:
    """A district with a superintendent, that follows these packs (the Connecticut policy unless told)."""
    district = DistrictFactory(**fields)
    head = member(district, role=Role.SUPERINTENDENT)
    for pack in packs or (CT,):
        adopt_pack(district=district, pack=pack, since=date(2020, 1, 1), by=head)
    if audience and CT in (packs or (CT,)):
        set_parameter(district=district, pack=CT, name="audience.students", value=audience, by=head)
    return district


def superintendent(district: District) -> User:
    return User.objects.get(memberships__district=district, memberships__role=Role.SUPERINTENDENT)


def make_vendor(*districts: District, **fields: Any) -> tuple[Vendor, User]:
    """A vendor that deals with these districts, and the person who speaks for it."""
    vendor = VendorFactory(**fields)
    vendor.districts.set(districts)
    return vendor, VendorMemberFactory(vendor=vendor).user


def make_breach(
    district: District,
    *,
    by: User,
    vendor: Vendor | None = None,
    received_at: datetime | None = None,
    **given: Any,
) -> Breach:
    """A breach that staff recorded from the vendor's phone call."""
    said = Said(
        what_happened=given.pop("what_happened", "A staff password was stolen."),
        vendor=vendor,
        vendor_named=given.pop("vendor_named", ""),
        product=given.pop("product", ""),
        elements=given.pop("elements", ["student-name", "grades"]),
        people_claimed=given.pop("people_claimed", None),
        claimed_suspected_at=given.pop("claimed_suspected_at", None),
        claimed_discovered_at=given.pop("claimed_discovered_at", None),
    )
    channel = given.pop("channel", ReportChannel.PHONE)
    report = record_report(
        districts=[district], channel=channel, said=said, by=by, received_at=received_at, **given
    )
    return report.breaches.select_related("case__district", "district", "report__vendor").get(
        district=district
    )


FAMILIES = """
WITH child AS (
    INSERT INTO roster_student (district_id, sourced_id, given_name, family_name, email, has_account, grade,
        postal_address, language, added_at)
    SELECT %(district)s, 'family-' || n, 'Kim', 'Sample' || n, '', false, '5', '', '', %(at)s
    FROM generate_series(%(first)s, %(last)s) AS n RETURNING id, family_name
), parent AS (
    INSERT INTO roster_guardian (district_id, sourced_id, given_name, family_name, email, postal_address,
        language, added_at)
    SELECT %(district)s, 'parent-' || n, 'Robin', 'Sample' || n, 'parent' || n || '@home.example', '', '',
        %(at)s
    FROM generate_series(%(first)s, %(last)s) AS n RETURNING id, family_name
)
INSERT INTO roster_guardianship (district_id, student_id, guardian_id, relationship, began_at)
SELECT %(district)s, child.id, parent.id, '', %(at)s FROM child JOIN parent USING (family_name)
ORDER BY child.id RETURNING student_id, guardian_id
"""


def make_families(district: District, count: int) -> list[tuple[Student, Guardian]]:
    """Students with one guardian each, written in one statement: 50,000 take seconds."""
    first = Student.objects.count()
    with connection.cursor() as cursor:
        cursor.execute(
            FAMILIES, {"district": district.pk, "first": first, "last": first + count - 1, "at": AT}
        )
        pairs = cursor.fetchall()
    students = Student.objects.in_bulk([child for child, _parent in pairs])
    guardians = Guardian.objects.in_bulk([parent for _child, parent in pairs])
    return [(students[child], guardians[parent]) for child, parent in pairs]


def csv(*lines: str, name: str = "list.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, "\n".join(lines).encode(), "text/csv")


def paper(name: str = "proof.txt", words: str = "It happened like this.") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, words.encode(), "text/plain")


def list_families(breach: Breach, families: list[tuple[Student, Guardian]], *, by: User) -> None:
    """Upload and take a list of these students."""
    upload = csv("student_id", *(student.sourced_id for student, _guardian in families))
    load_list(preview_list(breach, upload=upload, by=by), by=by)
    breach.refresh_from_db()


def write(breach: Breach, *, by: User, **parts: str) -> None:
    write_notice(breach, texts={**first_words(breach), **parts}, by=by)


def tell(breach: Breach, *, by: User, second: User) -> None:
    """Write, approve by a second person, send and post."""
    write(breach, by=by)
    approve(breach, by=second)
    send_and_post(breach, by=by)
