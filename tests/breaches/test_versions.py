"""The notice in the families' languages, and what the public page says after it was sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from breaches.closing import close_breach
from breaches.decisions import settle_duty
from breaches.response import PARTS, approve, current_notice, send_and_post, write_notice
from breaches.response import first_words as first_words_of
from breaches.retention import take_down_pages
from breaches.versions import (
    agree_new_version,
    ask_new_version,
    page_of,
    refuse_new_version,
    translate_notice,
    words_of_page,
)
from ledger.clock import engine_now
from ledger.entries import Conflict
from mail.models import Message
from mail.outbox import turn
from notices.issue import render_all
from notices.models import NoticeStatus, Posting
from parties.models import Role
from policy.adoptions import set_parameter
from policy.models import Obligation
from policy.sweep import sweep
from tests.breaches.factories import list_families, make_breach, make_district, make_families, tell, write
from tests.factories import member

pytestmark = pytest.mark.django_db
RECEIVED = datetime(2026, 11, 20, 11, 20, tzinfo=UTC)
SPANISH = {
    "what_happened": "Alguien vio datos de estudiantes.",
    "data": "Las clases de datos están en este aviso.",
    "what_we_do": "Lo estamos investigando.",
    "what_you_can_do": "Cambie la contraseña.",
    "contact": "Oficina de registros, 860-555-0100",
}


@pytest.fixture
def desk(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district(languages=["en", "es"])
    by, second = member(district), member(district, role=Role.APPROVER)
    breach = make_breach(district, by=by, received_at=RECEIVED)
    list_families(breach, make_families(district, 10), by=by)
    return district, by, second, breach


def in_spanish(breach):
    (rendered,) = render_all(current_notice(breach), ["es"])
    return rendered.plain


def english(breach, **changed):
    return {**words_of_page(page_of(breach), "en"), **changed}


def public(posting, language="en", version=None):
    where = {"district": posting.district.slug, "language": language, "number": posting.number}
    name = "public:version" if version else "public:notice"
    return Client().get(reverse(name, kwargs={**where, **({"version": version} if version else {})}))


def test_a_translation_is_read_by_families_only_once_it_was_checked(desk):
    _district, by, _second, breach = desk
    write(breach, by=by)
    assert "Alguien" not in in_spanish(breach)
    translate_notice(breach, language="es", texts=SPANISH, checked=False, by=by)
    assert "Alguien" not in in_spanish(breach)
    translate_notice(breach, language="es", texts=SPANISH, checked=True, by=by)
    assert "Alguien vio datos de estudiantes." in in_spanish(breach)


def test_who_translates_a_part_is_no_author_of_the_words_that_the_second_person_reads(desk):
    _district, by, second, breach = desk
    write(breach, by=by)
    translate_notice(breach, language="es", texts={"data": SPANISH["data"]}, checked=False, by=second)
    with pytest.raises(ValidationError):
        approve(breach, by=by)
    page = reverse("breach:approve", args=[breach.district.slug, breach.case.number])
    for person, button in ((by, 'value="ask"'), (second, 'value="approve"')):
        client = Client()
        client.force_login(person)
        assert button in client.get(page).content.decode()
    approve(breach, by=second)
    # The approval is lost by a translation alone: whoever wrote that does not give it back.
    translate_notice(breach, language="es", texts={"contact": SPANISH["contact"]}, checked=False, by=second)
    with pytest.raises(ValidationError):
        approve(breach, by=second)
    assert approve(breach, by=by).status == "approved"


def test_new_words_undo_the_check_of_their_translation_and_of_no_other(desk):
    _district, by, _second, breach = desk
    write(breach, by=by)
    translate_notice(breach, language="es", texts=SPANISH, checked=True, by=by)
    texts = {**first_words_of(breach), "data": "Names and reading levels."}
    write_notice(breach, texts=texts, by=by)
    read = in_spanish(breach)
    assert "Alguien vio datos de estudiantes." in read
    assert "Las clases de datos" not in read
    assert "Names and reading levels." in read


def test_the_notice_is_sent_in_time_without_a_translation(desk):
    _district, by, second, breach = desk
    write(breach, by=by)
    translate_notice(breach, language="es", texts={"contact": SPANISH["contact"]}, checked=False, by=by)
    approve(breach, by=second)
    assert send_and_post(breach, by=by).recipients == 10


@pytest.mark.parametrize(
    ("language", "texts", "field"),
    [
        ("pl", {"data": "Dane."}, "language"),
        ("en", {"data": "Data."}, "language"),
        ("es", {"data": "Los datos de Kim Sample."}, "data"),
    ],
)
def test_a_translation_that_cannot_be_is_refused_beside_its_field(desk, language, texts, field):
    district, by, _second, breach = desk
    child, _parent = make_families(district, 1)[0]
    child.family_name = "Sample"
    child.save()
    list_families(breach, [(child, None)], by=by)
    write(breach, by=by)
    with pytest.raises(ValidationError) as refusal:
        translate_notice(breach, language=language, texts=texts, checked=True, by=by)
    assert list(refusal.value.message_dict) == [field]


def test_a_new_version_is_public_only_when_a_second_person_agreed(desk):
    _district, by, second, breach = desk
    tell(breach, by=by, second=second)
    sent = render_all(current_notice(breach), ["en"])[0].plain
    said = english(breach, data="Names and grades of all students of grade 5.")
    asked = ask_new_version(breach, language="en", texts=said, what_changed="We know the data now.", by=by)
    assert page_of(breach).version == 1
    with pytest.raises(ValidationError):
        agree_new_version(asked, by=by)
    agree_new_version(asked, by=second)
    page = page_of(breach)
    assert (page.version, page.what_changed) == (2, "We know the data now.")
    assert "Names and grades of all students" in public(page).content.decode()
    assert "Names and grades of all students" not in public(page, version=1).content.decode()
    # What families got stays as it was, on record and in the preview of what was sent.
    assert render_all(current_notice(breach), ["en"])[0].plain == sent
    assert Message.objects.filter(kind="breach-notice").count() == 1
    with pytest.raises(Conflict):
        agree_new_version(asked, by=second)


def test_a_translation_comes_later_as_a_version_of_its_own(desk):
    _district, by, second, breach = desk
    tell(breach, by=by, second=second)
    asked = ask_new_version(breach, language="es", texts=SPANISH, what_changed="Now in Spanish.", by=by)
    agree_new_version(asked, by=second)
    page = page_of(breach)
    assert "Alguien vio datos de estudiantes." in public(page, "es").content.decode()
    changed = english(breach, what_happened="Two staff passwords were stolen.")
    agree_new_version(
        ask_new_version(breach, language="en", texts=changed, what_changed="Two passwords.", by=by), by=second
    )
    read = public(page_of(breach), "es").content.decode()
    assert "Alguien vio datos de estudiantes." not in read
    assert "Lo estamos investigando." in read


@pytest.mark.parametrize(
    ("changed", "what_changed", "field"),
    [
        ({"data": ""}, "Less.", "data"),
        ({"data": "More."}, " ", "what_changed"),
        ({}, "Nothing.", "what_changed"),
        ({"data": "Kim Sample, grade 5"}, "A name.", "data"),
    ],
)
def test_a_version_that_cannot_be_is_refused_beside_its_field(desk, changed, what_changed, field):
    district, by, second, breach = desk
    child, _parent = make_families(district, 1)[0]
    child.family_name = "Sample"
    child.save()
    list_families(breach, [(child, None)], by=by)
    tell(breach, by=by, second=second)
    texts = english(breach, **changed)
    with pytest.raises(ValidationError) as refusal:
        ask_new_version(breach, language="en", texts=texts, what_changed=what_changed, by=by)
    assert list(refusal.value.message_dict) == [field]


def test_the_page_is_taken_back_by_two_persons_and_can_be_posted_again(desk):
    district, by, second, breach = desk
    child, _parent = make_families(district, 1)[0]
    child.family_name = "Sample"
    child.save()
    list_families(breach, [(child, None)], by=by)
    tell(breach, by=by, second=second)
    posted, mine, theirs = page_of(breach), Client(), Client()
    mine.force_login(by)
    theirs.force_login(second)
    here = reverse("breach:page", args=[breach.district.slug, breach.case.number])
    for reason in ("", "It named Kim Sample.", "A vertical\x0btab."):
        assert mine.post(here, {"form": "back", "back-reason": reason}).status_code == 422
    mine.post(here, {"form": "back", "back-reason": "It said too much."})
    assert mine.post(here, {"form": "agree"}).status_code == 302
    assert page_of(breach) == posted
    assert "The page is taken back." in theirs.post(here, {"form": "agree"}, follow=True).content.decode()
    assert page_of(breach) is None
    assert "It said too much." in public(posted, version=1).content.decode()
    owed = breach.case.obligations.filter(kind="posting", status="open")
    assert owed.get().rule == "breach-posting"
    texts = {**words_of_page(posted, "en"), "data": "Names only."}
    agree_new_version(
        ask_new_version(breach, language="en", texts=texts, what_changed="Less.", by=by), by=second
    )
    assert page_of(breach).version == 2
    assert not owed.exists()


def test_one_change_waits_at_a_time_and_can_be_refused(desk):
    _district, by, second, breach = desk
    tell(breach, by=by, second=second)
    first = ask_new_version(breach, language="es", texts=SPANISH, what_changed="Spanish.", by=by)
    with pytest.raises(Conflict):
        ask_new_version(breach, language="es", texts=SPANISH, what_changed="Again.", by=by)
    with pytest.raises(ValidationError):
        ask_new_version(
            breach, language="es", texts=SPANISH, what_changed="Alone.", by=by, alone_because="I like to."
        )
    refuse_new_version(first, by=second)
    with pytest.raises(Conflict):
        agree_new_version(first, by=second)
    assert page_of(breach).version == 1


def test_where_nobody_else_is_one_person_posts_the_version_with_a_reason(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district(languages=["en", "es"])
    by = district.memberships.get().user
    breach = make_breach(district, by=by, received_at=RECEIVED)
    list_families(breach, make_families(district, 10), by=by)
    write(breach, by=by)
    approve(breach, by=by, alone_because="The district has one person.")
    send_and_post(breach, by=by)
    done = ask_new_version(
        breach, language="es", texts=SPANISH, what_changed="Spanish.", by=by, alone_because="One person."
    )
    assert (done.version, page_of(breach).version) == (2, 2)


def test_the_page_is_taken_down_after_the_districts_time_and_the_archive_stays(desk, travel):
    district, by, second, breach = desk
    head = district.memberships.get(role=Role.SUPERINTENDENT).user
    set_parameter(district=district, pack="practice@1", name="breach-page-days", value=60, by=head)
    tell(breach, by=by, second=second)
    asked = ask_new_version(breach, language="es", texts=SPANISH, what_changed="Spanish.", by=by)
    agree_new_version(asked, by=second)
    turn()
    sweep()  # every letter has left: the duty to tell families is done
    for duty in Obligation.objects.open().filter(case=breach.case):
        settle_duty(duty, at=engine_now(), words="Done.", by=by)
    breach.refresh_from_db()
    closed = close_breach(breach, corrective_action="Second sign-in step.", by=by)
    assert closed.page_until.isoformat() == "2027-01-19"
    page = page_of(breach)
    travel(datetime(2027, 1, 18, 12, 0, tzinfo=UTC))
    assert take_down_pages() == 0
    travel(datetime(2027, 1, 19, 12, 0, tzinfo=UTC) + timedelta(hours=1))
    assert take_down_pages() == 1
    assert take_down_pages() == 0
    for version in (1, 2):
        shown = public(page, version=version).content.decode()
        assert first_words_of(breach)["what_happened"] not in shown
        assert "public for the time that the district set" in shown
    archive = Posting.objects.filter(case=breach.case).order_by("version")
    assert [set(row.facts["sections"][0]["texts"]) for row in archive] == [{str(p) for p in PARTS}] * 2
    assert current_notice(breach).status == NoticeStatus.ISSUED


def test_the_pages_of_translation_and_versions_lead_through(desk):
    _district, by, second, breach = desk
    write(breach, by=by)
    mine, theirs = Client(), Client()
    mine.force_login(by)
    theirs.force_login(second)
    where = [breach.district.slug, breach.case.number]
    spanish = reverse("breach:translate", args=[*where, "es"])
    assert "Not translated yet" in mine.get(spanish).content.decode()
    assert mine.get(reverse("breach:translate", args=[*where, "pl"])).status_code == 302
    saved = mine.post(spanish, {**SPANISH, "checked": "on"}, follow=True)
    assert "Families will read it." in saved.content.decode()
    approve(breach, by=second)
    send_and_post(breach, by=by)
    page = reverse("breach:page", args=where)
    refused = mine.post(page, {"form": "version", **english(breach), "what_changed": ""})
    assert refused.status_code == 422
    said = {"form": "version", **english(breach, data="All names."), "what_changed": "More is known."}
    assert "A second person must agree" in mine.post(page, said, follow=True).content.decode()
    mine.post(page, {"form": "agree"})
    assert page_of(breach).version == 1
    theirs.post(page, {"form": "agree"})
    assert page_of(breach).version == 2
    for stranger in (member(breach.district, Role.VIEWER), member(make_district())):
        client = Client()
        client.force_login(stranger)
        assert client.get(page).status_code == client.get(spanish).status_code == 404
