"""A district with a row of each noun of the API, the keys of everybody who may knock, and requests that fit.

Addresses and what is sent are made from the API's own schema, so that a new operation is asked about too. A
row in an address is found by the words before it; what is missing here is a KeyError that names them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from rest_framework.test import APIClient

from breaches.decisions import ask_later_receipt, determine
from breaches.intake import record_report
from breaches.measures import stop_access
from breaches.models import ExternalReport, ListUpload, PageUpdate, ReportChannel
from breaches.response import write_notice
from breaches.said import Said
from breaches.vendor_word import ask_vendor
from contracts.access import suspend_access
from contracts.asking import send_notice_to_amend
from contracts.cure import begin_cure
from contracts.execution import execute_contract
from contracts.models import RedactionBox
from contracts.review import correct_finding
from inquiries.answering import record_inquiry
from mail.models import Delivery, Route
from notices.compose import write_text
from notices.models import Notice, NoticeKind, Posting, Question
from parties.api_tokens import make_api_token
from parties.invitations import invite
from parties.models import District, Membership, User
from policy.adoptions import adopt_pack, set_parameter
from policy.amending import make_edition
from policy.models import Alert, DutyChange, Obligation
from records.custody import designate, record_training
from records.disposal import add_rule, propose_disposal
from records.holds import place_hold
from roster.imports import receive_roster
from tests.breaches.factories import make_breach
from tests.contracts.making import CT, a_contract, propose_all, with_paper
from tests.factories import DistrictFactory, MembershipFactory, UserFactory, VendorMemberFactory, member
from tests.roster.factories import make_family, oneroster

NOON = datetime(2026, 11, 18, 17, tzinfo=UTC)
MISSOURI = "mo-data-governance@1"
API = "/api/v1/"
ADDRESS = "https://district.example/page"


@dataclass
class House:
    """`rows` finds a row by the words of an address before it; `sent` what a field is that names one.

    `elsewhere` says at which address a field of the same name is something else.
    """

    district: District
    rows: dict[str, Any] = field(default_factory=dict)
    sent: dict[str, Any] = field(default_factory=dict)
    elsewhere: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    clients: dict[str, APIClient] = field(default_factory=dict)

    def numbers(self, path: str) -> dict[str, Any]:
        """The row for each name in an address of the schema."""
        found: dict[str, Any] = {}
        before = ""
        for word in path.removeprefix(API).split("/"):
            if word.startswith("{"):
                found[word.strip("{}")] = self.rows[before]
            before += f"{word}/"
        return found

    def address(self, path: str) -> str:
        return re.sub(r"{(\w+)}", lambda name: str(self.numbers(path)[name[1]]), path)

    def knock(self, key: str, method: str, path: str, *, said: Any = None, kind: str = "json") -> Any:
        """The answer to whoever holds this key; nothing is kept of what was done."""
        client = self.clients.setdefault(key, APIClient(raise_request_exception=False))
        for file in said.values() if isinstance(said, dict) else ():
            if hasattr(file, "seek"):
                file.seek(0)
        if key in self.keys:
            client.credentials(HTTP_AUTHORIZATION=f"Token {self.keys[key]}")
        with transaction.atomic():
            answer = getattr(client, method)(self.address(path), said, format=kind if said else None)
            transaction.set_rollback(True)
        return answer


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Each operation: its method, its address with names, and its description."""
    listed = [(m, path, each) for path, methods in schema["paths"].items() for m, each in methods.items()]
    return [row for row in listed if not row[1].endswith("/schema/")]


def fitting(schema: dict[str, Any], operation: dict[str, Any], sent: dict[str, Any]) -> tuple[Any, str]:
    """What fits an operation, made from its schema, and in which form it is sent; None where nothing is."""
    forms = operation.get("requestBody", {}).get("content", {})
    for content_type, form in forms.items():
        kind = {"application/json": "json", "multipart/form-data": "multipart"}[content_type]
        fit = _fitting(schema, form["schema"], sent, "")
        if kind == "multipart":  # the schema calls a file by its address
            fit = {name: paper() if value == ADDRESS else value for name, value in fit.items()}
        return fit, kind
    return None, "json"


def _fitting(schema: dict[str, Any], shape: dict[str, Any], sent: dict[str, Any], name: str) -> Any:
    if name in sent:
        return sent[name]
    if "$ref" in shape:
        return _fitting(schema, schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]], sent, name)
    for several in ("allOf", "oneOf", "anyOf"):
        if several in shape:
            return _fitting(schema, shape[several][0], sent, name)
    if "enum" in shape:
        return shape["enum"][0]
    kind = shape.get("type")
    if kind == "object":
        wanted = {*shape.get("required", ())} | sent.keys() & shape.get("properties", {}).keys()
        inner = {each: shape["properties"][each] for each in wanted if each in shape.get("properties", {})}
        return {k: _fitting(schema, v, sent, k) for k, v in inner.items() if not v.get("readOnly")}
    if kind == "array":
        return [_fitting(schema, shape["items"], sent, "")]
    words = {
        "date-time": "2026-11-18T16:00:00Z",
        "date": "2026-11-17",
        "email": "someone@willow.example",
        "uri": ADDRESS,
        "uuid": "00000000-0000-4000-8000-000000000000",
    }
    if shape.get("format") == "binary":
        return paper()
    plain = {
        "integer": 1,
        "number": 1.0,
        "boolean": True,
        "string": words.get(shape.get("format", ""), "words"),
    }
    return plain.get(kind or "", "words")


