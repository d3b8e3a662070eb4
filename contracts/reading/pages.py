"""Files to pages: PDF by PDFium, DOCX by docx2python, plain text. Meant to run in the sandbox only."""

from __future__ import annotations

import ctypes
import io
import re
import zipfile
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from .model import Box, Page, Unreadable

MAX_PAGES = 1000
MAX_BYTES = 200 << 20
MAX_UNPACKED = 200 * 1024 * 1024
MAX_TEXT = 12_000_000
FEW = 24  # runs of text, below which a page shows no columns
Progress = Callable[[int, int], None] | None


def kind_of(path: Path) -> str:
    """pdf, docx or txt, by content first; raises Unreadable for anything else."""
    size = path.stat().st_size
    if size == 0:
        raise Unreadable("empty", "This file is empty.")
    if size > MAX_BYTES:
        raise Unreadable("too_big", "This file is larger than 200 MB. Please send a smaller copy.")
    with path.open("rb") as file:
        head = file.read(2048)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "docx"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            "wrong_type", "This is an old Word file (.doc) or a protected one. Please save it as PDF or DOCX."
        )
    strange = sum(byte < 9 or 13 < byte < 32 for byte in head)
    if path.suffix.lower() in (".txt", ".text", ".md", "") and strange < 0.1 * len(head):
        return "txt"
    raise Unreadable("wrong_type", "Only PDF, DOCX and plain text files can be read.")


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise Unreadable(
                "password", "This PDF asks for a password. Please send a copy that opens without one."
            ) from error
        raise Unreadable("truncated", "This PDF is damaged or incomplete and cannot be opened.") from error
    try:
        yield document
    finally:
        document.close()


def read_pdf(path: Path, on_page: Progress = None) -> list[Page]:
    """Text of each page in reading order; pages without text are left empty for the scan reader."""
    with opened(path) as document:
        count = len(document)
        if count == 0:
            raise Unreadable("truncated", "This PDF has no pages.")
        if count > MAX_PAGES:
            raise Unreadable(
                "too_many_pages", f"This PDF has {count} pages; at most {MAX_PAGES} can be read."
            )
        pages, total = [], 0
        for index in range(count):
            page = pdf_page(document, index)
            total += len(page.text)
            if total > MAX_TEXT:
                raise Unreadable(
                    "too_much_text", "This file holds more text than a contract can. It was not read."
                )
            pages.append(page)
            if on_page is not None:
                on_page(index + 1, count)
        return pages


def pdf_page(document: Any, index: int) -> Page:
    try:
        page = document[index]
    except pdfium.PdfiumError as error:
        raise Unreadable("truncated", f"Page {index + 1} of this PDF is damaged.") from error
    textpage = page.get_textpage()
    width, height = page.get_size()
    drawn = textpage.get_text_range() if textpage.count_chars() else ""
    text, at = plain(drawn)
    hidden = hidden_stretches(page, textpage, at) if drawn else ()
    text, order = in_columns(page, textpage, text, at)
    result = Page(index + 1, width, height, text, "text", hidden if order is None else ())
    textpage.close()
    page.close()
    return result


def plain(drawn: str) -> tuple[str, list[int]]:
    """The page's text with plain line ends, and for each of its characters the index PDFium knows it by."""
    if not any(mark in drawn for mark in "\ufffe\x02\x03"):
        return drawn.replace("\r", ""), [index for index, char in enumerate(drawn) if char != "\r"]
    out: list[str] = []
    at: list[int] = []
    for index, char in enumerate(drawn):
        if char == "\r":
            continue
        if char in "\ufffe\x02\x03":
            # PDFium marks a hyphen at a line's end so, and leaves the line end out
            out += ["-", "\n"]
            at += [index, index]
            continue
        if char == "\n" and out and out[-1] == "\n" and at and drawn[at[-1]] in "\ufffe\x02\x03":
            continue
        out.append(char)
        at.append(index)
    return "".join(out), at


def char_boxes(page: Any, textpage: Any, indices: Sequence[int]) -> list[Box | None]:
    """Boxes of characters, as a person sees the page: rotation and crop applied, origin top left."""
    seen = as_seen(page)
    left, right, bottom, top = edges = tuple(ctypes.c_double() for _ in range(4))
    of_char, known = raw.FPDFText_GetCharBox, textpage.raw
    boxes: list[Box | None] = []
    for index in indices:
        if not of_char(known, index, *edges) or right.value <= left.value:
            boxes.append(None)
            continue
        (x1, y1), (x2, y2) = seen(left.value, top.value), seen(right.value, bottom.value)
        boxes.append(Box(min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1)))
    return boxes


