"""Checks that a pattern alone cannot make: amounts, recipients, jurisdictions, subjects, conditions.

Each takes the live units that speak to a requirement, and the pack's limits, and says what it found. The law's
numbers come from `limits` only; what a check concludes is explained in `why`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .grammar import Macros
from .numbers import mend_scan, periods
from .structure import Unit


@dataclass(slots=True)
class Checked:
    """What one passage (a unit or a section) amounts to for a requirement."""

    verdict: str  # met | deficient
    why: str
    units: list[Unit]
    doubt: str = ""
    rank: int = 0


Check = Callable[[Sequence[Sequence[Unit]], Mapping[str, Any], Macros], list[Checked]]
REGISTRY: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    def register(function: Check) -> Check:
        REGISTRY[name] = function
        return function

    return register


def sentence_of(units: Sequence[Unit]) -> str:
    return " . ".join(u.canon for u in units)


BLANK = re.compile(
    r"\[\s*(?:insert|state|number|name|date|blank|tbd|x+|_+|•|#|hours?|days?|enter|to be|e\.g)[^\]]{0,60}\]|\[[a-z ]{0,30}(?:number|state|name|days|hours|amount)[^\]]{0,40}\]|_{3,}|<(?:insert|state|number)[^>]{0,40}>|\btbd\b|\bto be (?:determined|inserted|completed|agreed)\b|\{\{[^}]+\}\}",
    re.I,
)


# -- breach notice -----------------------------------------------------------------------------------------------
RECIPIENTS = r"(?:(?:both|all|each|any|every|the|affected|and|or|as well as|also|in writing|promptly|directly|immediately|simultaneously|DISTRICT(?:'s)?|superintendent|designee|designated|contact|director of technology|principal|eligible|adult|such|those|to|by \w+|whose \w+ \w+ \w+|,|/|\(|\)|-|not only|but)[\s,/()]*){0,12}"
FAMILIES = re.compile(
    rf"(?:notif(?:y|ies|ied|ying)|tells?|informs?|alerts?|advises?|e-?mails?|telephones?|calls?|phones?|contacts?|writes? to|warns?|notices? to|notification to|report to|word to|reports? (?:it|the \w+|INFO) to)\s*{RECIPIENTS}(?:FAMILY|STUDENT)"
    rf"|(?:notices?|notification|messages?|e-?mails?|letters?|word)\b[^.;]{{0,120}}?\bto\b[^.;]{{0,60}}?(?:FAMILY|STUDENT)"
    r"|(?:notif|tell|inform|alert|advis|e-?mail|call|contact|writ)\w*\b[^.]{0,30}?\(?(?:a|i|1)\)[^.]{0,120}?\(?(?:b|ii|2|c|iii)\) (?:[\w-]+ ){0,4}?(?:STUDENT|FAMILY)"
    r"|DISTRICT(?:,| and| or|,? as well as| together with|,? along with| \([^)]*\))+ ?(?:to |also )?(?:(?:each|every|any|the|all|affected|those|such|its|also) )*(?:STUDENT|FAMILY)"
    r"|(?:STUDENT|FAMILY)(?:,? (?:and|or) (?:the )?(?:STUDENT|FAMILY|DISTRICT))*,?[^.;]{0,60}?(?:shall|will|must|are|is|to)\b[^.;]{0,30}?(?:be )?(?:also )?(?:notified|told|informed|e-?mailed|alerted|contacted|written to|hear|receive|given)"
    r"|(?:STUDENT|FAMILY)[^.;]{0,80}?(?:and|,) (?:the )?DISTRICT[^.;]{0,40}?(?:notified|told|informed|alerted|know|hear)"
    r"|(?:STUDENT|FAMILY)(?:,? and (?:to )?(?:the )?(?:FAMILY|DISTRICT))+"
    r"|(?:transmit|send|sent|deliver|give|provide|furnish|mail)\w*[^.;]{0,80}?\b(?:to|for) (?:each|every|the|all|any|affected)[^.;]{0,30}?(?:STUDENT|FAMILY)"
)
NOT_BY_VENDOR = re.compile(
    r"DISTRICT(?:'s)? (?:\w+,? ){0,3}?(?:shall|will|may|must|can|decides?|determines?|is responsible|remains responsible|has the sole|in turn)[^.;]{0,60}?(?:notif\w+|tell|inform|communicat\w+|contact|decide|send|relay)"
    r"|(?:assist|help|support|cooperat|enabl|allow|permit|so that|aid)\w*[^.;]{0,40}?DISTRICT[^.;]{0,60}?(?:notif\w+|tell\w*|inform\w*|communicat\w+)"
    r"|(?:not|never) (?:\w+ ){0,3}?(?:notify|contact|communicate|tell|inform)[^.;]{0,40}?(?:STUDENT|FAMILY)"
    r"|(?:notif\w+|notices?|communication)\w* (?:to|of) (?:STUDENT|FAMILY)[^.;]{0,60}?(?:is|are|remains?|shall be) (?:\w+ ){0,3}?(?:DISTRICT|responsib)"
    r"|(?:if|when|where|as) (?:\w+ ){0,3}?(?:required|requested|directed|asked)"
)
DISTRICT_TOLD = re.compile(
    r"(?:notif(?:y|ies|ied|ying)|tells?|informs?|alerts?|advises?|e-?mails?|telephones?|calls?|phones?|contacts?|warns?|notices?|notification|reports?|lets?|give\w*|disclose)[^.;]{0,120}?(?:DISTRICT|superintendent|district)"
    r"|(?:DISTRICT|superintendent)[^.;]{0,80}?(?:notified|told|informed|alerted|hear from|receive[sd]?|be given|called|contacted|know|within)"
)
AWARE = re.compile(
    r"\b(?:aware|awareness|learns?|learned|learnt|discover\w*|suspect\w*|suspici\w*|knows?|knew|knowledge|finds? out|found out|find out|detect\w*|believes?|reason to believe|identif\w+|notices|realis\w+|realiz\w+|comes? to (?:its|our|VENDOR's) attention|first signs?|occur\w*|of (?:the|any|such) (?:\w+ ){0,2}?(?:breach|incident|event)|happen\w*)\b"
)
SUSPECT = re.compile(
    r"\b(?:suspect\w*|suspici\w*|reason to believe|believes?|possible|potential|signs?|apparent|may have|might have|even the possibility|could have)\b"
)
CONFIRMED = re.compile(
    r"\b(?:confirm\w*|verif\w+|determin\w+|conclu\w+|establish\w*|complet\w+ (?:of )?(?:its |an |the )?investigation|investigation is complete|substantiat\w+|validat\w+|actual)\b"
)
FROM_CONFIRMED = re.compile(
    r"(?:hours?|days?)[^.;]{0,30}?(?:of|after|from|following|once|when)[^.;]{0,60}?(?:confirm\w*|verif\w+|determin\w+|conclu\w+|complet\w+|establish\w*|substantiat\w*)"
)
EXCLUDES_SUSPECTED = re.compile(
    r"\b(?:not|excludes?|excluding|other than|no)\b[^.;]{0,40}?(?:include |cover |mean )?[^.;]{0,20}?(?:suspected|attempted|unsuccessful)|(?:merely|only) suspected|confirmed (?:breach|incident)s? only|only (?:\w+ ){0,3}confirmed"
)
LIMIT_LEAD = re.compile(
    r"(?:within|not? later than|later than|inside|in no (?:case|event)|no more than|not more than|not exceed\w*|more than|at most|maximum|in less than|less than|under|before|by the end of|in|exceeding|beyond|deadline|window|clock|:|\|)[^.;]{0,40}$"
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
        said = [u for u in group if tell.span(u.canon)]
        if not any(breach.span(u.canon) for u in group) or not said:
            continue
        found.append(judge_notice(list(group), said, allowed, wanted))
    return found


def own_family_notice(sentence: str) -> bool:
    for match in FAMILIES.finditer(sentence):
        before = sentence[max(0, match.start() - 90) : match.end() + 30]
        if not NOT_BY_VENDOR.search(before):
            return True
    return False


def notice_periods(units: Sequence[Unit]) -> list[tuple[float, bool, str]]:
    out = []
    for unit in units:
        for match_hours, business, words in periods(unit.canon):
            at = unit.canon.find(words)
            if LIMIT_LEAD.search(unit.canon[:at][-60:]) or re.match(
                r"[^.;]{0,40}(?:of|after|from|at most|at the (?:most|latest))", unit.canon[at + len(words) :]
            ):
                out.append((match_hours, business, words))
    return out


def judge_notice(group: list[Unit], said: list[Unit], allowed: float, wanted: set[str]) -> Checked:
    text = sentence_of(group)
    telling = sentence_of(said)
    board = [u for u in said if DISTRICT_TOLD.search(u.canon)]
    family = [u for u in said if own_family_notice(u.canon)]
    used = list({id(u): u for u in (board or said[:1]) + family}.values())
    times = notice_periods(board or said)
    if not times:
        times = notice_periods(
            [
                u
                for u in group
                if u not in said and re.search(r"notice|notif|report|deadline|breach|incident", u.canon)
            ]
        )
    promised = [x for x in used if not re.search(r"_{3,}|\[", x.text) or not BLANK.search(x.text)]
    if BLANK.search(" ".join(u.text for u in used)) and len(promised) < len(used):
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
    if first[0] > allowed + 1e-6:
        return Checked("deficient", f"says {first[2]}; the policy allows {allowed:g} hours", used, rank=2)
    if "families" in wanted and not family:
        return Checked(
            "deficient", "the vendor tells the district only, not students and parents", used, rank=2
        )
    if "board" in wanted and not board:
        return Checked("deficient", "the vendor tells families only, not the Board", used, rank=2)
    late = family_time(family, board, allowed)
    if late:
        return Checked("deficient", late, used, rank=2)
    suspected = SUSPECT.search(text) and not EXCLUDES_SUSPECTED.search(text)
    if FROM_CONFIRMED.search(telling) and not (
        suspected
        and re.search(r"suspect", telling)
        and not re.search(
            r"hours?[^.;]{0,40}(?:of|after|from|following) (?:\w+ ){0,3}?(?:confirm|verif|determin|complet)",
            telling,
        )
    ):
        return Checked(
            "deficient", "the time runs only from a confirmed breach, not from suspicion", used, rank=2
        )
    if EXCLUDES_SUSPECTED.search(text) or (
        CONFIRMED.search(telling)
        and not suspected
        and not re.search(r"aware|learn|discover|find out|know", telling)
    ):
        return Checked("deficient", "covers confirmed breaches only, not suspected ones", used, rank=2)
    doubt = "" if suspected else "speaks of knowing, not expressly of suspecting"
    if not AWARE.search(text):
        doubt = "does not say from when the hours run"
    if re.search(
        r"law[- ]enforcement|unless|except|reasonabl\w+ (?:practicable|possible|efforts)|efforts|endeavou?r|where (?:practicable|feasible)",
        telling,
    ):
        doubt = "has a condition to look at"
    return Checked("met", f"tells the Board and families within {first[2]}", used, doubt, rank=3)


def family_time(family: Sequence[Unit], board: Sequence[Unit], allowed: float) -> str:
    """Why the families' notice is late or undated, or nothing."""
    shared = {id(u) for u in board}
    own = [u for u in family if id(u) not in shared]
    if any(id(u) in shared for u in family):
        both = next(u for u in family if id(u) in shared)
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
    if any(
        re.search(
            r"same (?:time|period|hours|deadline|limit)|likewise|simultaneous\w*|at once|also|in each case|both|such notice|the same|within that|that time|those hours|too\b",
            u.canon,
        )
        for u in own
    ):
        return ""
    return "sets no time for telling families"


