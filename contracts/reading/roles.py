"""Who is who in this contract: the parties' names and short names, whose "we" it is, its word for a student."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from .namings import DISTRICT_WORDS, VENDOR_WORDS, Naming, namings
from .terms import DATA_NOUN, data_words

# words for the vendor where the contract introduces them so; too common to be read so everywhere
VENDOR_ALIAS = "studio|photographer|reseller|host|hosting company|firm|practice|researcher|evaluator|university|dealer|tutor|lab|bidder|proposer|offeror|awardee|grantee|administrator"
DISTRICT_ALIAS = "consortium|town|city|county|municipality|authority|agency|co-?op|department|commission|trustees|cooperative|member"
PARTY_WORDS = re.compile(rf"(?:the )?(?:{VENDOR_WORDS}|{DISTRICT_WORDS}|we|us|you|our|your)")
DISTRICT_NAME = re.compile(
    r"(?i)\b(?:board of education|school district|public schools|schools?|district|academy|charter|board of trustees|local education"
    r"|educational service|school committee|school board|consortium of schools|boe|isd|usd|esu|board)\b"
)
VENDOR_NAME = re.compile(
    r"(?i)\b(?:inc|llc|l\.l\.c|corp|corporation|ltd|limited|co|company|gmbh|pbc|plc|lp|llp|labs?|technolog\w+|software|systems?|solutions"
    r"|studio s?|learning|analytics|networks?|interactive|media|group|works|cooperative|collaborative|partners|ventures|foundation|apps?)\b\.?"
)
ALIAS = re.compile(
    r"(?P<name>[A-Z][^\n()“”\"]{2,160}?)\s*,?\s*\(\s*(?:(?:hereinafter|hereafter|herein|collectively|each|individually|together|the|referred|to|as|called"
    r"|with its affiliates|a|an|for short|or|simply|and|its successors)\W+){0,8}(?P<aliases>[\"'“‘][^()]{1,120}[\"'”’])\s*[^()]{0,40}\)"
)
# "(hereinafter the Performer)": a short name without quotation marks
BARE_ALIAS = re.compile(
    r"\((?:hereinafter|hereafter|henceforth|below|further)(?: called| referred to as| named)?,? (?:the )?([A-Z][\w-]+(?: [A-Z][\w-]+)?)\)"
)
QUOTED = re.compile(r"[\"“]([^\"”]{2,45})[\"”]|(?<!\w)['‘]([A-Z][^'’]{1,40})['’](?!\w)")
MEANS_PARTY = re.compile(
    r"[\"“'‘](?P<alias>[^\"”'’]{2,30})[\"”'’]\s*(?:(?:,|or|and)\s*[\"“'‘](?P<second>[^\"”'’]{2,30})[\"”'’]\s*)*(?:,\s*)?(?:means?|is|are|refers? to|shall mean)\s+(?P<name>[^.;]{3,140})"
)
LABELLED = re.compile(
    r"(?im)(?:^\W*|(?<=[.;] ))(?P<label>buyer|seller|vendor|contractor|provider|supplier|customer|client|district|board|school|company|licensee|licensor|operator|data controller|data processor)\s*:\s*(?P<name>[A-Z][^\n|]{2,90})"
)
# "Contracting Authority: Greywater Union Schools", "WLL" is Whistlewood Language Lab Ltd.
LABEL_OF_NAME = re.compile(
    r"(?m)^\W*(?P<label>[A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+){0,2})[ \t]*:[ \t]+(?P<name>(?:the )?[A-Z][^\n|]{3,110})"
)
NO_PARTY_LABEL = re.compile(
    r"(?i)\b(?:date|re|subject|to|from|attn|attention|term|product|services?|title|address|by|name|signed|school year|project|location|fee|price|parties|whereas|cc|between|contact|platform|background|purpose|system|why|copy|representative|officer|letterhead|dear|counsel|attorney|note|exhibit|schedule|part|section|article|version)\b"
)
STANDS_FOR = re.compile(
    r"[\"“](?P<alias>[A-Z][\w&. ]{1,28}?)[\"”],?\s+(?:is|are|stands? for|means?|refers? to|denotes?)\s+(?P<name>(?:the )?(?:[A-Z][\w&'.-]*(?:,? |$)(?:of |and |the |for |& )*){2,8})"
)
# "Member" means such a district
IS_A_DISTRICT = re.compile(
    r"[\"“](?P<alias>[A-Z][\w ]{2,28}?)[\"”],?\s+(?:means?|is|are|refers? to|denotes?)\s+(?:(?:such|a|an|any|each|every|the|one of|participating|member|public|local|of) )*(?:school )?(?:districts?|school systems?|boards? of education|local education(?:al)? agenc(?:y|ies)|school corporations?)\b(?![ -](?:data|information|records?|official|staff|polic|employ|contact|administrat))"
)
# nineteen member school systems (each, when it joins, a "Member")
EACH_A_DISTRICT = re.compile(
    r"\b(?:districts|school systems|schools|boards of education|education(?:al)? agenc(?:y|ies)|school corporations)\s*\((?:each|every|individually|severally|any)\b[^()\"“]{0,70}[\"“](?P<alias>[A-Z][\w ]{2,28}?)[\"”]\)"
)
SUBJECT = re.compile(
    r"\b((?:[A-Z][\w&'-]+)(?:\s(?:[A-Z][\w&'-]+|&)){0,3})\s+(?:shall|will|must|agrees|may not|undertakes|warrants|is bound|does not|never|stores|retains|deletes|encrypts)\b"
)
NOT_A_NAME = re.compile(
    r"(?i)^(?:the|this|that|these|those|all|any|no|each|every|student|students|pupil|pupils|parent|parents|data|information|records|section|article|exhibit|schedule"
    r"|party|parties|neither|either|both|nothing|users?|teachers?|staff|it|we|you|they|he|she|agreement|contract|such|personal|services?|access|notice|if|when|upon"
    r"|subcontractors?|subprocessors?|members?|enrollees?|participants?|personnel|employees?|encryption|law|laws|invoices?|payment|cookies?|passwords?|title|connecticut|nebraska|state|court|courts|in|for|on|at|and"
    r"|content|software|system|platform|site|website|application|family|families|guardian|guardians|children|child|failure|nobody|everyone|everything|who|which|addendum|amendment"
    r"|there|here|where|nor|or|but|none|some|such|what|unless|until|after|before|on|by|as|it|its|each|every|case|holdings|table|part|paragraph|clause|item|row"
    r"|account|accounts|response|explanation|answer|reply|remark|request|authorized|licensed|confidential|education|ownership|product|products|support|tracking|backup|backups|our|your|their|its|customer data)\b"
)


@dataclass(slots=True)
class Roles:
    vendor: set[str] = field(default_factory=set)
    district: set[str] = field(default_factory=set)
    data: set[str] = field(default_factory=set)
    family: set[str] = field(default_factory=set)
    student: set[str] = field(default_factory=set)
    both: set[str] = field(default_factory=set)
    we: str = ""
    vendor_name: str = ""
    district_name: str = ""
    namings: list[Naming] = field(default_factory=list)


def side_of(alias: str, name: str) -> str:
    low = alias.lower().strip(" ,.").removeprefix("the ").removeprefix("your ").strip()
    if re.fullmatch(rf"(?:{VENDOR_WORDS}|{VENDOR_ALIAS})", low):
        return "VENDOR"
    if re.fullmatch(rf"(?:{DISTRICT_WORDS}|{DISTRICT_ALIAS})", low):
        return "VENDOR" if low in ("owner",) and not DISTRICT_NAME.search(name) else "DISTRICT"
    # the name's last mention decides: "Alder Learning, Inc., a company serving school districts"
    first = name.split(",")[0]
    if re.search(r"(?i)\b(?:inc|llc|l\.l\.c|corp|ltd|gmbh|pbc|co)\b", name) or (
        VENDOR_NAME.search(first) and not DISTRICT_NAME.search(first)
    ):
        return "VENDOR"
    if DISTRICT_NAME.search(name):
        return "DISTRICT"
    return ""


def find_roles(text: str) -> Roles:
    """The parties' names and short names, what "we" stands for, and the defined words for student data."""
    roles = Roles()
    text = BARE_ALIAS.sub(r'(hereinafter "\1")', text)
    for match in ALIAS.finditer(text[:60_000]):
        name = match.group("name").strip()
        for quoted in QUOTED.finditer(match.group("aliases")):
            learn(roles, (quoted.group(1) or quoted.group(2)).strip(), name)
    for match in LABELLED.finditer(text[:4000]):
        learn(roles, match.group("label"), match.group("name"))
    for match in LABEL_OF_NAME.finditer(text[:2500]):
        proper = re.match(r"[^,(.;]*", match.group("name"))
        words = proper.group().split() if proper else []
        label = match.group("label")
        if NO_PARTY_LABEL.search(label) or label.isupper() or not 2 <= len(words) <= 9:
            continue
        if sum(w[0].isupper() or w in ("of", "the", "for", "and", "&") for w in words) == len(words):
            learn(roles, match.group("label"), match.group("name"))
    for match in IS_A_DISTRICT.finditer(text):
        roles.district.add(match.group("alias").lower())
    for match in EACH_A_DISTRICT.finditer(text):
        roles.district.add(match.group("alias").lower())
    for match in STANDS_FOR.finditer(text):
        learn(roles, match.group("alias"), match.group("name"))
    for match in MEANS_PARTY.finditer(text):
        for alias in QUOTED.findall(match.group(0)):
            word = (alias[0] or alias[1]).strip()
            if word.lower() in ("we", "us", "our", "you", "your"):
                learn(roles, word, match.group("name"))
    if not roles.vendor_name or not roles.district_name:
        between(roles, text)
    other_party(roles, text)
    people(roles, text)
    taught(roles, text)
    roles.data |= data_words(text, parties=PARTY_WORDS)
    subjects(roles, text)
    decide_we(roles, text)
    roles.namings = namings(roles)
    return roles


