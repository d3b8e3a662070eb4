"""Clause grammars: the TOML of `clauses/` compiled into patterns.

A pattern is a regular expression over a unit's canonical text, with four conveniences: `{name}` is a macro,
` ~ ` up to eight words, ` ~~ ` up to twenty-five, ` & ` joins terms that may stand in any order, and a term
that begins with `!` must be absent. Capitals (VENDOR, DISTRICT, DATA ...) are tokens put in by `roles`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from .literals import ANYTHING, Literals, Needs, held, masks, may_match, needed, of_parts, told, whole

CLAUSES = Path(__file__).parent / "clauses"
SHORT_GAP = r"[^\w.;]+(?:[\w$%/'-]+[^\w.;]+){0,8}?"
LONG_GAP = r"[^\w.;]+(?:[\w$%/'-]+[^\w.;]+){0,25}?"
# "VENDOR.s" in a pattern is the possessive, not the start of "VENDOR shall"
POSSESSIVE = re.compile(r"\b(VENDOR|DISTRICT)\.s(?!\?)")
CAPITALS = re.compile(r"\b([A-Z]{4,})\b")
NAMED = re.compile(r"\{([a-z_]+)\}")
GAP = "\ue000"  # stands for any words while a pattern's literals are sought


@dataclass(frozen=True, slots=True)
class Pattern:
    terms: tuple[tuple[bool, re.Pattern[str]], ...]
    needs: tuple[int, ...] = ()  # a text without one literal of each cannot hold the pattern: see `literals`

    def lacks(self, here: int) -> bool:
        """Whether a text that holds these literals (`literals.held`) cannot hold the pattern."""
        for need in self.needs:  # noqa: SIM110 (asked a hundred thousand times a contract; any() is slower)
            if not need & here:
                return True
        return False

    def span(self, text: str) -> tuple[int, int] | None:
        """Where the pattern stands in the text (first word to last of all its terms), or None."""
        if self.lacks(held(text)):
            return None
        start, end = len(text), 0
        for wanted, term in self.terms:
            match = term.search(text)
            if (match is not None) != wanted:
                return None
            if match is not None:
                start, end = min(start, match.start()), max(end, match.end())
        return start, end


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    lacks: str
    says: tuple[Pattern, ...]
    without: tuple[Pattern, ...]
    may: bool = False
    free: bool = False
    negated: bool = False
    scope: str = "unit"
    same: str = ""
    by: str = ""
    reach: int = 1
    loosely: tuple[Pattern, ...] = ()
    heading: bool = False
    papers: bool = False
    tight: bool = False
    any_info: bool = False
    beside: tuple[Pattern, ...] = ()  # says it together with the neighbouring sentences
    wary: tuple[Pattern, ...] = ()  # words that leave a doubt
    excepts: bool = False  # an exception belongs to what is asked; `falls` names those that go too far


@dataclass(frozen=True, slots=True)
class Falls:
    why: str
    says: tuple[Pattern, ...]
    without: tuple[Pattern, ...]
    needs: tuple[Pattern, ...]
    unless_met: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """How one requirement is recognised."""

    id: str
    topic: re.Pattern[str]
    speaks: tuple[Pattern, ...]
    parts: tuple[Part, ...]
    falls: tuple[Falls, ...]
    check: str = ""
    window: str = "unit"
    suggest: str = ""
    follows: tuple[Mapping[str, Any], ...] = ()
    any_subject: bool = False
    whole: bool = False  # must hold of all that is known of students, their own work included
    macros: Any = None
    topic_needs: tuple[int, ...] = ()  # see `literals`

    def about(self, text: str) -> bool:
        """Whether a sentence touches the requirement's topic at all."""
        return may_match(self.topic_needs, text) and bool(self.topic.search(text))


@dataclass(frozen=True, slots=True)
class Grammar:
    pack: str
    version: str
    clauses: Mapping[str, Clause] = field(default_factory=dict)


