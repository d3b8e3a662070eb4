"""Numbers as contracts write them: "forty-eight (48) hours", "two business days", "256-bit"."""

from __future__ import annotations

import re

from .literals import Swift

ONES = {
    w: n
    for n, w in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
TENS = {
    w: 10 * (n + 2)
    for n, w in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"])
}
WORD = "|".join([*TENS, *ONES])
SPELLED = Swift(
    rf"\b(?:(?P<tens>{'|'.join(TENS)})(?:[- ](?P<unit>{'|'.join(list(ONES)[1:10])}))?|(?P<one>{'|'.join(list(ONES)[2:])}))"
    rf"(?P<hundred>[ -]hundred(?:[ -]and)?(?:[ -](?P<rest>{WORD})(?:[- ](?P<rest2>{'|'.join(list(ONES)[1:10])}))?)?)?\b"
)
ORDINALS = {
    w: n + 1
    for n, w in enumerate(
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"]
    )
}
ORDINAL = Swift(rf"\b(\d0)-({'|'.join(ORDINALS)})\b")
# "by hour 24, call the Superintendent": counted on the clock of the incident
HOUR_MARK = Swift(
    rf"\b(?:by|before|within|no later than|not later than) hour ((?:\d+|{WORD})(?:-(?:{WORD}))?)\b"
)
# "by the 48th hour"
NTH = Swift(
    r"\b(?:by|before|within|not later than|no later than) (?:the )?(\d+)(?:st|nd|rd|th) (hour|day)\b(?! of)"
)
TWICE = re.compile(r"\b(\d{1,4})\s*(?:\(\s*(\d{1,4})\s*\))")


def spelled(match: re.Match[str]) -> str:
    value = (
        TENS.get(match["tens"] or "", 0) + ONES.get(match["unit"] or "", 0) + ONES.get(match["one"] or "", 0)
    )
    if match["hundred"]:
        value = (
            value * 100
            + TENS.get(match["rest"] or "", ONES.get(match["rest"] or "", 0))
            + ONES.get(match["rest2"] or "", 0)
        )
    return str(value)


def plain_numbers(text: str) -> str:
    """Spelled numbers as digits; "48 (48)" once; where the two differ the larger stands, as the cautious reading."""
    out = HOUR_MARK.sub(r"within \1 hours", text)
    out = NTH.sub(r"within \1 \2s", plain_ordinals(out))
    return TWICE.sub(lambda m: str(max(int(m[1]), int(m[2]))), out)


def plain_ordinals(out: str) -> str:
    """Spelled numbers and "forty-eighth" as digits."""
    return ORDINAL.sub(lambda m: f"{int(m[1]) + ORDINALS[m[2]]}th", SPELLED.sub(spelled, out))


UNIT_HOURS = {"minute": 1 / 60, "hour": 1, "hr": 1, "day": 24, "week": 168, "month": 730, "year": 8760}
PERIOD = Swift(
    r"\b(\d{1,4}|an?|one|the next|next)(?:st|nd|rd|th)?[ -]?(?:full |consecutive |calendar |clock |straight )?"
    r"(business |working |school |office |banking )?-?(hours?|hrs?|days?|weeks?|months?|minutes?|years?)\b"
)


def periods(text: str) -> list[tuple[float, bool, str]]:
    """Every period named: hours, whether in business time, and its words."""
    found = []
    for match in PERIOD.finditer(text):
        number = 1 if not match[1].isdigit() else int(match[1])
        found.append((number * UNIT_HOURS[match[3].rstrip("s")], bool(match[2]), match.group()))
    return found


OCR_NOISE = re.compile(r"\b(?=[a-z0-9|-]*[a-z])(?=[a-z0-9|-]*[01|])[a-z0-9|-]{2,}\b")
KEEP = re.compile(
    r"^(?:\d+[a-z]{1,3}|[a-z]{1,5}-?\d+(?:[a-z]{1,2})?|\d+-[a-z]+|[a-z]+-\d+(?:-\d+)*|[a-z]\d+|k-?\d+)$"
)


def mend_scan(text: str) -> str:
    """Letters that a scan turned into digits: "c0ntent", "wi1l", "l232g"."""

    def mend(match: re.Match[str]) -> str:
        word = match.group()
        if sum(c.isdigit() for c in word) >= 2 and KEEP.match(word) and not word.startswith(("0", "l")):
            return word
        letters, digits = sum(c.isalpha() for c in word), sum(c.isdigit() for c in word)
        if (
            letters >= digits
            and not re.fullmatch(r"(?:aes|sha|tls|rsa|md)-?\d+", word)
            and not re.fullmatch(r"\d+(?:st|nd|rd|th|am|pm|bit|hrs?|x)", word)
        ):
            return (
                word.replace("0", "o")
                .replace("1", "l")
                .replace("|", "l")
                .replace("3", "e" if letters > 3 else "3")
            )
        if digits > letters:
            return word.replace("l", "1").replace("o", "0")
        return word

    return OCR_NOISE.sub(mend, text)


WORD_NUMBERS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6"}
ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


def arabic(number: str) -> str:
    """ "VI" and "six" and "6" are the same article."""
    low = number.lower()
    if low in WORD_NUMBERS:
        return WORD_NUMBERS[low]
    if low and all(c in ROMAN for c in low):
        total = 0
        for c, after in zip(low, low[1:] + " ", strict=True):
            total += -ROMAN[c] if ROMAN.get(after, 0) > ROMAN[c] else ROMAN[c]
        return str(total)
    return low
