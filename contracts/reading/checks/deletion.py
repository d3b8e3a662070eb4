"""Nothing of the students kept after the services end, without anyone asking."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..grammar import Macros
from ..literals import Swift
from ..numbers import periods
from ..structure import Unit
from .registry import BLANK, Checked, check

KEEPS = Swift(
    r"(?:may|can|reserves? the right to|shall be entitled to|is entitled to|will|shall|might|wishes to|elects to|chooses to|needs to|is permitted to)\s(?!not|neither|never|nor|no\b|in no)(?:(?!not\b|never\b|neither\b|cease|stop|refrain)\w+ ){0,3}?(?:retain|keep|continue to (?:hold|keep|retain|store|use|exist|be (?:held|kept|stored))|remain (?:in|on|with|within|stored|available|archived)|persist|survive|stay (?:in|on|with|within)|store|archive|preserve|hold|maintain(?! (?:the |its |a |appropriate |administrative|reasonable |adequate )*(?:security|confiden|safeguard|measure|integrity|privacy|polic|program|log))|be (?:retained|kept|archived|stored|held|preserved))\b(?! (?:nothing|no|none)\b)"
)
KEPT_FOR = re.compile(
    r"(?:retain\w*|kept|keeps?|stor\w+|hold|held|archiv\w*|maintain\w*)[^.;]{0,60}?(?:for|up to|period of)\s(?:a )?(?:\w+ ){0,4}?$"
)
EXCUSED = Swift(
    r"(?:to the extent |only )?(?:as |where |when |if |unless |except as |otherwise |further storage is )?(?:is )?(?:required|mandated|compelled) (?:to do so )?(?:by|under)[^.;]{0,40}?(?:law|statute|order)|legally required|DEIDENTIFIED|personal account|in (?:that|such an?|its|their|the) (?:\w+ )?account|and that alone|keepsakes?|account (?:for|to)|electronic account|legal hold|litigation|for the (?:sole|only) purpose of (?:letting|allowing|enabling|permitting) DISTRICT|(?:upgrad|updat)\w*[^.;]{0,60}?(?:navigat|move|find|easier|efficient|get around)\w*"
)


END = Swift(
    r"\b(?:terminat\w+|cancellation|end date|final (?:session|lesson|invoice)|when (?:all|everything) is (?:done|over)|closing|closure|expir\w+|cessation|conclusion|off-?boarding|wind(?:s|ing)?[- ]?(?:up|down)|end of (?:the |this )?(?:\w+ )?(?:agreement|contract|term|year|services?|subscription|pilot|engagement|licen[cs]e|hosting|joinder|tasks?|phase|assignment|performance|season|project|study|program(?:me)?|event|membership|p\.?o\.?|purchase order|order|arrangement|relationship|work|deal)|last day|final day|exit|after the end|no longer (?:needed|necessary|required))\b(?! (?:the |a )?session)"
    r"|\b(?:complet\w+|end(?:s|ed|ing)?|over|finish\w*|stops?|stopped|laps\w+|clos\w+|cancel\w*|done|ceas\w+|conclud\w*|runs? out|discontinu\w+|not (?:be )?renew\w*|non-?renewal)\b[^.;]{0,50}?\b(?:agreement|contract|addendum|services?|subscription|term|relationship|account|pilot|engagement|licen[cs]e|work|program(?:me)?|arrangement|order|dpa|access|project|year|study|programme|session|season|event|trial|hosting|joinder|task(?: \d+)?|phase(?: \d+)?|membership|performance)\b"
    r"|\b(?:agreement|contract|addendum|services?|subscription|term|relationship|account|pilot|engagement|licen[cs]e|work|program(?:me)?|arrangement|order|dpa|access|project|school year|study|programme|trial|season)\b[^.;]{0,50}?\b(?:complet\w+|ends?|ended|over|finish\w*|stops?|stopped|laps\w+|clos\w+|cancel\w*|done|ceas\w+|conclud\w*|runs? out|discontinu\w+|not (?:be )?renew\w*)\b"
    r"|\b(?:when|once|after) (?:we|you|VENDOR|DISTRICT|BOTH)(?:'re| are| is)? (?:done|finished|part ways|stop|stops|leave|leaves|through|cancel|cancels)|\bpart(?:ing)? (?:ways|company)|\b(?:when|once|after) (?:VENDOR|DISTRICT|BOTH)[^.;]{0,40}?\b(?:done|finished|stops?|leaves?|cancels?|end)\b"
    r"|\bend of contract\b|\bday \d+\b|\bt ?\+ ?\d+\b|\bdetermination of (?:this|the) (?:agreement|contract)\b|\blast day of \w+|\bfinal report\b|\boutlive\w*"
    r"|\b(?:once|when|whenever|after|upon|on|at|following|by) (?:the )?(?:[\w'-]+ ){0,7}?(?:complet\w+|ended|ends|ending|expir\w+|terminat\w+|conclu\w+|finish\w*|closed?|closes|lapse[sd]?|ceases?|over|done|delivered|presented|handed over|stops?)\b(?! (?:to|by|from|with)\b)"
    r"|\bif (?:you|DISTRICT) (?:leaves?|stops?|cancels?|goes?|departs?)\b|\b(?:stop|end|closing|completion|exit|termination|handing-over) (?:date|day)\b"
)
CERTIFYING = Swift(
    r"(?:certif\w+|statements?|confirm\w*|attest\w*|affidavits?|proof|evidence|in writing|note|letter)[^.;]{0,60}?(?:that|of|when|once)[^.;]{0,120}"
)
PROMPTED = re.compile(r"(?:only|solely) (?:\w+ ){0,4}?(?:request|instruct|ask)")
HELD = r"(?:retain\w*|keep\w*|kept|hold|holds|holding|held|available|unavailable|access\w*|possess\w*|remain\w*|stay\w*|stor\w+|left|have|reach\w*|get (?:at|to|into)|preserve[sd]?|outlive\w*|be with)"
# what is said of an account that a family keeps for itself takes nothing back
OWN_ACCOUNT = Swift(
    r"\b(?:except|save|other than|apart from)\b[^.;]{0,40}?\baccounts?\b[^.;]{0,40}?(?:STUDENT|FAMILY)[^.]*|(?:;|\bunless\b|\bexcept\w*\b|\bsave\b|\bprovided\b|\bsubject to\b|\bthe (?:only )?exception\b|\bbut\b|\bif\b)[^.;]{0,60}?(?:STUDENT|FAMILY)[^.;]{0,160}?\b(?:account|accounts|keepsakes?)\b[^.]*"
)


@check("deletion")
def deletion(groups: Sequence[Sequence[Unit]], limits: Mapping[str, Any], macros: Macros) -> list[Checked]:
    """Nothing kept after the services end, without anyone asking (limits: days, when a pack sets them)."""
    days = float(limits.get("days", 92))
    delete, asked, unasked = (
        macros.pattern("{delete}"),
        macros.pattern("{asked}"),
        macros.pattern("{unasked}"),
    )
    data = re.compile(
        r"\b(?:DATA|INFO|WORK)\b|\b(?:everything|nothing|it all|all of it|all media|what it holds)\b"
    )
    none = re.compile(
        rf"(?:\b(?:not|never|no longer|no|nothing|none|neither|nor|cannot|without|forbidden|barred|ceases? to)\b|n't\b),? (?:[\w']+,? ){{0,6}}?{HELD}|\b(?:keeps?|holds?|retains?|hav(?:e|ing)|reach(?:es)?) (?:no(?! (?:right|licen|permission|dut|obligation|liabilit|claim|interest|objection))|none|nothing(?! left to)|neither)\b|\b(?:no|none of|nothing)\b[^.;]{{0,40}}?\b(?:retained|kept|held|available|remain\w*|left(?! to (?:see|show|find)))\b"
    )
    out = []
    for group in groups:
        ending = ending_words(group)
        for unit in group:
            text = without_certificate(IMPLIED.sub(r" \1", unit.canon))
            text = LEFT_THERE.sub(" ", OF_SESSION.sub(" ", text))
            text = OWN_ACCOUNT.sub(" ", text)
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
                r"\b(?:SUB|DISTRICT|STUDENT|FAMILY|users?|teachers?)(?!'s)(?: \w+){0,2} (?:shall|will|must|may|can|agrees?)\b[^.;]{0,40}?(?:delet|destroy|eras|remov|retain|keep)"
                r"|\b(?:see|sees) to (?:it|INFO) that (?:each|every|all|any|its) SUB\b(?:(?! (?:and|as well as) VENDOR)[^.;]){0,80}?(?:delet|destroy|eras|purg|wip)",
                text,
            ) or re.search(
                r"cookie|track|pixel|equipment|hardware|password|files that persist|small file|session tools?|(?:removed?|deleted?) or (?:disabled?|deactivated?|(?:shut|turned|switched) off)",
                text,
            ):
                continue
            context = " . ".join(
                u.canon for u in group if u.block == unit.block and not OWN_KEEPING.match(u.canon)
            )
            near = [u for u in group if 0 <= unit.index - u.index <= 3]
            before = " . ".join([unit.heading.lower(), *(u.canon for u in near)])
            if not any(END.search(t) or (ending and ending.search(t)) for t in (text, before)):
                continue
            if OF_CAPTURE.search(text) and not END.search(text):
                continue
            if MANNER.match(text) and not END.search(text) and not periods(text):
                continue
            if not re.search(r"\b(?:DATA|WORK)\b", unit.canon) and any(
                TRACKER.search(u.canon)
                for u in group
                if u.block == unit.block and 0 < unit.index - u.index <= 2
            ):
                continue
            context = OWN_ACCOUNT.sub(" ", context)
            judged = judge_deletion(unit, text, context, days, asked, unasked, bool(keeps_none))
            if (
                judged.verdict == "met"
                and LIVE_ONLY.search(text)
                and not re.search(r"back-?up|archiv|cop(?:y|ies)|media|every|wherever", context)
            ):
                judged.doubt = judged.doubt or "speaks of the live systems only"
            if judged.verdict == "met" and OR_STRIPPED.search(text):
                judged.doubt = judged.doubt or "lets the vendor take the names out instead"
            out.append(judged)
        out += kept_on([u for u in group if u.kind == "clause"], days)
        out += stays([u for u in group if u.kind == "clause"])
    return out


# "once we have wiped the disk, we will write to you": the wiping is taken for granted, not promised
IMPLIED = Swift(
    r"\b(?:once|after|when|as soon as|upon|following|having|within \d+ \w+ (?:of|after))\b[^,.;]{0,70}?\b(?:delet|eras|destr[ou]|wip|purg|dispos|shred|remov)\w*[^,.;]{0,80},\s*((?:VENDOR|it|they)\b[^.;]{0,40}?\b(?:sends?|tells?|gives?|writes?|certif\w+|confirms?|provides?|delivers?|notif\w+|issues?|furnish\w*|mails?|e-?mails?|hands?|report\w*|states?)\b)"
)
# how it is done, not that it is done
MANNER = Swift(
    r"^\W*(?:[\w.]{1,6}[.)]?\s+)?(?:(?:any|all|every|each|such|the|this|that|secure|final|actual) ){0,3}(?:destruction|deletion|erasure|disposal|wiping|shredding|purging|disposition)\b[^.;]{0,80}?\b(?:follows?|compl\w+|conform\w*|meets?|satisf\w+|(?:is|are|shall be|will be|must be) (?:done|carried|performed|made|effected|conducted|in)|accord\w*|means?)\b"
)
TRACKER = Swift(r"cookie|\btrack|pixel|beacon|analytics tool|tracking")
OR_STRIPPED = Swift(
    r"\b(?:de-?identif|anonymi[sz]|DEIDENTIF)\w*\b[^.;]{0,20}?\bor\b|\bor (?:\w+ )?(?:de-?identif|anonymi[sz])\w*"
)
# only where the data are in daily use; copies elsewhere are not spoken of
LIVE_ONLY = Swift(
    r"\b(?:working|live|production|active|primary|main|online|operational|front-end|application) (?:\w+ )?(?:servers?|systems?|databases?|environments?|storage|tables|platform)\b"
)
OF_SESSION = Swift(
    r"\b(?:when|after|once|until) (?:the |a |each )?(?:\w+ )?(?:session|lesson|visit|call|meeting|browser|window|tab|class)\b[^.;,|]{0,30}"
)


# counted from when it was taken in, not from the end of the services
OF_CAPTURE = Swift(
    r"\b(?:within|after) \d+ \w+ (?:of|after|from) (?:its |their |the )?(?:capture|upload\w*|collect\w+|creat\w+|receipt|viewing|recording|submission)\b"
)


def without_certificate(text: str) -> str:
    """The sentence without what is to be certified; "and certify that" after a deletion stays as it is."""
    told = CERTIFYING.search(text)
    if told is None or re.search(r"delet|eras|destr[ou]|wip|purg|dispos|expung|remov", text[: told.start()]):
        return text
    return CERTIFYING.sub(" ", text)


def ending_words(group: Sequence[Unit]) -> re.Pattern[str] | None:
    """The section's defined words for the end of the services ("Completion", "Stop Date")."""
    words = [
        w.lower().strip(" ,.")
        for u in group
        if u.kind == "definition" and (END.search(u.canon) or LAST.search(u.canon))
        for w in re.findall(r"[\"“]([A-Z][^\"”]{2,40})[\"”]", u.text[:90])
    ]
    return re.compile("|".join(rf"\b{re.escape(w)}\b" for w in words)) if words else None