PRODUCT = re.compile(
    r"(?i)\b(?:portal|platform|software|system|application|app|service|services|website|site|program|product|tool|suite|project|pilot|device|module|dashboard|collection|library|libraries)s?$"
)


def learn(roles: Roles, alias: str, name: str) -> None:
    name = re.split(r"(?i)\b(?:between|and between|by and between|among)\b", name)[-1].strip(" ,")
    name = re.split(r"\)\s*(?:and|,)\s+", name)[-1]
    side = side_of(alias, name)
    low = alias.lower().strip(" ,.").removeprefix("the ").strip()
    if PRODUCT.search(name.strip(" ,\"'")):
        return
    if low in ("we", "us", "our", "you", "your"):
        if side:
            roles.we = side if low in ("we", "us", "our") else ("DISTRICT" if side == "VENDOR" else "VENDOR")
        return
    if not side or len(low) < 2:
        return
    if re.search(
        r"(?i)agreement|addendum|contract|terms|services?$|act|effective date|data|information|records|content|software|site|platform|pilot",
        low,
    ) and low not in ("service", "services"):
        return
    proper = re.match(r"[A-Z][\w&'. -]*?(?=,|\s+(?:a|an|whose|with|located|having|of \d)\b|$)", name)
    target = roles.vendor if side == "VENDOR" else roles.district
    if low in ("service", "services") and not re.search(r"(?i)inc|llc|corp|ltd|company", name):
        return
    target.add(low)
    if (
        proper
        and 2 < len(proper.group()) < 70
        and not re.match(r"(?i)(?:this|the parties|agreement|whereas)\b", name)
    ):
        full = proper.group().strip()
        if side == "DISTRICT" and not DISTRICT_NAME.search(full):
            return
        target.add(full.lower())
        if side == "VENDOR" and not roles.vendor_name:
            roles.vendor_name = whole_name(name, full)
        if side == "DISTRICT" and not roles.district_name:
            roles.district_name = full