def paper() -> SimpleUploadedFile:
    return SimpleUploadedFile("words.txt", b"What was done, on paper.", "text/plain")


def build_house() -> House:
    """Rows of every room in one district; its staff person holds every role but the viewer's."""
    house = House(DistrictFactory(slug="willow", languages=["en", "es"]))
    staff = UserFactory(email="staff@willow.example")
    for role in ("custodian", "superintendent", "administrator", "counsel", "approver"):
        MembershipFactory(user=staff, district=house.district, role=role)
    _policy(house, staff)
    speaker = _contract(house, staff)
    _breach(house, staff)
    _records(house, staff)
    _around(house, staff, speaker)
    stranger = DistrictFactory(slug="elsewhere")
    people = {
        "staff": staff,
        "vendor": speaker,
        "viewer": member(house.district, "viewer"),
        "stranger": member(stranger),
        "other vendor": VendorMemberFactory().user,
    }
    house.keys = {who: make_api_token(user=user, name="house")[1] for who, user in people.items()}
    return house


def _policy(house: House, staff: User) -> None:
    here = house.district
    adoption = adopt_pack(district=here, pack=CT, since=date(2026, 7, 1), by=staff)
    adopt_pack(district=here, pack=MISSOURI, since=date(2026, 7, 1), by=staff)
    parameter = set_parameter(district=here, pack=CT, name="audience.students", value="eligible", by=staff)
    edition = make_edition(
        district=here, pack=CT, rules={"contract-notice": {"minutes": 20}}, citation="Board",
        board_date=date(2026, 11, 1), by=staff,
    )  # fmt: skip
    house.rows |= {"adoptions/": adoption.pk, "parameters/": parameter.pk, "editions/": edition.pk}
    house.sent |= {"district": here.slug, "pack": CT, "name": "audience.students", "value": "none"}


def _contract(house: House, staff: User) -> User:
    here = house.district
    make_family(here)
    contract = a_contract(here, staff)
    signed = with_paper(contract, staff)
    findings = propose_all(contract, short={"ct-10": "missing"})
    correct_finding(findings[9], verdict="missing", shortfall="absent", by=staff)
    execute_contract(contract, executed_on=date(2026, 11, 16), by=staff, instrument=signed)
    speaker = VendorMemberFactory(vendor=contract.vendor).user
    asked = begin_cure(contract, findings=[findings[9].pk], words="Please add CT-10.", by=staff)
    send_notice_to_amend(asked, by=staff)
    asked.refresh_from_db()
    stopped = suspend_access(contract, extent="All", reason="Late", by=staff)
    box = RedactionBox.objects.create(
        district=here, case=contract.case, document=signed.document, page=1, x=1, y=1, w=9, h=9,
        ground="personal", marked_by=staff, marked_at=NOON,
    )  # fmt: skip
    notice = Notice.objects.get(district=here)
    section = notice.sections.get()
    text = write_text(section, part="description", language="en", body="Online reading.", by=staff)
    posting = Posting.objects.create(
        district=here, case=contract.case, notice=notice, kind=NoticeKind.CONTRACT, number=notice.number,
        title="Lumen Reading", facts={}, words="", posted_at=NOON, posted_by=staff,
    )  # fmt: skip
    duty = Obligation.objects.filter(case=contract.case, owed_by="district").first()
    assert duty is not None
    clock = duty.deadlines.first()
    assert clock is not None
    alert = Alert.objects.create(district=here, deadline=clock, step="50%", at=NOON, made_at=NOON)
    change = DutyChange.objects.create(
        district=here, case=duty.case, obligation=duty, kind="cancel", reason="Not ours.", asked_by=staff,
        asked_at=NOON,
    )  # fmt: skip
    delivery = Delivery.objects.filter(message=asked.message_id).first()
    house.rows |= {
        "contracts/": contract.pk, "contracts/{case}/suspensions/": stopped.pk, "cases/": contract.pk,
        "contracts/{contract}/redactions/": box.pk, "vendor/contracts/": contract.pk,
        "vendor-files/": contract.vendor_file_id, "findings/": findings[0].pk, "notices/": notice.pk,
        "notices/{id}/sections/": section.pk, "notices/{id}/texts/": text.pk, "postings/": posting.pk,
        "obligations/": duty.pk, "obligations/{id}/alerts/": alert.pk, "obligations/{id}/clocks/": clock.pk,
        "obligations/{id}/changes/": change.pk, "requests-to-amend/": asked.pk,
        "requests-to-amend/{id}/deliveries/": delivery.pk if delivery else 0,
        "documents/": str(signed.document.uuid),
    }  # fmt: skip
    house.sent |= {
        "contract": contract.pk, "vendor_file": contract.vendor_file_id, "instrument": signed.pk,
        "findings": [findings[9].pk], "cases": [contract.pk], "vendor": contract.vendor.pk,
        "others": [notice.number], "districts": [here.slug], "text": "Lumen",
    }  # fmt: skip
    return speaker


