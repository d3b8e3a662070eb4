"""Who was affected: lists looked at first, numbers refused, people outside the roster, whole schools."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from breaches.affected import (
    drop_list,
    list_groups,
    load_list,
    offer_everybody,
    preview_list,
)
from breaches.listings import take_back_listing, to_take_back
from breaches.models import AffectedPerson, ListUpload
from breaches.reach import recipients_of
from breaches.response import (
    approve,
    ask_second,
    current_notice,
    send_and_post,
    sent_notice,
    untold,
    write_to_added,
)
from ledger.clock import engine_now
from ledger.entries import Conflict
from ledger.models import Entry, HeldCase
from mail.models import Delivery
from notices.issue import issue_notice
from parties.models import Role
from policy.models import Deadline
from roster.models import ContactBlock
from tests.breaches.factories import (
    csv,
    list_families,
    make_breach,
    make_district,
    make_families,
    tell,
    write,
)
from tests.factories import SchoolFactory, make_case, member
from tests.roster.factories import make_family

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)


@pytest.fixture
def desk(travel):
    travel(NOON)
    district = make_district()
    by = member(district)
    return district, by, make_breach(district, by=by, received_at=datetime(2026, 11, 20, 11, 20, tzinfo=UTC))


def refs(breach):
    return {recipient.ref for recipient in recipients_of(breach, on=TODAY)}


def test_a_list_counts_only_when_a_person_has_looked_at_it(desk):
    district, by, breach = desk
    (student, guardian), _other = make_families(district, 2)
    upload = preview_list(breach, upload=csv("student_id", student.sourced_id), by=by)
    assert (upload.counts["matched"], upload.counts["own"]) == (1, 0)
    assert breach.people.count() == 0
    load_list(upload, by=by)
    assert refs(breach) == {guardian.ref}
    upload.refresh_from_db()
    assert (upload.status, upload.rows) == ("loaded", [])


def test_a_dropped_list_is_not_kept(desk):
    _district, by, breach = desk
    upload = preview_list(breach, upload=csv("name,email", "Ana Sample,ana@old.example"), by=by)
    drop_list(upload, by=by)
    upload.refresh_from_db()
    assert (upload.status, upload.rows, breach.people.count()) == ("dropped", [], 0)


@pytest.mark.obligation("B-8")
@pytest.mark.obligation("1f-10")
def test_people_outside_the_roster_bring_their_own_address(desk):
    _district, by, breach = desk
    upload = preview_list(
        breach,
        upload=csv(
            "kind,name,email,address,language",
            "employee,Lee Example,lee@staff.example,,es",
            'applicant,Ana Sample,,"1 Oak Street, Northfield",',
            "former,Kim Gone,,,",
        ),
        by=by,
    )
    assert (upload.counts["own"], upload.counts["no_address"]) == (3, 1)
    assert upload.counts["lines_without_address"] == [4]
    load_list(upload, by=by)
    reached = {r.name: (r.email, r.postal_address, r.language) for r in recipients_of(breach, on=TODAY)}
    assert reached == {
        "Lee Example": ("lee@staff.example", "", "es"),
        "Ana Sample": ("", "1 Oak Street, Northfield", "en"),
        "Kim Gone": ("", "", "en"),
    }
    assert set(breach.people.values_list("sort", flat=True)) == {"employee", "applicant", "former_student"}


@pytest.mark.obligation("1f-10")
def test_a_former_student_of_the_roster_is_told_when_nobody_else_would_be(desk):
    district, by, breach = desk
    student, guardian = make_family(district, left_at=NOON, email="kim@school.example")
    guardian.left_at = NOON
    guardian.save()
    load_list(preview_list(breach, upload=csv("student_id", student.sourced_id), by=by), by=by)
    assert refs(breach) == {student.ref}


def test_a_guardian_under_a_court_order_is_not_told(desk):
    district, by, breach = desk
    (student, guardian), (other, told) = make_families(district, 2)
    ContactBlock.objects.create(
        district=district,
        student=student,
        guardian=guardian,
        ground="court order",
        first_day=TODAY,
        placed_by=by,
        placed_at=engine_now(),
    )
    load_list(
        preview_list(breach, upload=csv("student_id", student.sourced_id, other.sourced_id), by=by), by=by
    )
    # Nobody else speaks for this student, so the student hears of it; the blocked guardian never does.
    assert refs(breach) == {student.ref, told.ref}


@pytest.mark.parametrize(
    "lines",
    [
        ("student_id,SSN", "s1,123456789"),
        ("student_id,Social Security #", "s1,"),
        ("student_id,notes", "s1,is 123-45-6789"),
        ("student_id,last 4", "s1,6789"),
        ("student_id,SS#", "s1,123456789"),
        ("student_id,studentSSN", "s1,123456789"),
        ("student_id,Parent SSN (if known)", "s1,123456789"),
        ("name,social,email", "Ana,1236789,ana@old.example"),
        ("student_id,notes", "s1,is 123.45.6789"),
        ("student_id,notes", "s1,is 123–45–6789"),
        ("name,email", "Ana 123-45-6789,ana@old.example"),
    ],
)
def test_social_security_numbers_refuse_the_whole_list_and_are_never_stored(desk, lines):
    _district, by, breach = desk
    with pytest.raises(ValidationError) as refusal:
        preview_list(breach, upload=csv(*lines), by=by)
    words = " ".join(refusal.value.message_dict["file"])
    assert "social security" in words
    assert "6789" not in words
    assert not ListUpload.objects.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (("colour,shape", "red,round"), "no column names a person"),
        (("student_id",), "names nobody"),
        (("student_id,student_id", "a,b"), "there twice"),
        (("student_id,name", "a"), "1 cells where the header has 2"),
        (("",), "empty"),
    ],
)
def test_a_list_of_the_wrong_shape_is_refused_with_its_line(desk, content, said):
    _district, by, breach = desk
    with pytest.raises(ValidationError) as refusal:
        preview_list(breach, upload=csv(*content), by=by)
    assert said in " ".join(refusal.value.message_dict["file"])


def test_cells_that_begin_like_a_formula_become_plain_text(desk):
    _district, by, breach = desk
    upload = preview_list(
        breach,
        upload=csv("name,email", '"=HYPERLINK(""http://x"")",ana@old.example', "＝cmd,b@old.example"),
        by=by,
    )
    load_list(upload, by=by)
    names = list(AffectedPerson.objects.values_list("name", flat=True))
    assert names == ['HYPERLINK("http://x")', "cmd"]
    assert "formula" in " ".join(upload.remarks)


def test_a_column_whose_letters_only_look_like_it_refuses_nothing(desk):
    _district, by, breach = desk
    header = "student_id,Class Name,passNumber,Social Studies,classno"
    assert preview_list(breach, upload=csv(header, "s1,5b,1,x,2"), by=by).counts["lines"] == 1


def test_nine_figures_that_are_nobodys_id_are_not_kept(desk):
    district, by, breach = desk
    child, _parent = make_family(district, sourced_id="123456789")
    upload = preview_list(
        breach, upload=csv("id,name", "123456789,Known", "123456780,Ana", "123456781,Bo"), by=by
    )
    assert upload.counts["matched"] == 1
    load_list(upload, by=by)
    assert set(breach.people.values_list("student", "own_ref", "name")) == {
        (child.pk, "", ""), (None, "line 3", "Ana"), (None, "line 4", "Bo"),
    }  # fmt: skip


def test_other_columns_are_named_and_not_kept(desk):
    district, by, breach = desk
    ((student, _guardian),) = make_families(district, 1)
    upload = preview_list(breach, upload=csv("student_id,race", f"{student.sourced_id},secret-word"), by=by)
    assert "race" in upload.remarks[0]
    assert "secret-word" not in str(upload.rows)


def test_the_same_person_twice_is_one_and_a_second_list_adds_only_the_new(desk):
    district, by, breach = desk
    first, second = (student for student, _guardian in make_families(district, 2))
    for lines in ((first, first), (first, second)):
        upload = csv("student_id", *(student.sourced_id for student in lines))
        load_list(preview_list(breach, upload=upload, by=by), by=by)
    assert breach.people.count() == 2


def test_an_id_of_another_district_is_only_an_unknown_person(desk):
    _district, by, breach = desk
    other = make_district()
    ((student, guardian),) = make_families(other, 1)
    upload = preview_list(
        breach, upload=csv("student_id,guardian_email", f"{student.sourced_id},{guardian.email}"), by=by
    )
    assert (upload.counts["matched"], upload.counts["own"]) == (0, 1)
    unknown = preview_list(breach, upload=csv("student_id,guardian_email", "nobody,n@home.example"), by=by)
    assert {k: v for k, v in unknown.counts.items()} == upload.counts


def test_everybody_at_a_school_and_grade_can_be_listed_at_once(desk):
    district, by, breach = desk
    hill, lake = SchoolFactory(district=district), SchoolFactory(district=district)
    wanted, _guardian = make_family(district, school=hill, grade="3")
    make_family(district, school=hill, grade="4")
    make_family(district, school=lake, grade="3")
    list_groups(breach, schools=[hill], grades=["3"], by=by, maybe_involved=True)
    breach.refresh_from_db()
    assert [person.student for person in breach.people.all()] == [wanted]
    assert (breach.listed_how, breach.maybe_involved) == ("groups", True)


def test_the_newest_list_is_taken_back_with_a_reason_while_nobody_was_told_by_it(desk, travel):
    district, by, breach = desk
    families = make_families(district, 3)
    list_families(breach, families[:2], by=by)
    travel(NOON + timedelta(minutes=5))
    list_groups(breach, schools=[], grades=["5"], all_schools=True, by=by, maybe_involved=True)
    first, newest = breach.case.entries.filter(act="people-listed").order_by("pk")
    for gone, reason, refusal in ((first, "x", Conflict), (newest, " ", ValidationError)):
        with pytest.raises(refusal):
            take_back_listing(gone, reason=reason, by=by)
    take_back_listing(newest, reason="It was another school.", by=by)
    breach.refresh_from_db()
    assert {person.student for person in breach.people.all()} == {child for child, _parent in families[:2]}
    stands = (breach.listed_how, breach.maybe_involved, breach.listed_grades, breach.listed_at)
    assert stands == ("list", False, [], first.at)
    told = breach.case.entries.get(act="people-taken-back")
    assert (told.reason, told.facts) == (
        "It was another school.", {"listing": newest.pk, "count": 1, "listed": 2},
    )  # fmt: skip
    with pytest.raises(Conflict):
        take_back_listing(newest, reason="Again.", by=by)
    take_back_listing(first, reason="It was another product.", by=by)
    breach.refresh_from_db()
    assert (breach.people.count(), breach.listed_at, breach.listed_how) == (0, None, "")
    assert breach.uploads.get().status == "dropped"


def test_a_list_is_kept_once_families_were_told_by_it_or_while_a_hold_names_the_breach(desk):
    district, by, breach = desk
    list_families(breach, make_families(district, 10), by=by)
    listing = to_take_back(breach)
    hold = HeldCase.objects.create(case=breach.case, hold=make_case(district, kind="hold"), since=NOON)
    with pytest.raises(Conflict):
        take_back_listing(listing, reason="Wrong.", by=by)
    hold.delete()
    assert to_take_back(breach) == listing
    tell(breach, by=by, second=member(district, role=Role.APPROVER))
    assert to_take_back(breach) is None
    with pytest.raises(Conflict):
        take_back_listing(listing, reason="Wrong.", by=by)
    assert breach.people.count() == 10


def test_a_list_whose_notice_is_only_a_draft_is_taken_back_and_the_draft_put_aside(desk):
    district, by, breach = desk
    second = member(district, role=Role.APPROVER)
    families = make_families(district, 13)
    list_families(breach, families[:10], by=by)
    tell(breach, by=by, second=second)
    first = sent_notice(breach)
    list_families(breach, families[10:11], by=by)
    draft = write_to_added(breach, by=by)
    list_families(breach, families[11:], by=by)

    take_back_listing(to_take_back(breach), reason="Another school.", by=by)
    draft.refresh_from_db()
    assert (draft.status, len(untold(breach))) == ("draft", 1), "one family is still to be told by it"

    ask_second(breach, by=by)
    approve(breach, by=second)
    listing = breach.case.entries.filter(act="people-listed").order_by("-pk")[1]
    assert to_take_back(breach) is None
    with pytest.raises(Conflict, match="is approved"):
        take_back_listing(listing, reason="Another school.", by=by)

    write(breach, by=by, what_you_can_do="Call us.")
    ask_second(breach, by=by)
    take_back_listing(to_take_back(breach), reason="Another school.", by=by)
    draft.refresh_from_db()
    assert (draft.status, current_notice(breach), breach.people.count()) == ("aside", first, 10)
    owed = breach.case.obligations.open().filter(kind__in=("notice", "approve"))
    assert list(owed.filter(message=None)) == []
    assert breach.case.entries.get(act="notice-put-aside").facts["notice"] == draft.number
    told = Delivery.objects.get(
        message__kind="acted-alone", message__texts__plain__contains="Another school."
    )
    assert told.address != by.email, "somebody else hears that one person ended what law asks"

    page = Client()
    page.force_login(by)
    shown = page.get(draft.get_absolute_url()).content.decode()
    assert "Put aside" in shown
    assert "What it said" in shown
    for wrong in ("Sent by", "Part of another", "What families will read", "Public page"):
        assert wrong not in shown
    with pytest.raises(Conflict, match="was put aside"):
        issue_notice(draft, by=by)

    list_families(breach, families[12:], by=by)
    again = write_to_added(breach, by=by)
    assert again.number != draft.number
    rule = "families-breach-notice"
    clocks = Deadline.objects.filter(obligation__case=breach.case, rule=rule).order_by("pk")
    assert clocks.count() == 3, "of the first notice, of the one put aside, and again"
    assert len({(clock.started_at, clock.due_at) for clock in clocks}) == 1, "no time is won by it"
    approve(breach, by=second)
    assert send_and_post(breach, by=by).recipients == 1


def test_the_page_and_the_api_count_before_they_list_and_take_a_list_back(desk):
    district, by, breach = desk
    make_families(district, 2)
    client = Client()
    client.force_login(by)
    page = reverse("breach:people", args=[district.slug, breach.case.number])
    everybody = {"form": "groups", "all_schools": "on"}
    assert "That is 2 students" in client.post(page, {**everybody, "do": "count"}).content.decode()
    assert client.post(page, {"form": "groups", "do": "count"}).status_code == 422
    api = f"/api/v1/breaches/{breach.pk}/"
    asked = client.post(f"{api}people/groups/count/", {"all_schools": True}, content_type="application/json")
    assert (asked.json(), breach.people.count()) == ({"students": 2}, 0)
    for where in ("page", "api"):
        client.post(page, everybody)
        listing = client.get(f"{api}work/").json()["listing"]
        assert (listing["how"], listing["added"]) == ("groups", 2)
        back = {"form": "take-back", "listing": listing["id"], "reason": "Wrong."}
        if where == "page":
            assert "2 people" in client.get(page).content.decode()
            assert client.post(page, {**back, "reason": ""}).status_code == 422
            assert client.post(page, {**back, "listing": "x"}).status_code == 404
            assert client.post(page, back).status_code == 302
        else:
            address = f"{api}people/listings/{listing['id']}/take-back/"
            assert client.post(address, back, content_type="application/json").status_code == 200
        assert breach.people.count() == 0
    with pytest.raises(PermissionDenied):
        take_back_listing(Entry.objects.get(pk=listing["id"]), reason="x", by=member(district, Role.VIEWER))


def test_schools_of_another_district_and_no_school_are_refused(desk):
    _district, by, breach = desk
    for schools in ([], [SchoolFactory()]):
        with pytest.raises(ValidationError) as refusal:
            list_groups(breach, schools=schools, grades=[], by=by)
        assert "schools" in refusal.value.message_dict


def test_telling_all_users_is_offered_12_hours_before_the_limit_without_a_list(desk, travel):
    district, by, breach = desk
    make_families(district, 1)
    travel(datetime(2026, 11, 21, 23, 19, tzinfo=UTC))
    assert not offer_everybody(breach)
    travel(datetime(2026, 11, 21, 23, 21, tzinfo=UTC))
    assert offer_everybody(breach)
    list_groups(breach, schools=[], grades=[], all_schools=True, by=by, maybe_involved=True)
    breach.refresh_from_db()
    assert not offer_everybody(breach)


def test_a_viewer_lists_nobody_and_no_entry_holds_a_name(desk):
    district, by, breach = desk
    with pytest.raises(PermissionDenied):
        preview_list(
            breach, upload=csv("name,email", "Ana Canary,a@b.example"), by=member(district, Role.VIEWER)
        )
    load_list(preview_list(breach, upload=csv("name,email", "Ana Canary,a@b.example"), by=by), by=by)
    said = " ".join(f"{entry.reason} {entry.facts}" for entry in Entry.objects.all())
    assert "Canary" not in said
    assert "a@b.example" not in said


def test_a_list_is_loaded_once(desk):
    _district, by, breach = desk
    upload = preview_list(breach, upload=csv("name,email", "Ana Sample,a@b.example"), by=by)
    load_list(upload, by=by)
    with pytest.raises(Conflict):
        load_list(upload, by=by)


@pytest.mark.long
def test_a_list_of_200_000_people_is_read_and_taken(desk):
    _district, by, breach = desk
    lines = [f"Person {n},person{n}@old.example" for n in range(200_000)]
    upload = preview_list(breach, upload=csv("name,email", *lines), by=by)
    load_list(upload, by=by)
    assert breach.people.count() == 200_000


@pytest.mark.long
def test_a_list_of_more_than_250_000_lines_is_refused(desk):
    _district, by, breach = desk
    lines = [f"p{n}@old.example" for n in range(250_001)]
    with pytest.raises(ValidationError) as refusal:
        preview_list(breach, upload=csv("email", *lines), by=by)
    assert "250,000" in " ".join(refusal.value.message_dict["file"])
