"""Who undertakes to comply with FERPA."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..grammar import Macros
from ..structure import Unit
from .registry import BLANK, Checked, check

SUBJECT = re.compile(r"(?:(?<=^)|(?<=[\s(\"]))(VENDOR|DISTRICT|BOTH)(?!'s)(?=[\s,):])")
NOT_SUBJECT = re.compile(
    r"(?:\bof|\bby|\bto|\bfor|\bwith|\bfrom|behalf of|\bin|\bassist|\bhelp|\benable|\ballow|\bsupport|\bpermit|\bcause|\brequire|\bbetween|\bagainst|\bunder|assisting|helping|enabling|\bthat)(?: the)?\s$"
)
SOFT_ACT = re.compile(
    r"designed to|spirit|undertakes? nothing|(?:remains?|is|are) (?:\w+ )?bound by|will discuss|shall discuss|to the extent FERPA applies|\bmay agree|may choose|\bshould\b|acknowledg\w*|may (?:be|constitute)|endeavou?rs?|efforts|intends?|strives?|aims? to|seeks? to|wish(?:es)? to|wants? to|desires? to|means? to|hopes? to|expects? to|solely responsible for determin|believes?|recogni[sz]es|understands? that|is subject to|are subject to|assist\w*|help\w* (?:the )?DISTRICT|support\w*|enable\w*|except(?:ion)?s? (?:to|under)|defined (?:in|by|under)|as that term|where applicable|if applicable|not\b[^.;]{0,20}(?:responsible|obliged|required)|no (?:obligation|responsibility)|agrees? in principle|consistent with the (?:spirit|goals)|goals? of|hopes?"
)

# nothing undertaken at all, or less than the act: a rule for reading, a denial, what one knows, a report, other people's duty
NO_ACT = re.compile(
    r"\b(?:knowingly|wil+fully|intentionally)\b|\bto (?:its|their|our|the) (?:\w+ )?knowledge\b|\b(?:construed|interpreted|read)\b[^.;]{0,100}?\b(?:consistent|in keeping|harmon)\w*|\brule of construction\b"
    r"|\bshares? (?:the|an|this|that) (?:\w+ )?(?:aim|goal|objective|hope|wish)\b|\b(?:it|INFO) is not (?:the case|agreed|intended) that\b|\b(?:consider|bear in mind|have regard to|take into account|give thought to)\b[^.;]{0,40}?\bFERPA"
    r"|\bconfirms? that\b|\bon (?:the )?(?:written )?request of (?:a |any )?(?:FAMILY|STUDENT)\b|\b(?:as (?:regards|to|concerns)|in respect of|only (?:for|as to)) directory (?:INFO|information|DATA)"
)
# "the same undertaking is given by the Board", "the Board accepts the same duty"
SAME_DUTY = re.compile(
    r"\b(?:the same|a like|an identical|that same) (?:undertaking|promise|dut(?:y|ies)|covenant|obligations?|commitment) (?:is|are) (?:given|made|accepted|undertaken|owed|borne) by (?:the )?(VENDOR|DISTRICT)\b"
    r"|\b(VENDOR|DISTRICT)(?!'s)(?:,[^.;]{0,80}?,)? (?:gives?|makes?|accepts?|undertakes?|assumes?|takes? on|owes?) (?:to [\w' ]{1,30} )?(?:the same|a like|an identical) (?:undertaking|promise|dut(?:y|ies)|covenant|obligations?|commitment)"
)
# what the vendor makes its subcontractors do is no act of its own
LAID_ON_SUB = re.compile(
    r"\bVENDOR (?:\w+ ){0,3}?(?:requires?|causes?|obliges?|binds?) (?:(?:all|any|each|of|its|the|every) )*SUB\b"
)

FIRM_ACT = re.compile(
    r"(?:BOTH|VENDOR|DISTRICT)\b[^.;]{0,80}?will continue to (?:comply|do so)|(?:BOTH|VENDOR|DISTRICT) (?:\w+,? ){0,6}?(?:shall|will|must|agrees? to) (?!endeav|try|use |attempt|strive|seek|make reason)(?:\w+ ){0,4}?(?:comply|ensure compliance|abide|follow|observe)[^.;]{0,80}FERPA"
)


def undertakers(text: str, act: str, comply: re.Pattern[str]) -> set[str]:
    """Who, in this sentence, undertakes to comply with the act."""
    who: set[str] = set()
    so = re.search(
        rf"\b{act}\b[^.;]{{0,60}}?\band so (?:will|shall|does|do|must) (?:the )?(VENDOR|DISTRICT)\b", text
    )
    if so:
        who.add(so.group(1))
    told = re.search(
        rf"\b{act}\W{{1,3}}(?:the )?(BOTH|VENDOR|DISTRICT) (?:will |shall |must )?compl(?:y|ies)"
        rf"|\b(?:duty|obligation|responsibility) of (?:the )?(BOTH|VENDOR|DISTRICT) to (?:comply|observe|follow)[^.;]{{0,40}}?{act}",
        text,
    )
    if told:
        who.add(told.group(1) or told.group(2))
    row = re.match(
        rf"\W*(?:\d+\W+)?{act}\W+[|:].*?(BOTH|VENDOR|DISTRICT)\b[^.;|]{{0,40}}?(?:compl|follow|abide|observe|adhere)",
        text,
    )
    if row:
        who.add(row.group(1))
    for match in re.finditer(rf"\b{act}\b", text):
        before = text[: match.start()]
        verbs = list(comply.finditer(before))
        if not verbs:
            after = re.match(
                r"[^.;]{0,80}?(?:complied with|followed|observed|adhered to|obeyed|honou?red|met|is (?:binding|the law))(?: in full)?(?: by (\w+))?",
                text[match.end() :],
            )
            if after:
                names = [
                    m for m in SUBJECT.finditer(before) if not NOT_SUBJECT.search(before[: m.start()][-18:])
                ]
                named = after.group(1) if after.group(1) in ("VENDOR", "DISTRICT", "BOTH") else ""
                who.add(named or (names[-1].group(1) if names else "VENDOR"))
            continue
        verb = verbs[-1]
        names = [
            m
            for m in SUBJECT.finditer(before[: verb.start()])
            if not NOT_SUBJECT.search(before[: m.start()][-18:])
        ]
        if names:
            who.add(names[-1].group(1))
        elif re.search(
            r"DATA|INFO|nothing|everything|services?|handled|maintained|kept", before[: verb.start()]
        ):
            who.add("VENDOR")
        by = re.match(r"[^.;]{0,60}?\bby (?:each of )?(BOTH|VENDOR|DISTRICT)\b", text[match.end() :])
        if by:
            who.add(by.group(1))
    return who


COMPLYING = re.compile(
    r"\b(?:compl(?:y|ies|ied|iance|ying|iant)|\bkeep\b|abid\w+|adher\w+|observ\w+|follow\w*|obey\w*|honou?r\w*|conform\w*|fulfil\w*|meets?|satisf\w+|respect\w*|bound by|live up to|uphold\w*|discharg\w+|carry out|perform\w*|nothing[^.;]{0,120}?(?:breaks?|violates?|offends?|breaches)|requires?\b(?! that DISTRICT))"
)
NEITHER = re.compile(
    r"(?:neither (?:VENDOR nor (?:the )?DISTRICT|DISTRICT nor (?:the )?VENDOR|of BOTH|party|side)|BOTH[^.;]{0,40}?\bnot\b|no (?:party|side))[^.;]{0,120}?(?:violat\w+|breach\w*|contraven\w+|offend\w*|infring\w+|contrary to|inconsistent with|not (?:be )?complied with|breaks?\b|fall\w* (?:short|foul)|depart\w* from)"
)
MAY_AGREE = re.compile(
    r"\b(?:may|might|can|could) (?:\w+ )?(?:agree|choose|elect|decide|comply|follow|observe)\b"
)
PLAIN_SIDE = re.compile(
    r"(?:^|[.;|(,:]\s*|\b(?:and|that|as) )(?:\(?\w{1,3}[.)]\s*)?(VENDOR|DISTRICT)(?!'s)(?:,? (?:\w+ ){0,6}?)?\b(?:shall|will|must|agrees?|undertakes?|covenants?|promises?|commits?|warrants?)\b[^.;]{0,200}?(?:FERPA)"
)
TWO_SIDES = re.compile(
    r"\b(?:both|each|alike|jointly|the 2|all)\b[^.;]{0,60}?(?:signatories|parties|sides|of us)|\beach (?:organi[sz]ation|signatory)\b|\bDISTRICT\b[^.;]{0,60}?\band\b[^.;]{0,60}?\bVENDOR\)? (?:do |shall |will |must )?each (?:bind|undertake|promise|covenant|agree)|\beach (?:covenants|promises|undertakes|agrees)[^.;]{0,30}?with the other"
)


ASIDE = r"(?:,? (?:on|upon|for|as|in|by|each|both|through|acting)\b[^.;]{0,45}?)?,?"
PROMISING = r"\b(?:shall|will|must|agrees?|undertakes?|covenants?|promises?|commits?|warrants?|ensures?|compl(?:y|ies)|guarantees?|pledges?|vows?|are (?:each |both )?(?:bound|obliged|required))\b"
# two named subjects before one verb, or each with a verb of its own; in rows, "Vendor: comply. District: comply."
TWO_NAMED = re.compile(
    rf"(?:^|[\s(\"|:])(?:VENDOR|DISTRICT)(?!'s)(?:, (?:the |its |each )?[\w-]+(?: [\w-]+)?(?=,| and)){{0,3}}{ASIDE} (?:and|as well as|together with|along with|like|&) (?:its )?(?:the )?(?:[\w-]+ ){{0,2}}?(?:VENDOR|DISTRICT)(?!'s){ASIDE}\s*(?:(?:each|both|mutually|alike|severally),? )*{PROMISING}"
    rf"|(?:VENDOR|DISTRICT)(?!'s)[^.;]{{0,20}}?{PROMISING}[^.;]{{0,80}}?,? and (?:the )?(?:VENDOR|DISTRICT)(?!'s)[^.;]{{0,20}}?{PROMISING}"
)
EACH_OF_TWO = re.compile(
    r"\b[\w.&-]+ and (?:the )?(?:[\w.&-]+,? ){1,3}?(?:do |shall |will |must )?(?:each|both|mutually|jointly)(?: and severally)? (?:\w+ )?(?:promise|bind|shall|will|must|agree|undertake|covenant|ensure|satisfy|comply|see)|\bboth (?:the )?(?:[\w.&-]+ ){1,4}?and (?:the )?(?:[\w.&-]+ ){1,4}?(?:shall|will|must|agree|undertake|promise)"
)


# "VENDOR ensures compliance with FERPA, as DISTRICT undertakes to ensure its own"
LIKEWISE = re.compile(
    r"(?:VENDOR|DISTRICT)(?!'s)[^;]{0,120}?FERPA[^;]{0,40}?\b(?:as|just as|and|while|so)\b(?: (?:too|also|likewise))?,? (?:does |will |shall |must )?(?:the )?(VENDOR|DISTRICT)(?!'s)[^;]{0,80}?\b(?:its own|the same|likewise|do so|does so|for its part|its part|in turn)\b"
)


def two_named(text: str) -> bool:
    match = TWO_NAMED.search(text)
    if match is None or re.search(r"\b(?:not|rather than|instead of|nothing)\b", match.group()):
        return False
    return "VENDOR" in match.group() and "DISTRICT" in match.group()


def said_by_both(text: str) -> bool:
    """Both sides bind themselves in one sentence."""
    if NEITHER.search(text):
        return True
    if COMPLYING.search(text) and LIKEWISE.search(text) and len(set(SUBJECT.findall(text))) > 1:
        return True
    if COMPLYING.search(text) and (two_named(text) or EACH_OF_TWO.search(text)):
        return True
    return bool(COMPLYING.search(text) and (re.search(r"\bBOTH\b(?!'s)", text) or TWO_SIDES.search(text)))


def named_ferpa(group: Sequence[Unit]) -> list[tuple[Unit, str]]:
    """The sentences that speak of FERPA, by name or by a defined word that takes it in ("Privacy Law")."""
    words = [
        w.lower()
        for u in group
        if u.kind == "definition" and "FERPA" in u.canon
        for w in re.findall(r"[\"“]([^\"”]{3,40})[\"”]", u.text[:90])
        if w.lower() != "ferpa"
    ]
    out: list[tuple[Unit, str]] = []
    for unit in group:
        text = unit.canon
        if "FERPA" not in text and unit.kind == "clause":
            for word in words:
                text = text.replace(word, "FERPA")
        if (
            "FERPA" not in text
            and out
            and out[-1][0].block == unit.block
            and unit.index - out[-1][0].index == 1
        ):
            text = (
                re.sub(
                    r"\b(?:it|INFO|that law|the act|the same|with same)(?:'s| is)?\b", "FERPA", text, count=1
                )
                if COMPLYING.search(text)
                else text
            )
            if SAME_DUTY.search(text):
                text = f"{text} : FERPA"
        if "FERPA" in text:
            out.append((unit, text))
    return out


@check("both_comply")
def both_comply(groups: Sequence[Sequence[Unit]], limits: Mapping[str, Any], macros: Macros) -> list[Checked]:
    """Both sides undertake to comply with FERPA, in one sentence or in several."""
    comply = re.compile(
        macros.expand("{comply}")
        + r"|in compliance with|in accordance with|in conformity with|outside|as FERPA requires|(?=FERPA requires)"
    )
    sides: dict[str, list[Unit]] = {}
    spoken: list[Unit] = []
    for unit, text in {id(u): (u, t) for group in groups for u, t in named_ferpa(group)}.values():
        spoken.append(unit)
        if unit.kind != "clause" or BLANK.search(unit.text):
            continue
        if MAY_AGREE.search(text) or NO_ACT.search(text):
            continue
        text = LAID_ON_SUB.sub("SUB", text)
        if SOFT_ACT.search(text) and not FIRM_ACT.search(text) and not NEITHER.search(text):
            continue
        if said_by_both(text):
            sides.setdefault("BOTH", []).append(unit)
            continue
        plain = PLAIN_SIDE.search(text)
        found = undertakers(text, "FERPA", comply) | (
            {plain.group(1)} if plain and COMPLYING.search(text) else set()
        )
        same = SAME_DUTY.search(text)
        if same and sides:
            found = {same.group(1) or same.group(2)}
        if re.search(
            r"DISTRICT (?:agrees?|undertakes?|promises?)\b[^.;]{0,60}\band\b[^.;]{0,60}VENDOR (?:agrees?|undertakes?|promises?)",
            text,
        ):
            found = {"BOTH"}
        for side in found:
            sides.setdefault(side, []).append(unit)
    return weighed_sides(sides, spoken)


def weighed_sides(sides: Mapping[str, list[Unit]], spoken: Sequence[Unit]) -> list[Checked]:
    if "BOTH" in sides:
        return [Checked("met", "both sides undertake to comply with FERPA", sides["BOTH"][:2], rank=3)]
    if "VENDOR" in sides and "DISTRICT" in sides:
        vendor, district = sides["VENDOR"], sides["DISTRICT"]
        doubt = "" if vendor[0] is not district[0] else "one sentence names both"
        return [
            Checked("met", "each side undertakes to comply with FERPA", vendor[:2] + district[:1], doubt, 3)
        ]
    for side, name in (("VENDOR", "vendor"), ("DISTRICT", "district")):
        if side in sides:
            return [
                Checked(
                    "deficient", f"only the {name} undertakes to comply with FERPA", sides[side][:3], rank=2
                )
            ]
    if spoken:
        return [
            Checked("deficient", "mentions FERPA without an undertaking to comply", list(spoken[:3]), rank=1)
        ]
    return []
