"""Roster files: all of it or nothing, with line numbers; a second person where much would go."""

from __future__ import annotations

import io
from datetime import date, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile

from ledger.entries import Conflict
from ledger.models import Entry
from parties.models import Role, School
from roster.imports import apply_roster, approve_roster, drop_abandoned, drop_roster, receive_roster
from roster.models import ContactBlock, Enrollment, Guardian, Guardianship, Student
from tests.factories import DistrictFactory, SchoolFactory, member
from tests.roster.factories import AT, ENROLLMENTS, USERS, make_family, oneroster

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path), "base_url": None},
        },
    }


def receive(content, district, by, format="oneroster", name="roster.zip"):
    return receive_roster(district=district, upload=ContentFile(content, name=name), format=format, by=by)


def load(content, district, by, **given):
    return apply_roster(receive(content, district, by, **given), by=by)


def refusal(content, district=None, **given):
    district = district or DistrictFactory()
    with pytest.raises(ValidationError) as refused:
        receive(content, district, member(district), **given)
    assert not Student.objects.exists()
    return " ".join(refused.value.messages)


def test_a_bulk_file_brings_students_guardians_links_and_enrollments():
    district = DistrictFactory()
    roster = load(oneroster(), district, member(district))
    assert roster.status == "applied"
    kim = Student.objects.get(sourced_id="s1")
    assert (kim.name, kim.grade, kim.email, kim.has_account) == (
        "Kim Sample",
        "5",
        "kim@school.example",
        True,
    )
    robin = Guardian.objects.get()
    assert robin.email == "robin@home.example"
    assert set(robin.guardianships.values_list("student__sourced_id", flat=True)) == {"s1", "s2"}
    assert Enrollment.objects.get(student=kim).school.name == "Hill School"
    assert roster.counts["students"] == {"added": 2, "changed": 0, "unchanged": 0, "removed": 0}
    assert not roster.file


def test_days_of_classes_count_only_where_the_students_own_row_names_no_school():
    district = DistrictFactory()
    users = USERS.replace("s1,,,true,o1,", "s1,,,true,,")
    load(oneroster(users=users), district, member(district))
    days = dict(Enrollment.objects.values_list("student__sourced_id", "first_day"))
    assert days == {"s1": date(2026, 8, 26), "s2": None}


def test_links_count_from_the_students_row_the_guardians_row_or_both():
    district = DistrictFactory()
    users = USERS.replace(",p1,05", ",,05").replace(',"s1,s2",', ',"s1",').replace(",,,KG", ",,p1,KG")
    load(oneroster(users=users), district, member(district))
    assert Guardianship.objects.count() == 2


def test_version_1_2_takes_roles_from_its_own_file_and_schools_with_them():
    district = DistrictFactory()
    users = (
        "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,"
        "email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,resourceSourcedIds,"
        "preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns\n"
        "s1,,,true,kim,,Kim,Sample,,,,,,,05,,,,,,,o1,\np1,,,true,robin,,Robin,Sample,,,,,,s1,,,,,,,,,\n"
    )
    roles = (
        "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId\n"
        "r1,,,s1,primary,student,2026-08-26,,o1,\nr2,,,p1,primary,parent,,,o1,\n"
    )
    load(oneroster("1.2", users=users, roles=roles, enrollments=""), district, member(district))
    assert Guardian.objects.get().guardianships.get().student.sourced_id == "s1"
    assert Enrollment.objects.get().first_day == date(2026, 8, 26)


def test_only_the_date_of_birth_is_read_from_demographics():
    district = DistrictFactory()
    manifest_with = oneroster(
        demographics="sourcedId,status,dateLastModified,birthDate,sex,hispanicOrLatinoEthnicity,cityOfBirth\n"
        "s1,,,2008-03-04,female,true,Rome\n",
        manifest="propertyName,value\noneroster.version,1.1\nfile.orgs,bulk\nfile.users,bulk\n"
        "file.enrollments,bulk\nfile.demographics,bulk\n",
    )
    roster = load(manifest_with, district, member(district))
    assert Student.objects.get(sourced_id="s1").birth_on == date(2008, 3, 4)
    warned = " ".join(roster.warnings)
    assert "hispanicOrLatinoEthnicity, cityOfBirth" in warned
    assert "password" in warned


