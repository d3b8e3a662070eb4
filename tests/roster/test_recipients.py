"""Who receives a notice: each once, students as the district decided, nobody whom a court keeps apart."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from roster.models import ContactBlock, Enrollment, Student
from roster.recipients import recipients_for
from tests.factories import DistrictFactory, SchoolFactory, member
from tests.roster.factories import AT, GuardianFactory, StudentFactory, link, make_family

ON = date(2026, 11, 18)
pytestmark = [pytest.mark.django_db, pytest.mark.obligation("L-7")]


def refs(district, **given):
    options = {"schools": None, "grades": [], "audience": "eligible", "on": ON, **given}
    return [recipient.ref for recipient in recipients_for(district, **options)]


def test_a_guardian_of_two_affected_children_is_told_once():
    district = DistrictFactory()
    child, guardian = make_family(district)
    sibling = StudentFactory(district=district)
    link(sibling, guardian)
    found = recipients_for(district, schools=None, grades=[], audience="eligible", on=ON)
    assert [r.ref for r in found] == [guardian.ref]
    assert found[0].students == (child.pk, sibling.pk)


def test_an_unset_audience_is_refused_and_not_guessed():
    with pytest.raises(ValidationError) as refusal:
        refs(DistrictFactory(), audience="")
    assert "audience" in refusal.value.message_dict


def test_a_student_of_18_is_told_and_the_guardian_stays():
    district = DistrictFactory()
    student, guardian = make_family(district, birth_on=date(2008, 11, 18))
    _, other = make_family(district, birth_on=date(2008, 11, 19))
    assert refs(district) == [guardian.ref, other.ref, student.ref]


def test_born_on_29_february_is_18_on_1_march():
    student = StudentFactory.build(birth_on=date(2008, 2, 29))
    assert not student.is_eligible(date(2026, 2, 28))
    assert student.is_eligible(date(2026, 3, 1))


def test_all_students_with_an_account_are_told_when_the_district_chose_so():
    district = DistrictFactory()
    with_account, guardian = make_family(district, email="kim@school.example", has_account=True)
    _, other = make_family(district)
    assert refs(district, audience="all_with_account") == [guardian.ref, other.ref, with_account.ref]


def test_students_from_a_grade_on_are_told_when_the_district_chose_so():
    district = DistrictFactory()
    _, young = make_family(district, grade="8")
    older, guardian = make_family(district, grade="09")
    assert refs(district, audience="from_grade:9") == [young.ref, guardian.ref, older.ref]


@pytest.mark.parametrize("audience", ["from_grade", "from_grade:x", "everybody", "eligible:9"])
def test_an_audience_that_says_nothing_is_refused(audience):
    with pytest.raises(ValidationError):
        refs(DistrictFactory(), audience=audience)


def test_a_guardian_under_a_contact_block_is_not_told_through_that_child():
    district = DistrictFactory()
    child, blocked = make_family(district)
    other = GuardianFactory(district=district)
    link(child, other)
    block = block_contact(child, blocked)
    assert refs(district) == [other.ref]
    sibling = StudentFactory(district=district)
    link(sibling, blocked)
    assert refs(district) == [blocked.ref, other.ref]
    block.lifted_at, block.lifted_by = AT, block.placed_by
    block.save()
    sibling.guardianships.all().delete()
    assert refs(district) == [blocked.ref, other.ref]


def test_a_contact_block_counts_from_its_first_to_its_last_day():
    district = DistrictFactory()
    child, guardian = make_family(district)
    block = block_contact(child, guardian)
    block.first_day, block.last_day = ON, ON
    block.save()
    assert refs(district) == []
    assert refs(district, on=ON - timedelta(days=1)) == [guardian.ref]
    assert refs(district, on=ON + timedelta(days=1)) == [guardian.ref]


def test_only_the_families_of_the_schools_named_are_told():
    district = DistrictFactory()
    hill, lake = SchoolFactory(district=district), SchoolFactory(district=district)
    _, at_hill = make_family(district, school=hill)
    _, at_lake = make_family(district, school=lake)
    _, outplaced = make_family(district)
    assert refs(district, schools=[hill]) == [at_hill.ref]
    assert refs(district, schools=None) == [at_hill.ref, at_lake.ref, outplaced.ref]


def test_an_enrollment_counts_on_its_first_and_last_day():
    district = DistrictFactory()
    hill = SchoolFactory(district=district)
    child, guardian = make_family(district)
    Enrollment.objects.create(district=district, student=child, school=hill, first_day=ON, last_day=ON)
    assert refs(district, schools=[hill]) == [guardian.ref]
    assert refs(district, schools=[hill], on=ON - timedelta(days=1)) == []
    assert refs(district, schools=[hill], on=ON + timedelta(days=1)) == []


def test_grades_are_compared_however_they_are_written():
    district = DistrictFactory()
    _, guardian = make_family(district, grade="03")
    _, unknown = make_family(district, grade="")
    make_family(district, grade="KG")
    assert refs(district, grades=["3"]) == [guardian.ref, unknown.ref]


def test_who_has_no_email_gets_a_letter():
    district = DistrictFactory()
    _, guardian = make_family(district)
    guardian.email, guardian.postal_address = "", "5 Elm Street"
    guardian.save()
    (recipient,) = recipients_for(district, schools=None, grades=[], audience="eligible", on=ON)
    assert recipient.by_letter
    assert recipient.postal_address == "5 Elm Street"


def test_a_family_without_a_language_is_written_to_in_the_districts_first():
    district = DistrictFactory(languages=["es", "en"])
    _, guardian = make_family(district)
    polish = GuardianFactory(district=district, language="pl")
    link(StudentFactory(district=district), polish)
    found = recipients_for(district, schools=None, grades=[], audience="eligible", on=ON)
    assert [(r.ref, r.language) for r in found] == [(guardian.ref, "es"), (polish.ref, "pl")]


def test_people_who_left_and_people_of_another_district_are_not_told():
    district, other = DistrictFactory(), DistrictFactory()
    child, guardian = make_family(district)
    gone, _ = make_family(district)
    gone.left_at = AT
    gone.save()
    stranger, _ = make_family(other)
    assert refs(district) == [guardian.ref]
    assert refs(district, students=Student.objects.filter(pk__in=[child.pk, stranger.pk])) == [guardian.ref]


def block_contact(student, guardian):
    return ContactBlock.objects.create(
        district=student.district,
        student=student,
        guardian=guardian,
        ground="court order of May 4, 2026",
        first_day=date(2026, 5, 4),
        placed_by=member(student.district),
        placed_at=AT,
    )
