"""Contracts in the shape of a form: requests and answers, questions and answers, boxes to be ticked, rows to initial."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .literals import Swift

if TYPE_CHECKING:
    from .structure import Unit

ASKED = Swift(r"(?i)(?:^|[.|]\s*)(?:requested|requirement|request|question|ask(?:ed)?)\s*:\s*")
ANSWER = re.compile(
    r"(?i)^\W*(?:\d[\d.]*\W+)?(?:\w+ ){0,2}?(?:answer|response|reply|offer(?:ed)?|bidder's response)\s*:\s*"
)
WITH_CHANGES = (
    r"(?:except|but|as (?:to|modified|amended|revised|changed|clarified|limited|follows)|in part|partly|subject"
    r"|with (?:an? |the |some |minor )?(?:exception|reservation|modification|change|clarification|condition|qualification)s?)"
)
AGREED = re.compile(
    r"(?i)^(?:agreed|accepted|yes|confirmed|compl(?:ies|iant|y)|(?:both|all) (?:sides |parties )?comply|will comply|as requested|so agreed|granted|we agree|met)\b"
    rf"(?!,? (?:{WITH_CHANGES}|with)\b)"
)


def answered(units: Sequence[Unit]) -> None:
    """In a form of requests and answers a request binds only where the answer agrees to it."""
    for place, unit in enumerate(units):
        request = ASKED.search(unit.text)
        if request is None:
            continue
        own = [u for u in units[place : place + 6] if u.block == unit.block]
        asking = list(itertools.takewhile(lambda u: not ANSWER.match(u.text), own))
        if not asking or place + len(asking) >= len(units):
            continue
        after = units[place + len(asking)]
        answer = ANSWER.match(after.text) if after.block - unit.block in (0, 1) else None
        if answer is None:
            continue
        said = after.text[answer.end() :]
        reply(asking, [u for u in units[place + len(asking) :][:6] if u.block == after.block])
        if AGREED.match(said):
            unit.said = f"{unit.heading}: the vendor shall provide: {unit.text[request.end() :]}"
        else:
            for asked in asking:
                asked.void = "a request that the answer does not simply accept"
        named = len(said) > 25 and not ASKED.search(unit.heading)
        after.said = f"{unit.heading}: {said}" if named else said


def reply(asking: Sequence[Unit], replies: Sequence[Unit]) -> None:
    """The answer is quoted with what it agrees to, or refuses; a bare "Agreed." is not."""
    for unit in asking:
        unit.replies = [u for u in replies if u.kind == "clause" and len(u.text) > 30][:3]


BOX = Swift(
    r"(?i)(?P<box>\[\s*[x✓✔*]?\s*\]|☐|☑|☒|\(\s*[x✓✔*]?\s*\)|_+[x✓]?_+)\s*(?P<word>yes|no|other|agreed?|disagreed?|accept(?:ed)?|decline[ds]?|n/?a|comply|complies|exception|partial(?:ly)?|rejected?|not agreed|modified|clarif\w+)\b"
)
TICK = re.compile(r"[xX✓✔*☑☒]")
CONSENT = re.compile(r"(?i)yes|agreed?|accept(?:ed)?|compl(?:y|ies)")
NEW_ENTRY = re.compile(r"\s*(?:[A-Z]{1,3}-?)?\d{1,3}(?:\.\d{1,3})*[.):]?\s|\s*[A-Z]{1,3}-?\d+\b")


def boxes(units: Sequence[Unit]) -> None:
    """ "[x] YES [ ] NO" under an undertaking: it binds where the agreeing box is ticked, and not otherwise."""
    for index, unit in enumerate(units):
        found = list(BOX.finditer(unit.text))
        if len(found) < 2:
            continue
        ticked = [m.group("word") for m in found if TICK.search(m.group("box"))]
        agreed = len(ticked) == 1 and CONSENT.fullmatch(ticked[0]) is not None
        rest = unit.text[found[-1].end() :].strip(" .:-")
        if len(rest) < 12:
            unit.kind = "note"
        asked = entry_before(units, index, unit)
        following = itertools.takewhile(
            lambda u, unit=unit: u.number == unit.number and u.kind == "clause",  # type: ignore[misc]
            units[index + 1 : index + 7],
        )
        reply(asked, [u for u in following if u.block <= unit.block + 1])
        for before in asked:
            if not agreed and before.kind == "clause":
                before.void = "an undertaking whose box for agreement is not ticked"


def entry_before(units: Sequence[Unit], index: int, answer: Unit) -> list[Unit]:
    """The sentences of the numbered entry that a line of boxes answers."""
    out: list[Unit] = []
    if NEW_ENTRY.match(answer.text):
        return [answer]
    for unit in reversed(units[max(0, index - 8) : index]):
        if unit.kind == "heading" or BOX.search(unit.text):
            break
        out.append(unit)
        if NEW_ENTRY.match(unit.text):
            break
    return out


QUESTION = re.compile(r"\?[\"')\]]*\s*$")
SHORT_ANSWER = re.compile(
    r"(?i)^\W*(?:A(?:nswer)?[.:)]\s+)?(?:yes|no|sure|never|always|of course|it|they|them|the (?:student|district|board|school) (?:does|do|is)|only|primarily|mainly|both|neither|we do|we don't|if (?:a |the )?(?:court|judge|so)|then|first|nothing|nobody|no one)\b"
)


# "Yes, and we will comply with both acts" says all by itself
FULL_ANSWER = re.compile(
    r"(?i)^\W*(?:A(?:nswer)?[.:)]\s+)?(?:yes|sure|of course|certainly|indeed)\b[,;.:]?\s+(?:and )?(?:we|it|the \w+) (?:will|shall|must) (?!do\b|so\b|be\b)\w+ \w+ \w+ \w+"
)


def questions(units: Sequence[Unit]) -> None:
    """A question binds nobody: it is the heading of its answer, and the lead-in of an answer that leans on it."""
    asked: Unit | None = None
    for unit in units:
        if unit.kind == "heading":
            asked = None
        elif unit.kind == "clause" and QUESTION.search(unit.text) and not unit.row and len(unit.text) < 220:
            unit.kind, asked = "note", unit
        elif asked is not None and unit.kind == "clause":
            if unit.block - asked.block > 3:
                asked = None
                continue
            unit.heading = asked.text.strip()
            first = unit.block <= asked.block + 1 and not any(
                u.kind == "clause" for u in units[asked.index + 1 : unit.index]
            )
            if (
                first
                and not unit.lead
                and not FULL_ANSWER.match(unit.text)
                and (SHORT_ANSWER.match(unit.text) or len(unit.text.split()) < 7)
            ):
                unit.lead, unit.lead_at, unit.lead_unit = asked.text, asked.at, id(asked)


REPLY_CELL = re.compile(
    r"(?i)(?:no|not (?:agreed|accepted|offered|provided|available|supported|applicable|(?:a )?part of (?:the |this )?(?:contract|agreement|offer))|declined?|exception|rejected|refused|disagree|n/?a|none|withdrawn|excluded|non-?complian[tc]e?)\.?"
)
ASKING_COLUMN = re.compile(
    r"(?i)\b(?:requirements?|requests?|requested|asks?|asked|specifications?|questions?)\b"
)
PARTLY = re.compile(
    r"(?i)(?:partial(?:ly)?|partly|in part|exception|excepted|no|not|never|non-?complian[tc]e?|declin\w*|(?:does|do|can|will) ?not|can't|alternative\w*|modified|deviat\w+|clarif\w+"
    rf"|(?:agreed|accepted|yes|confirmed|compl(?:ies|iant|y))[,;]? {WITH_CHANGES})\b[\s.,:;-]*"
)
REPLY_COLUMN = re.compile(
    r"(?i)\b(?:agree\w*|answer|response|reply|comply|compliance|accept\w*|y ?/ ?n|yes ?/ ?no|offered|vendor'?s? (?:answer|reply|response))\b"
)


# "M" means that the bidder complies as modified in its own words
LEGEND = Swift(
    r"[\"“'‘]?\b(?P<code>[A-Z]{1,2})\b[\"”'’]? ?(?:means?|stands? for|is|signif(?:y|ies)|=|:|-|–) (?P<meaning>[^;.\n]{5,160})"
)
CODED = re.compile(r"\W*(?P<code>[A-Z]{1,2})(?:[.,;:]\s*|\s+[-–—]\s*|\s*$)")
IN_PART = re.compile(
    r"(?i)\b(?:modif\w+|partial\w*|partly|in part|exceptions?|alternativ\w*|deviat\w+|changes?|changed|qualif\w+|with comments?|instead)\b"
)
NOT_AT_ALL = re.compile(
    r"(?i)\b(?:not|no part|non-?complian\w*|declin\w*|withdrawn|refus\w*|unavailable|cannot|rejected|does not)\b"
)


def codes(units: Sequence[Unit]) -> dict[str, str]:
    """What the letters of a form's answers mean: "partly" or "no"; a letter that accepts the whole is left out."""
    out: dict[str, str] = {}
    for unit in units:
        for match in LEGEND.finditer(unit.text) if "|" not in unit.text else ():
            meaning = match.group("meaning")
            if IN_PART.search(meaning):
                out[match.group("code")] = "partly"
            elif NOT_AT_ALL.search(meaning):
                out[match.group("code")] = "no"
    return out


