"""By which words a contract calls whom (and its data), and putting the tokens in their place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .literals import masks, may_match, needed

if TYPE_CHECKING:
    from .roles import Roles

VENDOR_WORDS = (
    "vendor|provider|contractor|performer|company|licensor|supplier|operator|consultant|seller|processor|service provider"
    "|hosted service|software provider|publisher|developer|the platform|subscriptor|cloud provider|data processor"
    "|third[- ]party hosted service|contracted (?:third[- ]party )?(?:hosted )?service|licenser|saas provider"
)
DISTRICT_WORDS = (
    "board of education|school district|local education(?:al)? agency|educational agency|public schools|school system|board|district"
    "|lea|customer|client|licensee|subscriber|buyer|purchaser|institution|school|data controller|controller|owner|academy|first party"
    "|educational institution|participating (?:school|district|agency|entity|board)|end user organization|superintendent|school corporation"
    "|(?:contracting|purchasing|ordering|using|public|procuring|commissioning|receiving|originating|subscribing|member|host) (?:authority|entity|agency|body|board|district|school)"
    "|orderer|ordering party|member (?:district|school|board)|governing board|board of (?:trustees|directors|education)|school (?:board|committee|authority|division|department)|local board"
)
VENDOR_NEEDS = masks(needed(re.compile(VENDOR_WORDS)))
DISTRICT_NEEDS = masks(needed(re.compile(DISTRICT_WORDS)))
PRONOUNS = (
    (re.compile(r"\b(?:we(?=\W(?:ll|re|ve)\b)|we|us|ourselves)\b"), "we", "", ("we", "us", "ourselves")),
    (re.compile(r"\b(?:ours|our)\b"), "we", "'s", ("our",)),
    (
        re.compile(r"(?<![\w.\"(])(?<!\()\b(?:i|me|myself)\b(?=[ ,;.])(?!\.\w)"),
        "we",
        "",
        ("i", "me", "myself"),
    ),
    (re.compile(r"\b(?:my|mine)\b"), "we", "'s", ("my", "mine")),
    (re.compile(r"\b(?:you|yourself|yourselves)\b"), "you", "", ("you",)),
    (re.compile(r"\b(?:yours|your)\b"), "you", "'s", ("your",)),
)


@dataclass(frozen=True, slots=True)
class Naming:
    """The words by which a contract calls somebody (or its data), and the token that stands for them."""

    pattern: re.Pattern[str]
    token: str
    words: tuple[str, ...] = ()  # a text in small letters that holds none of these is not searched
    needs: tuple[int, ...] = ()  # see `literals`

    def put_into(self, text: str) -> str:
        if self.words and not any(word in text for word in self.words):
            return text
        if not may_match(self.needs, text):
            return text
        return self.pattern.sub(lambda m: self.token + ("'s" if m.groupdict().get("s") else ""), text)


def known(words: set[str]) -> tuple[str, ...]:
    return tuple(w for w in sorted(words, key=len, reverse=True) if len(w) > 1)


def alternation(words: set[str]) -> str:
    return "|".join(re.escape(w) for w in known(words))


def namings(roles: Roles) -> list[Naming]:
    """What the contract calls whom, in the order in which it is put into the common tongue; its data first."""
    vendor_words = VENDOR_WORDS
    district_words = DISTRICT_WORDS
    if "owner" not in roles.district:
        district_words = district_words.replace("|owner", "")
    for word in roles.district:
        vendor_words = "|".join(w for w in vendor_words.split("|") if w != word)
    names: list[Naming] = []
    if roles.data:
        of_data = rf"(?:(?:the|all|any|such|said) )*\b(?:{alternation(roles.data)})(?:s|es)?\b(?:\W?s\b)?"
        names.append(Naming(re.compile(of_data), "DATA", known(roles.data)))
    for words, token in (
        (roles.both, "STUDENT and FAMILY"),
        (roles.family, "FAMILY"),
        (roles.student, "STUDENT"),
    ):
        if words:
            person = rf"(?:\b(?:the|a|an|any|each|every) )?\b(?:{alternation(words)})(?:s|es)?\b(?:\W?s\b)?"
            names.append(Naming(re.compile(person), token, known(words)))
    possessive = r"(?P<s>\W?s\b|')?"
    for words, token in ((roles.district, "DISTRICT"), (roles.vendor, "VENDOR")):
        if words:
            party = rf"(?:\bthe )?(?<!-)\b(?:{alternation(words)})\b{possessive}"
            names.append(Naming(re.compile(party), token, known(words)))
    vendor = rf"(?:\b(?:the|said|each) )?(?<!-)(?<!third.party )(?<!other )\b(?:{vendor_words})\b{possessive}"
    names.append(Naming(re.compile(vendor), "VENDOR", needs=VENDOR_NEEDS))
    district = rf"(?:\b(?:the|said) )?(?<!-)(?<!review )(?<!advisory )(?<!editorial )(?<!arbitration )\b(?:{district_words})s?\b{possessive}"
    names.append(Naming(re.compile(district), "DISTRICT", needs=DISTRICT_NEEDS))
    if roles.we:
        you = "DISTRICT" if roles.we == "VENDOR" else "VENDOR"
        sides = {"we": roles.we, "you": you}
        names += [Naming(pattern, sides[who] + of, words) for pattern, who, of, words in PRONOUNS]
    return names
