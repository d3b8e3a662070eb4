"""From units to verdicts: each requirement's clause is sought, weighed and explained."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .case import OVERRIDE, Case
from .checks import REGISTRY
from .firmness import CARVE_OUT, NARROW_WORD
from .grammar import Clause, Falls, Part
from .passages import Hit, best_of, find_part, likeness, topical, unique
from .structure import Unit
from .undercuts import following, never_made, undercut


@dataclass(slots=True)
class Judged:
    verdict: str
    sure: bool
    units: list[Unit]
    why: str
    doubts: list[str] = field(default_factory=list)
    settled: bool = (
        False  # taken back elsewhere, by a form's answer or a document that prevails: no paragraph undoes it
    )
    near: list[Unit] = field(default_factory=list)  # the paragraph that speaks most to it, found by likeness


def judge(case: Case, clause: Clause, limits: Mapping[str, Any]) -> Judged:
    if not clause.any_subject and not case.about_students:
        return Judged("missing", True, [], "the contract does not deal with student data")
    judged = judge_check(case, clause, limits) if clause.check else judge_parts(case, clause)
    if judged.verdict == "met":
        spoil(case, clause, judged)
        overridden(case, judged)
        carve_outs(case, judged)
        if narrow := undercut(case, clause, judged.units):
            judged.sure = False
            judged.doubts.append(narrow)
        judged.settled = judged.verdict != "met"
        if case.narrow and clause.whole:
            judged.sure = False
            judged.doubts.append(
                "the contract leaves some of the students' work out of its word for their data"
            )
        if case.general and not clause.any_subject:
            judged.sure = False
            judged.doubts.append("the contract hardly speaks of students")
    elif not judged.units:
        judged = only_spoken(case, clause, judged)
    elif not clause.check:
        narrowed(case, clause, judged)
    if judged.verdict != "met":
        refused(case, clause, judged)
    taken = [u for u in case.taken if judged.verdict != "met" and clause.about(u.canon)]
    if doubts := sorted({u.doubt for u in (*judged.units, *taken) if u.doubt}):
        judged.sure, judged.doubts = False, [*judged.doubts, *doubts]
    if case.other_tongue:
        judged.sure = False
        judged.doubts.append("the contract's text in another language prevails")
    return judged


def refused(case: Case, clause: Clause, judged: Judged) -> None:
    """In a form, the item that asks for the term and was not agreed to: short, in the words of the answer."""
    told: list[Unit] = []
    for item in case.refused:
        text = f"{item.heading.lower()} {item.canon}"
        if not clause.topic.search(item.canon) or not any(p.span(text) for p in clause.speaks):
            continue
        if judged.verdict == "missing":
            judged.verdict, judged.sure = "deficient", False
            judged.why = "asked for in a form, and the answer does not simply agree"
        told += item.replies[:2]
    if told:
        judged.settled = True
        judged.units = unique([*told[:4], *judged.units])[:5]


def narrowed(case: Case, clause: Clause, judged: Judged) -> None:
    """A term that is short for a nameable reason says that reason, and quotes it first."""
    for falls in clause.falls:
        for unit in topical(case, clause):
            if fell(falls, unit.canon) and all(p.span(unit.canon) for p in falls.needs):
                judged.why, judged.settled = falls.why, True
                judged.units = unique([unit, *judged.units])[:5]
                return


def judge_check(case: Case, clause: Clause, limits: Mapping[str, Any]) -> Judged:
    about = {id(u) for u in topical(case, clause)}
    if clause.window == "section":
        groups = [g for g in case.groups if any(id(u) in about for u in g)]
    elif clause.window == "block":
        groups = [b for b in case.blocks.values() if any(id(u) in about for u in b)]
    else:
        groups = [[u] for u in case.live if id(u) in about]
    results = [r for r in REGISTRY[clause.check](groups, limits, clause.macros)]
    for result in results:
        if result.units and all(id(u) in case.external for u in result.units) and result.rank != 2:
            result.verdict, result.why = "deficient", "is put in another document that is not attached"
    if not results:
        return Judged("missing", True, [], "nothing in the contract speaks to it")
    met = [r for r in results if r.verdict == "met"]
    for each in met:
        if none := never_made(" ".join(u.canon for u in each.units), following(case, each.units)):
            each.verdict, each.why, each.rank = "deficient", none, 2
    met = [r for r in met if r.verdict == "met"]
    worse = [r for r in results if r.verdict == "deficient" and r.rank >= 2]
    if met:
        chosen = min(met, key=lambda r: (bool(r.doubt), -max(likeness(case, clause, u) for u in r.units)))
        if clause.check == "encryption_bits":
            worse = [w for w in worse if w.why.startswith("says")]
        against = [w for w in worse if not any(case.outranked(u, chosen.units[0]) for u in w.units)]
        overruled = [w for w in against if w.units and case.outranked(chosen.units[0], w.units[0])]
        if overruled:
            return Judged(
                "deficient", True, overruled[0].units + chosen.units[:1], overruled[0].why, settled=True
            )
        doubts = [chosen.doubt] if chosen.doubt else []
        if against and clause.check in ("breach_notice", "governing_law", "encryption_bits"):
            return Judged(
                "deficient",
                False,
                against[0].units + chosen.units,
                against[0].why + ", though elsewhere it is met",
            )
        if (
            against
            and clause.check == "deletion"
            and any(re.search("keep|may take|blank", w.why) for w in against)
        ):
            return Judged("deficient", False, against[0].units + chosen.units, against[0].why)
        return Judged("met", not doubts, chosen.units, chosen.why, doubts)
    telling = sorted(
        results, key=lambda r: (-r.rank, -max((likeness(case, clause, u) for u in r.units), default=0))
    )
    units = unique(
        [u for r in telling[:4] for u in sorted(r.units, key=lambda u: -likeness(case, clause, u))]
    )
    return Judged("deficient", True, units[:5], telling[0].why, settled=telling[0].rank >= 2)


def judge_parts(case: Case, clause: Clause) -> Judged:
    anchor: list[Unit] | None = None
    chosen: list[Unit] = []
    doubts: list[str] = []
    lacking: list[tuple[Part, str]] = []
    weak_units: list[Unit] = []
    anchors: dict[str, list[Unit]] = {}
    for part in clause.parts:
        near = anchors.get(part.same) if part.same else None
        if part.same and near is None:
            lacking.append((part, part.lacks))
            continue
        hits = find_part(case, clause, part, near)
        if part.heading and near and any(p.span(u.heading.lower()) for u in near for p in part.says):
            hits.append(Hit(near[:1], True))
        firm = [h for h in hits if h.firm]
        if firm:
            best = best_of(case, clause, firm)
            anchors[part.name] = [u for h in firm for u in h.units]
            anchor = anchor or anchors[part.name]
            chosen += [u for u in best[0].units if u not in chosen]
            if best[0].doubt:
                doubts.append(best[0].doubt)
        else:
            weak = best_of(case, clause, hits)
            lacking.append((part, weak[0].why if weak else part.lacks))
            weak_units += [u for h in weak[:3] for u in h.units]
    if not lacking and clause.parts:
        return Judged("met", not doubts, unique(chosen), "says what is asked", doubts)
    found = unique(chosen + weak_units)
    unseen = not chosen and all(why == part.lacks for part, why in lacking)
    # What was found is told of another matter (access that nobody allowed) and nothing speaks to this one.
    aside = unseen and clause.speaks and not any(p.span(u.canon) for u in found for p in clause.speaks)
    if not found or aside:
        return Judged("missing", True, [], "nothing in the contract speaks to it")
    rest = [u for u in topical(case, clause) if any(p.span(u.canon) for p in clause.speaks)]
    rest.sort(key=lambda u: -likeness(case, clause, u))
    return Judged("deficient", True, unique([*found[:3], *rest[:2]]), lacking[0][1])


APART = re.compile(r"[;:]|\b(?:provided|except|but|however|although|save|other than|unless|and (?=VENDOR))\b")


# a row of a form: "C-4 | Describe how a parent may review ... | We will assist the district."
REQUEST = re.compile(
    r"^(?:[\w.() -]{1,9}\|\s*)?(?:please )?(?:explain|describe|state|set out|list|specify|indicate|detail|outline|confirm|identify|give|tell)\b[^|]*\|\s*(?=[^|]{25})"
)


def fell(falls: Falls, text: str) -> bool:
    """Whether the words that take something back stand here, unspoiled by a negation in their own clause."""
    if text.rstrip().endswith("?"):
        return False
    text = REQUEST.sub("", text.rsplit("? ", 1)[-1])  # a question or a request asks, its answer says
    for pattern in falls.says:
        span = pattern.span(text)
        if span is None:
            continue
        begin = max((m.end() for m in APART.finditer(text[: span[0]])), default=0)
        own = text[begin : span[1] + 60]
        if re.search(r"\b(?:neither|nor)\b", text[begin : span[1]]) and "joint" not in text:
            continue
        if not any(p.span(own) for p in falls.without):
            return True
    return False


def spoil(case: Case, clause: Clause, judged: Judged) -> None:
    """What stands elsewhere, or in the same sentence, and takes the promise back."""
    for falls in clause.falls:
        if falls.unless_met and judged.sure:
            continue
        for unit in topical(case, clause):
            text = unit.canon
            if falls.needs and not all(p.span(text) for p in falls.needs):
                continue
            if fell(falls, text):
                if judged.units and case.outranked(unit, judged.units[0]):
                    continue
                judged.verdict, judged.why, judged.sure = "deficient", falls.why, True
                judged.units = unique([unit, *judged.units])[:4]
                return


SECTION_NUMBER = re.compile(r"(?:[A-Z]{1,2}[.-])?\d+(?:\.\d+)*|[A-Z]\.\d+")
LOOSENS = re.compile(
    r"\b(?:VENDOR|DISTRICT|INFO|DATA|logs?|access)\b[^.;]{0,40}?\b(?:may|can|need not|(?:shall|is|are|will) not (?:be )?(?:required|obliged|bound)|reserves?|is (?:limited|sampled)|are (?:limited|sampled)|is entitled|only)\b"
)


def overridden(case: Case, judged: Judged) -> None:
    """ "Notwithstanding section 4, the vendor may ...": what stands in section 4 is taken back there."""
    if judged.verdict != "met":
        return
    own = {u.number for u in judged.units if u.number} | {
        m.group() for u in judged.units for m in [re.match(r"\W*((?:[A-Z]\.)?\d+(?:\.\d+)*)", u.text)] if m
    }
    own = {re.sub(r"[^\w.]", "", n).strip(".") for n in own}
    for unit in case.overrides:
        match = OVERRIDE.search(unit.text)
        named = set(SECTION_NUMBER.findall(match.group(1))) if match else set()
        if unit in judged.units or not named & own or not LOOSENS.search(unit.canon):
            continue
        judged.verdict, judged.sure = "deficient", False
        judged.why = "another section takes it back"
        judged.units = unique([unit, *judged.units])[:4]
        return


def carve_outs(case: Case, judged: Judged) -> None:
    """A following "however" or "the foregoing shall not" makes a met verdict one to check."""
    for unit in judged.units:
        following = [
            u
            for u in case.live
            if u.block in (unit.block, unit.block + 1) and u.index > unit.index and u.part == unit.part
        ]
        for after in following[:3]:
            if (
                CARVE_OUT.match(after.text)
                and re.search(r"VENDOR", after.canon)
                and re.search(
                    r"may|not (?:apply|restrict|limit|prevent|prohibit)|retain|reserve", after.canon
                )
            ):
                judged.sure = False
                judged.doubts.append("a following sentence takes something back")
        if narrowed_word(case, unit):
            judged.sure = False
            judged.doubts.append("a definition beside it leaves something out")


QUOTED_WORD = re.compile(
    r"^(?:[\d.]+ (?:[A-Z]\w+\. )?)?\W{0,4}(?:[Ff]or (?:the )?purposes? of this \w+, |[Tt]he )?[\"“]([^\"”]{3,40})[\"”] (?:in this \w+ )?(?:means|is|are|shall mean|includes?)\b"
)


def narrowed_word(case: Case, unit: Unit) -> bool:
    """Whether a word that this sentence uses is defined beside it by less than it seems to say."""
    for other in case.outline.units:
        if other.block != unit.block or other is unit or abs(other.index - unit.index) > 2:
            continue
        word = QUOTED_WORD.match(other.text)
        if word and word.group(1).lower() in unit.text.lower():
            following = [
                u for u in case.outline.units if u.block == unit.block and u.index == other.index + 1
            ]
            if any(NARROW_WORD.search(u.canon) for u in [other, *(f for f in following if f is not unit)]):
                return True
    return False


def only_spoken(case: Case, clause: Clause, judged: Judged) -> Judged:
    """No part was found: deficient if some live passage, or a pointer to another document, speaks to it."""
    for falls in clause.falls:
        for unit in topical(case, clause):
            if falls.needs and not all(p.span(unit.canon) for p in falls.needs):
                continue
            if fell(falls, unit.canon):
                return Judged("deficient", True, [unit], falls.why, settled=True)
    spoken = [u for u in topical(case, clause) if any(p.span(u.canon) for p in clause.speaks)]
    if spoken:
        outside = [u for u in spoken if id(u) in case.external]
        why = (
            "is put in another document that is not attached"
            if outside
            else (clause.parts[0].lacks if clause.parts else "falls short")
        )
        spoken.sort(key=lambda u: -likeness(case, clause, u))
        return Judged("deficient", False, unique(outside[:2] + spoken)[:4], why)
    return judged
