"""What makes a promise hold for less than it seems: the time, plan or class it is for, and what stands after it.

None of this makes a term short by itself, for a pilot may be all that the contract is about; it makes a term that
was found one to look at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .case import Case
from .grammar import Clause
from .passages import about
from .structure import Unit

START = r"^\W*(?:(?:[\w.]{1,6}\s+)?(?:[\w-]+ ){0,3}?[\w-]+\. )?"  # before the first words: a number, a short title
PLAN = re.compile(
    r"\b(?:premium|enterprise|gold|platinum|higher|upper|paid|sponsored) (?:\w+ ){0,2}?(?:plans?|tiers?|packs?|packages?|editions?|subscribers?|subscriptions?)\b"
    r"|\b(?:STUDENT|schools?|districts?|DISTRICT|customers|subscribers) on the \w+ plan\b|\btier only\b|\bif (?:\S+ )?plan (?:includes|covers|has)\b"
    r"|\b(?:plus|pro) (?:plans?|tiers?|editions?)\b|\bDISTRICT may (?:turn|switch)\b[^.;]{0,30}?\bon\b[^.;]*\b(?:panel|plan|pack)\b|\bturn the feature on\b"
)
# in the sentence itself
OWN = (
    (
        re.compile(
            START
            + r"DISTRICT (?:has |have |had )?(?:\w+ )?(?:asked|requested|wished|would like|prefers)\b(?! (?:and|,) VENDOR)"
        ),
        "tells what was asked for, not what was promised",
    ),
    (
        re.compile(
            START
            + r"(?:the )?(?:BOTH|VENDOR|DISTRICT|parties)(?: \w+){0,2}? (?:notes?|noted|(?:is|are) aware|(?:is|are) mindful|recogni[sz]es?|shares? (?:the|an|that|this) (?:aim|goal|hope|wish))\b(?! and (?:\w+ )?agrees?)"
        ),
        "takes note of it, and promises nothing there",
    ),
    (
        re.compile(
            r"\b(?:it is|is it|INFO is) not (?:the case|intended|agreed|meant|to be (?:taken|understood|supposed)) that\b"
        ),
        "says it by denying that it is denied",
    ),
    (
        re.compile(
            r"(?<!whether )\b(?:knowingly|wil+fully|intentionally|deliberately|with (?:the |an )?intent to)\b(?! or (?:un|not|other|neglig|inadvert|accident))|\bto the knowledge of\b|\bto (?:its|their) (?:actual |best )?knowledge\b"
        ),
        "binds only one who knows or intends",
    ),
    (
        re.compile(
            r"\b(?:during|for) (?:the |any |a |its |this )?(?:[\w-]+ ){0,2}?(?:pilot|trial|roll-?out)\b(?! and after)|"
            + START
            + r"after the (?:first|pilot|trial|migration)\b|\bonce (?:\S+ ){0,4}?(?:migration|release)\b|\b(?:is|are) planned for\b"
        ),
        "holds for a time only, or not yet",
    ),
    (PLAN, "may belong to another plan"),
    (
        re.compile(
            START
            + r"(?:the )?(?:VENDOR|software|vault|platform)(?:'s)?(?: \w+){0,2}? (?:is|are) able to\b|\bcan be (?:set|configured|turned on|switched on|enabled|made)\b|\bas an (?:\w+ )?option\b"
        ),
        "tells what can be done, not what is done",
    ),
    (
        re.compile(r"\|\s*exceptions?\s*:\s*(?!none|no\b|nil|n/a|not\b|\W*$)\w"),
        "has an exception to look at",
    ),
)
# in a sentence after it, or in another entry of its list
REST = re.compile(
    r"^\W*(?:(?:as (?:for|to)|for|in|with (?:regard|respect) to) )?(?:(?:the|all|any|every) )?(?:other|others|remaining|rest|remainder)\b(?! (?:part(?:y|ies)|side|hand|than)\b)(?!.*\b(?:breach|barred|forbidden|prohibited|excluded|requires?|needs?|consent|not|never|no|none|nobody|outside)\b)|^\W*elsewhere\b"
    r"|^\W*(?:requests|uses|records|INFO|DATA) (?:for|of|in) other\b|\bno other (?:log|record|list) of\b|\bnone of (?:this|these|INFO|the foregoing) (?:appl|bind)"
)
LATER = re.compile(
    r"\buntil then\b(?!.*\b(?:no|not|nothing|never|none)\b)|^\W*(?:thereafter|from then on)\b|^\W*(?:on|upon|after|following|from|before|for) (?:the (?:start of the )?|that |such )?(?:\w+ ){0,2}?(?:renewal|conversion|pilot|trial|roll-?out|anniversary|that date)\b"
    r"|^\W*before that date\b|\botherwise off\b"
)
UNBOUND = re.compile(
    r"\b(?:VENDOR|it|BOTH|DISTRICT|they)(?: \w+){0,2}? (?:need not|(?:is|are|shall be|will be) free to|(?:shall|will) not be (?:bound|obliged|required|responsible)|(?:is|are) not (?:bound|obliged|required|responsible)|(?:operates?|gives?) no)\b(?! other)"
    r"|\bno (?:\w+ )?(?:covenant|obligation|promise)s?\b|\bnot[^.;]{0,20}? as a covenant\b|\bnot (?:be )?(?:so )?(?:required|obliged|bound)\b|\b(?:does|do|shall|will) not (?:extend|apply|reach) to\b"
)
CLASS = re.compile(
    START
    + r"(?:the |all |any )?(?:(?:special|health|medical) (?:DATA|INFO|records) and )?(?:special|health|medical|biometric|directory|disciplinary|counsel+ing|immunization|payroll|payment card) (?:DATA|INFO|records)\b"
)
DISTRICT_FIRST = re.compile(
    START + r"DISTRICT(?!'s)(?: \w+){0,2}? (?:shall|will|must|agrees|is responsible)\b"
)
PRONOUN_FIRST = re.compile(r"^\W*(?:it|they) (?:shall|will|must|agrees?)\b")


def narrowed_to(case: Case, clause: Clause, units: Sequence[Unit]) -> str:
    """Why a term found in these sentences may hold for less than is asked; empty where nothing shows it."""
    for unit in units:
        told = in_sentence(case, unit) or in_what_follows(case, clause, unit)
        if told:
            return told
    return ""


def in_sentence(case: Case, unit: Unit) -> str:
    for pattern, why in OWN:
        if pattern.search(unit.canon):
            return why
    text = CLASS.sub("", unit.canon)
    if text != unit.canon and not re.search(r"\b(?:DATA|WORK|other|all|every)\b", text):
        return "is about one kind of data only"
    if PRONOUN_FIRST.search(unit.canon):
        before = [u for u in case.blocks.get(unit.block, []) if u.index == unit.index - 1]
        if before and DISTRICT_FIRST.search(before[0].canon) and "VENDOR" not in before[0].canon:
            return "may be the district's own duty"
    return ""


def in_what_follows(case: Case, clause: Clause, unit: Unit) -> str:
    if clause.any_subject:
        return ""
    after = [u for u in case.blocks.get(unit.block, []) if 0 < u.index - unit.index <= 3]
    listed = [u for u in case.live if unit.lead_unit >= 0 and u.lead_unit == unit.lead_unit and u is not unit]
    ends = [
        u
        for u in case.live
        if unit.lead_unit >= 0 and 0 < u.index - max(u2.index for u2 in [unit, *listed]) <= 1
    ]
    for later in [*after, *listed, *ends]:
        text = later.canon
        if later not in listed and PLAN.search(text):
            return "may belong to another plan"
        if later in after and REST.search(text):
            return "a following sentence tells otherwise of the rest"
        if LATER.search(text) and (later in listed or about(clause, text)):
            return "a following sentence tells of another time"
        if later in after and UNBOUND.search(text) and about(clause, text):
            return "a following sentence leaves something unbound"
    return ""
