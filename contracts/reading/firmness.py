"""Words that make a promise weak, deny it, put it elsewhere or take it back."""

from __future__ import annotations

import re

from .literals import Swift, held, masks, needed

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
    (
        re.compile(
            r"\b(?:within|included in|covered by|comprised in|part of) the (?:\w+ ){0,2}?(?:fees?|price|charges?)\b"
        ),
        "free",
    ),
    (re.compile(r"\bnot only\b"), "both"),
    (re.compile(r"\bwithout asking (?:THIRD|any ?one|any ?body|leave|permission)\b"), "freely"),
    (re.compile(r"\bno permission (?:from \w+ )?is (?:needed|required)\b"), "it is open"),
    (re.compile(r"\b(?:not|never) (?:fail|omit|neglect|refuse|cease) to\b|\bwithout fail\b"), "to"),
    (
        re.compile(
            r"\b(?:is |are |shall |will |may |must )?(?:not|never) (?:to )?be (?:refused|denied|withheld)\b"
        ),
        "is given",
    ),
    (re.compile(r"\b(?:shall|will|may|must) (?:not|never) (?:refuse|deny|withhold)\b"), "shall give"),
    (
        re.compile(
            r"\bwhether or not\b|\bno matter (?:whether|how|what|who)\b|\bno exceptions?\b|\bwithout (?:any )?exceptions?\b|\bwithout limitation\b|\bbut not limited to\b|\bnot limited to\b"
        ),
        "including",
    ),
)
WEAK = Swift(
    r"\bVENDOR(?: \w+){0,3} (?:may|might|can|could|should)(?! not| only)\b|\b(?:DATA|INFO|WORK) (?:\w+ ){0,2}(?:may|might|should|can) (?!not)(?:\w+ )?be\b"
    r"|\bendeavou?rs?\b|\bstrives?\b|\b(?:do|does|doing|tries|try) (?:VENDOR's|its|our|their|the) (?:level |very |utmost |honest )?best\b|\b(?:VENDOR|shall|will|must|does|always) (?:\w+ )?tr(?:y|ies),? (?:(?:very |really |so )?hard |our best |its best |(?:within|as|so far as|to the best of|insofar as|where|if|when) [^.;,]{1,50},? )?to\b|\bwithin (?:its|our|his|VENDOR's) (?:possibilities|means|abilities|capabilit(?:y|ies)|powers?)\b|\b(?:as best|(?:so|as) far as) (?:it|they|VENDOR) (?:can|could|may|is able)\b|\bto the best of (?:its|our|VENDOR's) (?:abilit(?:y|ies)|means)\b|\b(?:VENDOR|shall|will|must) (?:\w+ )?attempts? to\b|\b(?:best|reasonable|commercially reasonable|good[- ]faith|diligent) efforts?\b"
    r"|\bwhere(?:ver)? (?:reasonably |commercially |technically )?(?:practicable|feasible|possible)\b|\bif (?:reasonably |commercially )?(?:practicable|feasible|possible|convenient)\b"
    r"|\b(?:aim|goal|intention|intent|target|objective|expectation|ambition) (?:is|will be|remains?|that)\b|\b(?:is|are) (?:\w+ )?capable of\b|\bdisclaims?\b|\bin (?:lieu|place) of (?:any|an) (?:undertaking|promise|duty|obligation|commitment)\b|\bhopes?\b|\baims? to\b|\bintends? to\b|\bexpects? to\b|\baspires?\b|\bseeks? to\b|\bplans? to\b|\bordinarily\b|\btypically\b|\bnormally\b|\busually\b|\bgenerally\b(?! (?:accepted|recogni))"
    r"|\b(?:at|in) (?:its|our|VENDOR's) (?:sole |own |absolute |reasonable )*(?:discretion|option|election|judge?ment|convenience)\b"
    r"|\bno (?:obligation|duty|responsibility|commitment)\b|\bnot (?:be )?(?:obliged|obligated|required|responsible|bound)\b|\bmakes? no\b|\bVENDOR (?:\w+ )?(?:believes?|thinks?|considers?)\b"
    r"|\bunless VENDOR (?:\w+ ){0,2}?(?:finds?|decides?|determines?|considers?|believes?|wishes|needs?|chooses?|elects?|thinks?)\b|\bmay from time to time\b"
    r"|\b(?:once|if|when|where|provided(?: that)?|should|as long as|only) (?:\w+ ){0,2}?(?:DISTRICT|it) (?:\w+ )?(?:purchases?|buys?|pays?|has paid|bears?|reimburses?|covers?|funds?|subscribes? to|orders?|upgrades?)\b|\badd-?on\b|\bat (?:an )?(?:additional|extra) (?:cost|charge|fee)\b"
    r"|\bsubject to (?:\w+ ){0,3}(?:availability|resources|fees?|payment|VENDOR)\b|\bwhen (?:we|VENDOR) (?:think|deem|see|consider|feel)s?\b|\bas VENDOR (?:deems?|sees|considers?|thinks?|determines?)\b"
)
# softness that leaves a doubt wherever in the sentence it stands, and a promise expressly not made
SOFTENED = Swift(
    r"\b(?:aim|goal|intention|intent|target|objective|expectation|ambition) (?:is|will be|remains?|that)\b|\bendeavou?rs?\b|\bstrives?\b|\befforts?\b|\bhopes?\b|\baims? to\b|\b(?:its|our|VENDOR's|their) (?:\w+ ){0,2}?best\b"
    r"|\b(?:at|in) (?:its|our|VENDOR's) (?:\w+ ){0,2}?(?:discretion|option|judge?ment)\b"
    r"|\b(?:where(?:ver)?|if|to the extent|so far as|insofar as|as far as) (?:it is |is )?(?:\w+ly )?(?:practica\w+|feasible|possible|convenient)\b"
)
DENIES = Swift(
    r"\b(?:not|never|no|nor|neither|without)\b (?:\w+ ){0,3}?(?:undertak|warrant|promis|guarant|represent|oblig|commit|assur)\w*[^.;,]{0,60}$"
)
NEVER = Swift(
    r"\b(?:not|never|no|none|neither|nor|cannot|can't|won't|don't|doesn't|isn't|aren't|without|nothing|refus\w+|declin\w+|fails?)\b"
)
EXCEPTION = Swift(
    r"\b(?:except|excepting|with the exception|unless|however|on condition|contingent|provided,? (?:however|that|further|DISTRICT|VENDOR|all|the)\b|notwithstanding|save (?:that|for|where|a|an|as|in|to|what|such)|but VENDOR|subject to|so long as VENDOR|to the extent)\b"
)
HARMLESS_EXCEPTION = Swift(
    r"(?:unless|except|save|other than)[^.;]{0,100}?(?:necessary|need(?:s|ed)?)[^.;]{0,40}?(?:operat|maintain|run\b|running)|\bno (?:person|one|body|other \w+) (?:except|but|other than|save) DISTRICT|subject to (?:its|their|DISTRICT(?: \w+)?(?:'s)?) (?:\w+,? ){0,4}?(?:control|direction|command|instructions?)|to the extent (?:that )?(?:it|they|effect|INFO|the (?:rest|remainder|others?|same)|those|such)[^.;]{0,40}?(?:can|may|able|given|possible)|notwithstanding (?:its|their|the) (?:storage|possession|location)|except what (?:this|the) (?:agreement|contract)|save for the cookie|unless DISTRICT (?:tells?|asks?|directs?|instructs?|consents?|agrees?|objects?|forbids|disapproves|declines|disagrees)|notwithstanding(?![^.;]{0,160}VENDOR (?:\w+ ){0,3}?(?:may|can|reserves?|retains?|is not|need not|shall not be))|"
    r"(?:except|unless|save|other than|to the extent)[^.;]{0,60}?(?:(?:required|compelled|permitted|authori[sz]ed) (?:by|under) (?:\w+ ){0,3}?(?:law|statute|court|order|FERPA)|court order|lawful|subpoena)"
    r"|unless[^.;]{0,60}?(?:STUDENT|FAMILY)[^.;]{0,80}?(?:account|chooses?|establish)|except[^.;]{0,60}?(?:authori[sz]ed|permitted|provided|stated|described|set (?:out|forth)|allowed)[^.;]{0,40}?(?:agreement|contract|addendum|DISTRICT|section|rider|dpa|herein|schedule)"
    r"|(?:except|unless|save|other than)[^.;]{0,80}?(?:DISTRICT(?:'s)?)[^.;]{0,40}?(?:consent|authori[sz]|approv|direct|permission|writing|request|instruct)|to the extent (?:\w+ )?(?:necessary|possible|known|permitted by law|needed|that the law)|except[^.;]{0,40}?(?:so far as|to the extent|as|where|what)[^.;]{0,30}?(?:necessary|needed|need|must)"
    r"|except[^.;]{0,40}?(?:SUB|companies|providers)|except[^.;]{0,60}?(?:cookie|log|sign|user name|password)"
)
EXTERNAL = Swift(
    r"\b(?:(?:[Ss]ee|[Rr]efer to|(?:(?:are|is|be|as) )?(?:set (?:out|forth)|stated|described|found|contained|provided|specified|addressed|covered|dealt with|governed|explained|defined|laid down))\b[^.;]{0,60}?"
    r"\b(?:in|at|by|to|under|see|on|of)?\s+)(?P<doc>(?:(?:the|its|our|their|Vendor's|Provider's|Company's|Contractor's|Operator's|then-current|online|separate|applicable|standard|most recent|published)\s+){0,5}"
    r"(?:[A-Z][\w-]*(?:'s)?\s+){0,4}(?:Form|Policy|Manual|Handbook|Guide|Guidelines|Schedule|Exhibit|Appendix|Annex|Attachment|Addendum|Statement|Notice|Plan|Procedures?|Protocol|Website|Agreement|DPA|Terms|Center|Standards?|Overview|White ?Paper|Policies|manual|handbook|website|privacy (?:policy|notice|statement)|security (?:policy|overview|documentation)|policies|documentation|white ?papers?|brochure|data ?sheet|user guide|trust cent(?:er|re)|support pages?|help cent(?:er|re))\b(?:\s+[A-Z0-9][\w.-]*)?)"
)
OWN_DOCUMENT = Swift(
    r"(?:in accordance with|according to|pursuant to|under|as (?:set|described|provided|stated|specified)[^.;]{0,20}?(?:in|by)|subject to|per|following|consistent with) (?:VENDOR's|its(?: own)?) (?:(?:then-current|\w+(?:-\w+)?) ){0,4}?(?:polic(?:y|ies)|procedures?|schedules?|plan|practices|standards|guidelines|handbook|guide|manual|white paper|programs?)\b"
)
INCORPORATES = Swift(
    r"(?i)incorporated (?:\w+ )?(?:herein )?by (?:this )?reference|\bas if (?:fully )?set forth herein\b|\bavailable (?:\w+ )?(?:at|from|on|upon|online)\b|https?://|www\."
)
INLINE_PART = re.compile(
    r"(?:^|\n|[.;]\s)((?:Annex|Appendix|Exhibit|Schedule|Attachment|ANNEX|APPENDIX|EXHIBIT|SCHEDULE|ATTACHMENT)\s+[A-Z0-9]{1,3})\s*[:.\-]\s+\S"
)
NO_STUDENTS = Swift(
    r"(?:holds?|contains?|includes?|involves?|has|have|stores?)[^.;]{0,80}?\bno (?:DATA|INFO|information (?:about|on))|(?:does|do|shall|will) not (?:collect|receive|access|hold|involve|store|process)[^.;]{0,30}?\bDATA\b(?![^.;]*(?:unless|until|except|without|before|only|for))"
)
DISTRICT_ACTS = Swift(
    r"(?:^|[\s(])DISTRICT(?!'s)(?:,? [\w-]+){0,3}? (?:shall|will|must|agrees?|has complied|have complied|is (?:solely )?responsible|undertakes?|warrants?|represents?|may|retains responsibility|remains responsible|are responsible)\b"
)
VENDOR_ACTS = Swift(
    r"(?:^|[\s(])(?:VENDOR|BOTH)(?!'s)(?:,? [\w-]+){0,3}? (?:shall|will|must|agrees?|undertakes?|warrants?|is|are|has|have|maintains?|implements?|keeps?|takes?|uses?|protects?|follows?|compl\w+|encrypts?|each|both|do|does|employs?|applies|adopts?|holds?)\b"
)
# the sentence lays its duty on somebody else: "Subcontractors shall ...", "Users must ..."
OTHERS_LEAD = Swift(
    r"^\W*(?:(?:VENDOR's|the|its|all|any|each|every|authori[sz]ed) )*(?:SUB|users?|STUDENT|FAMILY|employees|staff|personnel|teachers?|DISTRICT)(?!'s)(?: \w+){0,2}? (?:shall|will|must|agrees?(?: to)?)\b(?!.*\b(?:VENDOR|BOTH)(?!'s)(?: \w+){0,3}? (?:shall|will|must|agrees?|may not)\b)"
)
# a definition beside a promise that leaves out what the promise seemed to cover, or lets somebody decide what it covers
NARROW_WORD = re.compile(
    r"\b(?:is|are|does|do|shall|has|have) not\b(?! limited)|\bnever\b|\b(?:any|such) (?:further|other) purposes?\b|\b(?:has|have) (?:so )?(?:declared|certified|confirmed|determined|concluded|agreed)\b|\b(?:issued|declared|certified|confirmed|determined) by\b|\bonly\b|\bexclud(?:es?|ing)\b|\baffiliat\w+|\bpartners?\b|\binfer\w*\b|\boffer(?:s|ing)\b|\b(?:longer|older|newer) than\b|\bVENDOR's (?:\w+ )?(?:business|research|interests?)\b|\b(?:owned|managed|held) (?:\w+ )*by VENDOR\b"
)
CARVE_OUT = Swift(
    r"(?i)^\W*(?:\(?\w{1,4}[.)]\s*)?(?:notwithstanding|however|the foregoing|nothing in this (?:section|paragraph|clause|agreement)|this (?:section|paragraph|clause|prohibition|restriction) (?:does|shall|will) not|provided|but\b|except)"
)


HARMLESS_NEED = [masks(needed(pattern)) for pattern, _ in HARMLESS_NEGATIVES]


def tame(text: str) -> str:
    """The canonical text with harmless negatives put positively ("not later than" is "within")."""
    here = held(text)
    for (pattern, plain), needs in zip(HARMLESS_NEGATIVES, HARMLESS_NEED, strict=True):
        if all(need & here for need in needs):
            text = pattern.sub(plain, text)
            here = held(text)
    return text