def test_a_byte_order_mark_and_a_folder_are_tolerated_with_a_warning():
    district = DistrictFactory()
    content = oneroster(folder="export/", users="\ufeff" + USERS.replace("\n", "\r\n"))
    roster = load(content, district, member(district))
    assert Student.objects.count() == 2
    assert "folder inside the zip" in roster.warnings[0]


def test_an_import_never_overwrites_what_the_district_itself_knows():
    district = DistrictFactory()
    by = member(district)
    load(oneroster(), district, by)
    robin, kim = Guardian.objects.get(), Student.objects.get(sourced_id="s1")
    robin.language, robin.postal_address = "pl", "5 Elm Street"
    robin.save()
    Guardianship.objects.filter(student=kim).update(relationship="aunt")
    ContactBlock.objects.create(
        district=district,
        student=kim,
        guardian=robin,
        ground="court order",
        first_day="2026-01-01",
        placed_by=by,
        placed_at=AT,
    )
    load(oneroster(users=USERS.replace("Robin@Home.example", "robin.new@home.example")), district, by)
    robin.refresh_from_db()
    assert (robin.email, robin.language, robin.postal_address) == (
        "robin.new@home.example",
        "pl",
        "5 Elm Street",
    )
    assert Guardianship.objects.get(student=kim).relationship == "aunt"
    assert ContactBlock.objects.filter(lifted_at=None).count() == 1


def test_who_is_no_longer_in_a_bulk_file_has_left_and_is_not_deleted():
    district = DistrictFactory()
    by = member(district)
    load(oneroster(), district, by)
    roster = load(
        oneroster(users="".join(line for line in USERS.splitlines(True) if not line.startswith("s2"))),
        district,
        by,
    )
    assert roster.counts["students"]["removed"] == 1
    assert Student.objects.get(sourced_id="s2").left_at is not None
    load(oneroster(), district, by)
    assert Student.objects.get(sourced_id="s2").left_at is None


def test_a_delta_changes_what_it_names_and_nothing_else():
    district = DistrictFactory()
    by = member(district)
    load(oneroster(), district, by)
    header = USERS.splitlines(True)[0]
    delta = (
        header
        + "s2,tobedeleted,2026-10-01T00:00:00Z,true,o1,student,lee,,Lee,Sample,,,,,,,KG,\n"
        + "s3,active,2026-10-01T00:00:00Z,true,o1,student,ann,,Ann,Sample,,,,,,p1,2,\n"
    )
    load(oneroster(mode="delta", users=delta, enrollments=ENROLLMENTS.splitlines(True)[0]), district, by)
    assert set(Student.objects.filter(left_at=None).values_list("sourced_id", flat=True)) == {"s1", "s3"}
    assert Guardianship.objects.get(student__sourced_id="s3").guardian.sourced_id == "p1"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not a zip", "not a zip file"),
        (oneroster(manifest=""), "manifest.csv is missing"),
        (oneroster(version="1.3"), "version “1.3”"),
        (oneroster(orgs=""), "promises orgs.csv"),
        (oneroster(users=USERS.replace("sourcedId", "id", 1)), "“sourcedId” is missing"),
        (oneroster(users=USERS.replace("username", "role", 1)), "“role” is there twice"),
        (
            oneroster(users=USERS + "s1,,,true,o1,student,x,,X,Y,,,,,,,1,\n"),
            "line 5: sourcedId “s1” is also on line 2",
        ),
        (oneroster(users=USERS + "s9,,,true,o1,pupil,x,,X,Y,,,,,,,1,\n"), "line 5: role “pupil”"),
        (oneroster(users=USERS + "s9,maybe,,true,o1,student,x,,X,Y,,,,,,,1,\n"), "line 5: status “maybe”"),
        (oneroster(users=USERS + "s9,,\n"), "line 5: 3 cells where the header has 18"),
        (oneroster(users=USERS + 's9,,,"' + "x" * 9000), "line 5: a cell is longer than 8,192"),
        (oneroster(users=USERS + 's9,,,"x"y,\n'), "line 5: the quotation marks"),
        (oneroster(users=USERS.encode("utf-16")), "UTF-16"),
        (oneroster(users=USERS.encode() + b"s9\xff\n"), "line 5: not UTF-8"),
        (oneroster(users=USERS + "s9\0\n"), "line 5: a NUL"),
        (
            oneroster(enrollments=ENROLLMENTS.replace("2026-08-26", "26.8.2026")),
            "line 2: beginDate “26.8.2026”",
        ),
        (
            oneroster(enrollments=ENROLLMENTS.replace(",o1,", ",o7,")),
            "line 2: this school is not in orgs.csv",
        ),
    ],
)
def test_a_file_that_cannot_be_loaded_whole_is_refused_with_its_line(content, said):
    assert said in refusal(content)