class Macros:
    def __init__(self, *layers: Mapping[str, str]) -> None:
        self.raw: dict[str, str] = {}
        for layer in layers:
            self.raw.update(layer)
        self.made: dict[str, Pattern] = {}

    def expand(self, text: str) -> str:
        for _ in range(4):
            text = NAMED.sub(lambda m: self.raw.get(m.group(1), m.group(0)), text)
        return POSSESSIVE.sub(r"\1's\\b", text)

    def pattern(self, text: str) -> Pattern:
        if text not in self.made:
            self.made[text] = self.compiled(text)
        return self.made[text]

    def compiled(self, text: str) -> Pattern:
        terms: list[tuple[bool, re.Pattern[str]]] = []
        needs: set[Literals] = set()
        for term in text.split(" & "):
            wanted = not term.startswith("!")
            own = term.removeprefix("!")
            body = self.expand(own).replace(" ~~ ", LONG_GAP).replace(" ~ ", SHORT_GAP)
            terms.append((wanted, re.compile(body)))
            if wanted:
                needs.update(self.needs(own))
        terms.sort(
            key=lambda term: len(term[1].pattern)
        )  # the short ones are soon looked for, and often absent
        return Pattern(tuple(terms), masks(needs))

    def needs(self, text: str) -> tuple[Literals, ...]:
        """The literals that a term needs; each macro in it is looked at once for all terms that use it."""
        parts = {GAP: ANYTHING}

        def part(match: re.Match[str]) -> str:
            body = self.expand(match.group(0))
            known = needs_of(body) if body != match.group(0) else None
            if known is None:
                return body
            sign = chr(ord(GAP) + len(parts))
            parts[sign] = known
            return sign

        return of_parts(NAMED.sub(part, text).replace(" ~~ ", GAP).replace(" ~ ", GAP), parts)

    def many(self, texts: list[str]) -> tuple[Pattern, ...]:
        return tuple(self.pattern(t) for t in texts)


@cache
def needs_of(macro: str) -> Needs | None:
    """What a macro needs wherever it stands; None for one that means something else beside other words ("a|b")."""
    return told(macro.replace(" ~~ ", GAP).replace(" ~ ", GAP), {GAP: ANYTHING}) if whole(macro) else None


@cache
def shared_macros() -> Mapping[str, str]:
    words = tomllib.loads((CLAUSES / "words.toml").read_text(encoding="utf-8"))
    macros: Mapping[str, str] = words["macro"]
    return macros


def compile_grammar(source: Mapping[str, Any]) -> Grammar:
    """A grammar from parsed TOML; raises KeyError or re.error on a faulty one (a test reads every file)."""
    clauses: dict[str, Clause] = {}
    for name, own in source["requirement"].items():
        raw, of_pack = inherited(own)
        macros = Macros(shared_macros(), of_pack, source.get("macro", {}))
        parts = tuple(
            Part(
                p["name"], p["lacks"], macros.many(p["says"]), macros.many(p.get("not", [])), p.get("may", False),
                p.get("free", False), p.get("negated", False), p.get("scope", "unit"), p.get("same", ""), p.get("by", ""), p.get("reach", 1), macros.many(p.get("loosely", [])), p.get("heading", False), p.get("papers", False), p.get("tight", False), p.get("any_info", False),
                macros.many(p.get("beside", [])), macros.many(p.get("wary", [])), p.get("excepts", False),
            )
            for p in raw.get("part", [])
        )  # fmt: skip
        falls = tuple(
            Falls(
                f["why"], macros.many(f["says"]), macros.many(f.get("not", [])),
                macros.many(f["needs"] if isinstance(f.get("needs"), list) else []), f.get("unless_met", False),
            )
            for f in raw.get("falls", [])
        )  # fmt: skip
        topic = re.compile("|".join(f"(?:{macros.expand(t)})" for t in raw["topic"]))
        clauses[name] = Clause(
            name,
            topic,
            macros.many(raw.get("speaks", [])),
            parts,
            falls,
            raw.get("check", ""),
            raw.get("window", "unit"),
            raw.get("suggest", ""),
            tuple(raw.get("follows", [])),
            raw.get("any_subject", False),
            raw.get("whole", False),
            macros,
            masks(needed(topic)),
        )
    return Grammar(source["pack"], source["version"], clauses)


def inherited(own: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """A requirement that is `like` another pack's ("ct-3520.13/ct-06") starts from that one's clause."""
    if "like" not in own:
        return own, {}
    pack, name = own["like"].split("/")
    source = tomllib.loads((CLAUSES / f"{pack}.toml").read_text(encoding="utf-8"))
    return {**source["requirement"][name], **own}, source.get("macro", {})


def load_grammar(pack: str) -> Grammar:
    """The grammar for a pack's name (`ct-3520.13`, with or without `@version`). Compiled once a process (1 s)."""
    return of_name(pack.split("@")[0])


@cache
def of_name(name: str) -> Grammar:
    path = CLAUSES / f"{name}.toml"
    if not path.exists():
        return Grammar(name, "0", {})
    return compile_grammar(tomllib.loads(path.read_text(encoding="utf-8")))


def load_every_grammar() -> None:
    for path in CLAUSES.glob("*.toml"):
        if path.stem != "words":
            load_grammar(path.stem)