def whole_name(name: str, short: str) -> str:
    match = re.match(re.escape(short) + r",?\s*(?:Inc\.?|LLC|L\.L\.C\.|Corp\.?|Ltd\.?|PBC|Co\.)", name)
    return match.group().strip() if match else short


def other_party(roles: Roles, text: str) -> None:
    """Of two parties introduced together, one of them known, the other name is the other side."""
    if bool(roles.vendor) == bool(roles.district):
        return
    for match in ALIAS.finditer(text[:6000]):
        name = match.group("name")
        after = text[max(0, match.start() - 400) : match.end() + 400]
        if PRODUCT.search(name.strip(" ,\"'")) or not re.search(
            r"(?i)\bbetween\b|\bagreement\b|\bparties\b", after
        ):
            continue
        target = roles.vendor if roles.district else roles.district
        found = (
            {
                (q.group(1) or q.group(2)).strip().lower().removeprefix("the ")
                for q in QUOTED.finditer(match.group("aliases"))
            }
            - roles.district
            - roles.vendor
        )
        found = {
            w
            for w in found
            if not NOT_A_NAME.match(w) and not DATA_NOUN.search(w) and w not in ("we", "us", "you", "our")
        }
        if found and not re.search(r"(?i)agreement|contract|addendum|terms|date", " ".join(found)):
            target |= found
            return


