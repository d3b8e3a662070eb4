"""Scanned pages: drawn by PDFium, read by rapidocr (or tesseract where it is installed), with every word's confidence."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from . import pages as pages_of
from .model import Box, Page, Unscanned, Word

DOTS = 200
SECONDS = 600.0  # for one page, of which most are for a busy machine
PROCESSOR = 240  # seconds of processor time for one page; a full one takes some 25
CLEAR = 0.8
ASKEW = 8.0  # points: a page that lies one degree askew on the glass moves the foot of a column so far
Progress = Callable[[int, int], None] | None
# words, confidence, left, top, right, bottom; top down
Stretch = tuple[str, float, float, float, float, float]


def is_scan(page: Page) -> bool:
    return len("".join(page.text.split())) < 25


def fill(path: Path, pages: Sequence[Page], on_page: Progress = None) -> list[Page]:
    """The pages, with those that hold no text read from their image."""
    wanted = [p.number for p in pages if is_scan(p)]
    if not wanted:
        return list(pages)
    out = list(pages)
    for done, number in enumerate(wanted, 1):
        out[number - 1] = read_page(path, number)
        if on_page is not None:
            on_page(done, len(wanted))
    return out


def put_in(pages: Sequence[Page], scanned: Sequence[Page]) -> list[Page]:
    """The pages, those that hold no text as they were read from their image. Raises Unscanned where one was not."""
    read = {page.number: page for page in scanned}
    out = [read.get(page.number, page) if is_scan(page) else page for page in pages]
    if lacking := frozenset(p.number for p in pages if is_scan(p)) - read.keys():
        raise Unscanned(tuple(out), lacking)
    return out


def read_page(path: Path, number: int, on_page: Progress = None) -> Page:
    """One scanned page; a blank one comes back without words."""
    with pages_of.opened(path) as document:
        page = document[number - 1]
        width, height = page.get_size()
        scale = min(DOTS / 72, 4000 / max(width, height))
        image = page.render(scale=scale).to_pil().convert("RGB")
    quarters, found = read_upright(image)
    upright = (height, width) if quarters % 2 else (width, height)
    read = assembled(number, *upright, scale, found)
    words = tuple(replace(w, box=turned_back(w.box, quarters, width, height)) for w in read.words)
    return replace(read, width=width, height=height, words=words)


def read_upright(image: Any) -> tuple[int, list[Stretch]]:
    """The words of a page that may lie sideways or upside down, and the quarter turns (counterclockwise) it needed."""
    by = by_tesseract if shutil.which("tesseract") else by_rapidocr
    found = by(image)
    if not found or (clear(found) and not sideways(found)):
        return 0, found
    guesses = (quarters_by_tesseract(image),) if by is by_tesseract else (1, 3) if sideways(found) else (2,)
    for quarters in guesses:
        turned = by(image.rotate(90 * quarters, expand=True)) if quarters else found
        if clear(turned):
            return quarters, turned
    return 0, found


def clear(found: Sequence[Stretch]) -> bool:
    """Whether its words were read as words. Of a page on its head the confidence is .6, of a faint one .9."""
    letters = sum(len(row[0]) for row in found)
    return sum(len(row[0]) * row[1] for row in found) >= CLEAR * letters > 0


def sideways(found: Sequence[Stretch]) -> bool:
    tall = sum(1 for _, _, left, top, right, bottom in found if bottom - top > right - left)
    return tall * 2 > len(found)


def turned_back(box: Box, quarters: int, width: float, height: float) -> Box:
    """Where a box of the upright page lies on the page as it is in the file."""
    x, y, w, h = box.x, box.y, box.w, box.h
    if quarters == 1:
        x, y, w, h = width - y - h, x, h, w
    elif quarters == 2:
        x, y = width - x - w, height - y - h
    elif quarters == 3:
        x, y, w, h = y, height - x - w, h, w
    return Box(round(x, 2), round(y, 2), w, h)


@cache
def reader() -> Any:
    import logging

    from rapidocr import RapidOCR

    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    return RapidOCR(params={"Global.log_level": "error"})


def by_rapidocr(image: Any) -> list[Stretch]:
    """Stretches of text: mostly the words of a line."""
    import numpy

    # its guess which lines stand on their head turns upright ones too: whole pages are turned instead
    result = reader()(numpy.asarray(image)[:, :, ::-1], use_cls=False)
    if result is None or result.boxes is None:
        return []
    rows = []
    for box, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
        xs, ys = [float(p[0]) for p in box], [float(p[1]) for p in box]
        rows.append((text, float(score), min(xs), min(ys), max(xs), max(ys)))
    return rows


def tesseract(image: Any, *options: str) -> str:
    import io

    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    done = subprocess.run(
        [shutil.which("tesseract") or "tesseract", "-", "-", *options],
        input=buffer.getvalue(), capture_output=True, check=False, timeout=180,
    )  # fmt: skip
    return done.stdout.decode("utf-8", "replace")


def quarters_by_tesseract(image: Any) -> int:
    """How it would turn the page (it says so clockwise); 0 where it cannot tell, or was not taught to."""
    said = re.search(r"^Rotate: (\d+)$", tesseract(image, "--psm", "0"), re.M)
    return -int(said[1]) // 90 % 4 if said else 0


def by_tesseract(image: Any) -> list[Stretch]:
    rows = []
    for line in tesseract(image, "--psm", "3", "tsv").splitlines()[1:]:
        cells = line.split("\t")
        if len(cells) == 12 and cells[11].strip() and float(cells[10]) >= 0:
            x, y, w, h = (float(c) for c in cells[6:10])
            rows.append((cells[11], float(cells[10]) / 100, x, y, x + w, y + h))
    return rows


def in_lines(rows: Sequence[Stretch]) -> list[list[Stretch]]:
    """Stretches that overlap in height stand on one line, left to right."""
    lines: list[list[Stretch]] = []
    for row in sorted(rows, key=lambda r: (r[3] + r[5]) / 2):
        middle = (row[3] + row[5]) / 2
        for line in lines[-3:]:
            last = line[-1]
            if last[3] < middle < last[5] and abs((last[3] + last[5]) / 2 - middle) < 0.5 * (row[5] - row[3]):
                line.append(row)
                break
        else:
            lines.append([row])
    return [sorted(line, key=lambda r: r[2]) for line in lines]


def by_columns(lines: list[list[Stretch]], width: float, scale: float) -> list[list[Stretch]]:
    """On a page of two columns the left one's lines before the right one's, between lines that cross both."""
    pieces = [runs_of(line) for line in lines]
    spans = [(piece[0][2] / scale, piece[-1][4] / scale) for line in pieces for piece in line]
    middle = pages_of.gutter(spans, width / scale, ASKEW)
    if middle is None:
        return lines
    x, out = middle * scale, []
    if not prose([line[0] for line in pieces if len(line) > 1 and line[0][-1][4] <= x + 3]):
        return lines
    left: list[list[Stretch]] = []
    right: list[list[Stretch]] = []
    for line in pieces:
        if any(piece[0][2] < x - 3 and piece[-1][4] > x + 3 for piece in line):
            out += [*left, *right, [row for piece in line for row in piece]]
            left, right = [], []
            continue
        for side, chosen in (
            (left, [p for p in line if p[0][2] < x - 3]),
            (right, [p for p in line if p[0][2] >= x - 3]),
        ):
            if chosen:
                side.append([row for piece in chosen for row in piece])
    return [*out, *left, *right]


def prose(left: Sequence[Sequence[Stretch]]) -> bool:
    """Whether the left sides of split lines run on from one to the next, as in a column, and are no cells of a table.

    A column's lines end near its edge and mostly in mid-sentence.
    """
    edge = max((run[-1][4] for run in left), default=0.0)
    widest = max((run[-1][4] - run[0][2] for run in left), default=0.0)
    full = sum(1 for run in left if run[-1][4] > edge - 0.25 * widest)
    ended = sum(1 for run in left if run[-1][0].rstrip().endswith((".", "?", ":", ";")))
    return full * 2 > len(left) and ended * 2 < len(left)


def runs_of(line: Sequence[Stretch]) -> list[list[Stretch]]:
    """A line parted where more than a space lies between its stretches (tesseract gives single words)."""
    tall = max(row[5] - row[3] for row in line)
    out = [[line[0]]]
    for row in line[1:]:
        if row[2] - out[-1][-1][4] > tall:
            out.append([row])
        else:
            out[-1].append(row)
    return out


def assembled(number: int, width: float, height: float, scale: float, rows: Sequence[Stretch]) -> Page:
    """A page from stretches of text, in reading order: `scale` is their units a point."""
    text, words = "", []
    previous: Stretch | None = None
    for line in by_columns(in_lines(rows), width * scale, scale):
        if previous is not None:
            gap = line[0][3] - previous[5]
            text += "\n\n" if gap > 0.9 * (previous[5] - previous[3]) else "\n"
        for position, (piece, score, left, top, right, bottom) in enumerate(line):
            if position:
                text += " "
            words += split_words(piece, score, left, top, right, bottom, len(text), scale)
            text += piece
        previous = line[-1]
    return Page(number, width, height, text, "ocr", (), tuple(words))


def split_words(
    piece: str, score: float, left: float, top: float, right: float, bottom: float, start: int, scale: float
) -> list[Word]:
    """Words of a stretch, their places in proportion to their letters."""
    out, position = [], 0
    for word in piece.split(" "):
        if word:
            a = left + (right - left) * position / max(1, len(piece))
            b = left + (right - left) * (position + len(word)) / max(1, len(piece))
            box = Box(
                round(a / scale, 2),
                round(top / scale, 2),
                round((b - a) / scale, 2),
                round((bottom - top) / scale, 2),
            )
            out.append(Word(start + position, start + position + len(word), box, round(score, 3)))
        position += len(word) + 1
    return out
