"""The same act asked for many times at once, and the same request sent again (F20, F21)."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections
from rest_framework.test import APIClient

from contracts.models import Contract, VendorFile
from ledger.models import ApiRequest, Entry
from parties.access import see_districts
from parties.api_tokens import make_api_token
from policy.models import Deadline
from policy.sweep import sweep
from tests.contracts.making import a_contract, adopt, pdf, with_paper
from tests.contracts.papers import agreement_pdf
from tests.factories import DistrictFactory, member

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
NEW_FILE = {"district": "northfield", "name": "Lumen Reading, Inc.", "kind": "operator"}


@pytest.fixture
def district(travel, settings):
    settings.EMBEDDED = True
    travel(datetime(2026, 11, 18, 15, tzinfo=UTC))
    return DistrictFactory(slug="northfield")


@pytest.fixture
def custodian(district):
    person = member(district)
    adopt(district, person)
    return person


@pytest.fixture
def key(custodian):
    return make_api_token(user=custodian, name="registers")[1]


def caller(key: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    return client


def ask(key: str, once: str, body=None, **more):
    return caller(key).post(
        "/api/v1/vendor-files/", body or NEW_FILE, format="json", headers={"Idempotency-Key": once}, **more
    )


@pytest.mark.fault_long
def test_f20_a_contract_executed_by_fifty_requests_at_once_is_executed_once(district, custodian, key, tally):
    paper = with_paper(a_contract(district, custodian), custodian, agreement_pdf())

    def press(_turn):
        try:
            return caller(key).post(
                f"/api/v1/contracts/{paper.contract_id}/execute/",
                {"executed_on": "2026-11-16", "instrument": paper.pk}, format="json",
            ).status_code  # fmt: skip
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        answers = Counter(pool.map(press, range(50)))
    see_districts([district.pk])
    executed = Entry.objects.filter(act="contract-executed").count()
    clocks = Deadline.objects.filter(obligation__trigger="executed").count()
    tally("F20 executed 50 times at once", events=executed, lost=1 - executed)
    assert answers == {200: 1, 409: 49}
    assert (executed, clocks) == (1, 2)
    assert Contract.history.filter(status="executed").values("executed_on").distinct().count() == 1


def test_f21_a_request_sent_again_is_answered_again_and_acts_once(district, key, tally):
    first, again = ask(key, "one"), ask(key, "one")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert (first.get("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (None, "true")
    other = ask(key, "one", {**NEW_FILE, "name": "Another, Inc."})
    assert (other.status_code, list(other.data)) == (422, ["Idempotency-Key"])
    assert ask(key, "x" * 201).status_code == 400
    made = VendorFile.objects.filter(district=district).count()
    tally("F21 the same request again", events=made, lost=1 - made)
    assert made == 1


def test_f21_a_key_is_the_callers_own(district, key):
    """A39."""
    approver = make_api_token(user=member(district), name="other")[1]
    assert ask(key, "one").status_code == 201
    theirs = ask(approver, "one", {**NEW_FILE, "name": "Another, Inc."})
    assert (theirs.status_code, theirs.get("Idempotent-Replayed")) == (201, None)


def test_f21_a_refusal_that_may_pass_is_not_kept(district, key):
    stranger = make_api_token(user=member(DistrictFactory()), name="other")[1]
    assert ask(stranger, "one").status_code in {400, 403, 404}
    assert caller("nothing").post("/api/v1/vendor-files/", NEW_FILE, format="json").status_code == 401
    assert ApiRequest.objects.exclude(status=None).exclude(status=400).count() == 0


def test_f21_a_file_sent_again_is_one_instrument(district, custodian, key):
    contract = a_contract(district, custodian)

    def send(content: bytes):
        return caller(key).post(
            f"/api/v1/contracts/{contract.pk}/instruments/",
            {"kind": "original", "agreed_how": "signed", "upload": pdf(content)},
            format="multipart", headers={"Idempotency-Key": "paper"},
        )  # fmt: skip

    paper = agreement_pdf()
    assert [send(paper).status_code for _ in range(2)] == [201, 201]
    assert send(paper + b"\n%").status_code == 422
    assert contract.instruments.count() == 1


def test_f21_twenty_at_once_under_one_key_act_once(district, key):
    gate = threading.Barrier(20)

    def press(_turn):
        gate.wait()
        try:
            return ask(key, "one").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        answers = Counter(pool.map(press, range(20)))
    see_districts([district.pk])
    assert set(answers) <= {201, 409}
    assert VendorFile.objects.filter(district=district).count() == 1


def test_f21_a_request_whose_worker_died_may_be_sent_again(district, key, travel):
    assert ask(key, "one").status_code == 201
    ApiRequest.objects.update(status=None)
    assert ask(key, "one").status_code == 409
    travel(timedelta(minutes=6))
    assert ask(key, "one").status_code in {201, 400, 409}, "the verb itself decides, not the key"


def test_f21_an_act_whose_answer_could_not_be_kept_was_not_done(district, key, travel):
    def die(execute, sql, params, many, context):
        if sql.startswith('UPDATE "ledger_apirequest" SET "status"'):
            raise SystemExit
        return execute(sql, params, many, context)

    with connection.execute_wrapper(die), pytest.raises(SystemExit):
        ask(key, "one")
    see_districts([district.pk])
    assert VendorFile.objects.filter(district=district).count() == 0
    travel(timedelta(minutes=6))
    assert (ask(key, "one").status_code, ask(key, "one").status_code) == (201, 201)
    see_districts([district.pk])
    assert VendorFile.objects.filter(district=district).count() == 1


def test_answers_of_yesterday_go_with_the_sweep_although_their_asker_does_not_come_back(
    district, key, travel
):
    assert ask(key, "one").status_code == 201
    sweep()
    assert ApiRequest.objects.count() == 1
    travel(timedelta(hours=25))
    sweep()
    assert ApiRequest.objects.count() == 0