LAST = re.compile(
    r"\b(?:last|final) (?:day|date)\b|\bdate (?:on which )?the (?:\w+ )?services? (?:are|is) complete"
)
# "a family that opens a locker of its own may keep it"
OWN_KEEPING = re.compile(
    r"\W*(?:(?:a|any|each|every|the) )?(?:FAMILY|STUDENT)\b(?!.*\bVENDOR (?:may|can|will|shall)\b)"
)
COPIES = Swift(r"\b(?:DATA|INFO|WORK|histor(?:y|ies)|back-?ups?(?: copies)?|copies|archives?)\b")


def kept_on(group: Sequence[Unit], days: float) -> list[Checked]:
    """Sentences that let the vendor go on holding student data when the services have ended."""
    out = []
    ended = any(END.search(u.canon) or END.search(u.heading.lower()) for u in group)
    for unit in group:
        text = unit.canon
        if (
            not ended
            or not COPIES.search(text)
            or EXCUSED.search(text)
            or OWN_KEEPING.match(text)
            or re.search(r"cookie|invoice|password|\blogs?\b|persist|username|navigat", text)
            or any(
                re.search(r"cookie|persist|track|pixel|\bthese means\b", u.canon)
                for u in group
                if u.block == unit.block and 0 < unit.index - u.index <= 3
            )
        ):
            continue
        for keeps in KEEPS.finditer(text):
            before = text[max(0, keeps.start() - 70) : keeps.start()]
            if re.search(
                r"\b(?:no|none|nothing|neither|nor|not|never|nobody)\b[^.;]*$", before
            ) or not re.search(
                r"(?:VENDOR|DATA|INFO|WORK|copies|that|ups?|histor\w+)\W*(?:\w+\W+){0,3}$", before
            ):
                continue
            passive = re.search(
                r"\bbe (?:\w+ )?(?:retained|kept|archived|stored|held|preserved|maintained)$", keeps.group()
            )
            if not passive and not COPIES.search(text[keeps.end() :][:50]):
                continue
            long = any(h > days * 24 for h, _, _ in periods(text[keeps.end() :][:120]))
            if END.search(text) or long or re.search(r"indefinite|as long as|permanent|business", text):
                out.append(
                    Checked(
                        "deficient",
                        "lets the vendor keep student data after the services end",
                        [unit],
                        rank=2,
                    )
                )
                break
        else:
            continue
    return out