def test_a_zip_that_says_it_is_small_and_is_not_is_refused():
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("manifest.csv", "propertyName,value\n" + "x,y\n" * 10_000)
    lying = packed.getvalue().replace((40_019).to_bytes(4, "little"), (19).to_bytes(4, "little"))
    assert "cannot be unpacked" in refusal(lying) or "larger than the zip says" in refusal(lying)


@pytest.mark.parametrize(
    "address", ["a@x.example,b@y.example", "Bob <a@x.example>", '"evil" a@x.example', "a@x"]
)
def test_an_address_that_is_not_one_plain_address_becomes_a_letter(address):
    district = DistrictFactory()
    users = USERS.replace("Robin@Home.example", '"' + address.replace('"', '""') + '"')
    roster = load(oneroster(users=users), district, member(district))
    assert Guardian.objects.get().email == ""
    assert "line 4: not an e-mail address" in " ".join(roster.warnings)


def test_a_roster_of_another_district_is_refused():
    district = DistrictFactory()
    SchoolFactory(district=district, name="Lake School")
    assert "None of the schools" in refusal(oneroster(), district)


def test_a_school_is_recognised_by_name_and_learns_its_id():
    district = DistrictFactory()
    hill = SchoolFactory(district=district, name="hill school")
    load(oneroster(), district, member(district))
    hill.refresh_from_db()
    assert hill.sourced_id == "o1"
    assert School.objects.filter(district=district).count() == 1


def test_a_file_that_drops_most_families_needs_a_second_person():
    district = DistrictFactory()
    first, second = member(district), member(district, role=Role.SUPERINTENDENT)
    for _ in range(10):
        make_family(district)
    roster = receive(oneroster(), district, first)
    assert roster.status == "waiting"
    assert "10 of 10 students would leave the roster (100 %)." in roster.stops
    with pytest.raises(Conflict):
        apply_roster(roster, by=first)
    with pytest.raises(ValidationError):
        approve_roster(roster, by=first, reason="it is fine")
    approve_roster(roster, by=second)
    assert apply_roster(roster, by=first).status == "applied"
    assert Student.objects.filter(left_at=None).count() == 2


def test_where_no_second_person_exists_a_typed_reason_is_needed():
    district = DistrictFactory()
    only = member(district)
    for _ in range(10):
        make_family(district)
    roster = receive(oneroster(), district, only)
    with pytest.raises(ValidationError) as refused:
        approve_roster(roster, by=only)
    assert "reason" in refused.value.message_dict
    approve_roster(roster, by=only, reason="New student system; every id changed.")
    assert Entry.objects.get(act="roster-approved").reason == "New student system; every id changed."


def test_moving_all_guardians_to_one_address_needs_a_second_person():
    district = DistrictFactory()
    by = member(district)
    rows = "".join(f"p{n},,,true,o1,parent,u{n},,A,B,,,f{n}@home.example,,,s1,,\n" for n in range(3, 20))
    load(oneroster(users=USERS + rows), district, by)
    moved = "".join(f"p{n},,,true,o1,parent,u{n},,A,B,,,all@evil.example,,,s1,,\n" for n in range(3, 20))
    roster = receive(oneroster(users=USERS + moved), district, by)
    assert roster.status == "waiting"
    assert any("share one e-mail address" in stop for stop in roster.stops)
    assert any("addresses of guardians would change" in stop for stop in roster.stops)