PERSON = re.compile(
    r"[\"“](?P<word>[A-Z][\w -]{2,24})[\"”]\s*(?:,\s*)?(?:means?|shall mean|is|are|refers? to)\s+(?P<what>[^.;\n]{3,90})"
)


PERSON_HEAD = re.compile(
    r"^\W*(?:(?:the|a|an|any|each|every|one|all|both|either|individual|enrolled|eligible|minor|such|legal|lawful|adult|school-age|or|and|collectively|district's|board's|child's|student's|pupil's) ?,?)*\W*(?:students?|pupils?|child|children|learners?|parents?|guardians?|mothers?)\b"
)


def people(roles: Roles, text: str) -> None:
    """Defined words for a student ("Learner", "Examinee") or for a parent ("Caretaker")."""
    for match in PERSON.finditer(text):
        word, what = match.group("word").strip().lower(), match.group("what").lower()
        head = re.split(r"\b(?:who|whose|that|which|of|in|enrolled|attending|for)\b", what)[0]
        if not PERSON_HEAD.match(head):
            continue
        if DATA_NOUN.search(word) or PRODUCT.search(word) or DATA_NOUN.search(head):
            continue
        if re.search(r"\b(?:parents?|guardians?|mother)\b", head):
            (roles.both if re.search(r"\b(?:students?|pupils?|learners?)\b", head) else roles.family).add(
                word
            )
        elif re.search(r"\b(?:students?|pupils?|child|children|learners?)\b", head):
            roles.student.add(word)


# words for those who are taught that also stand for others: taken so where the contract tells of their parents
TAUGHT = re.compile(
    r"\b(alumn(?:us|i|a|ae)|musicians?|singers?|cadets?|athletes?|campers?|trainees?|apprentices?|young (?:people|persons?)|readers|players?|dancers?|attendees|patrons)\b"
)
OF_PARENTS = (
    r"\b(?:parents?|guardians?|famil(?:y|ies)|fathers?|mothers?)\b[^.;\n]{{0,20}}?\b(?:of|and|or)\b[^.;\n]{{0,20}}?\b{word}\b"
    r"|\b{word}(?:['’]s?)?\b[^.;\n]{{0,20}}?\b(?:parents?|guardians?|famil(?:y|ies)|fathers?|mothers?)\b"
)


def taught(roles: Roles, text: str) -> None:
    """The contract's own word for its students ("musicians", "alumni"), where it tells of their parents."""
    low = text.lower()
    for word in set(TAUGHT.findall(low)):
        if re.search(OF_PARENTS.format(word=re.escape(word)), low):
            stem = re.sub(r"(?:us|i|ae|a)$", "", word) if word.startswith("alumn") else word.removesuffix("s")
            roles.student |= {stem + end for end in ("us", "i", "a", "ae")} if stem == "alumn" else {stem}


BETWEEN = re.compile(
    r"(?i:\bbetween\s+(?:the\s+)?)([A-Z][^\n;]{3,110}?)(?:\s*\([^)]*\))?,?\s+(?:and|&)\s+(?:the\s+)?([A-Z][^\n;.(]{3,110})"
)


