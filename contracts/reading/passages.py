"""Where a clause's parts stand in the contract, and whether the words found there are a firm undertaking."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from .case import Case
from .checks import BLANK
from .firmness import (
    DENIES,
    DISTRICT_ACTS,
    EXCEPTION,
    HARMLESS_EXCEPTION,
    NEVER,
    OTHERS_LEAD,
    SOFTENED,
    VENDOR_ACTS,
    WEAK,
)
from .grammar import Clause, Part, Pattern
from .literals import held
from .structure import Unit
from .undercuts import following, never_made

UNUSUAL = "worded in an unusual way"


@dataclass(slots=True)
class Hit:
    units: list[Unit]
    firm: bool
    why: str = ""
    doubt: str = ""


def find_part(case: Case, clause: Clause, part: Part, near: Sequence[Unit] | None) -> list[Hit]:
    hits: list[Hit] = []
    seen: set[tuple[int, tuple[int, ...]]] = set()
    candidates = neighbours(case, near, part.reach) if near is not None else topical(case, clause)
    if near is None and part.scope == "section":
        candidates = unique(
            [m for u in candidates for m in case.group_of.get(id(u), [u]) if m.kind == "clause"]
        )
    for unit in candidates:
        hit = first_hit(case, part, unit, seen)
        if hit is not None:
            hits.append(hit)
    return hits


def neighbours(case: Case, anchors: Sequence[Unit], reach: int) -> list[Unit]:
    """Live units that belong with one of the anchors: one paragraph, one list, or neighbours in one section.

    Without reach, of a paragraph that runs over two sections, only the sentences some five away.
    """

    def section(unit: Unit) -> int:
        return id(case.group_of.get(id(unit)))

    blocks = {a.block for a in anchors if reach}
    five = {(a.block, i) for a in anchors if not reach for i in range(a.index - 5, a.index + 6)}
    leads = {a.lead_unit for a in anchors if reach and a.lead_unit >= 0}
    around = {(section(a), b) for a in anchors for b in range(a.block - reach, a.block + reach + 1)}
    return [
        u
        for u in case.live
        if u.block in blocks
        or (u.block, u.index) in five
        or u.lead_unit in leads
        or (section(u), u.block) in around
    ]


SCOPES = {
    "unit": ("unit",),
    "near": ("unit", "near"),
    "block": ("unit", "block"),
    "section": ("unit", "block", "section"),
}


def first_hit(case: Case, part: Part, unit: Unit, seen: set[tuple[int, tuple[int, ...]]]) -> Hit | None:
    """The part's words at this unit, in the smallest window that holds them; a firm hit before a weak one."""
    weak: Hit | None = None
    scopes = [*SCOPES["block" if part.tight else part.scope], *(["replies"] if unit.replies else [])]
    tried = [(scope, part.says) for scope in scopes]
    if part.beside:
        tried.append(("near", part.beside))
    for scope, says in tried:
        window = case.window(unit, scope)
        if scope != "unit" and len(window) == 1:
            continue
        tried_through = (id(window), ())  # a paragraph or section that another of its sentences brought up
        if tried_through in seen:
            continue
        text = " . ".join(u.canon for u in window)
        here, whom = held_by(window), tuple(id(u) for u in window)
        for pattern in says:
            if pattern.lacks(here) or (scope != "unit" and len(pattern.terms) == 1):
                continue
            key = (id(pattern), whom)
            if key in seen:
                continue
            seen.add(key)
            span = pattern.span(text)
            if span is None:
                continue
            hit = weigh(case, part, window, text, span)
            if hit is not None and hit.firm:
                hit.doubt = hit.doubt or (
                    "leans on the question above it" if asked_only(pattern, text, span) else ""
                )
                return hit
            weak = weak or hit
        if scope in ("block", "section"):
            seen.add(tried_through)
    if weak is not None:
        return weak
    return headed_hit(case, part, unit) or loose_hit(case, part, unit)


def asked_only(pattern: Pattern, text: str, span: tuple[int, int]) -> bool:
    """Whether the words stand in part in a question: what it asks for, its answer may not promise."""
    asked = text.rfind("? ", 0, span[1])
    return asked > span[0] and pattern.span(text[asked + 2 :]) is None