# -- deletion at the end -----------------------------------------------------------------------------------------
KEEPS = re.compile(
    r"(?:may|can|reserves? the right to|shall be entitled to|is entitled to|will|shall|might|wishes to|elects to|chooses to|needs to|is permitted to)\s(?!not)(?:\w+ ){0,3}?(?:retain|keep|continue to (?:hold|keep|retain|store|use)|store|archive|preserve|hold|maintain|be (?:retained|kept|archived|stored|held|preserved))\b(?! (?:nothing|no|none)\b)"
)
KEPT_FOR = re.compile(
    r"(?:retain\w*|kept|keeps?|stor\w+|hold|held|archiv\w*|maintain\w*)[^.;]{0,60}?(?:for|up to|period of)\s(?:a )?(?:\w+ ){0,4}?$"
)
EXCUSED = re.compile(
    r"(?:to the extent |only )?(?:as |where |when |if |unless |except as |otherwise |further storage is )?(?:is )?(?:required|mandated|compelled) (?:to do so )?(?:by|under)[^.;]{0,40}?(?:law|statute|order)|legally required|DEIDENTIFIED|personal account|account (?:for|to)|electronic account|legal hold|litigation"
)


END = re.compile(
    r"\b(?:terminat\w+|expir\w+|cessation|conclusion|off-?boarding|wind(?:s|ing)?[- ]?(?:up|down)|end of (?:the |this )?(?:\w+ )?(?:agreement|contract|term|year|services?|subscription|pilot|engagement|licen[cs]e)|last day|final day|exit|after the end|no longer (?:needed|necessary|required))\b(?! (?:the |a )?session)"
    r"|\b(?:complet\w+|end(?:s|ed|ing)?|over|finish\w*|stops?|stopped|laps\w+|clos\w+|cancel\w*|done|ceas\w+|conclud\w*|runs? out|discontinu\w+|not (?:be )?renew\w*|non-?renewal)\b[^.;]{0,50}?\b(?:agreement|contract|addendum|services?|subscription|term|relationship|account|pilot|engagement|licen[cs]e|work|program(?:me)?|arrangement|order|dpa|access|project|year)\b"
    r"|\b(?:agreement|contract|addendum|services?|subscription|term|relationship|account|pilot|engagement|licen[cs]e|work|program(?:me)?|arrangement|order|dpa|access|project|school year)\b[^.;]{0,50}?\b(?:complet\w+|ends?|ended|over|finish\w*|stops?|stopped|laps\w+|clos\w+|cancel\w*|done|ceas\w+|conclud\w*|runs? out|discontinu\w+|not (?:be )?renew\w*)\b"
    r"|\b(?:when|once|after) (?:we|you|VENDOR|DISTRICT|BOTH)(?:'re| are| is)? (?:done|finished|part ways|stop|stops|leave|leaves|through|cancel|cancels)|\bpart(?:ing)? (?:ways|company)|\b(?:when|once|after) (?:VENDOR|DISTRICT|BOTH)[^.;]{0,40}?\b(?:done|finished|stops?|leaves?|cancels?|end)\b"
    r"|\bend of contract\b|\bday \d+\b"
)
CERTIFYING = re.compile(
    r"(?:certif\w+|statements?|confirm\w*|attest\w*|affidavits?|proof|evidence|in writing|note|letter)[^.;]{0,60}?(?:that|of|when|once)[^.;]{0,120}"
)
PROMPTED = re.compile(r"(?:only|solely) (?:\w+ ){0,4}?(?:request|instruct|ask)")
HELD = r"(?:retain\w*|keep\w*|kept|hold|held|available|access\w*|possess\w*|remain\w*|stay\w*|stor\w+|left)"


