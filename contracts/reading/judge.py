"""From units to verdicts: each requirement's clause is sought, weighed and explained."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .checks import BLANK, REGISTRY
from .grammar import Clause, Falls, Part
from .structure import Outline, Unit

HARMLESS_NEGATIVES = (
    (
        re.compile(
            r"\b(?:but )?(?:in no (?:event|case) |under no circumstances )?(?:not|no) (?:later|more|longer|greater) than\b"
        ),
        "within",
    ),
    (re.compile(r"\bin no (?:event|case) (?:later|more|longer) than\b|\bnot to exceed\b"), "within"),
    (re.compile(r"\b(?:not|no) (?:less|fewer|lower|weaker) than\b"), "at least"),
    (re.compile(r"\bwithout (?:undue|unreasonable|any|further)? ?delay\b"), "promptly"),
    (
        re.compile(
            r"\b(?:at no|without(?: any)?|no|free of(?: any)?) (?:additional |extra |further |added )?(?:cost|charge|fee|expense)s?\b"
        ),
        "free",
    ),
    (re.compile(r"\bnot only\b"), "both"),
    (re.compile(r"\b(?:not|never) (?:fail|omit|neglect|refuse|cease) to\b|\bwithout fail\b"), "to"),
    (
        re.compile(
            r"\bwhether or not\b|\bno matter (?:whether|how|what|who)\b|\bno exceptions?\b|\bwithout (?:any )?exceptions?\b|\bwithout limitation\b|\bbut not limited to\b|\bnot limited to\b"
        ),
        "including",
    ),
)
WEAK = re.compile(
    r"\bVENDOR(?: \w+){0,3} (?:may|might|can|could|should)(?! not| only)\b|\b(?:DATA|INFO|WORK) (?:\w+ ){0,2}(?:may|might|should|can) (?!not)(?:\w+ )?be\b"
    r"|\bendeavou?rs?\b|\bstrives?\b|\b(?:VENDOR|shall|will|must|does|always) (?:\w+ )?tr(?:y|ies) (?:hard |our best |its best )?to\b|\b(?:VENDOR|shall|will|must) (?:\w+ )?attempts? to\b|\b(?:best|reasonable|commercially reasonable|good[- ]faith|diligent) efforts?\b"
    r"|\bwhere(?:ver)? (?:reasonably |commercially |technically )?(?:practicable|feasible|possible)\b|\bif (?:reasonably |commercially )?(?:practicable|feasible|possible|convenient)\b"
    r"|\bhopes?\b|\baims? to\b|\bintends? to\b|\bexpects? to\b|\baspires?\b|\bseeks? to\b|\bplans? to\b|\bordinarily\b|\btypically\b|\bnormally\b|\busually\b|\bgenerally\b(?! (?:accepted|recogni))"
    r"|\b(?:at|in) (?:its|our|VENDOR's) (?:sole |own |absolute |reasonable )*(?:discretion|option|election|judge?ment|convenience)\b"
    r"|\bno (?:obligation|duty|responsibility|commitment)\b|\bnot (?:be )?(?:obliged|obligated|required|responsible|bound)\b|\bmakes? no\b|\bVENDOR (?:\w+ )?(?:believes?|thinks?|considers?)\b"
    r"|\bsubject to (?:\w+ ){0,3}(?:availability|resources|fees?|payment|VENDOR)\b|\bwhen (?:we|VENDOR) (?:think|deem|see|consider|feel)s?\b|\bas VENDOR (?:deems?|sees|considers?|thinks?|determines?)\b"
)
NEVER = re.compile(
    r"\b(?:not|never|no|none|neither|nor|cannot|can't|won't|don't|doesn't|isn't|aren't|without|nothing|refus\w+|declin\w+|fails?)\b"
)
EXCEPTION = re.compile(
    r"\b(?:except|unless|however|provided,? (?:however|that|further)|notwithstanding|save (?:that|for|where)|but VENDOR|subject to|so long as VENDOR|to the extent)\b"
)
HARMLESS_EXCEPTION = re.compile(
    r"(?:unless|except|save|other than)[^.;]{0,100}?(?:necessary|need(?:s|ed)?)[^.;]{0,40}?(?:operat|maintain|run\b|running)|subject to (?:its|DISTRICT(?:'s)?) (?:\w+ )?control|notwithstanding (?:its|their|the) (?:storage|possession|location)|except what (?:this|the) (?:agreement|contract)|save for the cookie|unless DISTRICT (?:tells?|asks?|directs?|instructs?|consents?|agrees?)|"
    r"(?:except|unless|save|other than|to the extent)[^.;]{0,60}?(?:(?:required|compelled|permitted|authori[sz]ed) (?:by|under) (?:\w+ ){0,3}?(?:law|statute|court|order|FERPA)|court order|lawful|subpoena)"
    r"|unless[^.;]{0,60}?(?:STUDENT|FAMILY)[^.;]{0,80}?(?:account|chooses?|establish)|except[^.;]{0,60}?(?:authori[sz]ed|permitted|provided|stated|described|set (?:out|forth)|allowed)[^.;]{0,40}?(?:agreement|contract|addendum|DISTRICT|section|rider|dpa|herein|schedule)"
    r"|(?:except|unless|save|other than)[^.;]{0,80}?(?:DISTRICT(?:'s)?)[^.;]{0,40}?(?:consent|authori[sz]|approv|direct|permission|writing|request|instruct)|to the extent (?:\w+ )?(?:necessary|possible|known|permitted by law|needed|that the law)|except[^.;]{0,40}?(?:so far as|to the extent|as|where|what)[^.;]{0,30}?(?:necessary|needed|need|must)"
    r"|except[^.;]{0,40}?(?:SUB|companies|providers)|except[^.;]{0,60}?(?:cookie|log|sign|user name|password)"
)
EXTERNAL = re.compile(
    r"\b(?:(?:[Ss]ee|[Rr]efer to|(?:(?:are|is|be|as) )?(?:set (?:out|forth)|stated|described|found|contained|provided|specified|addressed|covered|dealt with|governed|explained|defined|laid down))\b[^.;]{0,60}?"
    r"\b(?:in|at|by|to|under|see|on|of)?\s+)(?P<doc>(?:(?:the|its|our|their|Vendor's|Provider's|Company's|Contractor's|Operator's|then-current|online|separate|applicable|standard|most recent|published)\s+){0,5}"
    r"(?:[A-Z][\w-]*(?:'s)?\s+){0,4}(?:Form|Policy|Manual|Handbook|Guide|Guidelines|Schedule|Exhibit|Appendix|Annex|Attachment|Addendum|Statement|Notice|Plan|Procedures?|Protocol|Website|Agreement|DPA|Terms|Center|Standards?|Overview|White ?Paper|Policies|manual|handbook|website|privacy (?:policy|notice|statement)|security (?:policy|overview|documentation)|policies|documentation|support pages?|help cent(?:er|re))\b(?:\s+[A-Z0-9][\w.-]*)?)"
)
OWN_DOCUMENT = re.compile(
    r"(?:in accordance with|according to|pursuant to|under|as (?:set|described|provided|stated|specified)[^.;]{0,20}?(?:in|by)|subject to|per|following|consistent with) (?:VENDOR's|its(?: own)?) (?:(?:then-current|\w+(?:-\w+)?) ){0,4}?(?:polic(?:y|ies)|procedures?|schedules?|plan|practices|standards|guidelines|handbook|guide|manual|white paper|programs?)\b"
)
INCORPORATES = re.compile(
    r"(?i)incorporated (?:\w+ )?(?:herein )?by (?:this )?reference|\bas if (?:fully )?set forth herein\b|\bavailable (?:\w+ )?(?:at|from|on|upon|online)\b|https?://|www\."
)
INLINE_PART = re.compile(
    r"(?:^|\n|[.;]\s)((?:Annex|Appendix|Exhibit|Schedule|Attachment|ANNEX|APPENDIX|EXHIBIT|SCHEDULE|ATTACHMENT)\s+[A-Z0-9]{1,3})\s*[:.\-]\s+\S"
)
NO_STUDENTS = re.compile(
    r"(?:holds?|contains?|includes?|involves?|has|have|stores?)[^.;]{0,80}?\bno (?:DATA|INFO|information (?:about|on))|(?:does|do|shall|will) not (?:collect|receive|access|hold|involve|store|process)[^.;]{0,30}?\bDATA\b(?![^.;]*(?:unless|until|except|without|before|only|for))"
)
DISTRICT_ACTS = re.compile(
    r"(?:^|[\s(])DISTRICT(?!'s)(?:,? [\w-]+){0,3}? (?:shall|will|must|agrees?|has complied|have complied|is (?:solely )?responsible|undertakes?|warrants?|represents?|may|retains responsibility|remains responsible|are responsible)\b"
)
VENDOR_ACTS = re.compile(
    r"(?:^|[\s(])(?:VENDOR|BOTH)(?!'s)(?:,? [\w-]+){0,3}? (?:shall|will|must|agrees?|undertakes?|warrants?|is|are|has|have|maintains?|implements?|keeps?|takes?|uses?|protects?|follows?|compl\w+|encrypts?|each|both|do|does|employs?|applies|adopts?|holds?)\b"
)
CARVE_OUT = re.compile(
    r"(?i)^\W*(?:\(?\w{1,4}[.)]\s*)?(?:notwithstanding|however|the foregoing|nothing in this (?:section|paragraph|clause|agreement)|this (?:section|paragraph|clause|prohibition|restriction) (?:does|shall|will) not|provided|but\b|except)"
)


@dataclass(slots=True)
class Hit:
    units: list[Unit]
    firm: bool
    why: str = ""
    doubt: str = ""


@dataclass(slots=True)
class Judged:
    verdict: str
    sure: bool
    units: list[Unit]
    why: str
    doubts: list[str] = field(default_factory=list)


def tame(text: str) -> str:
    """The canonical text with harmless negatives put positively ("not later than" is "within")."""
    for pattern, plain in HARMLESS_NEGATIVES:
        text = pattern.sub(plain, text)
    return text


class Case:
    """One contract on the table: its live units, grouped, with what it attaches and which part prevails."""

    def __init__(self, outline: Outline, limits: Mapping[str, Mapping[str, Any]]) -> None:
        self.outline = outline
        self.limits = limits
        self.live = [u for u in outline.units if u.kind == "clause" and not u.void]
        for unit in self.live:
            unit.canon = tame(unit.canon)
        self.groups = section_groups(outline.units)
        with_definitions(self.groups, outline.units)
        self.topics: dict[str, list[Unit]] = {}
        self.likeness: dict[tuple[str, int], float] = {}
        self.blocks: dict[int, list[Unit]] = {}
        for unit in self.live:
            self.blocks.setdefault(unit.block, []).append(unit)
        self.overrides = [u for u in self.live if OVERRIDE.search(u.text)]
        self.group_of = {id(u): g for g in self.groups for u in g}
        attached = {re.sub(r"\W+", " ", p).strip() for p in outline.parts}
        whole = "\n".join(u.text for u in outline.units)
        attached |= {re.sub(r"\W+", " ", m.group(1)).strip().lower() for m in INLINE_PART.finditer(whole)}
        self.external = {id(u) for u in self.live if points_outside(u, attached)}
        subject = [u for u in self.live if re.search(r"\b(?:DATA|WORK)\b", u.canon)]
        none = any(
            NO_STUDENTS.search(u.canon)
            and not re.search(r"cookie|track|beyond|except|other than|unless", u.canon)
            for u in self.live
        )
        pupils = sum(bool(re.search(r"\b(?:STUDENT|FAMILY|DATA|WORK)\b", u.canon)) for u in self.live)
        online = sum(
            bool(
                re.search(
                    r"\b(?:online|website|web site|software|account|accounts|app|upload|content)\b", u.canon
                )
            )
            for u in self.live
        )
        self.about_students = len(subject) >= (4 if none else 2) or (pupils >= 6 and online >= 2 and not none)
        self.wins = outline.prevails
        spoken_of = sum(
            bool(
                re.search(r"(?i)\b(?:students?|pupils?|child|children|learners?|riders?|schools?)\b", u.text)
            )
            for u in self.live
        )
        self.general = spoken_of < max(3, 0.04 * len(self.live))

    def near_data(self, unit: Unit) -> bool:
        """Whether "the information" here is student data: named so in the paragraph, its section or its heading."""
        around = self.group_of.get(id(unit), [unit]) + self.blocks.get(unit.block, [])
        if any(re.search(r"\b(?:DATA|WORK)\b", u.canon) for u in around if abs(u.index - unit.index) <= 6):
            return True
        return bool(re.search(r"(?i)student|pupil|child|data", unit.heading))

    def window(self, unit: Unit, scope: str) -> list[Unit]:
        if scope == "unit":
            return [unit]
        if scope == "near":
            return self.beside(unit)
        if scope == "block":
            return self.blocks.get(unit.block, [unit])
        return self.group_of.get(id(unit), [unit])

    def beside(self, unit: Unit) -> list[Unit]:
        """The sentence with the one before it and the two after it in its section, some 800 characters at most."""
        group = self.group_of.get(id(unit), [unit])
        at = next((i for i, u in enumerate(group) if u is unit), 0)
        window, size = [unit], len(unit.canon)
        for other in group[at + 1 : at + 3] + group[max(0, at - 1) : at][::-1]:
            if size + len(other.canon) > 800 or abs(other.block - unit.block) > 2:
                break
            window.append(other)
            size += len(other.canon)
        return sorted(window, key=lambda u: u.index)

    def outranked(self, loser: Unit, winner: Unit) -> bool:
        """Whether the contract says that the winner's part prevails over the loser's."""
        if loser.part == winner.part:
            return False
        low = [w for w in self.wins]
        named = any(part_named(winner.part, w) for w in low)
        against = any(part_named(loser.part, w) for w in low)
        if named and not against:
            return True
        return (
            winner.part.startswith(("amendment", "addendum", "rider"))
            and not against
            and loser.part == "main"
        )


def part_named(part: str, words: str) -> bool:
    if part == "main":
        return bool(re.search(r"agreement|contract|terms|main body|body", words)) and not re.search(
            r"addendum|exhibit|schedule|rider|amendment|annex|appendix|attachment|dpa", words
        )
    kind = part.split()[0]
    letter = part.split()[-1] if len(part.split()) > 1 else ""
    return kind in words and (not letter or letter in words or not re.search(rf"{kind}\s+[a-z0-9]\b", words))


def section_groups(units: Sequence[Unit]) -> list[list[Unit]]:
    """Live units that stand together: under one heading, or one numbered paragraph with its sub-paragraphs."""
    groups: list[list[Unit]] = []
    key: tuple[Any, ...] | None = None
    last_heading = ""
    for unit in units:
        if unit.kind == "heading":
            last_heading = f"{unit.index}"
            continue
        if unit.kind != "clause" or unit.void:
            continue
        native = unit.number.split(".")[0] if re.fullmatch(r"\d+(?:\.\d+)+", unit.number) else unit.number
        if (
            groups
            and groups[-1]
            and lettered(unit, groups[-1][-1])
            and key
            and key[:2] == (unit.part, last_heading)
        ):
            groups[-1].append(unit)
            continue
        this = (
            unit.part,
            last_heading,
            native if unit.number else unit.heading,
            unit.block if unit.row else 0,
        )
        if this != key or not groups:
            groups.append([])
            key = this
        groups[-1].append(unit)
    return groups


TERM = re.compile(r"[\"“]([A-Z][^\"”]{2,40})[\"”]")


def with_definitions(groups: list[list[Unit]], units: Sequence[Unit]) -> None:
    """A section is read with the definitions of the words it uses, and with those that they use in turn."""
    terms: dict[str, Unit] = {}
    for unit in units:
        if unit.kind == "definition" and not unit.void:
            for word in TERM.findall(unit.text[:90]):
                terms.setdefault(word.strip(" ,."), unit)
    if not terms:
        return
    used = re.compile(
        r"\b(" + "|".join(re.escape(t) for t in sorted(terms, key=len, reverse=True)) + r")(?:s|ly|es)?\b"
    )
    small = {t.lower(): u for t, u in terms.items()}
    for group in groups:
        seen = {id(u) for u in group}
        for _ in range(2):
            for unit in list(group):
                for match in used.finditer(unit.text):
                    meant = terms.get(match.group(1)) or small.get(match.group(1).lower())
                    if meant is not None and id(meant) not in seen and len(group) < 60:
                        seen.add(id(meant))
                        group.append(meant)


def lettered(unit: Unit, before: Unit) -> bool:
    """An entry "b." or "(c)", or a later sentence of one, goes on with the section it stands in."""
    if unit.row:
        return False
    return bool(re.match(r"\s*\(?[b-hB-H][.)]\s", unit.text)) or (
        unit.block == before.block and bool(re.match(r"\s*\(?[b-hB-H][.)]\s", before.text))
    )


def points_outside(unit: Unit, attached: set[str]) -> bool:
    text = unit.text
    if re.search(r"(?i)\bForm [A-Z0-9]|incorporated", text) and INCORPORATES.search(text):
        return True
    if re.search(
        r"\bForm [A-Z]{1,4}-?\d+\b[^.]{0,20}\b(?:which|that)\b|comply with[^.]{0,60}\bForm [A-Z]{1,4}-?\d",
        text,
    ):
        return True
    match = EXTERNAL.search(text)
    if OWN_DOCUMENT.search(unit.canon):
        return True
    if not match:
        return False
    doc = re.sub(r"\W+", " ", match.group("doc")).strip().lower()
    if re.search(r"form\b", doc):
        return True
    if re.search(
        r"(?:this|service|these|subscription|license|licence|master|entire) (?:\w+ )?(?:agreement|terms|dpa|addendum|contract)$|^(?:the )?(?:agreement|dpa|terms|addendum)$|district|board|records retention|state",
        doc,
    ):
        return False
    name = re.search(r"(exhibit|schedule|appendix|annex|attachment|addendum|rider)\s*([a-z0-9]+)?$", doc)
    if name:
        return not any(
            p.startswith(name.group(1)) and (not name.group(2) or p.endswith(name.group(2))) for p in attached
        )
    own = re.search(r"(?i)\b(?:shall|will|must|agrees to)\b", text[: match.start()])
    return (
        not own
        or bool(INCORPORATES.search(text))
        or bool(
            re.search(r"(?i)\b(?:as|procedures?) (?:\w+ )?(?:described|set|stated|provided|specified)", text)
        )
    )


def find_part(case: Case, clause: Clause, part: Part, near: Sequence[Unit] | None) -> list[Hit]:
    hits: list[Hit] = []
    seen: set[tuple[int, ...]] = set()
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
    """Live units that belong with one of the anchors."""
    blocks = {b for u in anchors for b in range(u.block - reach, u.block + reach + 1)}
    leads = {u.lead_unit for u in anchors if u.lead_unit >= 0}
    several = unique(anchors)
    return [
        u
        for u in case.live
        if (u.block in blocks or u.lead_unit in leads) and any(close(case, u, a, reach) for a in several)
    ]


SCOPES = {
    "unit": ("unit",),
    "near": ("unit", "near"),
    "block": ("unit", "block"),
    "section": ("unit", "block", "section"),
}


def first_hit(case: Case, part: Part, unit: Unit, seen: set[tuple[int, ...]]) -> Hit | None:
    """The part's words at this unit, in the smallest window that holds them; a firm hit before a weak one."""
    weak: Hit | None = None
    for scope in SCOPES["block" if part.tight else part.scope]:
        window = case.window(unit, scope)
        if scope != "unit" and len(window) == 1:
            continue
        text = " . ".join(u.canon for u in window)
        for pattern in part.says:
            if scope != "unit" and len(pattern.terms) == 1:
                continue
            key = (id(pattern), *(id(u) for u in window))
            if key in seen:
                continue
            seen.add(key)
            span = pattern.span(text)
            if span is None:
                continue
            hit = weigh(case, part, window, text, span)
            if hit is not None and hit.firm:
                return hit
            weak = weak or hit
    if weak is not None:
        return weak
    return loose_hit(case, part, unit)