def as_seen(page: Any) -> Callable[[float, float], tuple[float, float]]:
    """From a place in the file's own coordinates to where a person sees it: the same shift and turn all over a page."""
    width, height = page.get_size()
    dx, dy = ctypes.c_int(), ctypes.c_int()
    span = 10_000

    def device(x: float, y: float) -> tuple[float, float]:
        size = (int(width * 100), int(height * 100))
        raw.FPDF_PageToDevice(page.raw, 0, 0, *size, 0, x, y, dx, dy)
        return dx.value / 100, dy.value / 100

    x0, y0 = device(0, 0)
    (xa, ya), (xb, yb) = device(span, 0), device(0, span)
    a, b, c, d = ((value / span) for value in (xa - x0, ya - y0, xb - x0, yb - y0))
    return lambda x, y: (x0 + a * x + c * y, y0 + b * x + d * y)


def joined(boxes: Sequence[Box | None]) -> tuple[Box, ...]:
    """One box a line, from boxes of characters."""
    lines: list[list[float]] = []
    upright = sum(1 for b in boxes if b and b.h >= b.w * 0.6) * 2 >= sum(1 for b in boxes if b)
    for box in boxes:
        if box is None or box.w <= 0.05 or box.h <= 0.05:
            continue
        x1, y1, x2, y2 = box.x, box.y, box.x + box.w, box.y + box.h
        if lines:
            last = lines[-1]
            overlap = min(last[3], y2) - max(last[1], y1)
            near = (x1 - last[2] < 40 and x2 > last[0] - 5) if upright else True
            if overlap > 0.3 * min(y2 - y1, last[3] - last[1]) and near:
                lines[-1] = [min(last[0], x1), min(last[1], y1), max(last[2], x2), max(last[3], y2)]
                continue
        lines.append([x1, y1, x2, y2])
    return tuple(Box(round(a, 2), round(b, 2), round(c - a, 2), round(d - b, 2)) for a, b, c, d in lines)


def pdf_boxes(path: Path, spans: Sequence[tuple[int, int, int]]) -> list[tuple[Box, ...]]:
    """Boxes of stretches (page number, start, end) of the pages' texts."""
    found: list[tuple[Box, ...]] = []
    with opened(path) as document:
        cache: dict[int, tuple[Any, Any, list[int]]] = {}
        for number, start, end in spans:
            if number not in cache:
                page = document[number - 1]
                textpage = page.get_textpage()
                text, at = plain(textpage.get_text_range() if textpage.count_chars() else "")
                _, order = in_columns(page, textpage, text, at)
                cache[number] = (page, textpage, at if order is None else order)
            page, textpage, at = cache[number]
            wanted = [i for i in dict.fromkeys(at[start:end]) if i >= 0]
            found.append(joined(char_boxes(page, textpage, wanted)))
        for page, textpage, _ in cache.values():
            textpage.close()
            page.close()
    return found


# -- columns -----------------------------------------------------------------------------------------------------
def in_columns(page: Any, textpage: Any, text: str, at: list[int]) -> tuple[str, list[int] | None]:
    """Text whose lines run across two columns, put back column by column; otherwise as it is."""
    lines = text.split("\n")
    if len(lines) < 12 or len(text) < 600:
        return text, None
    gutter = find_gutter(page, textpage)
    if gutter is None:
        return text, None
    rows = split_rows(page, textpage, text, at, gutter)
    if rows is None:
        return text, None
    out: list[str] = []
    order: list[int] = []
    for band in rows:
        for side in band:
            for line_text, line_at in side:
                out.append(line_text)
                order += [*line_at, -1]
    return "\n".join(out), order


def find_gutter(page: Any, textpage: Any) -> float | None:
    """The gutter of a page by its text runs, which are cheap to list."""
    count = textpage.count_rects()
    if count < FEW:
        return None
    rects = [textpage.get_rect(i) for i in range(count)]
    return gutter([(left, right) for left, _, right, _ in rects], page.get_size()[0])