def own_words(cell: str, code: str) -> str:
    """The words of an answer that does not simply accept, without the letter or word that says so; else nothing."""
    if code == "partly":
        return CODED.sub("", cell, count=1) or cell
    return PARTLY.sub("", cell, count=1) if PARTLY.match(cell) else ""


def is_head(cells: Sequence[str]) -> bool:
    """Whether this row names the columns of a form: short, without figures, one of them the answer's."""
    short = all(len(c) < 40 and not re.search(r"\d", c) for c in cells)
    asks = any(ASKING_COLUMN.search(c) and not REPLY_COLUMN.search(c) for c in cells)
    return short and any(
        REPLY_COLUMN.search(c) and (asks or len(c.split()) > 1) and not AGREED.match(c) for c in cells
    )


SHORT_REPLY = 25  # characters: a reply no longer than this says nothing of its own


def replies(units: Sequence[Unit]) -> None:
    """A row whose cell of reply says no binds nobody; one that is accepted in part says what its reply says."""
    names: list[str] = []
    meant = codes(units)
    for place, unit in enumerate(units):
        if "|" not in unit.text:
            names = names if unit.row else []
            continue
        cells = [c.strip() for c in unit.text.strip().strip("|").split("|")]
        if unit.kind == "heading" or is_head(cells):
            names = cells
        elif unit.row and len(names) == len(cells):
            said = [c for c, name in zip(cells, names, strict=True) if REPLY_COLUMN.search(name)]
            coded = [(c, meant.get(m.group("code"), "") if (m := CODED.match(c)) else "") for c in said]
            beside = [u for u in units[place + 1 : place + 6] if u.block == unit.block]
            if any(REPLY_CELL.fullmatch(c) or code == "no" for c, code in coded):
                unit.void = "a row that the reply does not accept"
            elif any(code == "partly" or PARTLY.match(c) for c, code in coded):
                say(unit, beside, next(filter(None, (own_words(c, code) for c, code in coded)), ""))
            elif said and any(ASKING_COLUMN.search(name) for name in names) and not any(c for _, c in coded):
                own = max(said, key=len)  # neither yes nor no: what the reply says itself is what was agreed
                if len(own) > SHORT_REPLY and not any(AGREED.match(c) for c in said):
                    say(unit, beside, own)


