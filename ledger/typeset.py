"""HTML to PDF: the only importer of WeasyPrint, and without Django, so that it can run in a limited child.

As a script: `typeset.py STATIC_FOLDER` reads HTML from standard input and writes a PDF to standard output.
"""

from __future__ import annotations

import hashlib
import mimetypes
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

STYLE = """
@font-face { font-family: "Source Sans Pro"; src: url("static:FONT-regular-webfont.woff2"); }
@font-face { font-family: "Source Sans Pro"; src: url("static:FONT-bold-webfont.woff2"); font-weight: bold; }
@font-face { font-family: "Source Sans Pro"; src: url("static:FONT-italic-webfont.woff2");
             font-style: italic; }
@page { size: letter; margin: 0.9in 0.8in;
        @bottom-center { content: counter(page) " / " counter(pages); font: 8pt "Source Sans Pro"; } }
html { font: 10.5pt/1.4 "Source Sans Pro", sans-serif; color: #1b1b1b; }
h1 { font-size: 19pt; line-height: 1.2; margin: 0 0 8pt; }
h2 { font-size: 14pt; margin: 16pt 0 4pt; border-bottom: 1pt solid #565c65; break-after: avoid; }
h3 { font-size: 11pt; margin: 10pt 0 2pt; break-after: avoid; }
table { border-collapse: collapse; width: 100%; margin: 4pt 0 8pt; }
th, td { text-align: left; vertical-align: top; padding: 2.5pt 5pt; border-bottom: 0.5pt solid #a9aeb1; }
th { background: #f0f0f0; }
tr { break-inside: avoid; }
.hash { font-size: 7.5pt; overflow-wrap: anywhere; }
.quiet { color: #565c65; }
.sheet { break-after: page; } .sheet:last-child { break-after: auto; }
.window { position: absolute; top: 1.15in; left: 0; width: 3.6in; height: 1.1in; white-space: pre-line; }
.window + .letter { margin-top: 2.6in; }
.qr { width: 1.1in; height: 1.1in; }
""".replace("FONT", "uswds/fonts/source-sans-pro/sourcesanspro")


class OwnFilesOnly(URLFetcher):  # type: ignore[misc]
    """Hands out our static files (`static:` addresses) and nothing else: no network, no other file.

    A contract's text ends in our pages; without this a picture in it could call out or read this machine
    (reliability §3.1).
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(allowed_protocols=[], allow_redirects=False)
        self.folder = folder.resolve()

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        scheme, _, name = url.partition(":")
        path = (self.folder / name).resolve()
        if scheme != "static" or not path.is_relative_to(self.folder) or not path.is_file():
            raise ValueError("Only the portal's own files can be part of a PDF.")
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})


@lru_cache(maxsize=4)
def equipment(folder: Path) -> tuple[OwnFilesOnly, FontConfiguration, CSS]:
    """Fetcher, fonts and style, made once a process: a third faster, and memory stays flat."""
    fetcher, fonts = OwnFilesOnly(folder), FontConfiguration()
    return fetcher, fonts, CSS(string=STYLE, font_config=fonts, url_fetcher=fetcher)


def typeset(html: str, folder: Path) -> bytes:
    """A tagged PDF (PDF/UA-1). The same HTML gives the same bytes."""
    fetcher, fonts, style = equipment(folder)
    made: bytes = HTML(string=html, base_url="static:", url_fetcher=fetcher).write_pdf(
        stylesheets=[style],
        font_config=fonts,
        pdf_variant="pdf/ua-1",
        pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
    )
    return made


if __name__ == "__main__":
    sys.stdout.buffer.write(typeset(sys.stdin.read(), Path(sys.argv[1])))
