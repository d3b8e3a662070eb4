"""The API says and refuses what the pages do, and shows nobody another district's rows."""

from datetime import UTC, date, datetime

import pytest
from rest_framework.test import APIClient

from contracts.models import ClauseFinding, Contract
from contracts.review import confirm_finding
from ledger.models import Document
from parties.api_tokens import make_api_token
from policy.models import Obligation
from tests.contracts.making import a_contract, pdf, propose, propose_all, with_paper
from tests.contracts.papers import agreement_pdf
from tests.factories import DistrictFactory, SchoolFactory, member

pytestmark = pytest.mark.django_db
TERMS = {
    "product": "Lumen Reading",
    "purpose_kind": "software",
    "scope": "applies",
    "description": "An online reading program.",
    "purpose": "Practice in reading",
    "all_schools": True,
    "elements": ["student-name"],
}


@pytest.fixture
def district():
    district = DistrictFactory(slug="northfield")
    SchoolFactory(district=district, name="Hill School")
    return district


@pytest.fixture
def api(custodian, settings):
    settings.EMBEDDED = True
    _row, key = make_api_token(user=custodian, name="registers")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    return client


def test_the_walk_from_a_file_on_a_vendor_to_executed(api, district, travel):
    travel(datetime(2026, 11, 18, 15, 0, tzinfo=UTC))
    given = {"district": "northfield", "name": "Lumen Reading, Inc.", "kind": "operator"}
    file = api.post("/api/v1/vendor-files/", given, format="json")
    assert file.status_code == 201
    contract = api.post("/api/v1/contracts/", {**TERMS, "vendor_file": file.data["id"]}, format="json")
    assert (contract.status_code, contract.data["status"]) == (201, "draft")
    one = f"/api/v1/contracts/{contract.data['id']}/"
    paper = api.post(
        f"{one}instruments/",
        {"kind": "original", "agreed_how": "signed", "upload": pdf()},
        format="multipart",
    )
    assert paper.status_code == 201
    assert len(paper.data["sha256"]) == 64
    propose_all(Contract.objects.get())
    ids = [row["id"] for row in api.get(f"{one}findings/").data]
    batch = api.post(f"{one}findings/confirm-together/", {"findings": ids}, format="json")
    assert batch.status_code == 200
    done = api.post(
        f"{one}execute/", {"executed_on": "2026-11-16", "instrument": paper.data["id"]}, format="json"
    )
    assert (done.status_code, done.data["contract"]["status"]) == (200, "executed")
    assert done.data["contract"]["conformity"] == "conforming"
    assert len(done.data["obligations"]) == Obligation.objects.filter(trigger="executed").count() == 2
    again = api.post(
        f"{one}execute/", {"executed_on": "2026-11-16", "instrument": paper.data["id"]}, format="json"
    )
    assert (again.status_code, "2026-11-16" in again.data["detail"]) == (409, True)


@pytest.mark.parametrize("day", ["2031-01-01", "soon", "2026-11-16T12:00:00", "2026-11-16T23:00:00-12:00"])
def test_an_impossible_day_is_refused_under_its_field(api, district, custodian, day):
    contract = a_contract(district, custodian)
    paper = with_paper(contract, custodian)
    answer = api.post(
        f"/api/v1/contracts/{contract.pk}/execute/",
        {"executed_on": day, "instrument": paper.pk},
        format="json",
    )
    assert (answer.status_code, list(answer.data)) == (400, ["executed_on"])
    contract.refresh_from_db()
    assert contract.status == "draft"


def test_a_status_is_nobodys_to_write(api, district, custodian):
    contract = a_contract(district, custodian)
    url = f"/api/v1/contracts/{contract.pk}/"
    assert api.patch(url, {"status": "executed"}, format="json").status_code == 405
    assert api.put(url, {"status": "executed"}, format="json").status_code == 405
    changed = api.put(
        f"{url}terms/", {**TERMS, "status": "executed", "executed_on": "2026-11-16"}, format="json"
    )
    assert changed.status_code == 200
    contract.refresh_from_db()
    assert (contract.status, contract.executed_on) == ("draft", None)


def test_the_verbs_refusals_come_under_their_fields(api, district, custodian):
    contract = a_contract(district, custodian)
    answer = api.put(
        f"/api/v1/contracts/{contract.pk}/terms/", {**TERMS, "scope": "general_audience"}, format="json"
    )
    assert (answer.status_code, list(answer.data)) == (400, ["scope_reason"])
    bad = {"kind": "original", "agreed_how": "signed", "upload": pdf(b"<html></html>", "x.pdf")}
    answer = api.post(f"/api/v1/contracts/{contract.pk}/instruments/", bad, format="multipart")
    assert (answer.status_code, list(answer.data)) == (400, ["file"])
    assert Document.objects.count() == 0