def say(row: Unit, beside: Sequence[Unit], rest: str) -> None:
    """A row, from here on, says what its reply says; with no words of its own it binds nobody."""
    reply([row], beside)
    if len(rest) > SHORT_REPLY:
        row.said = rest
    else:
        row.void = "a request that the reply accepts only in part"
    for later in beside:
        later.said = later.text  # the reply's further sentences no longer lean on what was asked


CHOICE = re.compile(r"^\s*(?:[-*•|]\s*)?(\[\s*\]|☐|\(\s\)|_{3,})(?=\s|\|)")
CHOSEN = re.compile(r"^\s*(?:[-*•|]\s*)?(\[\s*[xX✓✔]\s*\]|☒|☑|\([xX]\))")
INITIAL = Swift(
    r"(?i)\b(?:only|not)\b[^.]{0,120}\b(?:initial(?:l?ed|s)?|checked|marked|ticked|selected)\b|\b(?:initial(?:l?ed|s)?|checked|marked|ticked|selected)\b[^.]{0,80}\b(?:only|apply|applies|not part|no effect)\b"
)


def unchosen(units: Sequence[Unit]) -> None:
    """Rows of a list to be ticked or initialled count only when they are."""
    ticked = any(CHOSEN.match(u.text) for u in units)
    asked = next((u for u in units if INITIAL.search(u.text)), None)
    for unit in units:
        if CHOICE.match(unit.text) and (ticked or asked is not None):
            unit.void = "a choice that is not ticked"
        elif asked is not None and unit.row and unit.index > asked.index:
            cells = [c.strip() for c in unit.text.strip().strip("|").split("|")]
            blank = [
                c
                for c in cells
                if re.fullmatch(r"(?:_{2,}|\[\s*\]|☐|-{0,3}|n/?a|not initial\w+|blank|declined|no)?", c, re.I)
            ]
            if len(cells) > 1 and blank and unit.part == asked.part:
                unit.void = "a row that is not initialled"