# "backup sets are kept in perpetuity", "what the Board has not removed stays in our database": told as a fact
STAYS = re.compile(
    r"\b(?:DATA|INFO|WORK|copies|back-?ups?|sets?|files|records|data)\b[^.;]{0,80}?\b(?:is|are) (?:\w+ )?(?:kept|held|retained|stored|preserved)\b[^.;]{0,30}?\b(?:perpetuity|indefinitely|for ever|forever|permanently|in case|against the day)\b"
    r"|\b(?:DATA|INFO|WORK|copies|files|records|data)\b[^.;]{0,80}?\b(?:(?:stays?|remains?|(?:is|are) left) (?:in|on|with|at) VENDOR(?:'s)?|stays? where (?:it|they|INFO) (?:is|are))\b"
    r"|\bVENDOR (?:\w+ )?(?:holds?|keeps?|retains?) (?:the |a )?(?:full|complete|whole|entire) (?:set|copy)\b"
    r"|\b(?:DATA|INFO|WORK|copies|files|records|data)\b[^.;]{0,60}?\b(?:becomes?|pass(?:es)? (?:in)?to|placed in|moved to|goes? into) VENDOR's (?:\w+ ){0,3}?(?:archive|collection|store|library|storage)\b"
)


# "what the Board has not fetched by then"
LEFT_THERE = re.compile(
    r"\b(?:that|which|what|whatever) (?:[\w']+ ){0,4}?not (?:\w+ ){0,3}?(?:removed|collected|taken|fetched|exported|downloaded|claimed|deleted|erased|destroyed)\b"
)


