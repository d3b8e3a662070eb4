"""What stands beside a promise and takes it back, narrows it or never made it: such a promise is met, but not surely.

A near miss mostly says the term in full and undoes it in the same breath: for a plan that costs more, for one class of
records, in a report of what somebody asked, or in the next sentence, which leaves it to the vendor. No requirement has
its own list of these; what takes one promise back takes back any other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .literals import Swift
from .structure import Unit

# the term is for those who pay for more
TIERED = Swift(
    r"\b(?:on|under|in|with|without|hold\w*|license[sd]?|choos\w+|buys?|bought|subscrib\w+ to|part of|for|have|has)\b (?:[\w'-]+ ){0,4}?"
    r"(?:(?:premium|enterprise|platinum|gold|silver|plus|pro|professional|basic|standard|free|paid|higher|other|private|governance|compliance|privacy|security|governance plus) (?:[\w-]+ ){0,2}?(?:plans?|editions?|tiers?|packages?|packs?|subscri(?:bers?|ptions?)|deployments?|add-?ons?)\b|add-?ons?\b)"
    r"|\b(?:premium|enterprise|platinum|gold|DISTRICT plus|standard|basic) (?:customers?|subscribers?|DISTRICT)\b"
    r"|\b(?:can|may) be (?:bought|purchased|ordered|licensed)\b"
    r"|\ba feature of the \w+ (?:edition|plan|tier|version)\b"
)
# what the vendor says that it does not say
SAYS_IT_NOT = Swift(
    r"\b(?:not|never|nothing|wrong)\b[^.;]{0,60}?\b(?:say|says|saying|mean|means|meaning|claim|claims) that\b|\b(?:do|does|will|shall) not say\b"
)
# one class of records or people, one kind of ending, one stretch of time
CLASS_ONLY = Swift(
    r"\bspecial DATA\b|\b(?:health|medical|disability|biometric)(?: (?:and|or) \w+)? (?:DATA|INFO)\b"
    r"|\bSTUDENT (?:who (?:is|are) )?(?:under|below|younger than) (?:the age of )?\d+\b"
    r"|\bfor the (?:[\w-]+ ){1,3}(?:module|product|pages|site) (?:only|alone)\b|\bbut not otherwise\b|\bfor cause\b(?! or)|\bduring the (?:pilot|trial)\b"
    r"|\bduring the (?:\w+ )?(?:term|subscription) only\b|\bonly during the\b"
)
# "special education records included"; COPPA is for the young alone
NOT_ONLY = re.compile(
    r"\b(?:permanent|subsidiary|includ\w+|and all|as well as|(?:every|any|and all) other|govern\w*|COPPA|FAMILY)\b"
)
# able to, made to, hoped for: none of these is an undertaking
ABLE = Swift(
    r"(?<!that )(?<!which )(?<!extent )(?<!as )\bVENDOR (?:\w+ )?(?:is|are) able to\b|\bcan be (?:set|configured|adjusted|made) to\b|\bcan be configured\b|\bwith a view to\b"
    r"|\b(?:is|are) (?:contemplated|hoped|envisaged|anticipated) that\b|\bVENDOR(?: \w+)? has (?:designed|built|engineered)\b|\bwork\w* towards?\b|\bideally\b"
    r"|\bin (?:view|mind) (?:when|in|as|while)\b|\bas a rule\b|\bprimarily\b|\bamong other things\b|\bfor purposes such as\b|\bpresently\b|\bfor now\b|\bas if (?:it|INFO|they) (?:were|was) the property\b"
)
SUBJECT = r"(?:DATA|WORK|INFO|STUDENT|DISTRICT|pages?|modules?|cases?|plans?|editions?|tiers?|accounts?|deployments?|uses?|logs?|trackers?|cookies?|records?|requests?|directions?|recipients?|provisions?)"
# a later sentence that leaves the rest, or the whole, to the vendor
TAKES_BACK = Swift(
    r"\bVENDOR (?:\w+ )?alone (?:\w+ )?(?:decides?|determines?|judges?|chooses?|settles?)\b|\b(?:left|reserved|up) to (?:the )?VENDOR\b|\bmatters? for VENDOR\b|\bsettled by the management\b"
    r"|\bVENDOR's (?:\w+ ){0,3}?(?:judge?ment|discretion|determination)\b|\bwhen(?:ever)? (?:it|VENDOR) so decides\b"
    r"|\bVENDOR (?:\w+ )?(?:may|can|is free to|is entitled to|are free to) (?:(?:at any time|from time to time|nevertheless|however|still|either|also) )?(?:vary|change|amend|alter|revise|decline|refuse|grant or|go ahead|proceed|elect|decide|accept or|waive|withhold|depart)\b"
    r"|\bVENDOR (?:\w+ )?need not\b|\bno (?:[\w]+ ){1,5}need be\b|\bnothing (?:\w+ )?need be\b|\b(?:VENDOR|BOTH) (?:is|are) under no (?:duty|obligation)\b|\bnot (?:be )?(?:obliged|bound|required) to\b(?<!DISTRICT not)"
    r"|\btakes? the place of this\b|\b(?:prevails?|controls?) over this\b|\b(?:conflict|inconsistency)\b[^.;]{0,40}\b(?:terms of (?:use|service)|online terms|privacy (?:policy|notice)|website terms)\b[^.;]{0,160}\b(?:control|prevail|govern)"
    r"|\bthis (?:undertaking|promise|commitment|section|paragraph|duty|obligation) (?:\w+ )?(?:applies|lasts|holds|stands) (?:only )?(?:while|during|so long|as long)\b|\blapses on (?:its|the)\b"
    r"|\bDISTRICT (?:\w+ )?(?:has|have) no (?:\w+ )?(?:right|access|say)\b|\bis not a (?:representation|promise|warranty|guarantee|commitment)\b|\bnothing (?:here|herein|in \w+(?: \w+)?) (?:commits|binds|obliges)\b"
    r"|\bVENDOR (?:\w+ )?(?:cannot|can not|is unable to|are unable to) (?:\w+ )?(?:track|follow|observe|apply|match|promise|undertake|guarantee)\b|\bothers (?:is|are) not restricted\b|\b(?:is|are) not so (?:limited|restricted|bound)\b|\bnot (?:\w+ )?(?:covered|restricted|limited|governed|protected) by this\b|\bthis (?:section|paragraph|clause|article|provision) (?:does|do|shall|will) not (?:apply|extend|cover|reach|include|bind|concern)\b"
    r"|\bno (?:later )?(?:statement|certificate|letter|notice|copy|attestation|confirmation)\b[^.;]{0,40}?\b(?:is|are|will be|shall be) (?:given|sent|made|issued|provided)\b"
    r"|\b(?:carry|carries|get|gets|has|have) the (?:usual|standard|default|ordinary)\b|\b(?:the )?default\b[^.;]{0,20}\b(?:applies|saves|keeps|is|settings?|tracking)\b"
    r"|\buntil then\b[^.;]{0,60}\b(?:settings?|practices?|terms|polic(?:y|ies))\b|\bonce the (?:term|contract|agreement|subscription) is over,? \w+ (?:is|are) free\b"
    r"|\b(?:VENDOR|DATA|INFO|DEIDENTIFIED|copies|cop(?:y|ies) of \w+(?: \w+)?) may (?:however|nevertheless|nonetheless|also|still)\b|\bVENDOR may (?:\w+ )?(?:gather|collect|use|keep|share|retain|hold|sell|disclose)\b[^.;]{0,30}\b(?:freely|without limit|at will|as it (?:likes|pleases))\b"
    r"|\bmay be (?:retained|kept|used|shared)\b[^.;]{0,30}\b(?:freely|without limit|indefinitely|for any (?:purpose|reason))\b"
    r"|\bVENDOR's (?:own )?(?:standard|general|ordinary|default) (?:\w+[ -]){0,4}?(?:terms|settings|statement|policy|practices?)\b"
)
# the same, in the sentence itself
LETS_GO = Swift(
    r"\bis not a (?:representation|promise|warranty|guarantee|commitment)\b|\bVENDOR (?:\w+ )?alone (?:decides?|determines?|judges?)\b|\bleft to (?:the )?VENDOR\b"
    r"|\bprovided(?: that|,? however,? that)?\b[^.;]{0,20}\b(?:neither|none|nothing|no)\b[^.;]{0,60}\b(?:appl(?:y|ies)|restricts?|limits?)\b"
    r"|\beither\b[^.;]{0,60}\bor (?:else )?(?:credit|refund|release|terminate|pay)\b|\b(?:only|sole|exclusive) remedy\b"
)
REST = Swift(
    rf"^\W*(?:(?:\(?[\d.]+\)?|\([a-z]\)|terms)\W+){{0,2}}(?:(?:and|but|while|whereas) )?(?:(?:for|as to|in|on|under|to|information from|all|any) ){{0,2}}(?:other|older|remaining|standard|basic) (?:[\w-]+ ){{0,2}}?{SUBJECT}\b"
)
# "all other disclosure is barred": the rest is held to the same, or to more
HELD_TOO = re.compile(
    r"\b(?:barred|prohibited|forbidden|same|likewise|also|too|equally|eras\w*|destroyed|deleted|expires?|vanish\w*|discarded|session|breach\w*|not permitted|not allowed|shall not|must not|may not|will not)\b"
)
# what somebody asked for, before it was answered
ASKS = Swift(
    r"^\W*(?:[\w.]+\W+)?(?:(?:item|question|requirement|term|row|section|point) ?[\w.]*|DISTRICT)(?:'s)? (?:[\w'-]+ ){0,6}?(?:asks?|asked|requires|requests|wants|calls) (?:that|whether|for|VENDOR to)\b"
)
ANSWERS = re.compile(r"^\W*(?:[\w']+ ){0,3}(?:answer|response|reply)\b\W+(?:is\W+)?(?P<own>.*)")
AGREES = re.compile(
    r"\W*(?:yes\b|(?:and )?agreed?\b|VENDOR (?:do|does) not and (?:shall|will) not\b|accept\w*|will comply|shall comply|compl(?:y|ies)\b|confirmed|done\b|so agreed|never\b|VENDOR (?:\w+ )?(?:shall|will|agrees?|undertakes?|accepts?|promises?|commits?)\b(?! (?:not )?(?:consider|discuss)))"
)
YES = re.compile(r"\b(?:yes|agreed?|accept\w*)\b")
QUOTED_QUESTION = Swift(
    r"\b(?P<asked>asked|asks?|question)\b[^\"]{0,40}\"[^\"]{12,}\"[^\"]{0,40}?\b(?:says?|thus|answers?|reply|replies)\W+(?P<own>.*)"
)
WHY_CLASS = "holds for one class or one case only"
WHY_BACK = "a following sentence takes something back"
WHY_ASKED = "asked for, and the answer says something else"


def never_made(sentence: str, later: Sequence[Unit]) -> str:
    """Why the words of a promise are none: for a plan that costs more, denied, or only asked for; "" if nothing."""
    if TIERED.search(sentence):
        return "is for a plan that costs more"
    if SAYS_IT_NOT.search(sentence):
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


def undercut(sentence: str, later: Sequence[Unit]) -> str:
    """Why a promise in this sentence is not sure, by itself or by what follows it; "" if nothing."""
    if CLASS_ONLY.search(sentence) and not NOT_ONLY.search(sentence):
        return WHY_CLASS
    if ABLE.search(sentence):
        return "tells of an ability, a hope or a main purpose, not of a duty"
    if LETS_GO.search(sentence):
        return "takes something back"
    for unit in later:
        text = unit.canon
        if TAKES_BACK.search(text) or TIERED.search(text):
            return WHY_BACK
        if REST.search(text) and not HELD_TOO.search(text):
            return "leaves the rest to other terms"
    return ""