def loose_hit(case: Case, part: Part, unit: Unit) -> Hit | None:
    """The part's ideas together in one sentence, in words no pattern foresaw: met, but to be checked."""
    for pattern in part.loosely:
        span = pattern.span(unit.canon)
        if span is None:
            continue
        hit = weigh(case, part, [unit], unit.canon, span)
        if hit is not None:
            hit.doubt = hit.doubt or "worded in an unusual way"
            return hit
    return None


def close(case: Case, unit: Unit, anchor: Unit, reach: int) -> bool:
    """Whether two passages belong together: one paragraph, one list, or neighbours in one section."""
    if unit.block == anchor.block or (reach and unit.lead_unit >= 0 and unit.lead_unit == anchor.lead_unit):
        return True
    together = case.group_of.get(id(unit)) is case.group_of.get(id(anchor))
    return abs(unit.block - anchor.block) <= (reach if together else reach - 1)


def weigh(case: Case, part: Part, window: list[Unit], text: str, span: tuple[int, int]) -> Hit | None:
    """Whether the words found are a firm undertaking, or are spoiled by what stands around them."""
    begin, end = sentence_bounds(text, span)
    sentence = text[begin:end]
    inside = text[span[0] : span[1]]
    if any(p.span(sentence) for p in part.without):
        return Hit(touched(window, text, span), False, part.lacks)
    if not part.negated and NEVER.search(inside):
        return None
    units = touched(window, text, span)
    if part.by == "vendor" and DISTRICT_ACTS.search(sentence) and not VENDOR_ACTS.search(sentence):
        return None
    if not part.may and any(
        m.start() < span[1] + 60 - begin and m.end() > span[0] - 60 - begin for m in WEAK.finditer(sentence)
    ):
        return Hit(units, False, "is not a firm promise")
    if not part.papers and any(id(u) in case.external for u in units):
        return Hit(units, False, "is put in another document that is not attached")
    if any(BLANK.search(u.text) for u in units) and BLANK.search(" ".join(u.text for u in units)):
        return Hit(units, False, "is left blank")
    if (
        "INFO" in inside
        and not part.any_info
        and not re.search(r"\b(?:DATA|WORK|FAMILY)\b", text)
        and not case.near_data(window[0])
    ):
        return None
    doubt = ""
    if not part.excepts and EXCEPTION.search(HARMLESS_EXCEPTION.sub("", sentence)):
        doubt = "has an exception to look at"
    return Hit(units, True, doubt=doubt)


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


