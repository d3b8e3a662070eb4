"""From a file to a reading: runs in the sandbox's child, and hands back plain values."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import pages as pages_of
from . import sandbox, scans, signatures
from .engine import read_pages
from .model import ENGINE, Box, Finding, Page, Quote, Reading, Unreadable, Unscanned

Progress = Callable[[int, int], None] | None
Waiting = Callable[[], None] | None
WARM = "contracts.reading.warm"


def read(
    path: Path, *, packs: Sequence[Any], on_page: Progress = None, on_wait: Waiting = None,
    scanned: Sequence[Page] | None = None, later: Sequence[Sequence[Page]] = (),
) -> Reading:  # fmt: skip
    """Read a PDF, DOCX or text file against the packs, in a child process with limits on time and memory.

    Scanned pages are read on the way, or taken from `scanned`, as `read_scan` gave them; the reading is the same.
    `later`: the pages of each paper that amends this one, in their order: what they delete of it is no term of it
    any more, and where they change words it is read with those, quoted too, and never sure.
    `on_page(done, total)` is called as pages are read, `on_wait()` every half minute in which nothing else is.
    Raises Unscanned when a scanned page is not in `scanned`. Raises Unreadable, whose message is for the person:
    the file asks for a password, is damaged, is of the wrong type, has too many pages, or unpacks to too much.
    """
    plain = tuple(plain_pack(p) for p in packs)
    found = sandbox.run(
        read_or_tell, Path(path), plain, scanned, later, on_page=on_page, on_wait=on_wait, ready=WARM
    )
    if isinstance(found, Unscanned):
        raise found
    return found  # type: ignore[no-any-return]


def read_scan(path: Path, page: int, *, on_wait: Waiting = None) -> Page:
    """The words of one scanned page of a PDF, each with its place and confidence; in a child process with limits.

    A blank page comes back without words. Raises Unreadable when the page defeats the reader.
    """
    return sandbox.run(  # type: ignore[no-any-return]
        scans.read_page, Path(path), page,
        on_wait=on_wait, seconds=scans.SECONDS, processor=scans.PROCESSOR, ready=WARM,
    )  # fmt: skip


class PlainPack:
    """What reading needs of a pack, free of mappings that cannot travel between processes."""

    def __init__(self, ref: str, requirements: tuple[PlainRequirement, ...]) -> None:
        self.ref, self.requirements = ref, requirements


class PlainRequirement:
    def __init__(self, id: str, limits: dict[str, Any]) -> None:
        self.id, self.limits = id, limits


def plain_pack(pack: Any) -> PlainPack:
    return PlainPack(pack.ref, tuple(PlainRequirement(r.id, thawed(r.limits)) for r in pack.requirements))


def thawed(limits: Any) -> dict[str, Any]:
    return {k: (dict(v) if hasattr(v, "items") else v) for k, v in dict(limits or {}).items()}


def read_or_tell(
    path: Path, packs: Sequence[Any], scanned: Sequence[Page] | None, later: Sequence[Sequence[Page]],
    on_page: Progress = None,
) -> Reading | Unscanned:  # fmt: skip
    """What `read` asks of the child: a Reading, or which pages have no words yet."""
    try:
        return read_here(path, packs, on_page, scanned, later)
    except Unscanned as lacking:
        return lacking


def read_here(
    path: Path, packs: Sequence[Any], on_page: Progress = None, scanned: Sequence[Page] | None = None,
    later: Sequence[Sequence[Page]] = (),
) -> Reading:  # fmt: skip
    """The same, in this process: only for the sandbox's child and for trusted files in benchmarks."""
    kind = pages_of.kind_of(path)
    flags: list[str] = []
    signed: tuple[Any, ...] = ()
    if kind == "pdf":
        pages = pages_of.read_pdf(path, on_page)
        pages = scans.fill(path, pages, on_page) if scanned is None else scans.put_in(pages, scanned)
        signed = signatures.find(path)
    elif kind == "docx":
        pages, flags = pages_of.read_docx(path)
    else:
        pages = pages_of.read_txt(path)
    flags += flags_of(pages)
    if not any(p.text.strip() for p in pages):
        raise Unreadable("no_text", "No words could be read in this file. Please send a clearer copy.")
    _, findings, facts, versions = read_pages(pages, packs, later)
    if kind == "pdf":
        findings = with_boxes(path, pages, findings)
    return Reading(tuple(pages), findings, facts, tuple(dict.fromkeys(flags)), signed, ENGINE, versions)


def flags_of(pages: Sequence[Page]) -> list[str]:
    flags = []
    if any(p.hidden for p in pages):
        flags.append("hidden_text")
    if any(p.source == "ocr" for p in pages):
        flags.append("scanned")
    return flags


def with_boxes(path: Path, pages: Sequence[Page], findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings with every quote's place on its page."""
    wanted = {
        (q.page, q.start, q.end)
        for f in findings
        for q in (*f.quotes, *f.nearest)
        if q.page and q.later is None
    }
    drawn = [w for w in sorted(wanted) if pages[w[0] - 1].source == "text"]
    boxes = dict(zip(drawn, pages_of.pdf_boxes(path, drawn), strict=True))

    def placed(quote: Quote) -> Quote:
        if quote.page is None or quote.later is not None:
            return quote
        page = pages[quote.page - 1]
        found = (
            word_boxes(page, quote.start, quote.end)
            if page.source == "ocr"
            else boxes.get((quote.page, quote.start, quote.end), ())
        )
        return replace(quote, boxes=found)

    return tuple(
        replace(f, quotes=tuple(map(placed, f.quotes)), nearest=tuple(map(placed, f.nearest)))
        for f in findings
    )


def word_boxes(page: Page, start: int, end: int) -> tuple[Box, ...]:
    return pages_of.joined([w.box for w in page.words if w.start < end and w.end > start])


def find_boxes(path: Path, page: int, text: str) -> tuple[Box, ...]:
    """Where `text` stands on a page of a PDF (each time, white space ignored); empty when it does not."""
    return sandbox.run(find_here, Path(path), page, text, seconds=60)  # type: ignore[no-any-return]


def find_here(path: Path, number: int, text: str, on_page: Progress = None) -> tuple[Box, ...]:
    with pages_of.opened(path) as document:
        page = pages_of.pdf_page(document, number - 1)
    at = [index for index, char in enumerate(page.text) if not char.isspace()]
    squeezed, wanted = "".join(page.text.split()), "".join(text.split())
    if not wanted:
        return ()
    starts = [place.start() for place in re.finditer(re.escape(wanted), squeezed)]
    spans = [(number, at[start], at[start + len(wanted) - 1] + 1) for start in starts]
    return tuple(box for boxes in pages_of.pdf_boxes(path, spans) for box in boxes)


def page_png(path: Path, page: int, scale: float = 1.5) -> bytes:
    """The page drawn as a PNG; `scale` 1 is 72 dots an inch (at most 4). No script or link of the file survives."""
    return sandbox.run(draw_here, Path(path), page, min(float(scale), 4.0), seconds=60)  # type: ignore[no-any-return]


def draw_here(path: Path, number: int, scale: float, on_page: Progress = None) -> bytes:
    with pages_of.opened(path) as document:
        if not 1 <= number <= len(document):
            raise Unreadable("no_such_page", f"This file has no page {number}.")
        page = document[number - 1]
        width, height = page.get_size()
        largest = max(width, height) * scale
        image = page.render(scale=scale if largest <= 5000 else scale * 5000 / largest).to_pil()
    out = io.BytesIO()
    image.convert("RGB").save(out, "PNG", compress_level=1)
    return out.getvalue()