@check("deletion")
def deletion(groups: Sequence[Sequence[Unit]], limits: Mapping[str, Any], macros: Macros) -> list[Checked]:
    """Nothing kept after the services end, without anyone asking (limits: days, when a pack sets them)."""
    days = float(limits.get("days", 92))
    delete, asked, unasked = (
        macros.pattern("{delete}"),
        macros.pattern("{asked}"),
        macros.pattern("{unasked}"),
    )
    data = re.compile(r"\b(?:DATA|INFO|WORK)\b|\b(?:everything|nothing|it all|all of it)\b")
    none = re.compile(
        rf"\b(?:not|never|no longer|no|nothing|none|neither|nor|can't|cannot|without)\b (?:[\w']+,? ){{0,6}}?{HELD}|\b(?:no|none of|nothing)\b[^.;]{{0,40}}?\b(?:retained|kept|held|available|remain\w*|left)\b"
    )
    out = []
    for group in groups:
        for unit in group:
            text = (
                CERTIFYING.sub(" ", unit.canon)
                if not re.search(
                    r"delete|erase|destroy|wipe|purge",
                    unit.canon.split("certif")[0].split("statement")[0].split("confirm")[0],
                )
                else unit.canon
            )
            deletes, keeps_none = delete.span(text), none.search(text)
            if not data.search(text) or not (deletes or keeps_none):
                continue
            if (
                deletes
                and not keeps_none
                and re.search(r"\b(?:prior to|before|until) (?:\w+ ){0,3}$", text[: deletes[0]])
            ):
                continue
            if re.search(
                r"\b(?:SUB|DISTRICT|STUDENT|FAMILY|users?|teachers?)(?!'s)(?: \w+){0,2} (?:shall|will|must|may|can|agrees?)\b[^.;]{0,40}?(?:delet|destroy|eras|remov|retain|keep)",
                text,
            ) or re.search(r"cookie|track|pixel|equipment|hardware|password", text):
                continue
            context = " . ".join(u.canon for u in group if u.block == unit.block)
            near = [u for u in group if 0 <= unit.index - u.index <= 3]
            before = " . ".join([unit.heading.lower(), *(u.canon for u in near)])
            if not (END.search(text) or END.search(before)):
                continue
            out.append(judge_deletion(unit, text, context, days, asked, unasked, bool(keeps_none)))
    return out