def stems(text: str) -> set[str]:
    return {w[:5] for w in re.findall(r"[a-z]{3,}", text.lower()) if w not in COMMON}


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
    return units


def judge(case: Case, clause: Clause, limits: Mapping[str, Any]) -> Judged:
    if not clause.any_subject and not case.about_students:
        return Judged("missing", True, [], "the contract does not deal with student data")
    judged = judge_check(case, clause, limits) if clause.check else judge_parts(case, clause)
    if judged.verdict == "met":
        spoil(case, clause, judged)
        overridden(case, judged)
        carve_outs(case, judged)
        if case.general and not clause.any_subject:
            judged.sure = False
            judged.doubts.append("the contract hardly speaks of students")
    elif not judged.units:
        judged = only_spoken(case, clause, judged)
    elif not clause.check:
        narrowed(case, clause, judged)
    return judged


def narrowed(case: Case, clause: Clause, judged: Judged) -> None:
    """A term that is short for a nameable reason says that reason, and quotes it first."""
    for falls in clause.falls:
        for unit in topical(case, clause):
            if fell(falls, unit.canon) and all(p.span(unit.canon) for p in falls.needs):
                judged.why = falls.why
                judged.units = unique([unit, *judged.units])[:5]
                return


def topical(case: Case, clause: Clause) -> list[Unit]:
    if clause.id not in case.topics:
        case.topics[clause.id] = [u for u in case.live if clause.topic.search(u.canon)]
    return case.topics[clause.id]


