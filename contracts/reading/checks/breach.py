"""Notice of unauthorised access: to whom, how soon, counted from what."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from ..grammar import Macros
from ..literals import Swift, masks, may_match
from ..numbers import periods
from ..structure import Unit
from .registry import BLANK, Checked, check, sentence_of

RECIPIENTS = r"(?:(?:both|all|each|any|every|the|affected|and|or|as well as|also|in writing|promptly|directly|immediately|simultaneously|DISTRICT(?:'s)?|superintendent|designee|designated|contact|director of technology|principal|eligible|adult|such|those|to|by \w+|whose \w+ \w+ \w+|,|/|\(|\)|-|not only|but)[\s,/()]*){0,12}"
FAMILIES = re.compile(
    rf"(?:notif(?:y|ies|ied|ying)|tells?|told|informs?|alerts?|advises?|e-?mails?|e-?mailed|mails?|texts?|rings?|telephones?|calls?|phones?|phoned|contacts?|writes? to|warns?|notices? to|notification to|report to|word to|reports? (?:it|the \w+|INFO) to)\s*{RECIPIENTS}(?:FAMILY|STUDENT)"
    rf"|(?:advis|notif|inform|tell|warn|alert)\w*\b[^.;]{{0,50}}?DISTRICT\b[^.;]{{0,20}}?\band,?[^.;]{{0,50}}? (?:the )?(?:FAMILY|STUDENT)"
    rf"|(?:notices?|notification|messages?|e-?mails?|letters?|word)\b[^.;]{{0,120}}?\bto\b[^.;]{{0,60}}?(?:FAMILY|STUDENT)"
    r"|(?:notif|tell|inform|alert|advis|e-?mail|call|contact|writ)\w*\b[^.]{0,30}?\(?(?:a|i|1)\)[^.]{0,120}?\(?(?:b|ii|2|c|iii)\) (?:[\w-]+ ){0,4}?(?:STUDENT|FAMILY)"
    r"|DISTRICT(?:,| and| or|,? as well as| together with|,? along with| \([^)]*\))+ ?(?:to |also )?(?:(?:each|every|any|the|all|affected|those|such|its|also) )*(?:STUDENT|FAMILY)"
    r"|(?:STUDENT|FAMILY)(?:,? (?:and|or) (?:the )?(?:STUDENT|FAMILY|DISTRICT))*,?[^.;]{0,60}?(?:shall|will|must|are|is|to)\b[^.;]{0,30}?(?:be )?(?:also )?(?:notified|told|informed|e-?mailed|alerted|contacted|written to|hear|receive|given|sent|mailed|served)"
    r"|(?:STUDENT|FAMILY)[^.;]{0,80}?(?:and|,) (?:the )?DISTRICT[^.;]{0,40}?(?:notified|told|informed|alerted|know|hear)"
    r"|(?:STUDENT|FAMILY)(?:,? and (?:to )?(?:the )?(?:FAMILY|DISTRICT))+"
    r"|\b(?:send|mail|give|write)s? (?:each|every|the|all|any) (?:\w+ ){0,2}?(?:STUDENT|FAMILY)"
    r"|(?:transmit|send|sent|deliver|give|provide|furnish|mail)\w*[^.;]{0,80}?\b(?:to|for) (?:each|every|the|all|any|affected)[^.;]{0,30}?(?:STUDENT|FAMILY)"
)
NOT_BY_VENDOR = re.compile(
    r"DISTRICT(?:'s)? (?:\w+,? ){0,3}?(?:shall|will|may|must|can|decides?|determines?|is responsible|remains responsible|has the sole|in turn)[^.;]{0,60}?(?:notif\w+|tell|inform|communicat\w+|contact|decide|send|relay)"
    r"|(?:assist|help|support|cooperat|enabl|allow|permit|so that|aid)\w*[^.;]{0,40}?DISTRICT[^.;]{0,60}?(?:notif\w+|tell\w*|inform\w*|communicat\w+)"
    r"|(?:not|never) (?:\w+ ){0,3}?(?:notify|contact|communicate|tell|inform)[^.;]{0,40}?(?:STUDENT|FAMILY)"
    r"|(?:notif\w+|notices?|communication)\w* (?:to|of) (?:STUDENT|FAMILY)[^.;]{0,60}?(?:is|are|remains?|shall be) (?:\w+ ){0,3}?(?:DISTRICT|responsib)"
    r"|(?:if|when|where|as|unless|once|after) (?:\w+ ){0,4}?(?:requir\w+|request\w*|direct\w*|asks?|asked|instruct\w*|approv\w*|consents?)\b(?! practical)"
    r"|(?:if(?: and when)?|when|where|unless|once|only (?:if|when|as)) (?:\w+ ){0,5}?(?:so )?(?:decides?|agrees?|chooses?|elects?|determines?|wish(?:es)?|thinks?|considers?|sees? fit)\b"
    r"|\b(?:suppl(?:y|ies)|gives?|sends?|provides?|furnish\w*) DISTRICT (?:with )?(?:a |the )?(?:draft|template|sample|model)\b"
    r"|(?:leaves?|leave) (?:\w+ ){0,4}?(?:notices?|telling|it)[^.;]{0,60}?(?:STUDENT|FAMILY)"
    r"|\b(?:is|are|be|left|remains?) (?:for|up to|to) DISTRICT (?:alone )?to (?:decide|say|determine|choose|judge|tell|notify|inform)"
    r"|\b(?:matters?|affair|business|responsibility|task|duty|decision|choice) (?:for|of) DISTRICT\b|\bDISTRICT alone\b"
)
GIVEN_BY = re.compile(  # "data that comes from the District, a student or a parent" tells nobody
    r"\b(?:from|(?:supplied|entered|provided|given|submitted|made|whether) by)\s+(?:the |a |any )?$"
)
DISTRICT_TOLD = Swift(
    r"(?:notif(?:y|ies|ied|ying)|tells?|informs?|alerts?|advises?|e-?mails?|telephones?|calls?|phones?|contacts?|warns?|notices?|notification|reports?|lets?|give\w*|disclose)[^.;]{0,120}?(?:DISTRICT|superintendent|district)"
    r"|(?:DISTRICT|superintendent)[^.;]{0,80}?(?:notified|told|informed|alerted|hear from|receive[sd]?|be given|be sent|be mailed|called|contacted|know|within)"
    r"|\b(?:tells?|notif(?:y|ies)|informs?|e-?mails?|calls?) BOTH\b"
    r"|\b(?:mails?|texts?|rings?|phones?|phoned|told|e-?mailed|writes?|write to|owed to|notice to)\b[^.;]{0,60}?DISTRICT"
)
AWARE = re.compile(
    r"\b(?:aware|awareness|learns?|learned|learnt|discover\w*|suspect\w*|suspici\w*|knows?|knew|knowledge|finds? out|found out|find out|detect\w*|believes?|reason to believe|identif\w+|notices|realis\w+|realiz\w+|comes? to (?:its|our|VENDOR's) attention|first signs?|occur\w*|of (?:the|any|such) (?:\w+ ){0,2}?(?:breach|incident|event)|happen\w*)\b"
)
SUSPECT = Swift(
    r"\b(?:suspect\w*|suspici\w*|reason to believe|believes?|possible|potential|signs?|apparent|hunch|inkling|may have|might have|even the possibility|could have)\b"
)
CONFIRMED = re.compile(
    r"\b(?:confirm\w*|verif\w+|determin\w+|conclu\w+|establish\w*|complet\w+ (?:of )?(?:its |an |the )?investigation|investigation is complete|substantiat\w+|validat\w+|actual)\b"
)
FROM_CONFIRMED = Swift(
    r"(?:hours?|days?)[^.;]{0,30}?(?:of|after|from|following|once|when)[^.;]{0,60}?(?:confirm\w*|verif\w+|determin\w+|conclu\w+|complet\w+|establish\w*|substantiat\w*|clos(?:e|ing) (?:of )?(?:the|its|an|that) (?:\w+ )?(?:investigation|inquiry))"
)
EXCLUDES_SUSPECTED = Swift(
    r"\b(?:not|excludes?|excluding|other than|no)\b[^.;]{0,40}?(?:include |cover |mean )?[^.;]{0,20}?(?:suspected|attempted|unsuccessful)|(?<!or )(?<!whether )(?:merely|only) suspected(?! or)|suspected[^.;]{0,60}?(?:if|once|when|unless|only)[^.;]{0,20}?(?:substantiat\w+|confirm\w+|verif\w+)|suspected[^.;]{0,40}?(?:nobody|no one|not)[^.;]{0,30}?(?:confirm|told)|confirmed (?:breach|incident)s? only|only (?:\w+ ){0,3}confirmed"
)
LIMIT_LEAD = re.compile(
    r"(?:within|not? later than|later than|inside|in no (?:case|event)|no more than|not more than|not exceed\w*|at the outside|outside|more than|at most|maximum|in less than|less than|under|before|by the end of|latest,?|latest|longer than|sooner than|outer limit|earlier than|deadline of|in|exceeding|beyond|deadline|window|clock|:|\|)[^.;]{0,40}$"
)


CONTRACT_BREACH = Swift(
    r"\b(?:material |uncured |unremedied |any |serious |persistent )*breach(?:es)?,? (?:of (?:this|the|any|its|these|his)(?: \w+){0,4}? ?(?:agreement|contract|terms?|provisions?|sections?|covenants?|obligations?|warrant\w+|duties|rider|letter|schedules?)"
    r"|(?:is )?not (?:\w+ )?(?:cured|remedied)|by (?:the other|BOTH|either)|that (?:is|remains) un)|\b(?:material|uncured|unremedied) breach\w*"
)
OF_DATA = Swift(
    r"unauthori[sz]ed|(?:access|person|entry)[^.;]{0,20}?\bnot (?:\w+ )?authori[sz]ed|incident|security|\bDATA\b|\bINFO\b|intru|hack|leak|expos|mishap|adverse|shouldn|wrong|without (?:permission|authority)|compromis|unpermitted|suspect\w*[^.;]{0,80}?(?:access|breach|disclos|theft|loss)|should not have|data (?:got|gets) out|looked at"
)
OTHER_PERIOD = re.compile(
    r"supplement\w*|final report|full report|follow-?up|written report|root cause|update[sd]?\b|analysis|post-?mortem|insur\w*|regulator|attorney general|credit monitoring|terminat\w*|correct\w*|delet\w*|monitoring|acknowledg\w*|warrant\w*|toll-?free|call cent\w+"
)
SOFT = Swift(
    r"\b(?:endeavou?rs?|(?:best|reasonable|commercially reasonable|good[- ]faith) (?:commercial )?efforts|tr(?:y|ies) to|hopes? to|aims? to|intends? to|strives? to|seeks? to|(?:VENDOR|it),? (?:may|might|could|should),? (?=(?:[\w-]+,? ){0,6}?(?:notif|tell|inform|alert|advis|e-?mail|call|phone|telephone|writ|contact|warn|report|let|give|send|delay|wait|post)\w*)(?!not|have|be|become|learn|know|suspect|[^.;]*\babout (?:its|VENDOR's|new|other)\b))\b"
)
LISTED_PEOPLE = re.compile(
    r"(?:^|[:;(|,]\s*|\b(?:to|and|or|with|together with) )(?:\(?[a-z0-9]{1,3}[.)]\s*)?(?:also )?(?:to )?(?:(?:the|each|every|any|all|such|those|affected|of|concerned|relevant) )*(?:STUDENT|FAMILY)\b"
)
PEOPLE_TOLD_BY = re.compile(
    r"(?:STUDENT|FAMILY)\b[^.;]{0,100}?\b(?:by|via|at|receives?|through|in|get|gets|:)\b[^.;]{0,40}?\b(?:e-?mail|mail|letter|post|text|telephone|phone|message|notice|word)\w*"
)
FAMILY_MAY = re.compile(
    r"(?:STUDENT|FAMILY)(?:,? (?:or|and) (?:\w+ )?(?:STUDENT|FAMILY|DISTRICT))*,? (?:\w+ )?(?:may|can|wishes|chooses)\b"
)
FAMILIES_NEED = masks([frozenset(["STUDENT", "FAMILY"])])  # no other words tell of them
MEANS_ONLY = re.compile(r"(?:the|a|an) (?:STUDENT|FAMILY) (?:account|page|portal)")


HEADED = Swift(
    r"(?i)(?:unauthori[sz]ed|security|data|privacy|suspected)[^.;]{0,30}?(?:access|breach|incident|disclosure|compromise|intrusion)|\b(?:breach|incident|intrusion|break-?in|compromise) (?:notice|notification|response|report)|(?:notice|notification) of (?:an? )?(?:\w+ )?(?:breach|incident|access|compromise)"
)


@check("breach_notice")
def breach_notice(
    groups: Sequence[Sequence[Unit]], limits: Mapping[str, Any], macros: Macros
) -> list[Checked]:
    """Notice of unauthorised access: to whom, how soon, counted from what (limits: hours, to)."""
    allowed = float(limits["hours"] if "hours" in limits else 24 * limits.get("days", math.inf))
    wanted = set(limits.get("to", ("board", "families")))
    breach, tell = macros.pattern("{breach}"), macros.pattern("{tell}")
    found = []
    for group in groups:
        about = [
            u
            for u in group
            if breach.span(CONTRACT_BREACH.sub("default", u.canon))
            or (tell.span(u.canon) and HEADED.search(u.heading))
        ]
        if not any(
            OF_DATA.search(CONTRACT_BREACH.sub("default", u.canon)) or HEADED.search(u.heading) for u in about
        ):
            continue
        said = [u for u in group if tell.span(u.canon) and u.kind == "clause"]
        if (
            not said
            or not about
            or not any(abs(a.index - t.index) <= 12 or a.kind == "definition" for a in about for t in said)
        ):
            continue
        judged = judge_notice(near(group, about, said), said, allowed, wanted)
        if judged.verdict != "met" and not any(
            breach.span(CONTRACT_BREACH.sub("default", u.canon))
            and tell.span(u.canon)
            and OF_DATA.search(u.canon)
            for u in judged.units
        ):
            judged.rank = min(
                judged.rank, 1
            )  # speaks of a breach and of a notice, not plainly of one of the other
        if re.search(r"intrusion (?:report|analysis)|attempted intrusion", sentence_of(judged.units)):
            judged.rank = min(judged.rank, 1)
        found.append(judged)
    return found


def near(group: Sequence[Unit], about: Sequence[Unit], said: Sequence[Unit]) -> list[Unit]:
    """The part of a long section that deals with the breach, and the definitions it uses."""
    marks = [u.index for u in about if u.kind == "clause"] + [u.index for u in said]
    low, high = min(marks) - 2, max(marks) + 8
    return [u for u in group if u.kind == "definition" or low <= u.index <= high]


def own_family_notice(unit: Unit, *, listed: bool) -> bool:
    """Whether the vendor tells students or families here: in so many words, or as an entry in the list of those told."""
    return unit.kind != "definition" and tells_family(unit.canon, listed)


@lru_cache(2000)  # a definition is read with every section that uses its word
def tells_family(text: str, listed: bool) -> bool:
    if not may_match(FAMILIES_NEED, text):
        return False
    if FAMILY_MAY.search(text) and not re.search(
        r"VENDOR[^.;]{0,40}?(?:notif|tell|inform|alert|send|mail|call)", text
    ):
        return False
    for match in FAMILIES.finditer(text):
        if GIVEN_BY.search(text[: match.start()]):
            continue
        rest = re.match(r"[^.;]{0,80}", text[match.end() :])
        before = text[max(0, match.start() - 90) : match.end() + (rest.end() if rest else 30)]
        if not NOT_BY_VENDOR.search(before):
            return True
    told = PEOPLE_TOLD_BY.search(text) or (
        listed
        and LISTED_PEOPLE.search(text)
        and not re.search(r"\b(?:DATA|records?|account)\b[^.;]{0,20}$", text)
    )
    return bool(told) and not (NOT_BY_VENDOR.search(text) or LEFT_TO_DISTRICT.search(text))


def notice_periods(units: Sequence[Unit]) -> list[tuple[float, bool, str]]:
    out = []
    for unit in units:
        if TO_VENDOR.search(unit.canon):
            continue
        out += [(float(m.group(1)), False, m.group(0)) for m in HOUR_OF_CLOCK.finditer(unit.canon)]
        for match_hours, business, words in periods(unit.canon):
            at = unit.canon.find(words)
            before, after = unit.canon[:at][-60:], unit.canon[at + len(words) :]
            if OF_A_REMEDY.match(after) or HOW_OFTEN.search(before):
                continue
            if OTHER_PERIOD.search(unit.canon[max(0, at - 90) : at + 60]) and not re.search(
                r"notif|notice|tell|inform|told", unit.canon[max(0, at - 90) : at + 60]
            ):
                continue
            if LIMIT_LEAD.search(before) or PERIOD_TAIL.match(after):
                out.append((match_hours, business, words))
    return out


HOUR_OF_CLOCK = Swift(
    r"\b(?:by|before|until|at|within) hour (\d{1,3})\b"
)  # of a clock that starts at the suspicion
HOW_OFTEN = re.compile(r"\b(?:once|twice|thrice|times|every|each|per)\W*$")
OF_A_REMEDY = re.compile(
    r" of (?:\w+ ){0,3}?(?:monitoring|protection|support|insurance|coverage|restoration)\b"
)
PERIOD_TAIL = re.compile(
    r"[^.;]{0,60}?\b(?:is|are|being) (?:the |our |its |VENDOR's )?(?:very |absolute |outside |outer )*(?:longest|most|latest|limit|maximum|ceiling)\b|[^.;]{0,40}(?:of|after|from|at most|at the (?:most|latest|outside)|(?:as )?(?:the |an |its )?(?:outer |outside |absolute )?(?:limit|latest|maximum|deadline)|that follow|following|thereafter|have gone|has gone|have passed|since)"
)
LEFT_TO_DISTRICT = re.compile(
    r"(?:leaves?|left|is for|are for|falls? to|rests? with|remains? with|responsibility of|up to)[^.;]{0,40}?(?:notices?|telling|notif\w+|communicat\w+)?[^.;]{0,40}?(?:STUDENT|FAMILY)?[^.;]{0,30}?\bDISTRICT\b[^.;]{0,20}(?:to (?:tell|notify|inform|decide))?$"
)


def says_later(timed: Sequence[Unit], said: Sequence[Unit], allowed: float) -> str:
    """A sentence that tells of the access may give more time than the one the limit was found in."""
    own = [notice_periods([unit]) for unit in timed if unit in said]
    return "another sentence gives more time" if any(min(found)[0] > allowed for found in own) else ""


def judge_notice(group: list[Unit], said: list[Unit], allowed: float, wanted: set[str]) -> Checked:
    text = sentence_of(group)
    board = [u for u in said if DISTRICT_TOLD.search(u.canon)] or [
        u for u in group if u.kind == "clause" and LISTED_DISTRICT.search(u.canon)
    ]
    family = [u for u in group if own_family_notice(u, listed=bool(said))]
    told = [
        u
        for u in group
        if re.search(r"(?:notified persons|recipients?|who is told|to whom|the circle)", u.canon[:60])
    ]
    used = [
        u for u in unique(board[:3] or said[:1], family[:3], told[:1]) if u.kind == "clause" or u in family
    ]
    telling = sentence_of(unique(said, used))
    timed = [u for u in group if notice_periods([u])]
    told_when = (
        [u for u in timed if TIME_OF_NOTICE.search(u.canon)] or [u for u in timed if u in said] or timed
    )
    times = notice_periods(told_when)
    if told_when and not any(u in used for u in told_when):
        used = unique(used, told_when[:1])
    bound = [u for u in told_when if DISTRICT_TOLD.search(u.canon) and u not in family]
    short = refused_notice(group, used, times, allowed)
    if short:
        return short
    first = min(times)
    if "families" in wanted and not family:
        return Checked(
            "deficient", "the vendor tells the district only, not students and parents", used, rank=2
        )
    if "board" in wanted and not board:
        return Checked("deficient", "the vendor tells families only, not the Board", used, rank=2)
    late = family_time(family, board, allowed, bound=bool(bound))
    if late:
        return Checked("deficient", late, used, rank=2)
    suspected = SUSPECT.search(text) and not EXCLUDES_SUSPECTED.search(text)
    if LATE_CLOCK.search(text) or (
        FROM_CONFIRMED.search(telling)
        and not (suspected and SUSPECT_STARTS.search(text) and not AFTER_INQUIRY.search(telling))
    ):
        return Checked(
            "deficient", "the time runs only from a confirmed breach, not from suspicion", used, rank=2
        )
    if EXCLUDES_SUSPECTED.search(text) or (
        CONFIRMED.search(telling)
        and not suspected
        and not re.search(r"aware|learn|discover|find out|know", text)
    ):
        return Checked("deficient", "covers confirmed breaches only, not suspected ones", used, rank=2)
    return Checked(
        "met",
        f"tells the Board and families within {first[2]}",
        used,
        says_later(timed, said, allowed) or notice_doubt(text, telling, bool(suspected)),
        rank=3,
    )


TIME_OF_NOTICE = Swift(
    r"\b(?:aware|awareness|learn\w*|discover\w*|suspect\w*|suspici\w*|knew|know\w*|notice\b|notices|notif\w+|tell|told|inform\w*|trigger\w*|incident|breach|unauthori[sz]ed|event|late if|how soon|beginning point|latest)\b"
)
AFTER_INQUIRY = re.compile(
    r"(?:hours?|days?)[^.;]{0,40}(?:of|after|from|following) (?:\w+ ){0,3}?(?:confirm|verif|determin|complet|investigat|clos(?:e|ing) (?:of )?(?:the|its|an|that) (?:\w+ )?(?:investigation|inquiry|review)|end (?:of )?(?:the|its|an) (?:\w+ )?(?:investigation|inquiry))"
)
# "if they are satisfied that somebody really has seen it, the clock starts"
LATE_CLOCK = re.compile(
    r"\b(?:satisfied|certain|sure|concludes?|confirms?|confirmed)\b[^.;]{0,200}?\bclock (?:starts|begins|runs)\b"
)
SUSPECT_STARTS = re.compile(r"suspect\w*|suspici\w*|reason to believe")
LISTED_DISTRICT = re.compile(r"(?:^|[:;(|]\s*|\bto )(?:\(?[a-z0-9]{1,3}[.)]\s*)?(?:to )?DISTRICT\b")


BLANK_TIME = re.compile(
    rf"(?i)(?:{BLANK.pattern})[^.;]{{0,30}}?(?:hours?|days?)|(?:within|than|after)\s+(?:{BLANK.pattern})|\[[^\]]{{0,30}}(?:hours?|days?)[^\]]{{0,20}}\]"
)
# a notice only of large incidents
MANY_ONLY = Swift(
    r"(?:affect|involv|concern|touch)\w* (?:more than|over|at least|in excess of|upwards of) (?:\w+ )?\d[\d,]*|(?:more than|over|at least|in excess of) \d[\d,]* (?:\w+ )?(?:STUDENT|individuals|persons|records|people|users|accounts)"
)


def unique(*lists: Sequence[Unit]) -> list[Unit]:
    return list({id(u): u for units in lists for u in units}.values())


def refused_notice(
    group: Sequence[Unit], used: list[Unit], times: Sequence[tuple[float, bool, str]], allowed: float
) -> Checked | None:
    """Why the time or the firmness of the notice falls short, or nothing."""
    if any(BLANK_TIME.search(u.text) for u in used):
        return Checked("deficient", "the time for notice is left blank", used, rank=2)
    if not times:
        return Checked("deficient", "sets no time limit in hours for the notice", used, rank=1)
    first = min(times)
    if first[1]:
        return Checked(
            "deficient",
            f"counts business time ({first[2]}); the policy counts {allowed:g} hours on the clock",
            used,
            rank=2,
        )
    if any(NO_WEEKENDS.search(u.canon) for u in used):
        return Checked("deficient", "leaves weekends or holidays out of the time", used, rank=2)
    if any(WHEN_DONE.search(u.canon) for u in used):
        return Checked("deficient", "tells only when an investigation is complete", used, rank=2)
    if any(MANY_ONLY.search(u.canon) for u in used):
        return Checked("deficient", "tells only of incidents above a size", used, rank=2)
    if first[0] > allowed + 1e-6:
        return Checked("deficient", f"says {first[2]}; the policy allows {allowed:g} hours", used, rank=2)
    if any(SOFT.search(u.canon) for u in used):
        return Checked("deficient", "is not a firm promise", used, rank=2)
    return None


# "as soon as practicable and in any case within 48 hours": the soonest is no condition
SOONER = re.compile(
    r"(?:and |or |but |,)? ?(?:sooner|earlier|fewer|less|faster|as soon as|as quickly as|as promptly as|as fast as|as long as)(?: \w+){0,3}? (?:where |if |when |as )?(?:\w+ )?(?:practica\w+|possible|feasible)"
)


def notice_doubt(text: str, telling: str, suspected: bool) -> str:
    telling = SOONER.sub(" ", telling)
    if re.search(
        r"law[- ]enforcement|unless|except|reasonabl\w+ (?:practicable|possible|efforts)|efforts|endeavou?r|where (?:practicable|feasible)",
        telling,
    ):
        return "has a condition to look at"
    if not AWARE.search(text):
        return "does not say from when the hours run"
    return "" if suspected else "speaks of knowing, not expressly of suspecting"


NO_WEEKENDS = Swift(
    r"\b(?:saturdays?|sundays?|weekends?|holidays?)\b[^.;]{0,40}?\b(?:excepted|excluded|aside|not count\w*)|\b(?:excluding|excepting|except|other than|not counting)\b[^.;]{0,20}?\b(?:saturdays?|weekends?|holidays?)"
)
WHEN_DONE = Swift(
    r"\b(?:notif|tell|inform|report)\w*\b[^.;]{0,100}?\b(?:when|once|after|upon) (?:it|INFO|(?:the|that|its|an) (?:\w+ )?(?:investigation|inquiry|review)) (?:is|has been|are) (?:complete|finish|conclu|clos)\w*"
)
TO_VENDOR = Swift(
    r"\bSUB\b(?: \w+)?,? (?:(?:shall|will|must|agrees? to)\b|(?:is|are) (?:bound|required|obliged) to\b)[^.;]{0,30}?\b(?:notif\w+|tell|inform|report to|alert)(?: \w+)? VENDOR\b"
    r"|\bDISTRICT\b[^.;]{0,120}?\b(?:it|DISTRICT|INFO) (?:shall|will|must|agrees to)\b[^.;]{0,30}?\b(?:notif\w+|tell|inform|report to|alert)(?: \w+)? VENDOR\b"
)
AFTERWARDS = re.compile(
    r"(?:STUDENT|FAMILY)\b,?[^.;,]{0,30}?\b(?:as soon as (?:is )?(?:\w+ )?(?:practica\w+|possible)|promptly|in due course|within a reasonable time)[^.;]{0,12}?(?:thereafter|afterwards|after that)\b"
)
# "within 48 hours the vendor shall (a) call the Board; and (b) write to families"
NEXT_ENTRY = re.compile(r"^\W*(?:and |or )?\(?(?:[b-h]|[2-9]|ii|iii|iv)\)")


def family_time(family: Sequence[Unit], board: Sequence[Unit], allowed: float, *, bound: bool) -> str:
    """Why the families' notice is late or undated, or nothing. The time is `bound` if it stands for the Board only."""
    shared = {id(u) for u in board}
    own = [u for u in family if id(u) not in shared]
    if any(id(u) in shared for u in family):
        both = next(u for u in family if id(u) in shared)
        if AFTERWARDS.search(both.canon):
            return "sets no time for telling families"
        later = [p for p in notice_periods([both]) if p[0] > allowed]
        if (
            later
            and re.search(r"(?:STUDENT|FAMILY)", both.canon.split(later[0][2])[0][-140:])
            and len(notice_periods([both])) > 1
        ):
            return f"families are told only within {later[0][2]}; the policy allows {allowed:g} hours"
        return ""
    for unit in own:
        times = notice_periods([unit])
        if times:
            worst = min(times)
            if worst[1] or worst[0] > allowed:
                return f"families are told only within {worst[2]}; the policy allows {allowed:g} hours"
            return ""
    if any(NEXT_ENTRY.match(u.canon) and u.block in {b.block for b in board} for u in own):
        return ""
    if not bound or any(
        re.search(
            r"same (?:time|period|hours|deadline|limit)|likewise|simultaneous\w*|at once|also|in each case|both|such notice|the same|within that|that time|those hours|too\b",
            u.canon,
        )
        for u in own
    ):
        return ""
    return "sets no time for telling families"
