"""Words that a contract gives a meaning of its own: those that stand for student data, however they are introduced.

"Pupil Matter" shall comprehend ...; "ER" stands for education records; all of this we call School Material; this
Part speaks of "student matter", it includes ...; student records and pupil work (together, the "Files").
"""

from __future__ import annotations

import re
from collections import Counter

STUDENT_WORDS = re.compile(
    r"(?i)\b(?:students?|pupils?|child(?:ren)?|learners?|riders?|scholars?|education(?:al)? records?|minors?|examinees?|youngsters?|kids?"
    r"|young (?:artists?|people|persons?|musicians?|readers?|writers?|athletes?|scientists?|makers?))\b"
)
DATA_NOUN = re.compile(
    r"(?i)\b(?:\w*data|information|records?|content|stuff|details|materials?|matter|files?|works?|pii|things|facts|logs?|particulars|writings?)\b"
)
QUOTE = r"[\"“]([A-Za-z][^\"”]{1,44}?)[,.]?[\"”]"
# between the word and its meaning: a second word, or "as used in this Part"
ASIDE = r"(?:\s*(?:\([^)]*\)|,|or|and)\s*[\"“][^\"”]{2,45}[\"”])*\s*,?\s*(?:\(?(?:as|when|where|wherever) (?:it is )?used[^\"“.;,]{0,60},?\s*|in (?:this|these|the)\s[^\"“.;,]{1,40}?,?\s*|for (?:the )?purposes?[^\"“.;,]{1,50},?\s*|here(?:in|inafter|after|under)?,?\s*|below,?\s*|throughout,?\s*)?(?:,\s*)?"
MEANS = (
    r"(?:(?:shall |will |is to |are to |is taken to |is meant to |is used to |is deemed to |each )?(?:means?|comprehends?|includes?|comprises?|denotes?|signif(?:y|ies)|embraces?|covers?"
    r"|encompass(?:es)?|refers? to|stands? for|takes? in|consists? of|describes?|extends? to|reach(?:es)? to)"
    r"|is (?:our|the|a|an|here)\s(?:[\w-]+ ){0,3}?(?:name|term|word|words|shorthand|expression|label|phrase|title)\b[^.;\"“]{0,50}?\bfor\b|is (?:used|shorthand|short|read)\b[^.;\"“]{0,30}?\b(?:for|of)\b"
    r"|ha(?:s|ve) the meanings?|is|are|:|=|-)"
)
DEFINED = re.compile(QUOTE + ASIDE + r"\s*" + MEANS + r"(?=[\s(,:])(?=([^\n]{0,400}))")
# This Part speaks of "student matter." It includes ...
SPOKEN_OF = re.compile(
    r"[\"“]([A-Za-z][^\"”]{2,44}?)[,.]?[\"”]\.?\s+(?:By (?:this|that|which) (?:we|is|the)[^.;]{0,30}?|It|They|This|These|That|The (?:word|term|phrase|expression))\s+(?:all )?"
    r"(?:shall |will )?(?:includes?|means?|covers?|comprises?|takes? in|embraces?|comprehends?|consists? of|refers? to|stands? for|is|are|reach(?:es)? to)\b(?=([^\n]{0,300}))"
)
BY_WORD = re.compile(r"(?i:\bby )[\"“]([^\"”]{3,40})[\"”],? (?i:we|i|the parties) mean")
CALLED = re.compile(
    r"(?i:\b(?:we|i|the parties|this (?:\w+ )?(?:agreement|contract|letter|part|addendum)|these terms)\s(?:shall |will |here |together |hereafter |both )*(?:calls?|names?|terms?|refers? to|speaks? of|labels?)\s(?:\w+ ){0,6}?(?:as )?)"
    r"(?:the )?(?:[\"“]([^\"”]{3,45})[\"”]|((?:[A-Z][a-z]+)(?: [A-Z][a-z]+){1,3}))(?=[.,;: ])"
)
TOGETHER = re.compile(
    r"(?i:\b(?:the (?:two|three|four) together|all (?:of )?(?:these|them|this|it|of it|three)|together|collectively|the foregoing|these (?:two|three|four)?)\b[^.\n\"“]{0,40}(?:are|is|as|called|named|make up|form)\s+(?:the\s+)?)[\"“]([^\"”]{3,45})[\"”]"
)
# "the recordings and the lists of class (together the Pupil Material)"
TOGETHER_BARE = re.compile(
    r"\((?i:together|collectively|all),? (?:the |as )?((?:[A-Z][a-z]+ ){1,2}[A-Z][a-z]+)\)"
)
CALL = re.compile(r"(?i:\bcall(?:s|ed)?|refer(?:red)? to|known)\b[^.\n\"“]{0,60}[\"“]([^\"”]{3,45})[\"”]")
# we will call anything you send us that concerns a student "Family Documents"
CALL_SO = re.compile(
    r"(?i:\bcall(?:s|ed)?|refer(?:s|red)? to)\s+((?i:anything|everything|whatever|all|any|every|each)\b[^.\n\"“]{10,250}?)"
    r",?\s*(?:as )?[\"“]([^\"”]{3,45})[\"”]"
)
DEFINED_WORD = re.compile(r"[\"“]([A-Za-z][^\"”]{2,40})[\"”]")
CAPITAL_DATA = re.compile(
    r"(?<=[a-z,;(] )((?!The |All |Any |Such |No |Confidential|Aggregate|Usage|Account|Contact|Billing|Directory|Business|Vendor|Company|Provider|De|Service|System|Technical|Log|Transaction"
    r"|Operation|Statistic|Derived|Anonym|Public|Marketing|Financial|Payment|Employee|Staff|Non|Supplier|Contractor|Operator|Proprietary|Meta|Product|Big)[A-Z][a-z]+ (?:Data|Information|Records|Content|Materials|Matter))\b"
)
OWN_DATA = re.compile(
    r"[\"“]((?:Customer|Client|User|School|District|Licensee|Subscriber|Your|Personal|Board|Hosted|Protected|Covered|Tenant|Platform)\s(?:Data|Information|Content|Materials|Records))[\"”]"
)
NOT_DATA = re.compile(
    r"(?i)agreement|contract|advertis|account|purpose|breach|official|services?\b|system|parent|subprocessor|app\b|profile|cookie|platform|incident|users?$"
    r"|procedure|period|\blog\b|journal|log-?in|event|notice|certificate|destruction|return\b|access|consent|person\b|compromise|mishap|de-?identif|aggregat|usage"
    r"|directory|generated content|vendor|provider|confidential information|questionnaire|limit\b|date\b|law\b|completion|term\b|author|means\b|portal|website|\bsite\b"
)
DATA_HEAD = re.compile(
    r"^(?![^.]{0,60}\b(?:access to|acquisition|disclosure|occurrence|event|incident|loss of|use of|taking of|a person|persons? listed|who)\b)\W*(?:(?:the|any|all|each|every|both|collectively|together|separately|such|and|or|of|in|certain|only|personal|personally|identifiable|individually|identifying|education|educational|student|pupil|learner|school|following|confidential|three|two|kinds?|sorts?|our|a|an|single|term|name|used|throughout|for|these|this|contract|which|is|are|those|things?|everything|anything|\w+'s)\W+)*"
    r"(?:[\w'-]+\W+){0,2}?(?:data|information|records?|everything|anything|whatever|content|materials?|works?|notes|details|pii|documents?|files?|recordings?|facts|things|logs|quizzes|answers|responses|particulars|names?|essays|portraits|photographs|stories)\b"
)
QUOTED_TWICE = re.compile(
    r"(?<=[\"“\s(])['‘]([A-Z][^'’\"”\n]{2,44})['’](?=,? (?:means?|is|are|shall|includes?|refers?|denotes?)\b)"
)
GOOD_ACRONYM = re.compile(r"[A-Z]{2,5}")


