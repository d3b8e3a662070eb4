"""What stands in or beside a promise and makes it none, or makes it hold for less than it seems.

A near miss mostly says the term in full and undoes it in the same breath: for a plan that costs more, for one class of
records, in a report of what somebody asked, or in the next sentence, which leaves it to the vendor. No requirement has
its own list of these; what takes one promise back takes back any other. `never_made` tells why words are no promise at
all; `undercut` why a promise that was found is not sure. (Words that weaken the promise itself, "may", "endeavor", are
`firmness`.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .case import Case
from .grammar import Clause
from .literals import Swift
from .structure import Unit


def any_of(*wordings: str) -> Swift:
    return Swift("|".join(wordings))


START = r"^\W*(?:(?:[\w.]{1,6}\s+)?(?:[\w-]+ ){0,3}?[\w-]+\. )?"  # before the first words: a number, a short title
DEARER = r"(?:premium|enterprise|platinum|gold|silver|plus|pro|professional|basic|standard|free|paid|higher|upper|upgraded|other|private)"
NAMED = r"(?:community|sponsored|governance|compliance|privacy|security)"
PLANS = r"(?:plans?|editions?|tiers?|packages?|packs?|subscri(?:bers?|ptions?)|deployments?|add-?ons?)"
HAVING = r"(?:on|under|in|with|without|hold\w*|license[sd]?|choos\w+|buys?|bought|subscrib\w+ to|part of|for|have|has)"
KINDS = (
    r"(?:special(?: education)?|health|medical|psychological|disability|disciplin\w+|biometric|directory"
    r"|counsel+ing|immunization|payroll|payment card)"
)
IS = r"(?:is|are|was|were|shall be|will be)"
SHALL_NOT = r"(?:does|do|shall|will|need) not"
PROMISE = r"(?:representation|promise|warranty|guarantee|commitment|covenant|term)"

# ---- no promise at all

DEARER_PLAN = any_of(
    # "under the premium plan"; "schools that bought the add-on"
    rf"\b{HAVING}\b (?:[\w'-]+ ){{0,4}}?(?:(?:{DEARER}|{NAMED}) (?:[\w-]+ ){{0,2}}?{PLANS}|add-?ons?)\b",
    # "premium customers"; "District Plus"; "can be bought"
    r"\b(?:premium|enterprise|platinum|gold|paid|DISTRICT plus|standard|basic) (?:customers?|subscribers?|DISTRICT)\b",
    r"\b(?:can|may) be (?:bought|purchased|ordered|licensed)\b",
)
DENIED = any_of(
    # "we do not say that tracking data is kept only to ..."
    r"\b(?:not|never|nothing|wrong)\b[^.;]{0,60}?\b(?:say|says|saying|mean|means|meaning|claim|claims) that\b",
    r"\b(?:do|does|will|shall) not say\b",
)
ASKS = any_of(
    # "Row 8 asks that student data be kept in compliance with FERPA"
    r"^\W*(?:[\w.]+\W+)?(?:(?:item|question|requirement|term|row|section|point) ?[\w.]*|DISTRICT)(?:'s)? "
    r"(?:[\w'-]+ ){0,6}?(?:asks?|asked|requires|requests|wants|calls) (?:that|whether|for|VENDOR to)\b"
)
QUOTED_QUESTION = any_of(
    # 'asked "do you encrypt student data?" Vendor says: soon'
    r"\b(?P<asked>asked|asks?|question)\b[^\"]{0,40}\"[^\"]{12,}\""
    r"[^\"]{0,40}?\b(?:says?|thus|answers?|reply|replies)\W+(?P<own>.*)"
)
# "Vendor's answer: Vendor holds an ISO certificate"
ANSWERS = re.compile(r"^\W*(?:[\w']+ ){0,3}(?:answer|response|reply)\b\W+(?:is\W+)?(?P<own>.*)")
# "Yes."; "Agreed."; "Vendor shall"
AGREES = re.compile(
    r"\W*(?:yes\b|(?:and |so )?agreed?\b|accept\w*|(?:will|shall) comply|compl(?:y|ies)\b|confirmed|done\b|never\b"
    r"|VENDOR (?:do|does) not and (?:shall|will) not\b|VENDOR (?:\w+ )?"
    r"(?:shall|will|agrees?|undertakes?|accepts?|promises?|commits?)\b(?! (?:not )?(?:consider|discuss)))"
)
YES = re.compile(r"\b(?:yes|agreed?|accept\w*)\b")

# ---- not sure, by the sentence itself

ASKED_OR_NOTED = any_of(
    # "the District has asked that"
    START
    + r"DISTRICT (?:has |have |had )?(?:\w+ )?(?:asked|requested|wished|would like|prefers)\b(?! (?:and|,) VENDOR)",
    # "Vendor notes that"; "the parties share the aim"
    START
    + r"(?:the )?(?:BOTH|VENDOR|DISTRICT|parties)(?: \w+){0,2}? (?:notes?|noted|(?:is|are) (?:aware|mindful)"
    r"|recogni[sz]es?|shares? (?:the|an|that|this) (?:aim|goal|hope|wish))\b(?! and (?:\w+ )?agrees?)",
    # "it is not the case that student data are shared": a denial of a denial
    r"\b(?:it is|is it|INFO is) not (?:the case|intended|agreed|meant|to be (?:taken|understood|supposed)) that\b",
)
KNOWING = any_of(
    # "shall not knowingly disclose"; "to its best knowledge"
    r"(?<!whether )\b(?:knowingly|wil+fully|intentionally|deliberately|with (?:the |an )?intent to)\b"
    r"(?! or (?:un|not|other|neglig|inadvert|accident))",
    r"\bto (?:the|its|their) (?:actual |best )?knowledge\b",
)
A_TIME = any_of(
    # "during the trial period"; "during the term only"
    r"\b(?:during|for) (?:the |any |a |its |this )?(?:[\w-]+ ){0,2}?(?:pilot|trial|roll-?out)\b(?! and after)",
    r"\bduring the (?:\w+ )?(?:term|subscription) only\b|\bonly during the\b",
    # "after the migration"; "is planned for the spring"; "for now"
    START + r"after the (?:first|pilot|trial|migration)\b|\bonce (?:\S+ ){0,4}?(?:migration|release)\b",
    r"\b(?:is|are) planned for\b|\bpresently\b|\bfor now\b",
)
ABILITY = any_of(
    # "Vendor is able to encrypt"; "can be configured to"; "as a paid option"
    r"(?<!that )(?<!which )(?<!extent )(?<!as )\b(?:VENDOR|software|platform)(?:'s)? (?:\w+ ){0,2}?(?:is|are) able to\b",
    r"\bcan be (?:set|configured|adjusted|turned on|switched on|enabled|made)\b|\bas an (?:\w+ )?option\b",
    # "Vendor has designed its systems to"; "works towards"; "it is hoped that"; "as a rule"
    r"\bVENDOR(?: \w+)? has (?:designed|built|engineered)\b|\bwork\w* towards?\b|\bwith a view to\b",
    r"\b(?:is|are) (?:contemplated|hoped|envisaged|anticipated) that\b",
    r"\bideally\b|\bas a rule\b|\bprimarily\b",
)
REVISABLE = any_of(
    # "for the purposes set out in its Prospectus, as that may be revised from time to time"
    r"\b(?:its|our|VENDOR's) (?:[\w-]+ ){0,4}?(?:prospectus|policy|policies|notice|guides?|schedule|website|page|documentation|statement|handbook)\b"
    r"[^.;]{0,80}?\b(?:revised|amended|changed|updated|modified|revises?|updates?|changes)\b",
)
ELSEWHERE = any_of(
    # "the means are those stated at line 7 of Exhibit A", which may be blank
    r"\b(?:is|are|shall be) (?:those|that|the ones?|as) (?:\w+ )?(?:stated|set out|set forth|described|listed|given|shown"
    r"|named|indicated|entered|written|filled in|specified)\b",
)
ONE_CLASS = any_of(
    # "students under 13"; "for the reading module only"; "terminated for cause"
    r"\bSTUDENT (?:who (?:is|are) )?(?:under|below|younger than) (?:the age of )?\d+\b",
    r"\bfor the (?:[\w-]+ ){1,3}(?:module|product|pages|site) (?:only|alone)\b|\bbut not otherwise\b|\bfor cause\b(?! or)",
)
# "health and disciplinary records"
ONE_KIND = any_of(rf"\b{KINDS}(?:,? (?:and|or) \w+)? (?:DATA|INFO|records|files|forms)\b")
# "special education records included"; "all other student data"; COPPA is for the young alone
NOT_ONLY = re.compile(
    r"\b(?:permanent|subsidiary|includ\w+|and all|as well as|(?:every|any|and all) other|govern\w*|COPPA|FAMILY)\b"
)
OTHERS_TOO = re.compile(r"\b(?:DATA|WORK|INFO|STUDENT|other|all|every|everything|anything)\b")
PLAN_ONLY = any_of(
    # "schools on the Growth plan"; "if your plan includes it"; "premium tier"; "the paid version"
    r"\b(?:premium|enterprise|platinum|gold|plus|pro|paid|higher|upgraded) (?:\w+ )?(?:versions?|licen[cs]es?|memberships?)\b",
    r"\b(?:STUDENT|schools?|districts?|DISTRICT|customers|subscribers) on the \w+ plan\b",
    rf"\bif (?:\S+ )?plan (?:includes|covers|has)\b|\b{DEARER} (?:\w+ )?(?:plans?|tiers?|editions?|packs?|subscribers?)\b",
    # "the District may switch it on in the panel"
    r"\bDISTRICT may (?:turn|switch)\b[^.;]{0,30}?\bon\b[^.;]*\b(?:panel|plan|pack)\b",
)
# "| Exceptions: the test servers"
EXCEPTIONS_CELL = any_of(r"\|\s*exceptions?\s*:\s*(?!none|no\b|nil|n/a|not\b|\W*$)\w")
LETS_GO = any_of(
    # "provided that nothing here restricts Vendor"; "either upgrade or refund"; "the sole remedy"
    r"\bprovided(?: that|,? however,? that)?\b[^.;]{0,20}\b(?:neither|none|nothing|no)\b[^.;]{0,60}\b(?:appl|restrict|limit)",
    r"\beither\b[^.;]{0,60}\bor (?:else )?(?:credit|refund|release|terminate|pay)\b|\b(?:only|sole|exclusive) remedy\b",
    # "is not a promise"; "Vendor alone decides"; "is left to Vendor"
    rf"\bis not a {PROMISE}\b|\bVENDOR (?:\w+ )?alone (?:decides?|determines?|judges?)\b|\bleft to (?:the )?VENDOR\b",
)

# ---- not sure, by a sentence that follows

VENDOR_DECIDES = any_of(
    # "Vendor alone decides"; "is a matter for Vendor"; "in Vendor's judgment"; "be the judge of"
    r"\bVENDOR (?:\w+ )?alone (?:\w+ )?(?:decides?|determines?|judges?|chooses?|settles?)\b",
    r"\b(?:left|reserved|up) to (?:the )?VENDOR\b|\bmatters? for VENDOR\b|\bfor VENDOR(?:'s)? (?:\w+ )?to (?:decide|judge|settle)\b",
    r"\bVENDOR's (?:\w+ ){0,3}?(?:judge?ment|discretion|determination)\b|\b(?:decisions|choices) are VENDOR's\b",
    r"\b(?:be|is) the (?:sole )?judge of\b|\b(?:it|VENDOR) so decides\b|\bsteps (?:it|VENDOR) (?:deems?|thinks?|considers?)\b",
    # "as it sees fit"; "as long as it likes"
    r"\bas (?:long as )?(?:it|VENDOR|INFO) (?:judges?|likes?|believes?|pleases?|wishes|(?:sees?|thinks?|deems?) fit)\b",
    # "Vendor may at any time vary this"; "Vendor reserves the right to postpone"
    r"\bVENDOR (?:\w+ )?(?:may|can|(?:is|are) (?:free|entitled) to|reserves? the right to) (?:(?:\w+|at any time|from time to time) )"
    r"{0,2}?(?:vary|change|amend|alter|revise|decline|refuse|go ahead|proceed|elect|decide|waive|withhold"
    r"|depart|suspend|put off|postpone|defer|stop|discontinue|disregard|keep (?:its|a|the) (?:own |full )?cop(?:y|ies))\b",
    # "once the term is over, Vendor is free"; "Vendor may, however, ..."; "Vendor may share it freely"
    r"\bonce the (?:term|contract|agreement|subscription) is over,? \w+ (?:is|are) free\b",
    r"\b(?:VENDOR|DATA|INFO|DEIDENTIFIED|cop(?:ies|y of \w+)(?: \w+)?) may (?:however|nevertheless|nonetheless|also|still)\b",
    r"\b(?:VENDOR may (?:\w+ )?(?:gather|collect|use|keep|share|retain|hold|sell|disclose)|may be (?:retained|kept|used|shared))\b"
    r"[^.;]{0,30}\b(?:freely|without limit|indefinitely|at will|for any (?:purpose|reason)|as it (?:likes|pleases))\b",
)
STAYS = any_of(
    # "are kept indefinitely"; "becomes part of Vendor's library"; "stays on Vendor's servers"
    r"\b(?:kept|held|retained|stored) (?:\w+ )?(?:in perpetuity|indefinitely|for ever|forever|permanently)\b",
    r"\bbecomes? part of VENDOR's\b",
    r"\bstays? (?:on|in|with) VENDOR(?:'s)? (?:\w+ )?(?:database|platform|storage|systems?|archive|servers?)\b",
    # "has no export for it"; "no copies are given"; "no later certificate is sent"
    r"\bhas no (?:function|way|means|facility|export) (?:for|of|to)\b",
    rf"\bno (?:copies|works?|exports?) {IS} (?:issued|given|made|released|removed)\b",
    rf"\bno (?:later )?(?:statement|certificate|letter|notice|copy|attestation|confirmation)\b[^.;]{{0,40}}?\b{IS} (?:given|sent|made|issued|provided)\b",
)
NOBODY_BOUND = any_of(
    # "Vendor need not"; "nothing further need be furnished"; "is under no duty"; "Vendor cannot track"
    r"\bVENDOR (?:\w+ )?need not\b|\bno (?:\w+ ){1,5}need be\b|\bnothing (?:\w+ )?need be (?!approved)",
    r"\b(?:is|are) under no (?:duty|obligation)\b|\bnot (?:be )?(?:obliged|bound|required) to\b",
    r"\bVENDOR (?:\w+ )?(?:can ?not|(?:is|are) unable to) (?:\w+ )?(?:track|follow|observe|apply|match|promise|undertake|guarantee)\b",
    # "Vendor gives no undertaking for"; "nothing here commits"; "no such right"; "the District has no say"
    r"\bVENDOR\b[^.;]{0,40}?\b(?:does|do|is|are|has|have|makes?|gives?|offers?|accepts?|undertakes?|assumes?|enters? into|takes?) (?:not|no) "
    r"[^.;]{0,40}?\b(?:dut(?:y|ies)|(?:obligation|commitment|undertaking|engagement|assurance|promise|covenant|request)s?|part)\b",
    r"\bnothing (?:here|herein|in \w+(?: \w+)?) (?:commits|binds|obliges)\b|\bwithout (?:any )?promise\b",
    r"\bnothing (?:\w+ )?(?:is|are|has been) (?:promised|undertaken|agreed|warranted)",
    r"\bno such (?:facility|right|duty|undertaking)\b|\bDISTRICT (?:\w+ )?(?:has|have) no (?:\w+ )?(?:right|access|say)\b",
)
LEAVES_OUT = any_of(
    # "this function is reserved to the teachers"
    r"\b(?:this|the|that|such) (?:\w+ )?(?:function|feature|button|tool|option|export|download|facility|command) (?:is|are|remains?) "
    r"(?:reserved|restricted|limited|open only|available only) (?:to|for) (?:the |its )?(?:teachers?|staff|administrators?|DISTRICT)\b",
    # "this section does not apply to"; "but the preceding sentence does not"; "falls outside this contract"
    r"\b(?:this|that|these|those|it|INFO|(?:this |the )(?:foregoing|above|promise|rule|limit|prohibition|duty|section|paragraph|restriction"
    rf"|undertaking|preceding sentence|clause|article|provision)(?: in [\w. ]{{1,12}})?) {SHALL_NOT} (?:apply|extend|cover|reach|include|bind|concern)",
    r"\b(?:nothing in|to which|but) (?:the|this|that) (?:preceding|foregoing|previous|above|last) (?:sentence|paragraph|section|promise)s?\b"
    r"[^.;]{0,40}?\b(?:is|are|shall be|does not|shall not)\b",
    r"\b(?:lies?|falls?|stands?|is|are|remains?) outside (?:of )?(?:the scope of )?(?:this|the) "
    r"(?:contract|agreement|addendum|exhibit|section|process|procedure|promise|paragraph)",
    # "exceptions: the archive"; "is excluded"; ": not offered"; "is not covered by this"; "are not so limited"
    r"^\W*(?:the |an? |only )*exceptions?\b(?!\W*(?:none|nil)\b)|: not (?:offered|available|included|provided)\b",
    r"\b(?:is|are|remains?) (?:\w+ )?(?:excepted|exempt\w*|excluded|left out)\b",
    r"\bnot (?:\w+ )?(?:covered|restricted|limited|governed|protected) by this\b|\b(?:is|are) not (?:so )?(?:limited|restricted|bound)\b",
    rf"\b(?:is|are|be) (?:not (?:an? {PROMISE}|covered by|offered|part of this|subject to (?:this|that|the))|no longer (?:subject to|bound by|covered))\b",
    # "work that is not so designated"; "the controls are switched off"; "this promise holds only while"
    r"\b(?:INFO|items|files|pieces|DATA|WORK|data|works?)\b (?:that (?:is|are|has|have) )?not (?:so |itself |been )?(?:\w+ )?"
    r"(?:chosen|designated|named|listed|selected|removed|requested|bought|exported)\b",
    r"\b(?:functions?|features?|controls?) (?:\w+ )?(?:is|are) (?:switched|turned) off\b",
    r"\bthis (?:undertaking|promise|commitment|section|paragraph|duty|obligation) (?:\w+ )?(?:applies|lasts|holds|stands) "
    r"(?:only )?(?:while|during|so long|as long)\b",
)
OTHER_TERMS = any_of(
    # "the privacy notice prevails over this"; "in a conflict our website terms control"
    r"\btakes? the place of this\b|\b(?:prevails?|controls?) over this\b",
    r"\b(?:conflict|inconsistency)\b[^.;]{0,40}\b(?:terms of (?:use|service)|(?:online|website) terms|privacy (?:policy|notice))\b"
    r"[^.;]{0,160}\b(?:control|prevail|govern)",
    # "Vendor's standard retention terms"; "other pages have the usual trackers"; "default settings apply"
    r"\bVENDOR's (?:own )?(?:standard|general|ordinary|default) (?:\w+[ -]){0,4}?(?:terms|settings|statement|policy|practices?)\b",
    r"\b(?:carry|carries|get|gets|has|have) the (?:usual|standard|default|ordinary)\b",
    r"\bdefault\b[^.;]{0,20}\b(?:applies|saves|keeps|is|settings?|tracking)\b",
)
SUBJECT = (
    r"(?:DATA|WORK|INFO|STUDENT|DISTRICT|data|work|copies|(?:page|module|case|plan|edition|tier|account|deployment|use|log|tracker"
    r"|cookie|record|file|version|way|request|direction|recipient|provision)s?)"
)
REST = any_of(
    # "other student data ..."; "as for the remainder, ..."
    r"^\W*(?:(?:\(?[\d.]+\)?|\([a-z]\)|terms)\W+){0,2}(?:(?:and|but|while|whereas) )?"
    r"(?:(?:as for|as to|for|in|on|under|to|information from|access to|with (?:regard|respect) to|the|all|any|every) ){0,3}"
    rf"(?:(?:other|older|remaining|standard|basic|(?:rest|remainder) of(?: the)?) (?:[\w-]+ ){{0,2}}?{SUBJECT}|others?|rest|remainder)\b"
    r"(?! (?:part(?:y|ies)|side|hand|than)\b)",
    # "elsewhere ..."; "requests for other reports"; "none of this applies to"
    r"^\W*elsewhere\b|^\W*(?:requests|uses|records|INFO|DATA) (?:for|of|in) other\b",
    r"\bnone of (?:this|these|INFO|the foregoing) (?:appl|bind)",
)
# "all other disclosure is barred": the rest is held to the same, or to more
HELD_TOO = re.compile(
    r"\b(?:barred|prohibited|forbidden|excluded|same|likewise|similarly|also|too|equally|as well|both|requires?|needs?|consent"
    r"|eras\w*|destroyed|deleted|expires?|vanish\w*|discarded|session|breach\w*|never|nobody"
    r"|not (?:permitted|allowed|admitted)|(?:shall|must|may|will) not)\b"
)
ANOTHER_TIME = any_of(
    # "until then our settings apply"; "thereafter"; "following the renewal"
    r"\buntil then\b(?!.*\b(?:no|not|nothing|never|none)\b)|^\W*(?:thereafter|from then on|before that date)\b",
    r"^\W*(?:on|upon|after|following|from|before|for) (?:the (?:start of the )?|that |such )?(?:\w+ ){0,2}?"
    r"(?:renewal|conversion|pilot|trial|roll-?out|anniversary|that date)\b",
)
UNBOUND = any_of(
    # of the term itself: "they are not responsible for"; "no covenant"; "does not extend to"
    r"\b(?:VENDOR|it|BOTH|DISTRICT|they)(?: \w+){0,2}? (?:need not|(?:operates?|gives?) no|(?:is|are|shall be|will be) free to"
    r"|(?:(?:shall|will) not be|(?:is|are) not) (?:bound|obliged|required|responsible))\b(?! other)",
    r"\bno (?:\w+ )?(?:covenant|obligation|promise)s?\b",
    rf"\bnot (?:be )?(?:so )?(?:required|obliged|bound)\b|\b{SHALL_NOT} (?:extend|apply|reach) to\b",
)
# a pupil's or a parent's own account may keep what the contract's end erases elsewhere
OWN_KEEPSAKE = re.compile(
    r"\b(?:STUDENT|FAMILY)\b.{0,160}\baccount|\baccount.{0,160}\b(?:STUDENT|FAMILY)\b|DEIDENTIFIED"
)
# "The District shall train its staff. It shall ..."
DISTRICT_FIRST = re.compile(
    START + r"DISTRICT(?!'s)(?: \w+){0,2}? (?:shall|will|must|agrees|is responsible)\b"
)
PRONOUN_FIRST = re.compile(r"^\W*(?:it|they) (?:shall|will|must|agrees?)\b")

OF_A_PLAN = "is for a plan that costs more"
WHY_ASKED = "asked for, and the answer says something else"
# what the sentence itself tells
OWN = (
    (ASKED_OR_NOTED, "tells what was asked for or noted, not what was promised"),
    (KNOWING, "binds only one who knows or intends"),
    (A_TIME, "holds for a time only, or not yet"),
    (REVISABLE, "rests on a paper that the vendor may change"),
    (ELSEWHERE, "says where the term stands, not what it is"),
    (ABILITY, "tells what can be done or is hoped for, not what is done"),
    (ONE_CLASS, "holds for one class or one case only"),
    (PLAN_ONLY, OF_A_PLAN),
    (EXCEPTIONS_CELL, "has an exception to look at"),
    (LETS_GO, "takes something back"),
)
# what a sentence after it tells
BACK = (VENDOR_DECIDES, NOBODY_BOUND, OTHER_TERMS)
LEFT = (STAYS, LEAVES_OUT)


def following(case: Case, units: Sequence[Unit]) -> list[Unit]:
    """The later ones of these sentences, and the next of the paragraph in which the last of them stands."""
    own = sorted(units, key=lambda u: u.index)
    return own[1:] + [u for u in case.blocks.get(own[-1].block, []) if 0 < u.index - own[-1].index <= 5]


def listed_with(case: Case, unit: Unit) -> list[Unit]:
    """The other entries of the list in which the sentence stands."""
    if unit.lead_unit < 0:
        return []
    return [u for u in case.live if u.lead_unit == unit.lead_unit and u is not unit]


def never_made(sentence: str, later: Sequence[Unit]) -> str:
    """Why the words of a promise are none: for a plan that costs more, denied, or only asked for; "" if nothing."""
    if DEARER_PLAN.search(sentence):
        return OF_A_PLAN
    if DENIED.search(sentence):
        return "says what it does not say"
    quoted = QUOTED_QUESTION.search(sentence)
    if quoted is not None and not (
        AGREES.match(quoted.group("own")) or YES.search(sentence[: quoted.end("asked")])
    ):
        return WHY_ASKED
    if ASKS.search(sentence) and later:
        answer = ANSWERS.match(later[0].canon)
        if answer is not None and not AGREES.match(answer.group("own")):
            return WHY_ASKED
    return ""


def undercut(case: Case, clause: Clause, units: Sequence[Unit]) -> str:
    """Why a promise found in these sentences is not sure, by itself or by what stands after it; "" if nothing.

    None of this makes a term short by itself, for a pilot may be all that the contract is about.
    """
    for unit in units:
        if told := by_itself(case, unit):
            return told
    for later in following(case, units):
        if told := by_what_follows(clause, later.canon):
            return told
    if not clause.any_subject:
        for unit in units:
            for other in listed_with(case, unit):
                if ANOTHER_TIME.search(other.canon):
                    return "another entry of its list tells of another time"
    return ""


def by_itself(case: Case, unit: Unit) -> str:
    text = unit.canon
    for pattern, why in OWN:
        if pattern.search(text) and not (pattern is ONE_CLASS and NOT_ONLY.search(text)):
            return why
    if ONE_KIND.search(text) and not NOT_ONLY.search(text) and not OTHERS_TOO.search(ONE_KIND.sub("", text)):
        return "is about one kind of records only"
    if PRONOUN_FIRST.search(text):
        before = [u for u in case.blocks.get(unit.block, []) if u.index == unit.index - 1]
        if before and DISTRICT_FIRST.search(before[0].canon) and "VENDOR" not in before[0].canon:
            return "may be the district's own duty"
    return ""


def by_what_follows(clause: Clause, text: str) -> str:
    if any(pattern.search(text) for pattern in BACK):
        return "a following sentence takes something back"
    if any(pattern.search(text) for pattern in LEFT) and not OWN_KEEPSAKE.search(text):
        return "a following sentence leaves something out"
    if DEARER_PLAN.search(text) or PLAN_ONLY.search(text):
        return "a following sentence tells of another plan"
    if clause.any_subject:
        return ""
    if REST.search(text) and not HELD_TOO.search(text):
        return "a following sentence tells otherwise of the rest"
    if not clause.about(text):
        return ""
    if ANOTHER_TIME.search(text):
        return "a following sentence tells of another time"
    if UNBOUND.search(text):
        return "a following sentence leaves something unbound"
    return ""