def gutter(runs: Sequence[tuple[float, float]], width: float, askew: float = 3) -> float | None:
    """The x of an empty vertical strip with many runs of text (left, right) on both sides, or None.

    `askew`: how far, in points, the runs of one column may begin apart.
    """
    if len(runs) < FEW:
        return None
    lefts, rights = sorted(left for left, _ in runs), sorted(right for _, right in runs)
    best: tuple[int, float] | None = None
    for step in range(36, 65):
        x = width * step / 100
        fewer = min(bisect_right(rights, x), len(runs) - bisect_left(lefts, x))
        if fewer < 0.3 * len(runs):
            continue
        crossing = sum(1 for left, right in runs if left < x - 3 and right > x + 3)
        if crossing <= 0.12 * len(runs) and (best is None or fewer - crossing * 2 > best[0]):
            best = (fewer - crossing * 2, x)
    if best is None:
        return None
    x = best[1]
    starts = lefts[bisect_left(lefts, x) :]
    common = max(bisect_left(starts, s + askew) - bisect_right(starts, s - askew) for s in starts)
    # a table's second column is as regular; its first is narrow and its rows are ruled by short cells
    widths = [right - left for left, right in runs if right <= x]
    wide = sum(1 for w in widths if w > 0.28 * width)
    return x if common >= 0.5 * len(starts) and wide >= 0.5 * len(widths) else None


def split_rows(page: Any, textpage: Any, text: str, at: list[int], gutter: float) -> list[Any] | None:
    """Bands of the page: full-width lines stand alone, runs of two-column lines become left then right."""
    boxes = char_boxes(page, textpage, at)
    mixed = 0
    bands: list[Any] = []
    left: list[tuple[str, list[int]]] = []
    right: list[tuple[str, list[int]]] = []

    def flush() -> None:
        if left or right:
            bands.append((list(left), list(right)))
            left.clear()
            right.clear()

    position = 0
    for line in text.split("\n"):
        spots = range(position, position + len(line))
        cut = None
        for i in spots:
            box = boxes[i]
            if box is not None and box.x >= gutter - 2:
                cut = i
                break
        ends = [b.x + b.w for i in spots if (b := boxes[i]) is not None]
        if not ends:
            position += len(line) + 1
            continue
        if cut is None:
            left.append((line, [at[i] for i in spots]))
        elif cut == position:
            right.append((line, [at[i] for i in spots]))
        else:
            before = [b.x + b.w for i in range(position, cut) if (b := boxes[i]) is not None]
            gap = (boxes[cut].x - max(before)) if before and boxes[cut] is not None else 0  # type: ignore[union-attr]
            if gap > 6:
                mixed += 1
                left.append(
                    (
                        text[position:cut].rstrip(),
                        [at[i] for i in range(position, position + len(text[position:cut].rstrip()))],
                    )
                )
                right.append(
                    (text[cut : position + len(line)], [at[i] for i in range(cut, position + len(line))])
                )
            else:
                flush()
                bands.append(([(line, [at[i] for i in spots])], []))
        position += len(line) + 1
    flush()
    return bands if mixed >= 8 else None


# -- hidden text -------------------------------------------------------------------------------------------------
def hidden_stretches(page: Any, textpage: Any, at: list[int]) -> tuple[tuple[int, int], ...]:
    """Stretches of text drawn in white, invisibly, or in type too small to read."""
    if not any_suspect(page):
        return ()
    r, g, b, a = (ctypes.c_uint() for _ in range(4))
    marks = []
    for index in at:
        size = raw.FPDFText_GetFontSize(textpage.raw, index)
        raw.FPDFText_GetFillColor(textpage.raw, index, r, g, b, a)
        white = min(r.value, g.value, b.value) >= 250
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        raw.FPDFText_GetCharBox(textpage.raw, index, left, right, bottom, top)
        tiny = 0 < (top.value - bottom.value) < 1.6 and 0 < size <= 2
        marks.append(white or tiny or a.value == 0)
    out: list[tuple[int, int]] = []
    for position, mark in enumerate(marks):
        if mark:
            if out and out[-1][1] >= position - 1:
                out[-1] = (out[-1][0], position + 1)
            else:
                out.append((position, position + 1))
    return tuple(s for s in out if s[1] - s[0] > 3)


def any_suspect(page: Any) -> bool:
    r, g, b, a = (ctypes.c_uint() for _ in range(4))
    size = ctypes.c_float()
    for thing in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT], max_depth=4):
        raw.FPDFPageObj_GetFillColor(thing.raw, r, g, b, a)
        raw.FPDFTextObj_GetFontSize(thing.raw, size)
        _left, bottom, _right, top = thing.get_bounds() if hasattr(thing, "get_bounds") else thing.get_pos()
        if (
            min(r.value, g.value, b.value) >= 250
            or a.value == 0
            or ((top - bottom) < 1.6 and 0 < size.value <= 2)  # a lone space has no height in any type
            or raw.FPDFTextObj_GetTextRenderMode(thing.raw) == 3
        ):
            return True
    return False