EITHER = re.compile(
    r"(?:terminat\w+|expir\w+|complet\w+|end\w*|conclu\w+|cancel\w*)[^.;]{0,110}?\bor,? (?:sooner |earlier |else )?(?:up)?(?:on|at|if|when|after|following|within)?[^.;]{0,60}?(?:request|instruct|ask|direct)|(?:request|instruct\w*|direct\w*)[^.;]{0,40}? or,? (?:up)?(?:on|at|when|after|following)?[^.;]{0,30}?(?:terminat|expir|complet|end)"
)
OF_RETURN = re.compile(
    r"(?:return|export|copy|copies|certif\w+|confirm\w*|statement|proof|extend|earlier|sooner|hand)"
)


def judge_deletion(
    unit: Unit, text: str, context: str, days: float, asked: Any, unasked: Any, bare: bool
) -> Checked:
    used = [unit]
    if BLANK.search(unit.text) and re.search(
        r"(?:within|days?|hours?)[^.;]{0,20}(?:\[|_{3})|(?:\[|_{3})[^.;]{0,40}?(?:days?|months?)", unit.text
    ):
        return Checked("deficient", "the time for deletion is left blank", used, rank=2)
    for keeps in KEEPS.finditer(context):
        around = context[keeps.start() : keeps.end() + 200]
        actor = context[max(0, keeps.start() - 60) : keeps.start()]
        if (
            not EXCUSED.search(around)
            and re.search(r"VENDOR|DATA|INFO|WORK|that$", actor)
            and not re.search(r"(?:STUDENT|FAMILY|DISTRICT)\W*(?:\w+\W+){0,3}$", actor)
        ):
            return Checked(
                "deficient", "lets the vendor keep student data after the services end", used, rank=2
            )
    for hours, _, words in periods(text):
        at = text.find(words)
        kept = KEPT_FOR.search(text[:at])
        if kept and not re.search(r"(?:not|never|no)\b[^.;]{0,40}$", text[: kept.start()][-50:]):
            return Checked("deficient", f"keeps student data for {words} before deleting them", used, rank=2)
        if hours > days * 24 and re.search(
            r"(?:within|in|after|later than|by|inside)[^.;]{0,30}$", text[:at]
        ):
            return Checked("deficient", f"deletion may take {words}", used, rank=2)
    prompt = asked.span(text)
    free = unasked.span(text) or unasked.span(context)
    if prompt and not free and not EITHER.search(text):
        around = text[max(0, prompt[0] - 70) : prompt[0]]
        after = text[prompt[1] : prompt[1] + 60]
        if not (
            (
                OF_RETURN.search(around[-45:])
                and not re.search(r"delet|destroy|destruct|eras|dispos|wip|purg|remov", around)
            )
            or re.match(
                r"[^.;]{0,25}?(?:return|export|hand|deliver|certif|provide|give|transfer|furnish)", after
            )
        ) or PROMPTED.search(text):
            return Checked("deficient", "only on request", used, rank=2)
    if re.search(
        r"\b(?:may|might|can|should)\b (?!not)(?:be )?(?:\w+ )?(?:delet|destroy|eras|remov|wip|purg)", text
    ) or re.search(r"endeavou?r|reasonable efforts|best efforts", text):
        return Checked("deficient", "not firmly promised", used, rank=2)
    if re.search(
        r"\b(?:no obligation|not (?:be )?(?:required|obliged|obligated))[^.;]{0,30}?(?:delet|destroy|eras|return)",
        text,
    ):
        return Checked("deficient", "refuses to delete", used, rank=2)
    return Checked(
        "met",
        "gone when the services end, without anyone asking",
        used,
        deletion_doubt(text, prompt, free, bare),
        rank=3,
    )


