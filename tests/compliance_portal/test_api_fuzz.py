"""The whole API, asked anything: it breaks on nothing and answers nothing that its schema does not name.

The schema is the portal's own. Rows that exist are put into most of the generated requests, so that the
verbs behind them are reached and not only the 404 in front. Each request is rolled back.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
import schemathesis
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from drf_spectacular.drainage import reset_generator_stats
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from contracts.asking import send_notice_to_amend
from contracts.cure import begin_cure
from contracts.execution import execute_contract
from contracts.review import correct_finding
from inquiries.answering import record_inquiry
from notices.compose import write_text
from notices.models import Notice
from parties.api_tokens import make_api_token
from policy.adoptions import adopt_pack, set_parameter
from policy.models import Obligation
from records.custody import designate, record_training
from records.disposal import add_rule, propose_disposal
from records.holds import place_hold
from tests.breaches.factories import make_breach
from tests.contracts.making import CT, a_contract, propose_all, with_paper
from tests.factories import DistrictFactory, MembershipFactory, UserFactory, VendorMemberFactory, member
from tests.roster.factories import make_family

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
NOON = datetime(2026, 11, 18, 17, tzinfo=UTC)


def read_schema() -> Any:
    reset_generator_stats()
    made = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
    made.app = get_wsgi_application()
    return made


SCHEMA = read_schema()
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations()]


def called(operation: Any) -> str:
    return f"{operation.method.upper()} {operation.path.removeprefix('/api/v1')}"


def text(name: str, words: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, words.encode(), "text/plain")


@pytest.fixture
def one_connection():
    """A request ends without closing the test's own connection, as with Django's test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def house(db, travel, settings, one_connection) -> dict[str, Any]:
    """One row of each noun, in a district whose staff person holds every role, and the keys of both sides."""
    settings.EMBEDDED = True
    travel(NOON)
    district = DistrictFactory(slug="willow")
    staff = UserFactory(email="staff@willow.example")
    for role in ("custodian", "superintendent", "administrator", "counsel", "approver"):
        MembershipFactory(user=staff, district=district, role=role)
    adoption = adopt_pack(district=district, pack=CT, since=date(2026, 7, 1), by=staff)
    parameter = set_parameter(
        district=district, pack=CT, name="audience.students", value="eligible", by=staff
    )
    make_family(district)
    contract = a_contract(district, staff)
    paper = with_paper(contract, staff)
    findings = propose_all(contract, short={"ct-10": "missing"})
    correct_finding(findings[9], verdict="missing", shortfall="absent", by=staff)
    execute_contract(contract, executed_on=date(2026, 11, 16), by=staff, instrument=paper)
    speaker = VendorMemberFactory(vendor=contract.vendor).user
    asked = begin_cure(contract, findings=[findings[9].pk], words="Please add CT-10.", by=staff)
    send_notice_to_amend(asked, by=staff)
    notice = Notice.objects.get(district=district)
    section = notice.sections.get()
    written = write_text(section, part="description", language="en", body="Online reading.", by=staff)
    hold = place_hold(
        district=district, title="Bus accident", ground="threatened", scope="Everything about it",
        directed_by="Counsel", directive=text("directive.txt", "Keep it."), cases=[], tell=[staff], by=staff,
    )  # fmt: skip
    rule = add_rule(
        district=district, series="1.1", title="Attendance", schedule="2024", counted_from="Year end",
        years=1, by=staff,
    )  # fmt: skip
    disposal = propose_disposal(
        rule=rule, description="Old", oldest_on=date(2019, 1, 1), newest_on=date(2020, 1, 1), by=staff
    )
    custodian = designate(
        district=district, user=staff, school=None, certificated=True, since=date(2026, 8, 1), by=staff
    )
    training = record_training(
        district=district, user=staff, course="Confidentiality", done_on=date(2026, 9, 1), by=staff
    )
    inquiry = record_inquiry(
        district=district, sort="directory", asks="All names", received_at=NOON, by=staff
    )
    breach = make_breach(district, by=staff, vendor=contract.vendor, received_at=NOON)
    duty = Obligation.objects.filter(case=contract.case, owed_by="district").first()
    clock = duty.deadlines.first()
    document = paper.document
    ids = {
        "adoptions": adoption.pk, "parameters": parameter.pk, "breaches": breach.pk, "cases": contract.pk,
        "contracts": contract.pk, "vendor": contract.pk, "vendor-files": contract.vendor_file_id,
        "designations": custodian.pk, "trainings": training.pk, "disposals": disposal.pk, "holds": hold.pk,
        "retention-rules": rule.pk, "inquiries": inquiry.pk, "findings": findings[0].pk,
        "notices": notice.pk, "obligations": duty.pk, "requests-to-amend": asked.pk,
        "documents": str(document.uuid),
    }  # fmt: skip
    within = {"section": section.pk, "text": written.pk, "clock": clock.pk, "contract": contract.pk}
    body = {
        "district": "willow", "email": staff.email, "tell": [staff.email], "rule": rule.pk,
        "contract": contract.pk, "vendor_file": contract.vendor_file_id, "instrument": paper.pk,
        "findings": [findings[9].pk], "cases": [contract.pk], "vendor": contract.vendor.pk,
        "pack": CT, "others": [notice.number],
    }  # fmt: skip
    return {
        "staff": make_api_token(user=staff, name="fuzz")[1],
        "vendor": make_api_token(user=speaker, name="fuzz")[1],
        "stranger": make_api_token(user=member(DistrictFactory()), name="fuzz")[1],
        "viewer": make_api_token(user=member(district, "viewer"), name="fuzz")[1],
        "ids": ids,
        "within": within,
        "body": body,
    }


