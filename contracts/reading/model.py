"""What a reading is made of: frozen values without behaviour, safe to store or to send between processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Verdict = Literal["met", "deficient", "missing"]
Source = Literal["text", "ocr", "flow"]
ENGINE = "reading-1"


class Requirement(Protocol):
    """The part of a pack's requirement that reading needs; the law's numbers are in `limits`."""

    @property
    def id(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def limits(self) -> Mapping[str, Any]: ...


class Pack(Protocol):
    """A pack of law as reading sees it: its name with its version, and what it asks of a contract."""

    @property
    def ref(self) -> str: ...
    @property
    def requirements(self) -> Sequence[Any]: ...


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in PDF points from the page's top left corner, after rotation."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class Word:
    """One word read from a scan, with the reader's own confidence (0 to 1)."""

    start: int
    end: int
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Page:
    number: int
    width: float
    height: float
    text: str
    source: Source = "text"
    hidden: tuple[tuple[int, int], ...] = ()
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the contract, exactly: `text` is pages[page].text[start:end]; a text without pages has none.

    `later`: the words stand in that one of the later papers, counted from 0, and change those of this one.
    """

    text: str
    page: int | None
    start: int
    end: int
    boxes: tuple[Box, ...] = ()
    later: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """`nearest`: of a missing term, the words that come nearest to it, where any come near; no quotes of the term."""

    requirement: str
    verdict: Verdict
    sure: bool
    quotes: tuple[Quote, ...]
    why: str
    nearest: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    value: str
    page: int | None
    quote: str


@dataclass(frozen=True, slots=True)
class Signature:
    signer: str
    signed_at: str
    intact: bool
    trusted: bool
    altered_after: bool


@dataclass(frozen=True, slots=True)
class Reading:
    pages: tuple[Page, ...]
    findings: tuple[Finding, ...]
    facts: tuple[Fact, ...] = ()
    flags: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()
    engine: str = ENGINE
    clauses: Mapping[str, str] = field(default_factory=dict)


class Unscanned(Exception):
    """Some pages of a file are pictures whose words are not at hand: `read_scan` reads one of them.

    `pages` are all pages as they are so far, `numbers` those of the pictures.
    """

    def __init__(self, pages: tuple[Page, ...], numbers: frozenset[int]) -> None:
        super().__init__(pages, numbers)
        self.pages = pages
        self.numbers = numbers


class Unreadable(Exception):
    """A file that cannot be read: `code` for the program, `message` a plain sentence for the person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message
