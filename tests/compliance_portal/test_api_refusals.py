"""Who is refused at the API, at every operation of its schema: a new one is asked about without a word."""

from __future__ import annotations

import pytest
from drf_spectacular.drainage import reset_generator_stats
from drf_spectacular.generators import SchemaGenerator

from tests.compliance_portal.api_house import API, NOON, build_house, fitting, operations

KEEPS_NOTHING = {"post contracts/{case}/execute/clocks/", "post cases/{id}/packet/"}
"""A viewer may: the first tells what would happen, the second prints what the viewer may read anyway."""
NOT_THERE_YET = {"post contracts/{contract}/redactions/copy/confirm/", "get notices/{id}/recipients/"}
"""The house has no copy to confirm, and no notice that was sent."""
OWN_WORD = {"put districts/{slug}/away/"}
"""Everybody with a role says when they themselves are away."""
OF_VENDORS = ("vendor/contracts/", "vendor/reports/")
OWN = {"districts/"}
"""Lists in which everybody finds the districts that they have a role in."""
REACHED = {200, 201, 204, 400, 409}
FEW = ("nobody", "stranger", "viewer")
ALL = (*FEW, "other vendor", "vendor", "staff")
"""The last one shows that each request is one that is done for those who may."""


@pytest.fixture
def house(db, travel, settings):
    settings.EMBEDDED = True
    travel(NOON)
    return build_house()


def is_inside(key, name):
    """Whether the operation is for this side at all: the district's people, or the vendor's."""
    return key == "vendor" if name.startswith(OF_VENDORS) else key in ("viewer", "staff")


def allowed(key, method, name):
    """The answers that this person may get."""
    if key == "nobody":
        return {401, 403}
    if not is_inside(key, name):
        return {404} if "{" in name else {200} if method == "get" else {400, 403}
    if key == "viewer" and method != "get":
        return REACHED if f"{method} {name}" in KEEPS_NOTHING | OWN_WORD else {403, 404}
    if f"{method} {name}" in NOT_THERE_YET:
        return {400, 404}
    return REACHED if key != "viewer" else {200, 403, 404}


@pytest.mark.parametrize("who", [FEW, pytest.param(ALL, marks=pytest.mark.long)], ids=["few", "all"])
def test_everybody_who_may_not_is_refused_at_every_operation(house, who):
    reset_generator_stats()
    schema = SchemaGenerator().get_schema(request=None, public=True)
    wrong = []
    for method, path, operation in operations(schema):
        name = path.removeprefix(API)
        said, kind = fitting(schema, operation, house.sent | house.elsewhere.get(name, {}))
        for key in who:
            got = house.knock(key, method, path, said=said, kind=kind)
            content = b"" if got.streaming else got.content
            if got.status_code not in allowed(key, method, name):
                wrong.append(f"{method} {name}: {key} got {got.status_code} {content[:200]!r}")
            shown = b"willow" in content or (name not in OWN and b'"id"' in content)
            if shown and got.status_code < 300 and not is_inside(key, name):
                wrong.append(f"{method} {name}: {key} reads {content[:200]!r}")
    assert not wrong, "\n".join(wrong)