def stays(group: Sequence[Unit]) -> list[Checked]:
    """Sentences that tell, where the services have ended, that student data stay with the vendor all the same."""
    if not any(END.search(u.canon) or END.search(u.heading.lower()) for u in group):
        return []
    why = "lets the vendor keep student data after the services end"
    return [
        Checked("deficient", why, [u], rank=2)
        for u in group
        for found in [STAYS.search(u.canon)]
        if found
        and not EXCUSED.search(u.canon)
        and not re.search(
            r"\b(?:no|none|nothing|neither|nor|not|never)\b", LEFT_THERE.sub(" ", u.canon[: found.end()])
        )
        and not re.search(r"cookie|invoice|password|\blogs?\b|navigat|account", u.canon)
        and any(0 <= u.index - e.index <= 4 for e in group if END.search(e.canon))
    ]


EITHER = re.compile(
    r"(?:terminat\w+|expir\w+|complet\w+|end\w*|conclu\w+|cancel\w*)[^.;]{0,110}?\bor,? (?:sooner |earlier |else )?(?:up)?(?:on|at|if|when|after|following|within)?[^.;]{0,60}?(?:request|instruct|ask|direct)|(?:request|instruct\w*|direct\w*)[^.;]{0,40}? or,? (?:up)?(?:on|at|when|after|following)?[^.;]{0,30}?(?:terminat|expir|complet|end)"
)
# "if by then the Board has filled in the deletion form"
WHEN_ORDERED = re.compile(
    r"\b(?:if|when|once|where|provided)\b[^.;]{0,80}?\bDISTRICT (?:has|have) (?:filled|signed|sent|submitted|completed|returned|ordered)\b"
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
        if re.search(r"\b(?:no|none|nothing|neither|nor)\b[^.;]*$", actor):
            continue
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
    if re.search(
        r"\b(?:unless|except|save) (?:where |when |that |as |if |to the extent )?(?:VENDOR|it) (?:\w+ )?(?:has|have|needs?|requires?|wishes|considers?|determines?|believes?|elects?|retains?)\b|\bas (?:VENDOR|it) (?:sees fit|thinks fit|chooses|prefers|considers)"
        r"|\b(?:other than|except|save|apart from)\b[^.;]{0,40}?\b(?:what|such \w+ as|as) (?:it|VENDOR) (?:\w+ )?(?:needs?|requires?|considers?|may|wishes)\b|\bor (?:once|when) (?:it|VENDOR|they|INFO) (?:\w+ ){0,3}?(?:no longer|ceases?)\b[^.;]{0,60}?\blater\b"
        r"|\b(?:except|save|other than|apart from)(?: for)?\b[^.;]{0,40}?\bwhat\b[^.;]{0,60}?\b(?:useful|wants?|wish\w*|interest\w*|business)\b"
        r"|\b(?:with the exception of|except(?:ing)?(?: for)?|other than|apart from|save(?: for)?|excluding)\b[^.;]{0,60}?\b(?:pass|passes|go|goes|transferred|moved|handed) (?:over )?to VENDOR\b"
        r"|\b(?:with the exception of|except(?:ing)?(?: for)?|other than|apart from|save(?: for)?|excluding)\b[^.;]{0,80}?\b(?:which|that) (?:it|VENDOR) (?:\w+ )?(?:keeps?|retains?|holds?|may|needs?|uses?)\b",
        text,
    ):
        return Checked("deficient", "the vendor may keep them as it sees fit", used, rank=2)
    if re.search(
        r"\b(?:aim|goal|intention|intent|target|objective|hope|expectation) (?:is|will be|remains?)\b|\bprovided (?:that )?(?:DISTRICT|all)\b[^.;]{0,40}?\bpaid\b|\b(?:intends?|plans?|hopes?|aims?|expects?|tr(?:y|ies)) to\b|as (?:BOTH|the parties) (?:\w+ )?(?:agree|decide)|to be agreed|in its (?:sole )?discretion",
        text,
    ):
        return Checked("deficient", "not firmly promised", used, rank=2)
    if not bare and not END.search(text) and BY_RULES.search(text) and not periods(text):
        return Checked(
            "deficient", "destroys when the law or a policy says, not when the services end", used, rank=1
        )
    if WHEN_ORDERED.search(text):
        return Checked("deficient", "only on request", used, rank=2)
    prompt = asked.span(text)
    free = unasked.span(text) or any(
        unasked.span(said) for said in context.split(" . ") if not OF_PAPER.search(said)
    )
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
        r"reasonable (?:time|period)(?! and)|in due course|as soon as (?:it is )?convenient|when convenient|from time to time",
        text,
    ):
        return Checked("deficient", "sets no firm time", used, rank=2)
    if re.search(
        r"\b(?:may|might|can|should)\b,? (?!not)(?:at (?:its|VENDOR's) (?:\w+ )?(?:option|discretion),? )?(?:be )?(?:\w+ )?(?:delet|destroy|eras|remov|wip|purg)",
        text,
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


# "without being asked, a statement that all copies are destroyed": unprompted is the paper, not the deletion
OF_PAPER = re.compile(r"\b(?:statement|certif\w+|affidavit|attest\w+|letter|confirm\w*|proof)\b")
BY_RULES = re.compile(
    r"\b(?:when|how|as|only|in (?:accordance|compliance|conformity|keeping) with|consistent with|according to)\b[^.;]{0,60}?\b(?:laws?|statutes?|polic(?:y|ies)|rules|schedules?|cycle|standards?)\b"
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
        r"within|\b(?:all|every|any|by the end of|immediately|at once|promptly|day|everything|automatically)\b",
        text,
    ):
        return "sets no time"
    return ""
