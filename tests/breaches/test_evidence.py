"""What a packet says of a breach, and lists of people deleted on their day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest

from breaches import packet as breach_packets
from breaches.measures import consider_notice, log_step
from breaches.models import AffectedPerson
from breaches.retention import purge_lists
from ledger.documents import open_document
from ledger.models import Case, Document, HeldCase
from ledger.packets import sections_of
from parties.models import Role
from roster.models import Guardian
from tests.breaches.factories import (
    list_families,
    make_breach,
    make_district,
    make_families,
    make_vendor,
    tell,
)
from tests.breaches.test_response import settle_everything
from tests.factories import make_case, member
from tests.roster.factories import make_family

RECEIVED = datetime(2026, 11, 20, 11, 20, tzinfo=UTC)


def closed_breach(travel):
    from breaches.closing import close_breach

    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district()
    by, second = member(district), member(district, role=Role.APPROVER)
    breach = make_breach(district, by=by, vendor=make_vendor(district)[0], received_at=RECEIVED)
    list_families(breach, make_families(district, 10), by=by)
    log_step(breach, kind="secured", words="The password was changed.", by=by)
    consider_notice(breach, whom="police", is_needed=False, reason="No crime is known.", by=by)
    tell(breach, by=by, second=second)
    settle_everything(breach, by=by)
    close_breach(breach, corrective_action="A second sign-in step.", by=by)
    breach.refresh_from_db()
    return breach


@pytest.mark.django_db
def test_a_packet_has_facts_clocks_and_decisions_and_no_affected_person(travel):
    breach = closed_breach(travel)
    sections = sections_of(breach.case)
    said = " ".join(
        str(part) for section in sections for part in (section.heading, section.paragraphs, section.rows)
    )
    for words in (
        "A staff password was stolen.",
        "The password was changed.",
        "No crime is known.",
        "A second sign-in",
    ):
        assert words in said
    assert "Kim Sample" not in said
    assert "@home.example" not in said


@pytest.mark.django_db
def test_a_copy_to_hand_out_keeps_back_whom_the_log_names_and_the_restricted_copy_has_it(travel):
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    district = make_district()
    by, second = member(district), member(district, role=Role.APPROVER)
    breach = make_breach(district, by=by, received_at=RECEIVED)
    family = make_family(district, given_name="Wendy", family_name="Wrenfield", email="ww@school.example")
    Guardian.objects.filter(pk=family[1].pk).update(given_name="Robin", family_name="Canaryson")
    list_families(breach, [family, *make_families(district, 9)], by=by)
    log_step(breach, kind="interview", words="Called Robin CANARYSON about Wendy; ww@school.example.", by=by)
    log_step(breach, kind="finding", words="WRENFIELD, Wendy, had a weak password.", by=by)
    consider_notice(breach, whom="police", is_needed=False, reason="Wendy Wrenfield asked us not to.", by=by)
    tell(breach, by=by, second=second)
    for case in (breach.case, Case.objects.get(pk=breach.pk)):
        said = words_of(sections_of(case, restricted=False))
        assert "Called [kept back: names a person] about [kept back: names a person]" in said
        assert "had a weak password" in said
        assert by.name in said
        found = [name for name in ("Wendy", "Wrenfield", "Canaryson", "ww@") if name.lower() in said.lower()]
        assert found == []
        assert "WRENFIELD, Wendy, had a weak password." in words_of(sections_of(case))
        AffectedPerson.objects.filter(breach=breach).delete()  # its day has come: the copy stays as it was


@pytest.mark.django_db
def test_a_long_list_of_names_is_a_file_beside_the_restricted_copy_and_ends_with_the_list(
    travel, monkeypatch, django_capture_on_commit_callbacks
):
    breach = closed_breach(travel)
    by = breach.closed_by
    monkeypatch.setattr(breach_packets, "MOST_NAMES", 9)
    made = breach_packets.breach_packet(breach, by=by, with_names=True)
    beside = breach.case.documents.get(kind="named-list")
    with open_document(beside) as file:
        lines = file.read().decode("utf-8-sig").splitlines()
    assert lines[0] == "sort,name,recipient in the deliveries"
    assert len(lines) == 11
    assert all(line.startswith("Student,Kim Sample") for line in lines[1:])
    with open_document(made) as file:
        pdf = pypdfium2.PdfDocument(file.read())
        said = "".join(page.get_textpage().get_text_range() for page in pdf)
    assert "Kim Sample" not in said
    assert beside.sha256 in "".join(said.split())
    viewer = member(breach.district, role=Role.VIEWER)
    breach.case.allowed.add(viewer)
    assert not Document.objects.for_user(viewer).filter(kind__startswith="named").exists()
    travel(timedelta(days=181))
    with django_capture_on_commit_callbacks(execute=True):
        assert purge_lists() == 1
    assert not breach.case.documents.filter(kind__startswith="named").exists()
    assert breach.case.entries.get(act="files-purged").facts["hashes"] == [beside.sha256, made.sha256]


def words_of(sections):
    return " ".join(
        " ".join(map(str, (section.heading, *section.paragraphs, *(c for row in section.rows for c in row))))
        for section in sections
    )


@pytest.mark.django_db(transaction=True)
def test_a_list_of_people_is_deleted_on_its_day_and_not_while_a_hold_keeps_it(travel):
    breach = closed_breach(travel)
    hold = HeldCase.objects.create(
        case=breach.case, hold=make_case(breach.district, kind="hold"), since=breach.received_at
    )
    assert purge_lists() == 0
    travel(timedelta(days=181))
    assert (purge_lists(), breach.people.count()) == (0, 10)
    hold.delete()
    assert (purge_lists(), breach.people.count()) == (1, 0)
    assert breach.case.entries.filter(act="people-purged").count() == 1
    assert breach.case.messages.exists()
