"""Make a copy of a PDF that truly lacks what is hidden. Run as a script in a limited child process.

`blackout.py SOURCE TARGET` with a JSON object on standard input: title, language and `boxes`, which maps a
page to its [x, y, w, h] rows in PDF points from the top left corner of the page as it is shown. A page with
boxes is replaced by its picture, the boxes painted over, under which lies the text that remains; other pages
are copied without annotations. Nothing else of the source goes over: no metadata, outline, form, attachment
or older version.
"""

from __future__ import annotations

import ctypes
import io
import json
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as raw
from pikepdf import Array, Dictionary, Name, Stream
from PIL import ImageDraw

DPI = 200
FINE = 100  # device units a point, so that whole numbers are fine enough
Box = tuple[float, float, float, float]


def hide(
    source: Path, target: Path, *, boxes: dict[int, list[Box]], title: str, language: str
) -> dict[str, Any]:
    """Write the copy; return how many words were taken out of each page."""
    gone: dict[int, int] = {}
    with pikepdf.open(source) as original, pikepdf.new() as made:
        original.generate_appearance_streams()
        original.flatten_annotations("all")
        flat = io.BytesIO()
        original.save(flat)
        shown = pdfium.PdfDocument(flat.getvalue())
        for number, page in enumerate(original.pages, 1):
            if boxes.get(number):
                gone[number] = add_painted_page(made, shown[number - 1], boxes[number])
            else:
                add_plain_page(made, page)
        made.remove_unreferenced_resources()
        made.Root.Lang = pikepdf.String(language)
        made.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        made.docinfo["/Title"] = title
        made.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return {"words": gone}


def add_plain_page(made: pikepdf.Pdf, page: pikepdf.Page) -> None:
    for key in ("/Annots", "/StructParents", "/AA", "/PieceInfo", "/Metadata", "/B", "/Thumb", "/Tabs"):
        if key in page.obj:
            del page.obj[key]
    made.pages.append(page)


def add_painted_page(made: pikepdf.Pdf, page: pdfium.PdfPage, boxes: Sequence[Box]) -> int:
    """The page as a picture with the boxes painted, and the remaining words beneath it. Words taken out."""
    width, height = page.get_size()
    picture = page.render(scale=DPI / 72).to_pil().convert("RGB")
    pen = ImageDraw.Draw(picture)
    for x, y, w, h in boxes:
        pen.rectangle([each * DPI / 72 for each in (x, y, x + w, y + h)], fill=(0, 0, 0))
    words = list(words_of(page, width, height))
    kept = [word for word in words if not any(touches(word[1], box) for box in boxes)]
    image = Stream(made, zlib.compress(picture.tobytes(), 6))
    image.Type, image.Subtype = Name.XObject, Name.Image
    image.Width, image.Height = picture.width, picture.height
    image.ColorSpace, image.BitsPerComponent = Name.DeviceRGB, 8
    image.Filter = Name.FlateDecode
    font = Dictionary(
        Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding
    )
    content = text_under(kept, height) + f"q {width:.2f} 0 0 {height:.2f} 0 0 cm /Im Do Q\n".encode()
    new = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, width, height]),
        Resources=Dictionary(
            XObject=Dictionary(Im=made.make_indirect(image)), Font=Dictionary(F=made.make_indirect(font))
        ),
        Contents=made.make_indirect(Stream(made, content)),
    )
    made.pages.append(pikepdf.Page(made.make_indirect(new)))
    return len(words) - len(kept)


def words_of(page: pdfium.PdfPage, width: float, height: float) -> Iterator[tuple[str, Box]]:
    """Each word of the page with its box as shown: top left corner, after rotation and cropping."""
    text = page.get_textpage()
    letters, box = "", None
    for place in range(text.count_chars()):
        letter = text.get_text_range(place, 1)
        if not letter.strip():
            if letters and box:
                yield letters, box
            letters, box = "", None
            continue
        left, bottom, right, top = text.get_charbox(place, loose=True)
        here = as_shown(page, width, height, (left, bottom, right, top))
        letters, box = letters + letter, here if box is None else around(box, here)
    if letters and box:
        yield letters, box


def as_shown(page: pdfium.PdfPage, width: float, height: float, corners: Box) -> Box:
    """A box in the page's own space, as x, y, w, h from the top left corner of what a reader sees."""
    points = []
    for x, y in ((corners[0], corners[1]), (corners[2], corners[3])):
        dx, dy = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(
            page, 0, 0, int(width * FINE), int(height * FINE), 0, x, y, ctypes.byref(dx), ctypes.byref(dy)
        )
        points.append((dx.value / FINE, dy.value / FINE))
    (x1, y1), (x2, y2) = points
    return (min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1))


def around(one: Box, other: Box) -> Box:
    x, y = min(one[0], other[0]), min(one[1], other[1])
    right, bottom = max(one[0] + one[2], other[0] + other[2]), max(one[1] + one[3], other[1] + other[3])
    return (x, y, right - x, bottom - y)


def touches(word: Box, box: Box) -> bool:
    """Whether any part of the word lies in the box; a hair's breadth of a touch does not count."""
    across = min(word[0] + word[2], box[0] + box[2]) - max(word[0], box[0])
    down = min(word[1] + word[3], box[1] + box[3]) - max(word[1], box[1])
    return across > 0.2 and down > 0.15 * min(word[3], box[3])


def text_under(words: Sequence[tuple[str, Box]], height: float) -> bytes:
    """The words, written so that they are read and copied but not seen."""
    lines = [b"BT 3 Tr\n"]
    for letters, (x, y, w, h) in words:
        code = (letters + " ").encode("cp1252", errors="ignore")
        if not code.strip():
            continue
        escaped = code.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        size = max(h * 0.85, 1)
        stretch = max(1, min(400, 100 * w / max(0.5 * size * len(letters), 0.1)))
        place = f"/F {size:.2f} Tf {stretch:.0f} Tz 1 0 0 1 {x:.2f} {height - y - h * 0.8:.2f} Tm (".encode()
        lines.append(place + escaped + b") Tj\n")
    return b"".join([*lines, b"ET\n"])


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    marked = {int(page): [tuple(box) for box in rows] for page, rows in asked["boxes"].items()}
    done = hide(
        Path(sys.argv[1]), Path(sys.argv[2]), boxes=marked, title=asked["title"], language=asked["language"]
    )
    sys.stdout.write(json.dumps(done))