def data_words(text: str, *, parties: re.Pattern[str]) -> set[str]:
    """The words, in small letters, that this contract uses for student data; `parties` are words for a party."""
    text = QUOTED_TWICE.sub(r'"\1"', text)  # an amendment quotes the new definition
    found: set[str] = set()
    for word in [*introduced(text, parties), *gathered(text), *capitals(text)]:
        low = word.lower().strip(" ,.").removeprefix("the ")
        if NOT_DATA.search(low) or parties.fullmatch(low):
            continue
        if 2 < len(low) < 45 or GOOD_ACRONYM.fullmatch(word.strip(" ,.")):
            found.add(low)
    return found


def introduced(text: str, parties: re.Pattern[str]) -> list[str]:
    """Words in quotation marks followed by what they mean, where that is data or work of students."""
    out: list[str] = []
    for pattern in (DEFINED, SPOKEN_OF):
        for match in pattern.finditer(text):
            word, meaning = match.group(1), match.group(2)
            if not STUDENT_WORDS.search(meaning[:260]) or parties.fullmatch(word.lower().strip(" ,.")):
                continue
            if DATA_HEAD.search(meaning[:160].lower()) or (
                DATA_NOUN.search(word) and DATA_NOUN.search(meaning[:260])
            ):
                out += DEFINED_WORD.findall(match.group(0)[: match.start(2) - match.start()]) or [word]
                out.append(word)
    return out


def gathered(text: str) -> list[str]:
    """Words given after what they stand for: "together, the X", "we call it X", "by X we mean"."""
    out = [m.group(1) for m in BY_WORD.finditer(text) if DATA_NOUN.search(text[m.end() : m.end() + 200])]
    for match in (*TOGETHER.finditer(text), *TOGETHER_BARE.finditer(text)):
        near = text[max(0, match.start() - 700) : match.start()]
        if STUDENT_WORDS.search(near) and DATA_NOUN.search(near):
            out.append(match.group(1))
    for match in CALLED.finditer(text):
        near = text[max(0, match.start() - 400) : match.start()]
        if STUDENT_WORDS.search(near) and (DATA_NOUN.search(near) or DATA_NOUN.search(match.group(0))):
            out.append(match.group(1) or match.group(2))
    for match in CALL.finditer(text):
        if STUDENT_WORDS.search(text[max(0, match.start() - 300) : match.end()]) and DATA_NOUN.search(
            match.group(1)
        ):
            out.append(match.group(1))
    out += [m.group(2) for m in CALL_SO.finditer(text) if STUDENT_WORDS.search(m.group(1))]
    for match in DEFINED_WORD.finditer(text):
        body = re.split(r"[.\n]", text[max(0, match.start() - 260) : match.start()])[-1].rstrip()
        bracket = re.search(
            r"(?:\(|called|referred to as|known as|\((?:the|all|each|these|collectively|together|in this \w+)[, ]*(?:the)?)$",
            body,
        )
        told = STUDENT_WORDS.search(body[-200:]) and DATA_NOUN.search(body[-200:])
        if bracket and told and DATA_NOUN.search(match.group(1)):
            out.append(match.group(1))
    return out


def capitals(text: str) -> list[str]:
    """Capital words for data that are used again and again, or that usage gives a fixed meaning ("Customer Data")."""
    counts = Counter(m.group(1) for m in CAPITAL_DATA.finditer(text))
    often = [word for word, count in counts.items() if count >= 3 and STUDENT_WORDS.search(text)]
    return often + [m.group(1) for m in OWN_DATA.finditer(text)]