def deletion_doubt(text: str, prompt: Any, free: Any, bare: bool) -> str:
    if prompt and not free:
        return "speaks of a request too"
    if re.search(
        r"\b(?:unless|except|however|provided|subject to|but VENDOR|reasonable period|in due course|archiv\w*)\b",
        text,
    ) and not EXCUSED.search(text):
        return "has an exception to look at"
    if re.search(r"\bor (?:otherwise )?(?:return|anonymi|de-?identif)|return\w* or\b", text):
        return "offers return or deletion"
    if not bare and not re.search(
        r"within|\b(?:all|every|any|immediately|at once|promptly|day|everything|automatically)\b", text
    ):
        return "sets no time"
    return ""


# -- governing law ---------------------------------------------------------------------------------------------
PLACES = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky"
    "|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico"
    "|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont"
    "|Virginia|Washington|West Virginia|Wisconsin|Wyoming|England|Wales|Scotland|Ireland|Ontario|Quebec|British Columbia|Canada|India|Germany"
    "|Singapore|Hong Kong|Australia|New South Wales|Israel|Netherlands|France|Switzerland|Sweden|Puerto Rico|United Kingdom|Japan|China|Mexico|Spain"
    "|District of Columbia"
)
PLACE = re.compile(
    rf"(?i)\b({PLACES})\b(?!\s*(?:general assembly|state university|public schools|department|board of education))"
)
GOVERNS = re.compile(
    r"(?i)(?:govern\w*|constru\w*|interpret\w*|enforced|subject to|decided?|determined|controlled|resolved|(?:be|is|are|and) (?:read|understood|ruled)|judged|settled)\b[^.;]{0,160}?\blaws?\b"
    r"|\blaws?\b[^.;]{0,80}?\b(?:govern\w*|controls?|appl(?:y|ies)|decides?|determin\w+|rules?|settles?|is the law|prevails?|enforced|construed|interpreted)\b"
    r"|\b(?:governing|applicable|choice of|controlling) laws?\b"
)
NOT_CHOICE = re.compile(
    r"(?i)\b(?:compl(?:y|ies|iance) with|laws? requires?|required (?:by|under)|as defined (?:by|in|under)|in accordance with the data protection|breach notification laws?|permitted by|immunity|licensed under|organized under|existing under|incorporated (?:under|in))\b"
)


@check("governing_law")
def governing_law(
    groups: Sequence[Sequence[Unit]], limits: Mapping[str, Any], macros: Macros
) -> list[Checked]:
    """Whose law governs the contract (limits: law)."""
    wanted = str(limits.get("law", "")).lower()
    out: list[Checked] = []
    for group in groups:
        for unit in group:
            text = unit.canon
            raw = (
                (unit.lead + " " if unit.lead else "")
                + (unit.heading + " : " if unit.row else "")
                + unit.text
            )
            raw = raw if len(re.findall(r"(?i)\b[a-z]*[01][a-z]{2,}\b", raw)) < 2 else mend_scan(raw.lower())
            matches = list(GOVERNS.finditer(raw))
            match = next(
                (m for m in matches if PLACE.search(clause_around(raw, m))), matches[0] if matches else None
            )
            if not match:
                if re.search(
                    r"\b(?:venue|jurisdiction|courts?)\b[^.;]{0,60}\b(?:lies?|exclusive|be in|brought|submit)|(?:heard|brought|resolved|decided|settled|submit\w*|litigated)\b[^.;]{0,60}\b(?:courts?|venue|jurisdiction)",
                    text,
                ) and re.search(r"agreement|contract|dispute|suit|action|claim|BOTH|disagree", text):
                    out.append(
                        Checked("deficient", "names the courts, not the law that governs", [unit], rank=1)
                    )
                continue
            if NOT_CHOICE.search(raw[: match.end() + 20]) and not re.search(
                r"(?i)governed by|laws? (?:shall |will )?governs?", raw
            ):
                continue
            if not re.search(
                r"(?i)agreement|contract|terms|addendum|dpa|rider|letter|order|rights|duties|disput|part(?:y|ies)|schedule|claims?|owe|each of us|everything|document|msa|governing law|arrangement|hereunder|matters?|deal|relationship|this|both",
                raw,
            ):
                continue
            out.append(judge_law(unit, raw, match, wanted))
    return out