# -- DOCX and text -----------------------------------------------------------------------------------------------
def read_docx(path: Path) -> tuple[list[Page], list[str]]:
    """A Word file's text (tables as rows with bars), without deleted words, and flags of what is unresolved."""
    flags = []
    try:
        with zipfile.ZipFile(path) as package:
            names = package.namelist()
            if "word/document.xml" not in names:
                raise Unreadable(
                    "wrong_type",
                    "This is not a Word document. Only PDF, DOCX and plain text files can be read.",
                )
            if sum(i.file_size for i in package.infolist()) > MAX_UNPACKED:
                raise Unreadable(
                    "bomb", "This file unpacks to far more than a contract can hold. It was not read."
                )
            xml = package.read("word/document.xml")
    except (zipfile.BadZipFile, OSError) as error:
        raise Unreadable(
            "truncated", "This Word file is damaged or incomplete and cannot be opened."
        ) from error
    if b"<!DOCTYPE" in xml[:2000] or b"<!ENTITY" in xml:
        raise Unreadable(
            "bomb", "This Word file holds declarations that contracts do not need. It was not read."
        )
    if b"<w:ins " in xml or b"<w:del " in xml:
        flags.append("unresolved_changes")
    if re.search(
        rb"<w:vanish(?:\s*/>|\s+w:val=\"(?:1|true)\")|<w:color w:val=\"FFFFFF\"", xml, re.I
    ) or re.search(rb'<w:sz w:val="[1-3]"', xml):
        flags.append("hidden_text")
    text = docx_text(path)
    return [Page(1, 0.0, 0.0, text, "flow")], flags


def docx_text(path: Path) -> str:
    from docx2python import docx2python

    cleaned = without_hidden(path)
    with docx2python(cleaned, duplicate_merged_cells=False) as document:
        parts: list[str] = []
        for table in document.body:
            rows = [[" ".join(p.strip() for p in cell if p.strip()) for cell in row] for row in table]
            if len(rows) == 1 and len(table[0]) == 1:
                parts += [p for p in table[0][0]]
            else:
                parts += ["| " + " | ".join(row) + " |" for row in rows if any(row)]
        for name in ("footnotes", "endnotes"):
            for table in getattr(document, name, []) or []:
                parts += [p for row in table for cell in row for p in cell if p.strip()]
    return "\n\n".join(p for p in parts if p.strip())


def without_hidden(path: Path) -> Any:
    """The file without runs in white, vanished or 1-point type, and without struck-through words."""
    from lxml import etree  # type: ignore[import-untyped]

    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    out = io.BytesIO()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    with zipfile.ZipFile(path) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as copy:
        for entry in package.infolist():
            body = package.read(entry)
            if entry.filename == "word/document.xml":
                try:
                    tree = etree.fromstring(body, parser)
                except etree.XMLSyntaxError as error:
                    raise Unreadable("truncated", "This Word file is damaged and cannot be read.") from error
                for run in list(tree.iter(f"{space}r")):
                    style = run.find(f"{space}rPr")
                    if style is not None and is_hidden(style, space):
                        run.getparent().remove(run)
                body = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
            copy.writestr(entry.filename, body)
    out.seek(0)
    return out


def is_hidden(style: Any, space: str) -> bool:
    def on(tag: str) -> bool:
        found = style.find(f"{space}{tag}")
        return found is not None and found.get(f"{space}val", "1") not in ("0", "false")

    colour, size = style.find(f"{space}color"), style.find(f"{space}sz")
    white = colour is not None and (colour.get(f"{space}val") or "").upper() == "FFFFFF"
    tiny = (
        size is not None and (size.get(f"{space}val") or "24").isdigit() and int(size.get(f"{space}val")) <= 3
    )
    return on("vanish") or white or tiny or on("strike") or on("dstrike")


def read_txt(path: Path) -> list[Page]:
    body = path.read_bytes()
    for encoding in (
        "utf-8-sig",
        "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8",
        "cp1252",
        "latin-1",
    ):
        try:
            text = body.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if len(text) > MAX_TEXT:
        raise Unreadable("too_much_text", "This file holds more text than a contract can. It was not read.")
    return [Page(1, 0.0, 0.0, text.replace("\r\n", "\n").replace("\r", "\n"), "flow")]