def judge_check(case: Case, clause: Clause, limits: Mapping[str, Any]) -> Judged:
    about = {id(u) for u in topical(case, clause)}
    if clause.window == "section":
        groups = [g for g in case.groups if any(id(u) in about for u in g)]
    else:
        groups = [[u] for u in case.live if id(u) in about]
    results = [r for r in REGISTRY[clause.check](groups, limits, clause.macros)]
    for result in results:
        if result.units and all(id(u) in case.external for u in result.units) and result.rank != 2:
            result.verdict, result.why = "deficient", "is put in another document that is not attached"
    if not results:
        return Judged("missing", True, [], "nothing in the contract speaks to it")
    met = [r for r in results if r.verdict == "met"]
    worse = [r for r in results if r.verdict == "deficient" and r.rank >= 2]
    if met:
        chosen = min(met, key=lambda r: (bool(r.doubt), -max(likeness(case, clause, u) for u in r.units)))
        if clause.check == "encryption_bits":
            worse = [w for w in worse if w.why.startswith("says")]
        against = [w for w in worse if not any(case.outranked(u, chosen.units[0]) for u in w.units)]
        overruled = [w for w in against if w.units and case.outranked(chosen.units[0], w.units[0])]
        if overruled:
            return Judged("deficient", True, overruled[0].units + chosen.units[:1], overruled[0].why)
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
    return Judged("deficient", True, units[:5], telling[0].why)


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
    if not found:
        return Judged("missing", True, [], "nothing in the contract speaks to it")
    rest = [u for u in topical(case, clause) if any(p.span(u.canon) for p in clause.speaks)]
    rest.sort(key=lambda u: -likeness(case, clause, u))
    return Judged("deficient", True, unique([*found[:3], *rest[:2]]), lacking[0][1])


def unique(units: Sequence[Unit]) -> list[Unit]:
    return list({id(u): u for u in units}.values())


APART = re.compile(r"[;:]|\b(?:provided|except|but|however|although|save|other than|unless|and (?=VENDOR))\b")


def fell(falls: Falls, text: str) -> bool:
    """Whether the words that take something back stand here, unspoiled by a negation in their own clause."""
    if text.rstrip().endswith("?"):
        return False  # a question takes nothing back
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


OVERRIDE = re.compile(
    r"(?i)\b(?:notwithstanding|despite|in spite of|as an exception to|in derogation of|by way of exception to)\s+(?:anything in |the provisions of |any provision of )?(?:sections?|articles?|paragraphs?|clauses?|rows?|items?|§+)\s+([^,;]{1,60})"
)
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


def only_spoken(case: Case, clause: Clause, judged: Judged) -> Judged:
    """No part was found: deficient if some live passage, or a pointer to another document, speaks to it."""
    for falls in clause.falls:
        for unit in topical(case, clause):
            if falls.needs and not all(p.span(unit.canon) for p in falls.needs):
                continue
            if fell(falls, unit.canon):
                return Judged("deficient", True, [unit], falls.why)
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
