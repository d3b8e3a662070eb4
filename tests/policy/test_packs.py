"""The shipped law: readable, sound, frozen, and complete against the obligations it stands for."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.management import call_command

from policy import almanac, checks, packs

CONNECTICUT = packs.load("ct-3520.13@2017")
NEBRASKA = packs.load("ne-7400.1@2023")


@pytest.mark.parametrize("ref", packs.shipped())
def test_every_shipped_pack_is_sound(ref):
    pack = packs.load(ref)
    assert pack.ref == ref
    assert packs.problems(pack) == []
    assert pack.digest == packs.pinned_digests()[ref]


def test_every_rule_requirement_and_parameter_has_a_citation_and_a_title():
    for pack in map(packs.load, packs.shipped()):
        for row in (*pack.requirements, *pack.rules, *pack.parameters, *pack.attestations, *pack.exclusions):
            assert row.title, row
            assert row.citation, row
            assert row.obligation, row


@pytest.mark.obligation(*(f"CT-{n}" for n in range(1, 14)))
def test_the_connecticut_policy_asks_for_thirteen_terms_of_which_eleven_can_void():
    assert [row.id for row in CONNECTICUT.requirements] == [f"ct-{n:02d}" for n in range(1, 14)]
    assert [row.label for row in CONNECTICUT.requirements if row.voids] == [f"CT-{n}" for n in range(1, 12)]
    assert CONNECTICUT.requirement("ct-06").limits["hours"] == 48
    assert CONNECTICUT.requirement("ct-06").limits["to"] == ("board", "families")
    assert CONNECTICUT.requirement("ct-09").limits["law"] == "Connecticut"
    assert CONNECTICUT.requirement("ct-12").limits["days"] == 30
    assert CONNECTICUT.requirement("ct-13").limits["days"] == 60
    assert [row.id for row in CONNECTICUT.requirements if row.may_be_not_applicable] == ["ct-02"]


NEBRASKA_TERMS = [
    *(f"I-{letter}" for letter in "ABCDEFGH"),
    *(f"{part}-{letter}" for part in ("II", "III") for letter in "ABC"),
    *(f"IV-{letter}" for letter in "ABCD"),
]


@pytest.mark.obligation(*(f"NE-{term}" for term in NEBRASKA_TERMS))
def test_the_nebraska_rule_asks_for_eighteen_terms_and_voids_nothing():
    assert [row.id for row in NEBRASKA.requirements] == [f"ne-{term}" for term in NEBRASKA_TERMS]
    assert not any(row.voids for row in NEBRASKA.requirements)
    assert NEBRASKA.requirement("ne-I-F").limits["bits"] == 256


@pytest.mark.obligation("L-5", "L-6", "B-1", "B-2", "B-3", "B-4", "B-5")
@pytest.mark.parametrize(
    ("key", "trigger", "owed_by", "amount", "unit"),
    [
        ("contract-notice", "executed", "district", 5, "business_days"),
        ("contract-posting", "executed", "district", 5, "business_days"),
        ("vendor-report-suspicion", "breach_suspected", "vendor", 48, "hours"),
        ("vendor-families-notice", "breach_suspected", "vendor", 48, "hours"),
        ("vendor-report-student-information", "breach_discovered", "vendor", 30, "calendar_days"),
        ("vendor-report-other-records", "breach_discovered", "vendor", 60, "calendar_days"),
        ("families-breach-notice", "report_received", "district", 48, "hours"),
        ("breach-posting", "report_received", "district", 48, "hours"),
    ],
)
def test_the_connecticut_policy_gives_these_times(key, trigger, owed_by, amount, unit):
    rule = CONNECTICUT.rule(key)
    assert (rule.trigger, rule.owed_by, rule.amount, rule.unit) == (trigger, owed_by, amount, unit)


@pytest.mark.obligation("L-5")
def test_the_contract_notice_has_the_policys_three_parts():
    assert CONNECTICUT.rule("contract-notice").required_parts == ("executed", "purpose", "data")


@pytest.mark.obligation("1f-3")
@pytest.mark.obligation("L-3", "L-4")
def test_reasonable_time_is_a_parameter_with_a_default_and_never_a_number_of_the_policy():
    cure = CONNECTICUT.rule("cure")
    assert (cure.amount, cure.parameter, cure.consequence) == (None, "cure-days", "voids")
    assert CONNECTICUT.amount_of(cure) == 30
    assert CONNECTICUT.amount_of(cure, {"cure-days": 45}) == 45


@pytest.mark.obligation("L-7")
def test_which_students_get_the_notice_has_no_default():
    parameter = CONNECTICUT.parameter("audience.students")
    assert parameter.default is None
    assert not parameter.unset_allowed


def test_the_statute_gives_two_business_days_beside_the_policys_hours_for_the_same_act():
    statute = packs.load("ct-10-234").rule("families-breach-notice")
    assert (statute.amount, statute.unit) == (2, "business_days")


@pytest.mark.obligation("B-12")
def test_the_cyberattack_report_ends_with_the_law_that_asks_for_it():
    california = packs.load("ca-bp-5125")
    assert [r.key for r in california.raised_by("cyberattack_found", date(2026, 12, 31))] == [
        "cyberattack-report"
    ]
    assert list(california.raised_by("cyberattack_found", date(2027, 1, 1))) == []


def test_nothing_arises_before_a_pack_is_in_force():
    assert list(CONNECTICUT.raised_by("executed", date(2016, 9, 30))) == []
    assert [r.key for r in CONNECTICUT.raised_by("renewed", date(2016, 10, 1))] == [
        "contract-notice",
        "contract-posting",
    ]


def test_a_point_that_was_not_read_in_the_law_itself_is_never_a_silent_number():
    for pack in map(packs.load, packs.shipped()):
        for rule in pack.rules:
            if rule.to_verify:
                assert rule.parameter, f"{pack.ref} {rule.key}"


def test_a_name_alone_means_its_newest_version():
    assert packs.load("ct-3520.13") == packs.load("ct-3520.13@2017")


@pytest.mark.parametrize(
    ("ref", "says"), [("ct-9999", "no pack"), ("ct-3520.13@1999", "no version"), ("../etc@1", "no pack")]
)
def test_an_unknown_pack_is_refused_by_name(ref, says):
    with pytest.raises(packs.PackError, match=says):
        packs.load(ref)


HEAD = (
    '[pack]\nname="x"\nversion="1"\ntitle="X"\njurisdiction=""\nkind="policy"\ncitation="X 1"\nsource="X"\n'
)
RULE = HEAD + (
    '[[rule]]\nkey="k"\ntitle="T"\ncitation="C"\nobligation="L-5"\ntrigger="executed"\nkind="notice"\n'
    'settled_when="delivered"\nunit="hours"\namount=48\n'
)
PARAMETER = '[[parameter]]\nname="p"\ntitle="T"\ncitation="C"\nwhy="W"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("not toml", "Not a TOML file"),
        (HEAD + "[extra]\na=1\n", "Unknown table"),
        (HEAD.replace('title="X"\n', ""), "title"),
        (RULE + 'colour="red"\n', "colour"),
    ],
)
def test_a_pack_outside_the_grammar_is_refused(text, says):
    with pytest.raises(packs.PackError, match=says):
        packs.parse(text.encode())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (RULE.replace('"executed"', '"signed"'), "unknown trigger “signed”"),
        (RULE.replace('"notice"', '"memo"'), "unknown kind “memo”"),
        (RULE.replace('"hours"', '"weeks"'), "unknown unit “weeks”"),
        (RULE.replace("amount=48\n", ""), "either an amount or a parameter"),
        (RULE.replace("amount=48\n", 'parameter="p"\n'), "no parameter “p”"),
        (
            RULE.replace("amount=48\n", 'parameter="p"\n') + PARAMETER + 'unit="months"\n',
            "not counted in",
        ),
        (RULE.replace('"hours"', '"annual_date"'), "written MM-DD"),
        (RULE + RULE.removeprefix(HEAD), "“k” is there twice"),
        (HEAD + PARAMETER + 'unit="hours"\ndefault=9\nmin=1\nmax=5\n', "smallest and a largest"),
        (HEAD + PARAMETER + 'unit="choice"\n', "needs its choices"),
    ],
)
def test_an_unsound_pack_is_found_out(text, says):
    assert says in " ".join(packs.problems(packs.parse(text.encode())))


def test_manage_check_is_content_with_what_is_shipped():
    call_command("check")


def test_manage_check_refuses_a_pack_that_changed_after_it_was_frozen(monkeypatch):
    monkeypatch.setattr(
        packs, "pinned_digests", lambda: dict.fromkeys([*packs.shipped(), "ct-1@1999"], "0" * 64)
    )
    found = checks.check_packs(None)
    assert {message.id for message in found} == {"policy.E003", "policy.E004"}
    assert all(message.hint for message in found)


def test_shipped_calendars_are_frozen_and_name_their_years():
    assert almanac.shipped() == ("US", "US-CA", "US-CT", "US-MO", "US-NE")
    assert checks.check_calendars(None) == []
    connecticut = almanac.load("US-CT")
    assert connecticut.years == frozenset(range(2016, 2031))
    assert connecticut.of_year(2026)[date(2026, 4, 3)] == "Good Friday"
    assert connecticut.of_year(2026)[date(2026, 7, 3)] == "Independence Day (observed)"


def test_an_unknown_calendar_is_refused_by_name():
    with pytest.raises(almanac.CalendarError, match="US-ZZ"):
        almanac.load("US-ZZ")
