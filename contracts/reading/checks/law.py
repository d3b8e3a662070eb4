"""Whose law governs the contract."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..grammar import Macros
from ..literals import Swift
from ..numbers import mend_scan
from ..structure import STRICKEN, Unit
from .registry import BLANK, Checked, check

PLACES = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky"
    "|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico"
    "|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont"
    "|Virginia|Washington|West Virginia|Wisconsin|Wyoming|England|Wales|Scotland|Ireland|Ontario|Quebec|British Columbia|Canada|India|Germany"
    "|Singapore|Hong Kong|Australia|New South Wales|Israel|Netherlands|France|Switzerland|Sweden|Puerto Rico|United Kingdom|Japan|China|Mexico|Spain"
    "|District of Columbia|Korea|Austria|Italy|Brazil|Denmark|Norway|Finland|Poland|Ukraine|Taiwan|New Zealand"
)
NOT_THE_STATE = r"(?!\s*(?:general assembly|state university|public schools|department|board of education))"
PLACE = Swift(rf"(?i)\b({PLACES})\b{NOT_THE_STATE}")
SHORT_NAMES = {
    "Conn.": "Connecticut",
    "CT": "Connecticut",
    "Neb.": "Nebraska",
    "NE": "Nebraska",
    "N.Y.": "New York",
    "Calif.": "California",
    "Mass.": "Massachusetts",
    "Del.": "Delaware",
}
SHORT_NAME = re.compile(
    r"(?:\b(?:law|laws|of|under|LAW)\W{1,3}|^|\W)(Conn\.|CT|Neb\.|N\.Y\.|Calif\.|Mass\.|Del\.)(?=\s(?:law|\()|\s*$|[.,;])"
)
GOVERNS = Swift(
    r"(?i)(?:govern\w*|constru\w*|interpret\w*|interpretation|enforced|enforcement|subject to|decided?|determined|controlled|resolved|(?:be|is|are|and) (?:read|understood|ruled)|judged|settled)\b[^.;]{0,160}?\blaws?\b"
    r"|\blaws?\b[^.;]{0,80}?\b(?:govern\w*|controls?|appl(?:y|ies|ied)|decides?|determin\w+|rules?|runs?|settles?|is the law|prevails?|enforced|construed|interpreted)\b"
    r"|\b(?:governing|applicable|choice of|controlling) laws?\b"
    # what the parties owe each other is put under a law, in whatever words
    r"|\blaws?\b[^.;]{0,60}?\b(?:covers?|reach(?:es)?|is the law|shall be the law|binds?)\b[^.;]{0,60}?\b(?:agreement|contract|terms|order|memorandum|letter|both|each)\b"
    r"|\b(?:rights?|dut(?:y|ies)|obligations?|questions?|disputes?|agreement|contract|compact|memorandum)\b[^.;]{0,140}?\b(?:to|under|by|according to) (?:the )?(?:\w+ ){0,4}?(?:laws?|statutes)\b"
    r"|\b(?:looks?|turns?|resorts?|refers?|answers?) to the laws?\b|\bto the laws? of\b[^.;]{0,40}?\bthat\b[^.;]{0,40}?\b(?:looks?|turns?|answers?|bow|submit)\b|\b(?:picked|chosen?|chose|selected?|agreed on|settled on|adopt(?:ed)?)\b[^.;]{0,40}?\blaws?\b|\bwhich state's (?:law|laws|rules)\b[^.;]{0,40}"
)
ONE_SIDE = re.compile(
    r"^\W*(?:[\d.]+ )?(?:all |any )?(?:claims?|suits?|actions?) (?:against|by|of) (?:the )?(?:VENDOR|DISTRICT)\b(?! (?:and|or) )|\blaws? (?:shall |will )?governs? (?:(?:the )?(?:VENDOR|DISTRICT)'s|(?:the )?rights and (?:duties|obligations) of (?:VENDOR|DISTRICT)(?!,? (?:and|or)))(?![^.;]*\b(?:and|BOTH)\b[^.;]*(?:VENDOR|DISTRICT))"
)
TITLE = re.compile(
    r"(?i)\b(?:governing law|choice of law|applicable law|state law|laws? that (?:governs?|appl(?:y|ies))|controlling law|(?:whose|what|which)(?: state's)? laws? (?:governs?|appl(?:y|ies)|controls?|rules?|will|shall)[^?:.|]{0,50})\W*(?:$|[.:|?])"
)
INSTEAD = re.compile(
    rf"(?i)\b(?:in place of|instead of|rather than|in lieu of|not (?:by )?(?:the laws? of)?|displac\w+|replac(?:ing|es?|ed)(?! (?:with|by)\b))[^.;]{{0,40}}?\b(?:{PLACES})(?:'s)?(?: laws?)?\)?"
)
# "Section 12, which named the law of New York, is deleted and replaced with": the law that was
NAMED_BEFORE = re.compile(
    r"(?i)[,(]?\s*\b(?:which|that|formerly|previously|now)\s+(?:(?:formerly|previously|had|once|now|has) )*(?:named?|naming|read(?:ing)?|chose|provid\w+|said|stated?|specif\w+|call\w* for|placed|put|gave|selected|referr?\w+ to)\b[^.;]{0,120}?(?=[,)]?\s*(?:is|are|shall be)\b)"
)
# a duty to obey the law names no law for the contract
OBEYS = re.compile(
    r"(?i)\b(?:perform|act|carry out|operate|provide|conduct|dispose|destroy|satisf)\w*\b[^.;]{0,60}?\b(?:in (?:conformity|accordance|compliance|keeping) with|conform\w* to|subject to|consistent\w* with|requirements? of)\b[^.;]{0,60}?\b(?:federal|state|all|applicable|law|laws|statutes)\b"
)
NOT_CHOICE = re.compile(
    r"(?i)\b(?:(?:privacy|labou?r|wage|tax|safety|employment|data[- ]protection|procurement|records) laws?|compl(?:y|ies|iance) with|laws? requires?|required (?:by|under)|as defined (?:by|in|under)|in accordance with the data protection|breach notification laws?|permitted by|immunity|licensed under|organized under|existing under|incorporated (?:under|in))\b"
)


@check("governing_law")
def governing_law(
    groups: Sequence[Sequence[Unit]], limits: Mapping[str, Any], macros: Macros
) -> list[Checked]:
    """Whose law governs the contract (limits: law)."""
    wanted = str(limits.get("law", "")).lower()
    out: list[Checked] = []
    for group in groups:
        for position, unit in enumerate(group):
            text = unit.canon
            raw = (
                (unit.lead + " " if unit.lead else "")
                + (unit.heading + " : " if unit.row else "")
                + (unit.said or unit.text)
            )
            raw = raw if len(re.findall(r"(?i)\b[a-z]*[01][a-z]{2,}\b", raw)) < 2 else mend_scan(raw.lower())
            raw = SHORT_NAME.sub(lambda m: m.group().replace(m.group(1), SHORT_NAMES[m.group(1)]), raw)
            if PLACE.search(text) and not PLACE.search(raw):
                raw = text
            raw = SITUATED.sub(" ", raw)
            raw = UNTICKED.sub(" ", raw) if TICKED.search(raw) else raw
            raw = INSTEAD.sub(" ", NAMED_BEFORE.sub(" ", STRICKEN.sub(" ", raw)))
            if (
                TITLE.search(
                    unit.heading[-60:] if unit.heading.endswith("?") or not PLACE.search(raw[:60]) else ""
                )
                or TITLE.search(raw[:80])
                or (position and TITLE.search(group[position - 1].text[-40:]))
            ):
                title = TITLE.search(raw[:30])  # what stands before the title is a number or a short heading
                raw = "governing law: " + re.sub(
                    r"^\W*(?:(?i:a|answer)\W{0,2}\d{0,3}\.|[\d.]*)\s*",
                    "",
                    raw[title.end() :] if title else TITLE.sub(" ", raw),
                )
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
            if OBEYS.search(raw[: match.end() + 20]) and not PLACE.search(clause_around(raw, match)):
                continue
            if NOT_CHOICE.search(raw[: match.end() + 20]) and not re.search(
                r"(?i)governed by|laws? (?:shall |will )?governs?", raw
            ):
                continue
            if not re.search(
                r"(?i)govern|agreement|contract|terms|addendum|dpa|rider|letter|order|rights|duties|disput|part(?:y|ies)|schedule|claims?|owe|each of us|everything|interpretation|enforcement|document|msa|governing law|arrangement|hereunder|matters?|deal|relationship|this|both",
                raw,
            ):
                continue
            out.append(judge_law(unit, raw, match, wanted))
    return [c for c in out if not said_next(c, out)]


def said_next(told: Checked, every: Sequence[Checked]) -> bool:
    """Whether the very next sentence names the law of which this one only speaks ("the law of one state")."""
    unit = told.units[0]
    return told.why == "does not name the law that governs" and any(
        c.verdict == "met" and c.units[0].block == unit.block and c.units[0].index == unit.index + 1
        for c in every
    )


# a town's place, and the state's law on one subject: neither chooses a law
SITUATED = re.compile(
    rf"\b(?:in|at|near|from) (?:[A-Z][\w.]+ ){{0,2}}[A-Z]\w+, (?:{PLACES})\b"
    rf"|\b(?:residing|residents?|living|situated|located|seated|border|to be sued|sued)\b[^.;,]{{0,30}}?\b(?:in|of) (?:the )?(?:[Ss]tate of )?(?:{PLACES})\b"
    rf"|\b(?:a|any|the|some) (?:competent )?(?:courts?|judges?) (?:sitting )?(?:in|of) (?:the )?(?:[Ss]tate of )?(?:{PLACES})\b"
)
# of a row of boxes, those that were not ticked name no law
UNTICKED = re.compile(r"(?:\[\s?\]|☐)\s*[^\[\]☐☒.;]{1,40}")
TICKED = re.compile(r"\[\s?[xX✓✔]\s?\]|☒")
# "may govern if counsel agree", "would be found to govern"
NOT_FIRM = re.compile(
    r"(?i)\b(?:laws?|it|that)\b[^.;]{0,40}?\b(?:may|might|could|would) (?:\w+ ){0,3}?(?:govern|control|apply|be applied)\b|\b(?:expectation|hope|intention|wish|understanding)\b[^.;]{0,40}?\bthat\b"
)
ON_A_SUBJECT = re.compile(
    r"(?i)\blaws? of [^.;]{0,40}?\b(?:concerning|relating to|about|regarding|on|governing) (?:\w+ ){0,3}?(?:privacy|students?|pupils?|data|education|records)\b"
)
GUESSED = re.compile(
    r"(?i)\b(?:expects?|hopes?|anticipates?|believes?|assumes?|intends?) (?:that|to)\b[^.;]{0,60}$"
)
OTHER_LAW = re.compile(
    r"(?i)\bor (?:the laws? )?(?:of |in )?(?:such|any|some|whatever|whichever) (?:other )?(?:state|jurisdiction|law|place)|\bor of another state|\bor (?:in )?the state (?:in which|where)"
)


def judge_law(unit: Unit, raw: str, match: re.Match[str], wanted: str) -> Checked:
    sentence = clause_around(raw, match)
    one_sided = ONE_SIDE.search(unit.canon)
    if one_sided:
        return Checked("deficient", "governs one party's rights and duties only", [unit], rank=2)
    names = [m.group(1) for m in PLACE.finditer(sentence)]
    low = [n.lower() for n in names]
    if wanted not in low and BLANK.search(sentence):
        return Checked("deficient", "the governing law is left blank", [unit], rank=2)
    if re.search(r"(?i)\bnot (?:be )?(?:governed|apply|subject)", sentence) and wanted in low:
        return Checked("deficient", "says that this law does not govern", [unit], rank=2)
    if wanted in low and ON_A_SUBJECT.search(sentence):
        return Checked("deficient", "does not name the law that governs", [unit], rank=0)
    if wanted in low and (GUESSED.search(raw[: match.end()]) or NOT_FIRM.search(sentence)):
        return Checked("deficient", "is not a firm choice of law", [unit], rank=2)
    if wanted in low and OTHER_LAW.search(sentence):
        return Checked("deficient", "leaves room for another law", [unit], rank=2)
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