def held_by(window: Sequence[Unit]) -> int:
    """The literals that stand in the window's sentences; see `literals`."""
    found = 0
    for unit in window:
        found |= held(unit.canon)
    return found


def headed_hit(case: Case, part: Part, unit: Unit) -> Hit | None:
    """The part's words in a sentence that leans on its heading ("Return. At the District's option, in full.")."""
    head = case.head_of.get(id(unit), "")
    if not head:
        return None
    text = f"{head} : {unit.canon}"
    asked = head.endswith("?")
    if asked and ANSWERS_NO.match(unit.canon):
        return None
    for pattern in part.says:
        span = pattern.span(text)
        if span is None or span[1] <= len(head) + (12 if asked else 3):
            continue
        if asked and not FRAGMENT.match(unit.canon) and not mostly(pattern, unit.canon):
            continue
        hit = weigh(case, part, [unit], text, span)
        if hit is not None and hit.firm:
            hit.doubt = hit.doubt or ("leans on the question above it" if asked else "")
            return hit
    return None


def mostly(pattern: Pattern, answer: str) -> bool:
    """Whether the answer itself says all but one of the things asked for: the question lends its subject, no more."""
    wanted = [term for wanted, term in pattern.terms if wanted]
    return len(wanted) >= 3 and sum(bool(term.search(answer)) for term in wanted) >= len(wanted) - 1


FRAGMENT = re.compile(
    r"\W*(?:a(?:nswer)?\d*\W+)?(?:to|for|with|nobody|no one|no THIRD|none|within|by|in|at|from|until)\b(?!.{0,80}\b(?:VENDOR|DISTRICT|BOTH) (?:shall|will|must|may|keep|use)s?\b)"
)
ANSWERS_NO = re.compile(
    r"\W*(?:a(?:nswer)?\d*\W+)?(?:no\b(?! (?:later|more|one|THIRD))|not\b|never\b|none\b|we do not|VENDOR do(?:es)? not)"
)


def loose_hit(case: Case, part: Part, unit: Unit) -> Hit | None:
    """The part's ideas together in one sentence, in words no pattern foresaw: met, but to be checked."""
    for pattern in part.loosely:
        span = pattern.span(unit.canon)
        if span is None:
            continue
        hit = weigh(case, part, [unit], unit.canon, span)
        if hit is not None:
            hit.doubt = hit.doubt or UNUSUAL
            return hit
    return None


SECTION_MARK = re.compile(r"^\W*(?:\d+(?:\.\d+)*[a-z]?|[a-z]{1,2}-?\d+(?:\.\d+)*|\(?[a-z]{1,3}[.)])[.):]?\s+")


def weigh(case: Case, part: Part, window: list[Unit], text: str, span: tuple[int, int]) -> Hit | None:
    """Whether the words found are a firm undertaking, or are spoiled by what stands around them."""
    begin, end = sentence_bounds(text, span)
    sentence = text[begin:end]
    inside = text[span[0] : span[1]]
    bare = SECTION_MARK.sub("", sentence)
    if any(p.span(bare) for p in part.without):
        return Hit(touched(window, text, span), False, part.lacks)
    if not part.negated and NEVER.search(inside):
        return None
    units = touched(window, text, span)
    if part.by and OTHERS_LEAD.search(bare) and not units[0].row:
        return Hit(units, False, "is another's duty")
    if part.by == "vendor" and DISTRICT_ACTS.search(sentence) and not VENDOR_ACTS.search(sentence):
        return None
    if not part.may and weakened(part, sentence, span[0] - begin, span[1] - begin):
        return Hit(units, False, "is not a firm promise")
    if not part.may and not part.negated and DENIES.search(sentence[: span[0] - begin]):
        return Hit(units, False, "says that it does not undertake it")
    if not part.papers and any(id(u) in case.external for u in units):
        return Hit(units, False, "is put in another document that is not attached")
    if any(left_blank(u.text) for u in units) and left_blank(" ".join(u.text for u in units)):
        return Hit(units, False, "is left blank")
    if (
        "INFO" in inside
        and not part.any_info
        and not re.search(r"\b(?:DATA|WORK|FAMILY|STUDENT)\b", text)
        and not case.near_data(window[0])
    ):
        return None
    doubt = ""
    if not part.excepts and EXCEPTION.search(HARMLESS_EXCEPTION.sub("", sentence)):
        doubt = "has an exception to look at"
    elif not part.excepts and SOFTENED.search(sentence):
        doubt = "soft words stand in the same sentence"
    elif any(p.span(sentence) for p in part.wary):
        doubt = "says it beside another matter"
    if none := never_made(bare, following(case, units)):
        return Hit(units, False, none)
    return Hit(units, True, doubt=doubt)