def point_at_rows(case: Any, house: dict[str, Any]) -> None:
    """Put rows that exist where the request names a row."""
    noun = case.operation.path.removeprefix("/api/v1/").split("/")[0]
    for name in case.path_parameters or {}:
        if name in ("id", "case", "uuid") and noun in house["ids"]:
            case.path_parameters[name] = house["ids"][noun]
        elif name in house["within"]:
            case.path_parameters[name] = house["within"][name]
    if isinstance(case.body, dict):
        for name in case.body.keys() & house["body"].keys():
            case.body[name] = house["body"][name]


def ask(operation: Any, house: dict[str, Any], *, key: str, examples: int, mode: GenerationMode) -> None:
    phases = (Phase.generate,)

    @given(case=operation.as_strategy(generation_mode=mode), anything=st.integers(0, 4))
    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    def once(case: Any, anything: int) -> None:
        if anything:
            point_at_rows(case, house)
        with transaction.atomic():
            try:
                case.call_and_validate(headers={"Authorization": f"Token {house[key]}"}, checks=CHECKS)
            finally:
                transaction.set_rollback(True)

    once()


def modes(operation: Any) -> list[GenerationMode]:
    """What does not fit the schema can only be sent where something is sent."""
    sends = operation.body or operation.query or operation.path_parameters
    return [GenerationMode.POSITIVE, GenerationMode.NEGATIVE] if sends else [GenerationMode.POSITIVE]


def test_every_noun_has_a_row_to_ask_about(house):
    nouns = {operation.path.removeprefix("/api/v1/").split("/")[0] for operation in OPERATIONS}
    assert nouns - house["ids"].keys() == {"rosters", "postings", "schema"} & nouns


def knock(operation: Any, house: dict[str, Any], key: str) -> Any:
    """The operation on a row that exists, with nothing sent, by the holder of this key."""
    noun = operation.path.removeprefix("/api/v1/").split("/")[0]
    path = operation.path
    for name in re.findall(r"{(\w+)}", path):
        row = house["within"].get(name, 1) if name not in ("id", "case", "uuid") else house["ids"][noun]
        path = path.replace(f"{{{name}}}", str(row))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {house[key]}")
    with transaction.atomic():
        answer = getattr(client, operation.method.lower())(path, {}, format="json")
        transaction.set_rollback(True)
    return answer


def has_a_row(operation: Any, house: dict[str, Any]) -> bool:
    noun = operation.path.removeprefix("/api/v1/").split("/")[0]
    return "{" in operation.path and noun in house["ids"]


def test_no_row_is_there_for_people_of_another_district(house):
    reached = {
        called(operation): answer.status_code
        for operation in OPERATIONS
        if has_a_row(operation, house) and (answer := knock(operation, house, "stranger")).status_code != 404
    }
    assert reached == {}


def test_no_list_shows_people_of_another_district_a_row(house):
    shown = {}
    for operation in OPERATIONS:
        if operation.method == "get" and "{" not in operation.path:
            answer = knock(operation, house, "stranger")
            if answer.status_code == 200 and "count" in answer.data and answer.data["count"]:
                shown[called(operation)] = answer.data["count"]
    assert shown == {}


def test_a_vendors_person_reaches_its_own_contracts_and_no_noun_of_the_district(house):
    reached = {
        called(operation): answer.status_code
        for operation in OPERATIONS
        if has_a_row(operation, house) and (answer := knock(operation, house, "vendor")).status_code != 404
    }
    assert {path.split("/")[1] for path in reached} == {"vendor"}
    assert reached["GET /vendor/contracts/{case}/"] == 200


def test_without_a_key_nothing_answers(house):
    house["nobody"] = "no-such-key"
    answers = {
        knock(operation, house, "nobody").status_code
        for operation in OPERATIONS
        if has_a_row(operation, house)
    }
    assert answers == {401}


def test_nobody_gets_a_server_error_or_an_undocumented_answer(house):
    """Short: a few requests of each operation, by staff and by the vendor's person."""
    found = []
    for operation in OPERATIONS:
        try:
            ask(operation, house, key="staff", examples=2, mode=GenerationMode.POSITIVE)
            if "/vendor/" in operation.path:
                ask(operation, house, key="vendor", examples=2, mode=GenerationMode.POSITIVE)
        except FailureGroup as failures:
            found += [f"{called(operation)}: {failure}" for failure in failures.exceptions]
    assert found == []


@pytest.mark.long
@pytest.mark.parametrize("operation", OPERATIONS, ids=called)
@pytest.mark.parametrize("key", ["staff", "vendor", "stranger"])
def test_nobody_gets_a_server_error_or_an_undocumented_answer_in_many_tries(house, operation, key):
    for mode in modes(operation):
        ask(operation, house, key=key, examples=60 if key == "staff" else 10, mode=mode)