def judge_law(unit: Unit, raw: str, match: re.Match[str], wanted: str) -> Checked:
    sentence = clause_around(raw, match)
    names = [m.group(1) for m in PLACE.finditer(sentence)]
    low = [n.lower() for n in names]
    if wanted not in low and BLANK.search(sentence):
        return Checked("deficient", "the governing law is left blank", [unit], rank=2)
    if re.search(r"(?i)\bnot (?:be )?(?:governed|apply|subject)", sentence) and wanted in low:
        return Checked("deficient", "says that this law does not govern", [unit], rank=2)
    others = [n for n in names if n.lower() != wanted]
    if wanted in low and not others:
        doubt = (
            ""
            if not re.search(r"(?i)\b(?:except|unless|however|provided|only|may elect|option)\b", sentence)
            else "has a condition to look at"
        )
        if re.search(r"(?i)\b(?:unless|except|provided that)\b", raw[match.end() :]):
            doubt = "has a condition to look at"
        return Checked("met", f"names {wanted.title()} law", [unit], doubt, rank=3)
    if others:
        return Checked("deficient", f"names {others[0]} law", [unit], rank=2)
    if re.search(r"(?i)\b(?:state|where|in which|defendant|district|LEA|customer|federal)\b", sentence):
        return Checked("deficient", "does not name the law that governs", [unit], rank=2)
    return Checked("deficient", "does not name the law that governs", [unit], rank=0)


def clause_around(raw: str, match: re.Match[str]) -> str:
    """The governing-law clause itself, without a following sentence about courts or immunity."""
    end = re.search(
        r"(?i)[.;](?:\s|$)|\bprovided\b|\bnothing herein\b|,?\s*\b(?:and|but)\b[^.;]{0,40}\b(?:courts?|venue|jurisdiction|suit|actions?|arbitrat\w+)\b",
        raw[match.end() :],
    )
    stop = match.end() + (end.start() if end else 160)
    return raw[max(0, match.start() - 120) : min(len(raw), stop)]


# -- encryption ------------------------------------------------------------------------------------------------
BITS = re.compile(
    r"\b(?:aes|rsa|sha|cipher)?[- ]?(\d{2,4})[- ]?bits?\b|\baes[- ]?(?:gcm|cbc|xts)?[- ]?\(?(128|192|256)\)?|\b(128|192|256)[- ]?(?:aes|encryption)"
)
STORED = re.compile(
    r"\b(?:at[- ]rest|stored?|storage|database|servers?|drives?|disks?|backups?|held|hosted|resid\w+|kept|on our (?:servers|systems)|volumes?|all DATA|all INFO|secured|DATA)\b"
)
TRANSIT = re.compile(
    r"\b(?:in[- ]transit|transmi\w+|tls|ssl|https|in motion|between|(?<!reachable )(?<!accessible )(?<!available )over the (?:internet|network)|on (?:its|the) way|travel\w*|sent|moving)\b"
)
LOOSE = re.compile(
    r"\b(?:up to|where (?:\w+ ){0,5}?(?:support\w*|feasible|practicable|possible|available)|when (?:supported|available|feasible)|if (?:supported|available|feasible)|or (?:a )?(?:lower|equivalent as determined|other)|or comparable|or similar|plan(?:s|ned|ning)? to|intends?|endeavou?r\w*|efforts|migrat\w+ to|by (?:20\d\d|the end)|goal|roadmap|may|should|typically|where appropriate|as appropriate|optional\w*|upon request|recommended|available as)\b"
)


@check("encryption_bits")
def encryption_bits(
    groups: Sequence[Sequence[Unit]], limits: Mapping[str, Any], macros: Macros
) -> list[Checked]:
    """How strong the encryption of stored data is (limits: bits)."""
    needed = int(limits.get("bits", 0))
    out = []
    for group in groups:
        for unit in group:
            text = unit.canon
            after = next((u for u in group if u.index == unit.index + 1 and u.block == unit.block), None)
            if (
                after is not None
                and not BITS.search(text)
                and BITS.search(after.canon)
                and "encrypt" not in after.canon
            ):
                text = f"{text} {after.canon}"
            if not re.search(r"encrypt|\baes|cipher|scrambl|cryptograph|\btls\b|\bssl\b|-bit", text):
                continue
            out.append(judge_bits(unit, text, needed, sentence_of(group)))
    return out


