"""How strong the encryption of stored data is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..grammar import Macros
from ..structure import Unit
from .registry import Checked, check

BITS = re.compile(
    r"\b(?:aes|rsa|sha|cipher)?[- ]?(\d{2,4})[- ]?bits?\b|\baes[- ]?(?:gcm|cbc|xts)?[- ]?\(?(128|192|256)\)?|\b(128|192|256)[- ]?(?:aes|encryption)|\bkeys?(?: (?:length|size))?(?: (?:of|is))? (128|192|256)\b|\b(128|192|256) binary digits\b"
)
STORED = re.compile(
    r"\b(?:at[- ]rest|stored?|storage|database|servers?|drives?|disks?|backups?|held|hosted|resid\w+|kept|on our (?:servers|systems)|volumes?|all DATA|all INFO|secured|DATA)\b"
)
TRANSIT = re.compile(
    r"\b(?:in[- ]transit|transmi\w+|tls|ssl|https|in motion|between|(?<!reachable )(?<!accessible )(?<!available )over the (?:internet|network)|on (?:its|the) way|travel\w*|sent|moving|connections?|connect(?:s|ing)?)\b"
)
LOOSE = re.compile(
    r"\b(?:up to|where (?:\w+ ){0,5}?(?:support\w*|feasible|practicable|possible|available)|when (?:supported|available|feasible)|if (?:supported|available|feasible)|or (?:a )?(?:lower|equivalent as determined|other)|or comparable|or similar|plan(?:s|ned|ning)? to|intends?|endeavou?r\w*|efforts|migrat\w+ to|by (?:20\d\d|the end)|goal|roadmap|may(?! be (?:reached|accessed|accessible|reachable))|should|typically|where appropriate|as appropriate|optional\w*|(?:an|available|as) option\b|target\w*|aspir\w+|(?:is|are) (?:able|capable)|can (?:use|have)|can be (?:set|enabled|switched|turned|encrypted)|upon request|recommended|available as|as (?:\w+ ){1,3}(?:permits?|allows?|supports?))\b"
)


# what goes between a browser and a server is on its way, not stored there
ON_THE_WAY = re.compile(
    r"\b(?:between [^.;]{0,60}? and|(?:travel\w*|sent|mov(?:es|ing)|pass(?:es|ing)|transmitted|go(?:es|ing)|traffic) [^.;]{0,40}?(?:to|from|with)) (?:[\w'-]+ ){0,3}?(?:servers?|databases?|systems?)\b"
)
# "128- or 256-bit"
EITHER = re.compile(r"\b(40|56|64|128|192)-? ?(?:or|/|to) ?(?=\d{3}[- ]?bit)")
EACH_APART = re.compile(r"\bthe (?:former|latter)\b|\brespectively\b")
CIPHER = re.compile(r"encrypt|\baes|cipher|scrambl|cryptograph|\btls\b|\bssl\b|-bit|\d bits?\b")


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
            units = [unit]
            if not CIPHER.search(text):
                continue
            if (
                after is not None
                and not BITS.search(text)
                and BITS.search(after.canon)
                and "encrypt" not in after.canon
            ):
                text, units = f"{text} {after.canon}", [unit, after]
            if after is not None and re.search(
                r"(?:stored|at rest|INFO|DATA)[^.;]{0,40}?\bnot\b[^.;]{0,20}?encrypt", after.canon
            ):
                text = f"{text} {after.canon}"
            told = replace(judge_bits(unit, text, needed), units=units)
            if told.verdict == "met" and WISHED.search(text):
                taken = any(TAKES_UP.search(t) for t in (unit.canon, after.canon if after else ""))
                told = told if taken else replace(told, verdict="deficient", why="is wished for only", rank=1)
            elif told.verdict == "met" and EACH_APART.search(text):
                told = replace(told, doubt=told.doubt or "tells of two kinds apart")
            out.append(told)
    return out


# "no information may be kept unless it is enciphered" leaves nothing open
NONE_MAY = re.compile(r"\b(no|nothing|none|neither|nor)\b([^.;]{0,120}?)\bmay\b")
# on what is carried about, or in sessions: not what is stored on the servers
CARRIED = re.compile(
    r"\bon (?:\w+ ){0,2}?(?:laptops?|phones?|tablets?|(?:thumb|flash) drives?|removable media|portable \w+|mobile devices?)\b"
)
SERVED = re.compile(
    r"\bservers?\b|\bdatabases?\b|\bbackups?\b|\bstorage\b|\bat[- ]rest\b|\bwherever\b|\ball (?:other|copies|systems)\b|\bcloud\b"
)
# the district's wish, unless the vendor takes it up
WISHED = re.compile(
    r"\b(?:un)?acceptable (?:to|for) DISTRICT\b|\bDISTRICT(?: \w+){0,2}? (?:wants|wishes|asks|prefers|has (?:asked|requested))\b|\b(?:BOTH|VENDOR|DISTRICT)(?: \w+)? (?:is|are) aware\b|\bnotes? that\b"
)
TAKES_UP = re.compile(
    r"\bVENDOR (?:\w+ ){0,3}?(?:accepts|agrees|undertakes|shall|will|must|commits)\b(?! (?:seek|try|endeav|aim|note|consider|show|explain))"
)


def judge_bits(unit: Unit, text: str, needed: int) -> Checked:
    text = NONE_MAY.sub(r"\1\2shall", text)
    text = ON_THE_WAY.sub("in transit", EITHER.sub(r"\1-bit or ", text))
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
        r"\btraffic|\btls\b|\bssl\b|in[- ]transit|https|transmi|\bsent\b|travel|exchang|transfer|\bsessions?\b|\bconnections?\b",
        text,
    ) and not re.search(
        r"at[- ]rest|stor(?:ed|age|es|ing)|database|servers?|drives?|disks?|backups?|\bheld\b|kept|wherever|hosted|resid",
        text,
    ):
        return Checked("deficient", "the strength is stated for data in transit only", [unit], rank=2)
    if CARRIED.search(text) and not SERVED.search(text):
        return Checked("deficient", "is about what is carried about, not about the servers", [unit], rank=1)
    if LOOSE.search(text):
        return Checked("deficient", "the strength is not firm", [unit], rank=2)
    if re.search(r"\b(?:not|no|never|without)\b (?:\w+ ){0,3}?encrypt", text) and not re.search(
        r"\b(?:not|no|never|nor)\b[^.;]{0,160}?\b(?:without|unless|until) (?:\w+ ){0,3}?encrypt", text
    ):
        return Checked("deficient", "leaves some data unencrypted", [unit], rank=2)
    doubt = (
        ""
        if re.search(
            r"DATA|INFO|WORK|at[- ]rest|stored?\b|storage|database|backup|servers?|disks?\b|drives?\b|volumes?\b|\ball\b|everything|anything|whatever",
            text,
        )
        else "does not say what is encrypted"
    )
    if re.search(r"\b(?:password|credential|payment|card|laptop|credit)s?\b", text) and not re.search(
        r"DATA", text
    ):
        return Checked("deficient", "is about other data", [unit], rank=1)
    if re.search(
        r"\b(?:except|unless(?! (?:it is |they are )?(?:first )?(?:\w+ly )?(?:encrypt|cipher|scrambl|secur|protect))|other than|some|certain)\b",
        text,
    ):
        doubt = "has an exception to look at"
    return Checked("met", f"{max(rest_bits)}-bit encryption of stored data", [unit], doubt, rank=3)
