"""Whom words name: in any order, letters and script, and nobody else."""

from __future__ import annotations

import pytest

from breaches.naming import KEPT_BACK, Naming, Person

PEOPLE = (
    Person("Wendy Wrenfield", "wendy.w@school.example", "100238"),
    Person("José Núñez Ávila", "jose@home.example"),
    Person("小明 王"),
    Person("ليلى حداد"),
    Person("May Long"),
    Person("Kim", "kim@home.example"),
)


def kept(text, *, singles=True, but_not=()):
    return Naming(PEOPLE, [text], singles=singles, but_not=but_not).kept_back(text)


@pytest.mark.parametrize(
    "said",
    [
        "Wendy Wrenfield", "wendy wrenfield", "WRENFIELD, WENDY", "Wrenfield\n  Wendy", "Wendy Ann Wrenfield",
        "wendy_wrenfield", "Jose Nunez Avila", "wendy.w@school.example", "JOSE@HOME.EXAMPLE", "100238",
        "王小明", "ليلى حداد", "May Long",
    ],
)  # fmt: skip
def test_a_name_is_found_however_it_is_written(said):
    text = f"We called about {said}, and wrote it down."
    assert Naming(PEOPLE, [text]).finds(text)
    assert kept(text, singles=False) == f"We called about {KEPT_BACK}, and wrote it down."


def test_a_chinese_name_is_found_inside_its_sentence():
    assert kept("我们给王小明的家长打了电话。", singles=False) == f"我们给{KEPT_BACK}的家长打了电话。"


@pytest.mark.parametrize(
    "text",
    [
        "Wendy's shop closed.", "The Wrenfield road.", "In May there is a long break.", "Call 203 555 0142.",
        "The total was 1002381.", "Someone at home.example wrote.", "Kim is a first name.",
    ],
)  # fmt: skip
def test_part_of_a_name_names_nobody_where_whole_names_are_asked_for(text):
    assert not Naming(PEOPLE, [text]).finds(text)


def test_a_family_name_alone_is_kept_back_where_singles_count():
    assert kept("The Wrenfield girl; Wendy's mother.") == f"The {KEPT_BACK} girl; {KEPT_BACK}'s mother."
    assert kept("On May 3 we wrote the letter. May we go on?") == (
        "On May 3 we wrote the letter. May we go on?"
    )


def test_who_acted_for_the_district_stays_named():
    text = "Wendy Wrenfield approved it. José Núñez Ávila did not."
    assert kept(text, but_not=["Wendy Wrenfield"]) == f"Wendy Wrenfield approved it. {KEPT_BACK} did not."
