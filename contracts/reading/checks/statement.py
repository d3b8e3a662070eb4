"""A statement of destruction that comes without anyone asking for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..grammar import Macros, Pattern
from ..structure import Unit
from .registry import Checked, check

PARTIAL = re.compile(
    r"\b(?:paper|roster|printed|hard|primary|live|active|production) (?:copies|copy|servers?|systems?|DATA|INFO)\b|\b(?:has|have|is|been|be) scheduled\b|\btr(?:y|ies) to\b|attempts? to\b"
    r"|(?:where|if|when|to the extent)[^.;]{0,20}?law requires|DISTRICT[^.;]{0,60}?may (?:ask|request|apply)|to be (?:supplied|agreed|determined)|when (?:practical|convenient)"
)


# conditions, self-service, an act not yet done, or only one kind of copy: none of these is a statement that all is gone
SHORT_OF_IT = re.compile(
    r"\b(?:who(?:ever)?|that|which) (?:\w+ )?(?:asks?|requests?|wants?|demands?|applies(?! to)|inquires?|wishes|would like|seeks?)\b|\bfor the asking\b|\bthose asking\b|"
    r"\bwhere (?:DISTRICT|(?:the|a|its|that) (?:\w+ )?box)\b[^.;]{0,40}?\b(?:check|tick|mark|elect|ask|request|select|want|requir|initial|chos|opt)\w*|\b(?:up)?on (?:\w+ )?application\b|\bobtainable\b"
    r"|\b(?:if|should (?:DISTRICT|it|the|a|an)|in case|in the event|as long as|so long as|on condition|at the option)\b"
    r"|\b(?:portal|console|dashboard|download\w*|self-service|on display|help ?desk|support desk)\b|\bavailable\b(?! cop)"
    r"|\b(?:begun|started|scheduled|initiated|under ?way|commenced|in progress|queued|requested|instructed) (?:\w+ ){0,3}?(?:deletion|destruction|erasure|purge)"
    r"|(?:deletion|destruction|erasure|purg\w+|disposal)[^.;]{0,40}?\b(?:has|have|had|is|was|been) (?:\w+ )?(?:begun|started|scheduled|initiated|under ?way|commenced|in progress|queued|requested|planned)"
    r"|\b(?:paper|hard[- ]copy|printed|production|primary|live|active|roster)\b(?![^.;]*(?:backup|replica|archiv|all|every|each))[^.;]{0,40}?(?:cop(?:y|ies)|servers?|systems?|records|data|DATA)"
    r"|\b(?:internal|own|VENDOR's) (?:\w+ )?(?:files?|records|log|register|auditors?)\b(?![^.;]*DISTRICT)"
    r"|\b(?:that|stating|saying|confirming)\b[^.;]{0,80}?\b(?:will|would|is to|are to) be (?:\w+ )?(?:delet|destroy|eras|purg|wip)\w*|\bin due course\b"
    r"|\b(?:statement|description|account|certificate) of (?:its |the |VENDOR's )?(?:\w+ )?(?:destruction|deletion|erasure|disposal) (?:procedures?|practices?|polic\w+|methods?|process\w*)"
    r"|\bVENDOR\b[^.;]{0,40}?\b(?:collects?|gathers?)\b[^.;]{0,30}?\bfrom\b"
    r"|\b(?:hopes?|tr(?:y|ies)|aims?|endeavou?rs?|intends?|expects?) to\b|\bat (?:its|VENDOR's) (?:\w+ )?(?:discretion|option)\b"
)
# "(or the last day if there was no return)" tells when, not whether
ONLY_WHEN = re.compile(
    r"\([^()]*\bif (?:there (?:is|are|was|were) (?:none|no)|any|none|not)\b[^()]*\)|\bif (?:any|later|earlier|sooner)\b"
    r"|\bor,? [^,;.()]{0,50}? if (?:there (?:is|are|was|were) (?:none|no \w+)|none)\b"
)
LEFT_OUT = re.compile(
    r"\b(?:is|are|remains?|stays?) (?:\w+ )?(?:excepted|excluded|exempt\w*|left out|outside (?:this|the|that) (?:statement|promise|certificate))\b"
    r"|\b(?:other than|except(?:ing)?(?: for)?|excluding|apart from|save(?: for)?|but not) (?:\w+ ){0,3}?(?:back-?ups?|archiv\w*|logs|copies)\b"
    r"|\b(?:this|the) (?:statement|certificate|confirmation) (?:does|shall|will|need) not (?:cover|include|extend|apply|mention)"
)
DONE_FOR = re.compile(r"\b(?:if|should) (?:\w+ ){0,4}?(?:return|extension|remain\w* (?:any|cop))")


def follows(later: Unit, unit: Unit) -> bool:
    """Whether a sentence stands shortly after another in its paragraph."""
    return later.block == unit.block and 0 < later.index - unit.index <= 3


# "it will destroy all copies. It will confirm in writing that it has done so."
DONE_SO = re.compile(
    r"\bthat (?:it|they|INFO|this|VENDOR|step \d+) (?:has|have|is|was) (?:been )?(?:done|so done|taken place|complete\w*)\b|\b(?:has|have) done so\b"
)


def tells_of_it(unit: Unit, group: Sequence[Unit], macros: Macros) -> bool:
    """Whether this sentence certifies what the sentences just before it destroy."""
    if not DONE_SO.search(unit.canon) or not macros.pattern("{certify}").span(unit.canon):
        return False
    destroyed = macros.pattern("{delete}")
    before = [u for u in group if 0 < unit.index - u.index <= 2]
    return any(destroyed.span(u.canon) and OF_DATA.search(u.canon) for u in before)


@check("unprompted")
def unprompted(groups: Sequence[Sequence[Unit]], limits: Mapping[str, Any], macros: Macros) -> list[Checked]:
    """A statement of destruction that comes without anyone asking for it."""
    said = [
        macros.pattern("{certify} ~~ {delete}"),
        macros.pattern("{delete} ~~ {certify}"),
        macros.pattern("certificat\\w+ of (?:\\w+ ){0,2}?{delete}"),
        macros.pattern("{delete}[^;]{0,240}?{certify}"),
        macros.pattern("(?:proof|evidence) of (?:\\w+ )?(?:{delete})"),
        macros.pattern(
            "(?:statements?|writ\\w+|e-?mails?|letters?|notes?|messages?|certif\\w+|confirm\\w*|attest\\w*)[^;]{0,160}?(?:copies|DATA|INFO|everything|records|data)[^;]{0,80}?(?:{delete})"
        ),
        macros.pattern("{certify} ~~ (?:no|nothing|none) ~~ (?:copy|copies|DATA|INFO|remains?|left|kept)"),
    ]
    asked, unasked = macros.pattern("{asked}"), macros.pattern("{unasked}")
    other = re.compile(
        r"insurance|equipment|hardware|refrigerant|incident|correct\w*|breach|confirmation number|in writing (?:by|to) (?:the )?DISTRICT|DISTRICT (?:shall|will|must|may) (?:\w+ )?(?:certif|confirm)"
    )
    out = []
    for group in groups:
        for unit in group:
            text = ONLY_WHEN.sub("", unit.canon)
            if not any(p.span(text) for p in said) and not tells_of_it(unit, group, macros):
                continue
            told = " . ".join(u.canon for u in group if u is unit or follows(u, unit))
            if not OF_DATA.search(told) or (other.search(text) and not re.search(r"copies|DATA|INFO", text)):
                continue
            left = next(
                (u for u in group if (u is unit or follows(u, unit)) and LEFT_OUT.search(u.canon)), None
            )
            if left is not None:
                out.append(Checked("deficient", "leaves some copies out", [unit, left], rank=2))
            elif why := short_of_it(text, asked, unasked):
                out.append(Checked("deficient", why, [unit], rank=2))
            elif TO_VENDOR.search(text) and not re.search(r"to (?:the )?DISTRICT|DISTRICT", text):
                out.append(Checked("deficient", "given to the vendor, not to the district", [unit], rank=1))
            else:
                doubt = (
                    "has an exception to look at" if re.search(r"\b(?:unless|except|however)\b", text) else ""
                )
                why = "a statement of destruction comes unprompted"
                out.append(Checked("met", why, [unit], doubt, rank=3))
    return out


# somebody must be told, and it must be of data: "a certificate that all asbestos has been destroyed" is none
OF_DATA = re.compile(
    r"\b(?:DATA|INFO|WORK|STUDENT|cop(?:y|ies)|records?|data|information|everything|nothing|destruction|deletion|erasure|disposal|wip\w+)\b"
)
REFUSED = re.compile(
    r"\b(?:not|no|never)\b (?:\w+ ){0,4}?(?:certif|obligation|statement|confirm)|\b(?:not|never) (?:be )?(?:bound|obliged|obligated|required) to\b|\bwithout (?:a |any )?(?:certificate|statement|notice)\b"
)
NOT_FIRM = re.compile(
    r"\b(?:may|might|can|should|endeavou?r\w*|efforts)\b,? (?!not)(?:[^.;]{0,50}?, )?(?:\w+ ){0,3}?(?:certif|confirm|furnish|provide|send|give|mail|write|issue|deliver)"
)
TO_VENDOR = re.compile(
    r"SUB (?:shall|will|must|to)|(?<!known )(?<!available )(?<!belonging )to VENDOR|(?:given|made|sent) to (?:\w+ )?VENDOR by"
)
# kept by the vendor, told to families or to the world: the district is given nothing
NOT_GIVEN = re.compile(
    r"\bkept on file\b|\b(?:its|VENDOR's) (?:\w+ ){0,2}?archive\b|\b(?:public|trust) (?:\w+ )?page\b|\binternal\b"
    r"|\bto (?:each |every |the )?FAMILY\b(?! and)(?![^.;]*\b(?:and|or) (?:to )?(?:the )?DISTRICT)"
)


def short_of_it(text: str, asked: Pattern, unasked: Pattern) -> str:
    """Why a sentence that tells of a statement of destruction does not promise one; "" where it does."""
    if REFUSED.search(text):
        return "refuses a statement of destruction"
    if PARTIAL.search(text):
        return "covers some copies only, or is conditional or not firm"
    if SHORT_OF_IT.search(text) and not unasked.span(text) and not DONE_FOR.search(text):
        return "comes only under a condition, or states less than asked"
    if asked.span(text) and not unasked.span(text):
        return "only on request"
    if NOT_FIRM.search(text):
        return "not firmly promised"
    if NOT_GIVEN.search(text):
        return "is not given to the district"
    paid = re.search(r"\b(?:fee|charge|payment)s?\b", text)
    return "depends on a fee" if paid and not re.search(r"free|no (?:fee|charge)|without", text) else ""