def judge_bits(unit: Unit, text: str, needed: int, around: str) -> Checked:
    rest_bits: list[int] = []
    transit_bits: list[int] = []
    for match in BITS.finditer(text):
        value = int(next(g for g in match.groups() if g))
        if value >= 1024 or value < 40:
            continue
        near = (
            re.split(r"[;,.]|\band\b(?! in)", text[match.end() :])[0][:110]
            + " "
            + re.split(r"[;,.]", text[: match.start()])[-1][-110:]
        )
        only_transit = TRANSIT.search(near) and not re.search(
            r"at[- ]rest|stored|storage|database|servers|drive|disk|backup", near
        )
        (transit_bits if only_transit else rest_bits).append(value)
    if not rest_bits and not transit_bits:
        if re.search(r"\btls\b|\bssl\b|transit|transmi", text) and not STORED.search(text):
            return Checked(
                "deficient", "speaks of encryption in transit only, without its strength", [unit], rank=1
            )
        return Checked("deficient", "encrypts, but does not state how strongly", [unit], rank=1)
    if rest_bits and min(rest_bits) < needed:
        return Checked(
            "deficient", f"says {min(rest_bits)} bits; the policy asks for {needed}", [unit], rank=2
        )
    if not rest_bits:
        if (
            re.search(r"at[- ]rest|stored|storage|database|servers|backup", text)
            and max(transit_bits) >= needed
            and re.search(r"both|and (?:at rest|in (?:storage|transit))|transit and|rest and", text)
        ):
            rest_bits = transit_bits
        else:
            return Checked("deficient", "the strength is stated for data in transit only", [unit], rank=2)
    if re.search(
        r"\btraffic|\btls\b|\bssl\b|in[- ]transit|https|transmi|\bsent\b|travel|exchang|transfer", text
    ) and not re.search(
        r"at[- ]rest|stor(?:ed|age|es|ing)|database|servers?|drives?|disks?|backups?|\bheld\b|kept|wherever|hosted|resid",
        text,
    ):
        return Checked("deficient", "the strength is stated for data in transit only", [unit], rank=2)
    if LOOSE.search(text):
        return Checked("deficient", "the strength is not firm", [unit], rank=2)
    if re.search(r"\b(?:not|no|never|without)\b (?:\w+ ){0,3}?encrypt", text):
        return Checked("deficient", "leaves some data unencrypted", [unit], rank=2)
    doubt = (
        ""
        if re.search(r"DATA|INFO|at[- ]rest|stored|storage|database|backup|servers?", text + around[:0])
        else "does not say what is encrypted"
    )
    if re.search(r"\b(?:password|credential|payment|card|laptop|credit)s?\b", text) and not re.search(
        r"DATA", text
    ):
        return Checked("deficient", "is about other data", [unit], rank=1)
    if re.search(r"\b(?:except|unless|other than|some|certain)\b", text):
        doubt = "has an exception to look at"
    return Checked("met", f"{max(rest_bits)}-bit encryption of stored data", [unit], doubt, rank=3)


# -- who undertakes FERPA --------------------------------------------------------------------------------------
SUBJECT = re.compile(r"(?:(?<=^)|(?<=[\s(\"]))(VENDOR|DISTRICT|BOTH)(?!'s)(?=[\s,)])")
NOT_SUBJECT = re.compile(
    r"(?:\bof|\bby|\bto|\bfor|\bwith|\bfrom|behalf of|\bin|\bassist|\bhelp|\benable|\ballow|\bsupport|\bpermit|\bcause|\brequire|\bbetween|\bagainst|\bunder|assisting|helping|enabling|\bthat)(?: the)?\s$"
)
SOFT_ACT = re.compile(
    r"designed to|spirit|acknowledg\w*|may (?:be|constitute)|endeavou?rs?|efforts|intends?|strives?|aims? to|seeks? to|wish(?:es)? to|wants? to|desires? to|means? to|hopes? to|expects? to|solely responsible for determin|believes?|recogni[sz]es|understands? that|is subject to|are subject to|assist\w*|help\w* (?:the )?DISTRICT|support\w*|enable\w*|except(?:ion)?s? (?:to|under)|defined (?:in|by|under)|as that term|where applicable|if applicable|not\b[^.;]{0,20}(?:responsible|obliged|required)|no (?:obligation|responsibility)|agrees? in principle|consistent with the (?:spirit|goals)|goals? of|hopes?"
)

FIRM_ACT = re.compile(
    r"(?:BOTH|VENDOR|DISTRICT) (?:\w+,? ){0,6}?(?:shall|will|must|agrees? to) (?!endeav|try|use |attempt|strive|seek|make reason)(?:\w+ ){0,4}?(?:comply|ensure compliance|abide|follow|observe)[^.;]{0,80}FERPA"
)