def between(roles: Roles, text: str) -> None:
    for match in BETWEEN.finditer(straight_head(text)):
        for name in match.groups():
            first = name.split(",")[0].strip()
            side = side_of("", name)
            if side == "VENDOR":
                roles.vendor.add(first.lower())
                roles.vendor_name = roles.vendor_name or whole_name(name, first)
            elif side == "DISTRICT":
                roles.district.add(first.lower())
                roles.district_name = roles.district_name or first


def straight_head(text: str) -> str:
    return re.sub(r"[ \t]*\n[ \t]*(?=\S)", " ", text[:5000])


def subjects(roles: Roles, text: str) -> None:
    """Names that carry duties again and again are the parties, whether or not they were introduced."""
    counts: Counter[str] = Counter(m.group(1) for m in SUBJECT.finditer(text))
    for name, count in counts.items():
        low = name.lower()
        words = low.removeprefix("the ")
        if DATA_NOUN.search(words.split(" ")[-1]):
            continue
        if re.fullmatch(rf"(?:{VENDOR_WORDS}|{DISTRICT_WORDS})", words):
            continue
        if any(
            words == x.removeprefix("the ") or words == x + "s"
            for x in (*roles.data, *roles.family, *roles.student, *roles.both)
        ):
            continue
        known = any(low == x or x.startswith(low + " ") for x in roles.vendor)
        if known or (
            count >= 2
            and not NOT_A_NAME.match(name)
            and not DISTRICT_NAME.search(name)
            and low not in roles.district
        ):
            if not any(x.startswith(low) for x in roles.district):
                roles.vendor.add(low)
        elif DISTRICT_NAME.search(name) and not NOT_A_NAME.match(name):
            roles.district.add(low)
    for full in list(roles.vendor):
        first = full.split(" ")[0]
        if (
            (
                len(first) > 4
                and first.isalpha()
                and stands_alone(first.capitalize(), text)
                and not NOT_A_NAME.match(first)
            )
            and not any(first in x for x in roles.district)
            and not re.fullmatch(
                rf"(?:{VENDOR_WORDS}|software|learning|digital|national|american|school)", first
            )
        ):
            roles.vendor.add(first)


def stands_alone(word: str, text: str) -> bool:
    """Whether the word stands in the text with no capital word after it. (A search that begins with \\b is slow.)"""
    alone = re.compile(rf"\b{re.escape(word)}\b(?!\s[A-Z])")
    return any(alone.match(text, m.start()) for m in re.finditer(re.escape(word), text))


KEPT = re.compile(
    r"(?i)\b(?:data|information|records?|recordings|passwords?|encrypt\w*|cookies?|site|database|copies)\b"
)


SCHOOL_FOLK = r"(?:own |younger |older |enrolled )?(?:students?|pupils?|youngsters|learners|kids|child(?:ren)?|famil(?:y|ies)|schools?|district|board|superintendent|teachers?|school board|classrooms?|principal)\b"
OUR_PUPILS = re.compile(rf"(?i)\bour {SCHOOL_FOLK}")
YOUR_PUPILS = re.compile(rf"(?i)\byour {SCHOOL_FOLK}")


def decide_we(roles: Roles, text: str) -> None:
    """Whose "we" it is: who says "our pupils" is the district; else who hosts, encrypts, deletes and tells is the vendor."""
    if roles.we:
        return
    if not re.search(r"(?i)\b(?:we|our|us|you|your)\b", text):
        return
    ours, yours = len(OUR_PUPILS.findall(text)), len(YOUR_PUPILS.findall(text))
    if max(ours, yours) >= 2 and max(ours, yours) > 2 * min(ours, yours):
        roles.we = "DISTRICT" if ours > yours else "VENDOR"
        return
    keeping = [x for x in re.split(r"[.;]\s", text) if KEPT.search(x)]
    we = sum(bool(re.search(r"(?i)\b(?:we|i)\b", x)) for x in keeping)
    you = sum(
        bool(
            re.search(r"(?i)\byou (?:will|shall|must|may not|agree|promise|have agreed|undertake|learn)\b", x)
        )
        for x in keeping
    )
    named = re.search(
        r"(?i)\band you(?:,| \() ?(?:doing business|d/?b/?a|trading|\(?the [\"“](?:vendor|provider|company|contractor))",
        text,
    )
    roles.we = "DISTRICT" if named or (you >= 4 and you > 2 * we) else "VENDOR"
