"""The whole API, asked anything: it breaks on nothing and answers nothing that its schema does not name.

The schema is the portal's own. Rows that exist are put into most of the generated requests, so that the
verbs behind them are reached and not only the 404 in front. Each request is rolled back.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from drf_spectacular.drainage import reset_generator_stats
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.compliance_portal.api_house import NOON, House, build_house

PARTS = 12
"""The many tries share a house that takes seconds to build, and run beside one another."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def read_schema() -> Any:
    reset_generator_stats()
    made = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
    made.app = get_wsgi_application()
    return made


SCHEMA = read_schema()
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations()]


def called(operation: Any) -> str:
    return f"{operation.method.upper()} {operation.path.removeprefix('/api/v1')}"


@pytest.fixture
def one_connection():
    """A request ends without closing the test's own connection, as with Django's test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def house(db, travel, settings, one_connection) -> House:
    settings.EMBEDDED = True
    travel(NOON)
    return build_house()


def point_at_rows(case: Any, house: House) -> None:
    """Put rows that exist where the request names a row."""
    if case.path_parameters:
        case.path_parameters |= house.numbers(case.operation.path)
    if isinstance(case.body, dict):
        for name in case.body.keys() & house.sent.keys():
            case.body[name] = house.sent[name]


def ask(operation: Any, house: House, *, key: str, examples: int, mode: GenerationMode) -> None:
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
                case.call_and_validate(headers={"Authorization": f"Token {house.keys[key]}"}, checks=CHECKS)
            finally:
                transaction.set_rollback(True)

    once()


def modes(operation: Any) -> list[GenerationMode]:
    """What does not fit the schema can only be sent where something is sent."""
    sends = operation.body or operation.query or operation.path_parameters
    return [GenerationMode.POSITIVE, GenerationMode.NEGATIVE] if sends else [GenerationMode.POSITIVE]


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
@pytest.mark.parametrize("part", range(PARTS))
def test_nobody_gets_a_server_error_or_an_undocumented_answer_in_many_tries(house, part):
    found = []
    for operation in OPERATIONS[part::PARTS]:
        for key in ("staff", "vendor", "stranger"):
            for mode in modes(operation):
                try:
                    ask(operation, house, key=key, examples=30 if key == "staff" else 8, mode=mode)
                except FailureGroup as failures:
                    found += [f"{key} {called(operation)}: {failure}" for failure in failures.exceptions]
    assert not found, "\n".join(found)