def undertakers(text: str, act: str, comply: re.Pattern[str]) -> set[str]:
    """Who, in this sentence, undertakes to comply with the act."""
    who: set[str] = set()
    so = re.search(
        rf"\b{act}\b[^.;]{{0,60}}?\band so (?:will|shall|does|do|must) (?:the )?(VENDOR|DISTRICT)\b", text
    )
    if so:
        who.add(so.group(1))
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


@check("both_comply")
def both_comply(groups: Sequence[Sequence[Unit]], limits: Mapping[str, Any], macros: Macros) -> list[Checked]:
    """Both sides undertake to comply with FERPA, in one sentence or in several."""
    comply = re.compile(
        macros.expand("{comply}") + r"|in compliance with|in accordance with|in conformity with|outside"
    )
    sides: dict[str, list[Unit]] = {}
    spoken: list[Unit] = []
    for group in groups:
        for unit in group:
            if "FERPA" not in unit.canon:
                continue
            spoken.append(unit)
            if BLANK.search(unit.text):
                continue
            if SOFT_ACT.search(unit.canon) and not FIRM_ACT.search(unit.canon):
                continue
            for side in undertakers(unit.canon, "FERPA", comply):
                sides.setdefault(side, []).append(unit)
    if "BOTH" in sides:
        return [Checked("met", "both sides undertake to comply with FERPA", sides["BOTH"][:2], rank=3)]
    if "VENDOR" in sides and "DISTRICT" in sides:
        return [
            Checked(
                "met",
                "each side undertakes to comply with FERPA",
                sides["VENDOR"][:2] + sides["DISTRICT"][:1],
                rank=3,
                doubt="" if sides["VENDOR"][0] is not sides["DISTRICT"][0] else "one sentence names both",
            )
        ]
    if "VENDOR" in sides:
        return [
            Checked(
                "deficient", "only the vendor undertakes to comply with FERPA", sides["VENDOR"][:3], rank=2
            )
        ]
    if "DISTRICT" in sides:
        return [
            Checked(
                "deficient",
                "only the district undertakes to comply with FERPA",
                sides["DISTRICT"][:3],
                rank=2,
            )
        ]
    return (
        [Checked("deficient", "mentions FERPA without an undertaking to comply", spoken[:3], rank=1)]
        if spoken
        else []
    )


# -- unprompted ------------------------------------------------------------------------------------------------
@check("unprompted")
def unprompted(groups: Sequence[Sequence[Unit]], limits: Mapping[str, Any], macros: Macros) -> list[Checked]:
    """A statement of destruction that comes without anyone asking for it."""
    said = [
        macros.pattern("{certify} ~~ {delete}"),
        macros.pattern("{delete} ~~ {certify}"),
        macros.pattern("certificat\\w+ of (?:\\w+ ){0,2}?{delete}"),
        macros.pattern("{delete}[^;]{0,240}?{certify}"),
        macros.pattern("(?:proof|evidence) of (?:\\w+ )?(?:{delete})"),
        macros.pattern("{certify} ~~ (?:no|nothing|none) ~~ (?:copy|copies|DATA|INFO|remains?|left|kept)"),
    ]
    asked, unasked = macros.pattern("{asked}"), macros.pattern("{unasked}")
    other = re.compile(
        r"insurance|equipment|hardware|refrigerant|incident|correct\w*|breach|confirmation number|in writing (?:by|to) (?:the )?DISTRICT|DISTRICT (?:shall|will|must|may) (?:\w+ )?(?:certif|confirm)"
    )
    out = []
    for group in groups:
        for unit in group:
            text = unit.canon
            if not any(p.span(text) for p in said) or (
                other.search(text) and not re.search(r"copies|DATA|INFO", text)
            ):
                continue
            if re.search(r"\b(?:not|no|never)\b (?:\w+ ){0,4}?(?:certif|obligation|statement|confirm)", text):
                out.append(Checked("deficient", "refuses a statement of destruction", [unit], rank=2))
            elif asked.span(text) and not unasked.span(text):
                out.append(Checked("deficient", "only on request", [unit], rank=2))
            elif re.search(
                r"\b(?:may|might|can|should|endeavou?r\w*|efforts)\b (?!not)(?:\w+ ){0,3}?(?:certif|confirm|furnish|provide|send|give)",
                text,
            ):
                out.append(Checked("deficient", "not firmly promised", [unit], rank=2))
            elif re.search(r"SUB (?:shall|will|must|to)|to VENDOR", text) and not re.search(
                r"to (?:the )?DISTRICT|DISTRICT", text
            ):
                out.append(Checked("deficient", "given to the vendor, not to the district", [unit], rank=1))
            else:
                fee = re.search(r"\b(?:fee|charge|payment)s?\b", text)
                out.append(
                    Checked("deficient", "depends on a fee", [unit], rank=2)
                    if fee and not re.search(r"free|no (?:fee|charge)|without", text)
                    else Checked(
                        "met",
                        "a statement of destruction comes unprompted",
                        [unit],
                        "has an exception to look at"
                        if re.search(r"\b(?:unless|except|however)\b", text)
                        else "",
                        rank=3,
                    )
                )
    return out
