"""The API's schema: complete, without a warning, and every operation behind a key, with its refusals."""

from __future__ import annotations

import re

import pytest
from django.urls import get_resolver
from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from ledger.api import WHY_NOT
from tests.factories import DistrictFactory, member

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def schema():
    reset_generator_stats()
    made = SchemaGenerator().get_schema(request=None, public=True)
    assert not GENERATOR_STATS, "the schema was made with warnings"
    return made


def operations(schema):
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_it_is_sound_openapi(schema):
    validate_schema(schema)
    assert schema["openapi"].startswith("3.0")


def test_it_names_every_address_and_method_of_the_api_and_no_other(schema):
    said = {re.sub(r"\{\w+\}", "{}", called) for called, _operation in operations(schema)}
    assert said == set(routed())


def routed():
    """The addresses and methods that the portal really answers under /api/v1/."""
    api = next(each for each in get_resolver().url_patterns if str(each.pattern) == "api/v1/")
    for pattern in (row for each in api.url_patterns for row in getattr(each, "url_patterns", [])):
        path = re.sub(r"\(\?P<\w+>[^()]*(?:\([^()]*\)[^()]*)*\)|<\w+:\w+>", "{}", str(pattern.pattern))
        actions = getattr(pattern.callback, "actions", {})
        for method in actions.keys() & METHODS:
            yield f"{method.upper()} /api/v1/{path.strip('^$').replace(chr(92), '')}"


def test_every_operation_needs_a_key_or_a_session_and_documents_each_refusal(schema):
    for called, operation in operations(schema):
        assert {"tokenAuth": []} in operation["security"], called
        assert {} not in operation["security"], called
        done = [code for code in operation["responses"] if code.startswith("2")]
        assert len(done) == 1, called
        assert {str(code) for code in WHY_NOT} <= set(operation["responses"]), called


def test_every_operation_says_in_words_what_it_does(schema):
    silent = [
        called
        for called, operation in operations(schema)
        if not called.startswith("GET ") and not operation.get("description")
    ]
    assert silent == []


def test_it_is_served_to_people_with_a_key_only(client, db):
    assert client.get("/api/v1/schema/").status_code == 401
    client.force_login(member(DistrictFactory()))
    answer = client.get("/api/v1/schema/", headers={"accept": "application/vnd.oai.openapi+json"})
    assert answer.status_code == 200
    assert answer.json()["info"]["title"] == "Compliance Portal"


def test_an_address_of_nothing_is_refused_as_everywhere_in_the_api(client, db):
    for address in ("/api/v1/breaches/-3/approve/", "/api/v1/nonsense"):
        answer = client.post(address)
        assert answer.status_code == 404
        assert answer.json() == {"detail": "Not found."}
