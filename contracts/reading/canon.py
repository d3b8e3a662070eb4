"""A contract's words put into the common tongue of the clauses: VENDOR, DISTRICT, DATA, and numbers as digits."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from .literals import Swift
from .mending import mend_words
from .numbers import mend_scan, plain_numbers
from .roles import Roles
from .structure import STRICKEN, VERB, Unit

CLAUSES = Path(__file__).parent / "clauses"


@cache
def word_tokens() -> list[tuple[Swift, str, tuple[str, ...]]]:
    words = tomllib.loads((CLAUSES / "words.toml").read_text(encoding="utf-8"))
    return [
        (
            Swift("(?:" + "|".join(f"(?:{a})" for a in t["any"]) + ")"),
            t["name"],
            tuple(t.get("hint", ())),
        )
        for t in words["token"]
    ]


BOTH = Swift(
    r"\ball BOTH\b|\b(?:the )?parties(?: hereto| to this \w+)?(?! (?:to|other|that are not))\b|\b(?:each|both|either|every) (?:of the )?(?:part(?:y|ies)|sides?)(?: hereto)?\b|\b(?:each|both) of (?:us|the parties|VENDOR|them)\b"
    r"|\b(?:both )?VENDOR,?(?: and| or|,? as well as| together with| along with|/| & ) ?(?:the |each |every |also |by |of |for |upon |on |participating )*DISTRICT(?!'s)(?: (?:each|both|alike|shall each|will each))?\b|\b(?:both )?DISTRICT,?(?: and| or|,? as well as| together with| along with|/| & ) ?(?:the |each |every |also |by |of |for |upon |on )*VENDOR(?!'s)(?: (?:each|both|alike))?\b|\bVENDOR both\b|\bwe both\b"
)
INFO = Swift(
    r"\b(?:the|all|any|such|this|those|these|its|said|DISTRICT's|VENDOR's|their|remaining|every|no|what|of|same|his or her|whatever|relevant|affected|underlying|resulting|entire|other|stored|collected|your|our)"
    r"(?: (?:of|the|such|this|that|remaining|foregoing|stored|hosted|same|district|same))* (?:data|information|records?|files?|materials?|content|copies|copy|backups?|entries|details)\b|(?<!that )(?<!which )\b(?:data|information|records)\b(?= (?:is|are|shall|will|must|may|we|VENDOR|held|kept|stored|collected|obtained|and|at rest|in|on|from|remain\w*|belong\w*|that|which|to|be|for|so|stays?|gathered|maintained|by|out|back))"
)
NOTHING = Swift(
    r"\bnothing (?:at all )?(?:(?:that|which) )?(?=(?:about|concerning|identif\w+|on|relating to|regarding) )"
)


# "US federal law" is nobody's
NATION = Swift(r"(?<![A-Z] )(?<![A-Z]{2})\bUS\b(?= [a-z])")
NOBODY = re.compile(r"no ?(?:one|body) (?:else|other|outside)")


def put_tokens(text: str, tokens: Sequence[tuple[Swift, str, tuple[str, ...]]]) -> str:
    """The text with each kind of words replaced by its token; a hint that is absent saves the search."""
    for pattern, name, hints in tokens:
        if hints and not any(h in text for h in hints):
            continue
        if name == "THIRD":
            text = pattern.sub(lambda m: "no THIRD" if NOBODY.match(m.group()) else "THIRD", text)
        else:
            text = pattern.sub(name, text)
    return text


def canon(text: str, roles: Roles, *, scanned: bool = False) -> str:
    """The sentence in the common tongue: lower case, tokens in capitals, numbers as digits."""
    out = (
        text.replace("ﬁ", "fi").replace("ﬂ", "fl").replace("ﬀ", "ff").replace("ﬃ", "ffi").replace("ﬄ", "ffl")
    )
    out = STRICKEN.sub(r"\1 words", NATION.sub("american", out))
    out = re.sub(r"(?<=[a-z])I(?=[a-z])", "l", out).lower() if scanned else out.lower()
    if any(mark in out for mark in "*_`"):
        out = EMPHASIS.sub("", out)
    out = WIDE.sub(" ", out)
    if scanned:
        out = mend_scan(mend_words(out))
    out = plain_numbers(out)
    if "nothing" in out:
        out = NOTHING.sub("no information ", out)
    tokens = word_tokens()
    out = JOINED_ACT.sub(r"\1 ", put_tokens(out, tokens[:2]))
    of_data, of_parties = (roles.namings[:1], roles.namings[1:]) if roles.data else ([], roles.namings)
    for naming in of_data:
        out = naming.put_into(out)
    out = put_tokens(out, tokens[2:])
    out = DATA_CHAIN.sub("DATA", out)
    for naming in of_parties:
        out = naming.put_into(out)
    out = BOTH.sub("BOTH", out)
    out = INFO.sub(lambda m: m.group().rsplit(" ", 1)[0] + " INFO" if " " in m.group() else "INFO", out)
    out = DATA_OF_DISTRICT.sub("DATA", out)
    out = SAME_PARTY.sub(
        lambda m: m.group()[:6] if m.group()[0] == "V" else "DISTRICT" + "'s" * m.group().endswith("'s"), out
    )
    out = THAT_PARTY.sub("", SHORT_FORM.sub(lambda m: " " + SHORT_FORMS[m.group(1)], out))
    return DISTRICTS_DATA.sub("DATA", out)


EMPHASIS = re.compile(r"[*_`]{1,3}(?=\w)|(?<=\w)[*`]{1,3}")
WIDE = re.compile(r"\s{2,}|[^\S ]")  # white space that is no single space
JOINED_ACT = Swift(r"(FERPA|COPPA)(?=[a-z])")
DATA_OF_DISTRICT = Swift(r"DATA (?:of|from|about|concerning) (?:the |any |a )?DISTRICT(?!')")
DISTRICTS_DATA = Swift(
    r"DISTRICT's (?:\w+ )?(?:data|content|materials|submissions|INFO)\b(?! (?:polic|retention|rule|schedule|governance|protection|management))"
)

# "the District's Board", "Board of Education of the District" are one party; "by that Board" is by the Board
SAME_PARTY = Swift(
    r"VENDOR's VENDOR\b(?='s| (?:shall|will|must|each|both|and|agrees?|promises?)\b)|DISTRICT(?:'s)?(?: of)?(?: DISTRICT(?:'s)?)+(?! (?:and|or) DISTRICT)|DISTRICT (?:of education|committee|authority|board)\b"
)
THAT_PARTY = Swift(
    r"(?<=\b(?:by|of|to|in) )(?:that|such|said|the said|the same|the) (?=(?:DISTRICT|VENDOR)\b)"
)
SHORT_FORM = re.compile(r"(?<=[A-Z])['’](ll|re|ve)\b")
SHORT_FORMS = {"ll": "will", "re": "are", "ve": "have"}


DATA_CHAIN = Swift(
    r"(?:DATA|WORK)(?:(?:,? (?:and|or|and/or|nor)|,)\s+(?:(?:any|all|the|its|other|such) )*(?:DATA|WORK))*(?=[^A-Z])(?:(?<=DATA)|(?<!WORK))"
)


def put_into_canon(units: list[Unit], roles: Roles, *, scanned: bool) -> None:
    """Fill in `canon` of every unit; "it" and "they" stand for the data named just before."""
    last: Unit | None = None
    before = ""
    leads: dict[str, str] = {}  # many entries share one
    for unit in units:
        said = unit.said or (unit.text[unit.bare :] if VERB.search(unit.text[unit.bare :]) else unit.text)
        own = canon(said, roles, scanned=scanned)
        by = BY_CELL.match(own)
        if by and not PARTY_CELL.fullmatch(by.group(1)):
            own = own[by.end() :]
        near = last.canon if last is not None and last.block == unit.block else ""
        if not near and last is not None and unit.block - last.block <= 2 and OPENS_WITH_PRONOUN.search(own):
            near = last.canon
        if ("DATA" in near or "WORK" in near or "INFO" in near) and "DATA" not in own.split(" ")[:4]:
            own = ACTOR.sub("VENDOR ", own) if "VENDOR" in near or "BOTH" in near else own
            own = PRONOUN.sub("INFO", NONE_OF_IT.sub("no INFO", own)).replace("INFO's ", "INFO is ")
        if (
            last is not None
            and last.block == unit.block
            and "FERPA" in last.canon + before
            and "FERPA" not in own
        ):
            own = re.sub(r"\b(?:that|the|this|such) (?:act|law|statute)\b", "FERPA", own)
        before = (before if last is not None and last.block == unit.block else "") + own
        if unit.lead and not FORMAL_LEAD.search(unit.lead):
            if unit.lead not in leads:
                leads[unit.lead] = canon(unit.lead, roles, scanned=scanned)
            lead = leads[unit.lead].rstrip(": ")
            if lead.endswith("?"):  # a question's "you" is the one who answers
                lead = SIDES.sub(lambda m: "DISTRICT" if m.group() == "VENDOR" else "VENDOR", lead)
            own = f"{lead} {MARKED.sub('', own)}"
        unit.canon = own
        last = unit


# "the parties agree as follows:" adds nothing to the paragraphs under it
FORMAL_LEAD = re.compile(
    r"(?i)^(?!.*\b(?:shall|will|must|may|not|never|no|data|information|records?)\b).*\b(?:agree[sd]?|covenants?|amend(?:ed|s)?|resolved?|stipulated?|witnesseth)\b[^.;:]{0,60}\W*$"
)
SIDES = re.compile(r"\b(?:VENDOR|DISTRICT)\b")
OPENS_WITH_PRONOUN = re.compile(
    r"^(?:\W*[\d.]+\W+)?(?:(?:VENDOR|DISTRICT|BOTH|no one|nobody)(?: [\w']+){1,4} |)(?:it|them|these|they|any of it|all of it|none of it)\b"
)
BY_CELL = re.compile(r"^(.{2,40}?) shall : ")
PARTY_CELL = re.compile(r"(?:(?:VENDOR|DISTRICT|BOTH)(?:'s)?[ ,&/]*(?:and )?)+")
ACTOR = Swift(
    r"(?:^|(?<=[.;] )|(?<=and ))(?:it|they) (?=(?:shall|will|must|agrees|undertakes|may|also)\b(?! (?:\w+ )?be\b))"
)
PRONOUN = Swift(
    r"\b(?:it|them|they|everything|all of it|any of it|these|those)\b(?! (?:is|was) (?:agreed|understood|necessary|required|the parties))"
)
NONE_OF_IT = Swift(r"\b(?:none|nothing|no part) of (?:it|them|these|those)\b")
MARKED = re.compile(r"^\s*(?:(?:and|or|and/or) (?=\())?(?:[-*•|]|\(?\w{1,4}[.)])\s*")
