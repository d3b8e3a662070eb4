"""One contract on the table: its live units, grouped into sections, with what it attaches and what prevails."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .canon import SIDES
from .firmness import EXTERNAL, INCORPORATES, INLINE_PART, NO_STUDENTS, OWN_DOCUMENT, tame
from .literals import Swift
from .structure import Outline, Unit

OVERRIDE = Swift(
    r"(?i)\b(?:notwithstanding|despite|in spite of|as an exception to|in derogation of|by way of exception to)\s+(?:anything in |the provisions of |any provision of )?(?:sections?|articles?|paragraphs?|clauses?|rows?|items?|§+)\s+([^,;]{1,60})"
)


# "text and photographs that pupils make are not Personal Data"
LEFT_OUT = Swift(
    r"\b(?:WORK|essays?|recordings?|photographs?|portraits?|creations?|scores?|responses?|compositions?)\b[^;]{0,200}?\b(?:are|is) not (?:\w+ ){0,3}?DATA\b"
)


# "in case of any difference the Spanish version shall prevail"
TONGUE = (
    r"(Arabic|Bengali|Chinese|French|German|Gujarati|Haitian Creole|Hindi|Hmong|Italian|Japanese|Korean|Mandarin"
    r"|Polish|Portuguese|Russian|Somali|Spanish|Tagalog|Urdu|Vietnamese)"
)
OTHER_TONGUE = Swift(
    rf"(?i)\b(?:{TONGUE}(?:[- ]language)?\s+(?:version|text|copy|original|wording)"
    rf"|(?:version|text|copy|original|wording)\s+in\s+(?:the\s+)?{TONGUE}(?:\s+language)?)\b"
    r"(?:(?!\b(?:English|convenience|courtesy|not|no)\b)[^.;]){0,80}?"
    r"\b(?:prevails?|controls?|governs?|(?:is|be) (?:the )?(?:\w+ )?(?:binding|authoritative|controlling|authentic))\b"
)


OF_DATA = Swift(r"\b(?:DATA|WORK)\b")
OF_PUPILS = Swift(r"\b(?:STUDENT|FAMILY|DATA|WORK)\b")
OF_PEOPLE = Swift(r"\b(?:STUDENT|FAMILY)\b")
ONLINE = Swift(r"\b(?:online|website|web site|software|account|accounts|app|upload|content)\b")
SCHOOL_WORDS = Swift(r"(?i)\b(?:students?|pupils?|child|children|learners?|riders?|schools?)\b")


class Case:
    """One contract on the table: its live units, grouped, with what it attaches and which part prevails."""

    def __init__(self, outline: Outline, limits: Mapping[str, Mapping[str, Any]]) -> None:
        self.outline = outline
        self.limits = limits
        self.live = [u for u in outline.units if u.kind == "clause" and not u.void]
        for unit in self.live:
            unit.canon = tame(unit.canon).rstrip(" ;")
        self.groups = section_groups(outline.units)
        with_definitions(self.groups, outline.units)
        self.topics: dict[str, list[Unit]] = {}
        self.likeness: dict[tuple[str, int], float] = {}
        self.blocks: dict[int, list[Unit]] = {}
        for unit in self.live:
            self.blocks.setdefault(unit.block, []).append(unit)
        self.taken = [u for u in outline.units if u.void and u.doubt]
        self.refused = [u for u in outline.units if u.void and u.replies]
        self.head_of = headed(outline.units)
        self.overrides = [u for u in self.live if OVERRIDE.search(u.text)]
        self.group_of = {id(u): g for g in self.groups for u in g}
        attached = {re.sub(r"\W+", " ", p).strip() for p in outline.parts}
        whole = "\n".join(u.text for u in outline.units)
        attached |= {re.sub(r"\W+", " ", m.group(1)).strip().lower() for m in INLINE_PART.finditer(whole)}
        self.external = {id(u) for u in self.live if points_outside(u, attached)}
        subject = [u for u in self.live if OF_DATA.search(u.canon)]
        none = any(
            NO_STUDENTS.search(u.canon)
            and not re.search(
                r"cookie|track|beyond|except|other than|unless|until|before|consent|authori", u.canon
            )
            for u in self.live
        )
        pupils = sum(bool(OF_PUPILS.search(u.canon)) for u in self.live)
        online = sum(bool(ONLINE.search(u.canon)) for u in self.live)
        self.about_students = len(subject) >= (4 if none else 2) or (pupils >= 6 and online >= 2 and not none)
        self.narrow = any(LEFT_OUT.search(u.canon) for u in outline.units if not u.void)
        self.wins = outline.prevails
        self.other_tongue = any(OTHER_TONGUE.search(u.text) for u in self.live)
        spoken_of = sum(bool(SCHOOL_WORDS.search(u.text) or OF_PEOPLE.search(u.canon)) for u in self.live)
        self.general = spoken_of < max(3, 0.04 * len(self.live))
        self.texts = [(u, self.said(u)) for u in self.live]

    def said(self, unit: Unit) -> list[str]:
        """The sentence, and the heading it leans on where there is one."""
        return [text for text in (unit.canon, self.head_of.get(id(unit), "")) if text]

    def near_data(self, unit: Unit) -> bool:
        """Whether "the information" here is student data: named so in the paragraph, its section or its heading."""
        around = self.group_of.get(id(unit), [unit]) + self.blocks.get(unit.block, [])
        if any(OF_DATA.search(u.canon) for u in around if abs(u.index - unit.index) <= 6):
            return True
        if AS_DESCRIBED.search(unit.canon):
            return any(OF_DATA.search(u.canon) for u in self.live)
        return bool(re.search(r"(?i)student|pupil|child|data", unit.heading))

    def window(self, unit: Unit, scope: str) -> list[Unit]:
        if scope == "unit":
            return [unit]
        if scope == "near":
            return self.beside(unit)
        if scope == "replies":
            return [unit, *unit.replies]
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
            if other.block != unit.block and other.number != unit.number and "." in other.number:
                break  # 14.6 and 14.7 are two provisions: words of both are no promise of one
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


# "the material described in paragraph 6" is what that paragraph tells of
AS_DESCRIBED = Swift(
    r"INFO (?:described|listed|named|referred to|mentioned|specified|defined|spoken of) in (?:section|paragraph|article|part|clause|row)\b"
)


def part_named(part: str, words: str) -> bool:
    if part == "main":
        return bool(re.search(r"agreement|contract|terms|main body|body", words)) and not re.search(
            r"addendum|exhibit|schedule|rider|amendment|annex|appendix|attachment|dpa", words
        )
    kind = part.split()[0]
    letter = part.split()[-1] if len(part.split()) > 1 else ""
    return kind in words and (not letter or letter in words or not re.search(rf"{kind}\s+[a-z0-9]\b", words))


WHOLE_SENTENCE = re.compile(
    r"\b(?:VENDOR|DISTRICT|BOTH)\b(?!'s)[^.;]{0,40}\b(?:shall|will|must|agrees?|undertakes?|may)\b"
)


ADDRESSED = re.compile(r"(?i)\b(?:you|your|we|us|our)\b")
ANSWER_MARK = re.compile(r"(?i)(?:a|ans|answer|response|reply|yes|item|row)?\W*\d*(?:\.\d+)*[a-z]?")


def headed(units: Sequence[Unit]) -> dict[int, str]:
    """The heading or question above a sentence that is none without it ("Other uses: only with our consent")."""
    heads: dict[int, str] = {}
    head, head_text, block, seen = "", "", -2, 0
    for unit in units:
        if unit.kind == "heading" or (unit.kind == "note" and unit.text.rstrip().endswith("?")):
            head, head_text, block, seen = unit.canon, unit.text, unit.block, 0
            continue
        if unit.kind != "clause" or unit.row:
            continue
        seen += 1
        own = unit.text[: unit.bare].strip(" .:") if unit.bare else ""
        own = "" if ANSWER_MARK.fullmatch(own) else own
        above = own.lower() if own else head if unit.block - block <= 1 and seen <= 3 else ""
        asked = above.endswith("?") and not own
        if asked and ADDRESSED.search(head_text):  # a question's "you" is the one who answers
            above = SIDES.sub(lambda m: "DISTRICT" if m.group() == "VENDOR" else "VENDOR", above)
        if 2 < len(above) < (160 if asked else 90) and (asked or not WHOLE_SENTENCE.search(unit.canon)):
            heads[id(unit)] = above
    return heads


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
    spoken: dict[int, list[Unit]] = {}  # of each sentence, the definitions of its words

    def meant_by(unit: Unit) -> list[Unit]:
        if id(unit) not in spoken:
            words = [m.group(1) for m in used.finditer(unit.text)]
            meant = [terms.get(word) or small.get(word.lower()) for word in words]
            spoken[id(unit)] = [m for m in meant if m is not None]
        return spoken[id(unit)]

    for group in groups:
        seen = {id(u) for u in group}
        for _ in range(2):
            for meant in [m for unit in group for m in meant_by(unit)]:
                if id(meant) not in seen and len(group) < 60:
                    seen.add(id(meant))
                    group.append(meant)


def lettered(unit: Unit, before: Unit) -> bool:
    """An entry "b." or "(c)", or a later sentence of one, goes on with the section it stands in."""
    if unit.row:
        return False
    return bool(re.match(r"\s*\(?[b-hB-H][.)]\s", unit.text)) or (
        unit.block == before.block and bool(re.match(r"\s*\(?[b-hB-H][.)]\s", before.text))
    )


NUMBERED_FORM = Swift(
    r"\bForm [A-Z]{1,4}-?\d+\b[^.]{0,20}\b(?:which|that)\b|comply with[^.]{0,60}\bForm [A-Z]{1,4}-?\d"
)


def points_outside(unit: Unit, attached: set[str]) -> bool:
    text = unit.text
    if INCORPORATES.search(text) and re.search(r"(?i)\bForm [A-Z0-9]|incorporated", text):
        return True
    if NUMBERED_FORM.search(text):
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