def test_a_roster_that_changed_since_the_look_goes_back_to_a_second_person():
    district = DistrictFactory()
    by = member(district)
    roster = receive(oneroster(), district, by)
    assert roster.status == "preview"
    for _ in range(10):
        make_family(district)
    assert apply_roster(roster, by=by).status == "waiting"
    assert Student.objects.filter(left_at=None).count() == 10


def test_a_dropped_roster_changes_nothing_and_its_file_goes():
    district = DistrictFactory()
    by = member(district)
    roster = drop_roster(receive(oneroster(), district, by), by=by)
    assert roster.status == "dropped"
    assert not roster.file
    assert not Student.objects.exists()
    with pytest.raises(Conflict):
        apply_roster(roster, by=by)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.APPROVER, Role.COUNSEL])
def test_a_role_without_need_cannot_load_a_roster(role):
    district = DistrictFactory()
    with pytest.raises(PermissionDenied):
        receive(oneroster(), district, member(district, role=role))


def test_a_person_of_another_district_cannot_load_a_roster():
    with pytest.raises(PermissionDenied):
        receive(oneroster(), DistrictFactory(), member(DistrictFactory()))


SIMPLE = (
    "student_id,student_given_name,student_family_name,school,grade,student_birth_date,guardian_id,guardian_name,"
    "guardian_email,guardian_address,guardian_relationship,language,race\n"
    "s1,Kim,Sample,Hill School,KG,2020-01-02,g1,Robin Sample,robin@home.example,5 Elm Street,mother,es,x\n"
    "s1,Kim,Sample,Hill School,KG,2020-01-02,g2,Jo Sample,,7 Oak Street,father,,x\n"
)


def test_one_simple_table_brings_the_same():
    district = DistrictFactory()
    roster = load(SIMPLE.encode(), district, member(district), format="simple", name="roster.csv")
    kim = Student.objects.get()
    assert (kim.grade, kim.birth_on) == ("KG", date(2020, 1, 2))
    robin = Guardian.objects.get(sourced_id="g1")
    assert (robin.name, robin.language, robin.guardianships.get().relationship) == (
        "Robin Sample",
        "es",
        "mother",
    )
    assert Guardian.objects.get(sourced_id="g2").postal_address == "7 Oak Street"
    assert "Not read and not kept: race." in roster.warnings


def test_a_simple_table_is_refused_with_its_lines():
    said = refusal(
        SIMPLE.replace(
            "s1,Kim,Sample,Hill School,KG,2020-01-02,g2", ",Kim,Sample,Hill School,KK,,g2"
        ).encode(),
        format="simple",
    )
    assert "line 3: student_id" in said


def test_the_log_names_counts_and_never_a_person():
    district = DistrictFactory()
    load(oneroster(), district, member(district))
    for entry in Entry.objects.filter(district=district):
        assert "Sample" not in str(entry.facts)
        assert "@" not in str(entry.facts)


def test_a_roster_that_nobody_loads_for_two_weeks_is_dropped_and_its_file_goes(
    travel, django_capture_on_commit_callbacks
):
    district = DistrictFactory()
    by = member(district)
    left, loaded = receive(oneroster(), district, by), load(oneroster(), district, by)
    kept = left.file.path
    travel(timedelta(days=13))
    fresh = receive(oneroster(), district, by)
    assert drop_abandoned() == 0
    travel(timedelta(days=1, minutes=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert drop_abandoned() == 1
    assert drop_abandoned() == 0
    statuses = [type(left).objects.get(pk=each.pk).status for each in (left, loaded, fresh)]
    assert statuses == ["dropped", "applied", "preview"]
    assert not Path(kept).exists()
    assert Entry.objects.get(act="roster-dropped").by is None