@lru_cache(4000)  # a sentence is weighed for several requirements
def left_blank(text: str) -> bool:
    return BLANK.search(text) is not None


NO_ONE_MAY = re.compile(r"\b(?:no|nor|neither|nobody|none|nothing)\b[^.;]*$")
MAY = re.compile(r"\b(?:may|might|can|could)\b")


def weakened(part: Part, sentence: str, start: int, end: int) -> bool:
    """Whether a weak word stands near; in a prohibition "no one may" is no weakness."""
    for match in WEAK.finditer(sentence):
        if match.start() >= end + 60 or match.end() <= start - 60:
            continue
        if part.negated and MAY.search(match.group()) and NO_ONE_MAY.search(sentence[: match.start()]):
            continue
        return True
    return False


def sentence_bounds(text: str, span: tuple[int, int]) -> tuple[int, int]:
    begin = text.rfind(" . ", 0, span[0])
    end = text.find(" . ", span[1])
    return (begin + 3 if begin >= 0 else 0), (end if end >= 0 else len(text))


COMMON = frozenset(
    [
        "the",
        "and",
        "any",
        "all",
        "for",
        "with",
        "shall",
        "will",
        "not",
        "that",
        "this",
        "such",
        "its",
        "other",
        "their",
        "who",
        "may",
        "has",
        "have",
        "are",
        "from",
        "which",
        "upon",
        "under",
    ]
)


@lru_cache(4000)
def stems(text: str) -> frozenset[str]:
    return frozenset([w[:5] for w in re.findall(r"[a-z]{3,}", text.lower()) if w not in COMMON])


def likeness(case: Case, clause: Clause, unit: Unit) -> float:
    """How much of the model wording's vocabulary a unit shares, for choosing between several passages."""
    key = (clause.id, unit.index)
    if key not in case.likeness:
        model = stems(clause.suggest)
        own = stems(
            unit.canon.replace("DATA", "student data records information")
            .replace("VENDOR", "contractor service")
            .replace("DISTRICT", "board district")
        )
        shared = len(model & own) / (len(own) + 6) ** 0.5
        spoken = 0.6 if any(p.span(unit.canon) for p in clause.speaks) else 0.0
        heading = 0.3 if stems(unit.heading) & model else 0.0
        case.likeness[key] = shared + spoken + heading
    return case.likeness[key]


def best_of(case: Case, clause: Clause, hits: Sequence[Hit]) -> list[Hit]:
    """Hits from the most to the least telling: firm and undoubted first, then the nearest to the model wording."""
    return sorted(
        hits,
        key=lambda h: (
            not h.firm,
            bool(h.doubt),
            -sum(likeness(case, clause, u) for u in h.units) / len(h.units) + 0.4 * len(h.units),
        ),
    )


def touched(window: Sequence[Unit], text: str, span: tuple[int, int]) -> list[Unit]:
    units, position = [], 0
    for unit in window:
        stop = position + len(unit.canon)
        if position < span[1] and stop > span[0]:
            units.append(unit)
        position = stop + 3
    return units or list(window)  # the words stand in the heading that a short sentence leans on


def topical(case: Case, clause: Clause) -> list[Unit]:
    if clause.id not in case.topics:
        case.topics[clause.id] = [
            unit for unit, texts in case.texts if any(clause.about(text) for text in texts)
        ]
    return case.topics[clause.id]


def unique(units: Sequence[Unit]) -> list[Unit]:
    return list({id(u): u for u in units}.values())