def test_a_person_decides_over_the_api(api, district, custodian):
    contract = a_contract(district, custodian)
    row = propose(contract, "ct-06", "deficient")
    url = f"/api/v1/findings/{row.pk}/"
    assert api.post(f"{url}confirm/", {}, format="json").status_code == 400
    refused = api.post(f"{url}correct/", {"verdict": "met"}, format="json")
    assert (refused.status_code, list(refused.data)) == (400, ["reason"])
    done = api.post(f"{url}correct/", {"verdict": "met", "reason": "Exhibit C says 24 hours"}, format="json")
    assert (done.data["decision"], done.data["stands"]) == ("corrected", "met")
    two = propose(contract, "ct-02")
    done = api.post(
        f"/api/v1/findings/{two.pk}/not-applicable/", {"reason": "No student work"}, format="json"
    )
    assert done.data["decision"] == "not_applicable"


def test_a_finding_confirmed_twice_is_a_conflict(api, district, custodian):
    row = propose(a_contract(district, custodian), "ct-01")
    confirm_finding(row, by=custodian)
    assert api.post(f"/api/v1/findings/{row.pk}/confirm/", {}, format="json").status_code == 409


def test_the_list_can_be_filtered_and_does_not_run_past_its_end(api, district, custodian):
    a_contract(district, custodian)
    assert api.get("/api/v1/contracts/?status=draft").data["count"] == 1
    assert api.get("/api/v1/contracts/?status=executed").data["count"] == 0
    assert api.get("/api/v1/contracts/?status=nonsense").data["count"] == 0
    assert api.get("/api/v1/contracts/?search=lumen").data["count"] == 1
    assert api.get(f"/api/v1/contracts/?offset={10**30}&limit={10**30}").status_code == 200
    assert api.get(f"/api/v1/contracts/{10**30}/").status_code == 404


def test_another_districts_rows_are_not_there(api):
    other = DistrictFactory(slug="southfield")
    theirs = member(other)
    contract = a_contract(other, theirs)
    paper = with_paper(contract, theirs, agreement_pdf())
    row = propose(contract, "ct-01")
    base = f"/api/v1/contracts/{contract.pk}/"
    assert api.get("/api/v1/contracts/").data["count"] == 0
    assert api.get("/api/v1/vendor-files/").data["count"] == 0
    for url in (base, f"{base}findings/", f"{base}instruments/", f"/api/v1/findings/{row.pk}/",
                f"/api/v1/vendor-files/{contract.vendor_file.pk}/"):  # fmt: skip
        assert api.get(url).status_code == 404, url
    given = {"executed_on": "2026-11-16", "instrument": paper.pk}
    assert api.post(f"{base}execute/", given, format="json").status_code == 404
    assert api.post(f"/api/v1/findings/{row.pk}/confirm/", {}, format="json").status_code == 404
    given = {"district": "southfield", "name": "Lumen", "kind": "operator"}
    assert api.post("/api/v1/vendor-files/", given, format="json").status_code == 400
    assert ClauseFinding.objects.filter(decision="confirmed").count() == 0


def test_another_districts_paper_cannot_execute_mine(api, district, custodian):
    other = DistrictFactory()
    theirs = member(other)
    paper = with_paper(a_contract(other, theirs), theirs)
    mine = a_contract(district, custodian)
    given = {"executed_on": "2026-11-16", "instrument": paper.pk}
    answer = api.post(f"/api/v1/contracts/{mine.pk}/execute/", given, format="json")
    assert (answer.status_code, list(answer.data)) == (400, ["instrument"])
    assert Contract.objects.filter(executed_on=date(2026, 11, 16)).count() == 0


def test_a_viewer_reads_and_may_not_write(district, custodian):
    contract = a_contract(district, custodian)
    client = APIClient()
    client.force_authenticate(member(district, "viewer"))
    client.force_login(member(district, "viewer"))
    assert client.get(f"/api/v1/contracts/{contract.pk}/").status_code == 200
    assert client.put(f"/api/v1/contracts/{contract.pk}/terms/", TERMS, format="json").status_code == 403


def test_without_a_key_there_is_nothing():
    assert APIClient().get("/api/v1/contracts/").status_code == 401


def test_the_schema_names_every_verb_of_a_contract_and_no_way_to_write_its_status(api):
    answer = api.get("/api/v1/schema/", headers={"accept": "application/vnd.oai.openapi+json"})
    assert answer.status_code == 200
    paths = answer.json()["paths"]
    of_one = {
        path.removeprefix("/api/v1/contracts/{case}/"): sorted(methods)
        for path, methods in paths.items()
        if path.startswith("/api/v1/contracts/{case}/")
    }
    assert of_one == {
        "": ["get"],
        "terms/": ["put"],
        "instruments/": ["get", "post"],
        "findings/": ["get"],
        "findings/confirm-together/": ["post"],
        "execute/": ["post"],
        "execute/clocks/": ["post"],
        "execute/correct/": ["post"],
        "end/": ["post"],
        "data-returned/": ["post"],
        "certificate/": ["post"],
        "points/": ["get", "post"],
        "clear/": ["post"],
        "suspensions/": ["get", "post"],
        "suspensions/{suspension}/lift/": ["post"],
    }
    sent = answer.json()["components"]["schemas"]
    for name in ("Terms", "RecordContract"):
        assert {"status", "conformity", "executed_on"}.isdisjoint(sent[name]["properties"])