def _breach(house: House, staff: User) -> None:
    here = house.district
    vendor = here.vendors.get()
    breach = make_breach(here, by=staff, vendor=vendor, received_at=datetime(2026, 11, 18, 15, tzinfo=UTC))
    twin = make_breach(here, by=staff, vendor=vendor, received_at=NOON, what_happened="They called again.")
    words = {part: "Plain words." for part in ("what_happened", "data", "what_we_do", "what_you_can_do")}
    write_notice(breach, texts={**words, "contact": "Records office"}, by=staff)
    now = {"district": here, "breach": breach}
    later = ask_later_receipt(breach, to=NOON, because="The mail came then.", proof=paper(), by=staff)
    sought = determine(breach, sort="no_access", determined_by="A firm", because="The logs.", by=staff)
    order = stop_access(breach, whose="A role", extent="All", term="temporary", reason="To be safe", by=staff)
    asked = ask_vendor(breach, about="access_log", words="", by=staff)
    office = ExternalReport.objects.create(**now, rule="state-auditor-report")
    listed = ListUpload.objects.create(**now, name="people.csv", uploaded_at=NOON, uploaded_by=staff)
    update = PageUpdate.objects.create(
        **now, language="es", texts={}, what_changed="More", asked_at=NOON, asked_by=staff
    )
    here_ = "breaches/{case}/"
    house.rows |= {
        "breaches/": breach.pk, f"{here_}receipt/": later.pk, f"{here_}determinations/": sought.pk,
        f"{here_}access/": order.pk, f"{here_}asked/": asked.pk, f"{here_}offices/": office.pk,
        f"{here_}people/lists/": listed.pk, f"{here_}page/versions/": update.pk,
        f"{here_}people/listings/": breach.case.entries.latest("pk").pk,
        f"{here_}duties/": breach.case.obligations.order_by("pk")[0].pk,
    }  # fmt: skip
    house.sent |= {"into": twin.pk}
    house.elsewhere[f"{here_}offices/"] = {"rule": "state-auditor-report"}


def _records(house: House, staff: User) -> None:
    here = house.district
    hold = place_hold(
        district=here, title="Bus accident", ground="threatened", scope="Everything about it",
        directed_by="Counsel", directive=paper(), cases=[], tell=[staff], by=staff,
    )  # fmt: skip
    rule = add_rule(
        district=here, series="1.1", title="Attendance", schedule="2024", counted_from="Year end", years=1,
        by=staff,
    )  # fmt: skip
    disposal = propose_disposal(
        rule=rule, description="Old", oldest_on=date(2019, 1, 1), newest_on=date(2020, 1, 1), by=member(here)
    )
    custodian = designate(
        district=here, user=staff, school=None, certificated=True, since=date(2026, 8, 1), by=staff
    )
    training = record_training(
        district=here, user=staff, course="Confidentiality", done_on=date(2026, 9, 1), by=staff
    )
    house.rows |= {
        "holds/": hold.pk, "retention-rules/": rule.pk, "disposals/": disposal.pk,
        "designations/": custodian.pk, "trainings/": training.pk,
    }  # fmt: skip
    house.sent |= {"rule": rule.pk, "email": staff.email, "tell": [staff.email]}


def _around(house: House, staff: User, speaker: User) -> None:
    here = house.district
    inquiry = record_inquiry(district=here, sort="directory", asks="All names", received_at=NOON, by=staff)
    question = Question.objects.create(district=here, words="Why?", asked_at=NOON)
    upload = SimpleUploadedFile("all.zip", oneroster(), "application/zip")
    roster = receive_roster(district=here, upload=upload, format="oneroster", by=staff)
    Route.objects.create(district=here, sender="records@willow.example")
    said = Said(what_happened="A password was stolen.", vendor=here.vendors.get())
    report = record_report(districts=[here], channel=ReportChannel.SIGNED_IN, said=said, by=speaker)
    role = Membership.objects.get(user=staff, district=here, role="custodian")
    invited, _token = invite(email="new@willow.example", by=staff, district=here, role="viewer")
    house.rows |= {
        "inquiries/": inquiry.pk, "questions/": question.pk, "rosters/": roster.pk, "districts/": here.slug,
        "districts/{slug}/people/": role.pk, "districts/{slug}/holidays/": 2026,
        "districts/{slug}/invitations/": invited.pk,
        "vendor/reports/": report.pk,
    }  # fmt: skip
