"""PDFs: nothing fetched, nothing run, the same bytes each time, limits on what is large."""

from __future__ import annotations

import io
import socket
import threading

import pikepdf
import pypdfium2
import pytest
from django.core.exceptions import ValidationError
from django.template import engines

from ledger import pdf, typeset


@pytest.fixture
def canary():
    """A web server on this machine that counts who knocks."""
    server = socket.create_server(("127.0.0.1", 0))
    knocks = []

    def listen():
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            knocks.append(peer.recv(200))
            peer.close()

    threading.Thread(target=listen, daemon=True).start()
    yield server.getsockname()[1], knocks
    server.close()


def static(settings):
    return settings.BASE_DIR / "static"


def text_of(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    return "".join(page.get_textpage().get_text_range() for page in document)


def test_nothing_is_fetched_whatever_the_page_says(settings, canary, tmp_path):  # A22
    port, knocks = canary
    (tmp_path / "secret.txt").write_text("the secret words")
    at = f"http://127.0.0.1:{port}/x"
    html = f"""<html lang="en"><head><title>t</title>
        <link rel="stylesheet" href="{at}"><link rel="attachment" href="file://{tmp_path}/secret.txt">
        <style>@import "{at}"; body {{ background: url({at}) }} p {{ font-family: x }}
        @font-face {{ font-family: x; src: url({at}) }}</style></head>
        <body><p>words</p><img src="{at}" alt=""><img src="file:///etc/passwd" alt="">
        <img src="static:../pyproject.toml" alt="">
        <object data="{at}"></object><svg><image xlink:href="{at}" href="{at}"/></svg></body></html>"""
    content = typeset.typeset(html, static(settings))
    assert knocks == []
    assert b"secret" not in content
    with pikepdf.open(io.BytesIO(content)) as made:
        assert len(made.attachments) == 0
    assert "words" in text_of(content)


def test_what_is_filled_in_is_escaped(settings):  # A20
    template = engines["django"].from_string(
        '<html lang="en"><head><title>t</title></head><body><p>{{ x }}</p></body></html>'
    )
    content = typeset.typeset(template.render({"x": "<script>alert(1)</script> {{ 7 }}"}), static(settings))
    assert "<script>alert(1)</script> {{ 7 }}" in text_of(content)


def test_the_same_page_gives_the_same_bytes_tagged_and_with_its_own_fonts(settings):
    html = '<html lang="en"><head><title>Notice</title></head><body><h1>Aviso à família</h1></body></html>'
    content = typeset.typeset(html, static(settings))
    assert typeset.typeset(html, static(settings)) == content
    with pikepdf.open(io.BytesIO(content)) as made:
        assert made.Root.MarkInfo.Marked
        fonts = {str(thing.BaseFont) for thing in made.objects if "/BaseFont" in dictionary(thing)}
    assert all("Source-Sans-Pro" in name.replace(" ", "-") or "SourceSans" in name for name in fonts), fonts


def dictionary(thing) -> set[str]:
    return set(thing.keys()) if isinstance(thing, pikepdf.Dictionary) else set()


def test_a_long_page_is_set_in_a_child_with_the_same_result(settings, monkeypatch):
    seen = {"template_name": "ledger/packet.html"}
    assert seen
    short = pdf.render_pdf("ledger/packet.html", {"case": {"title": "Maps"}, "cases": []})
    monkeypatch.setattr(pdf, "IN_PROCESS", 0)
    assert pdf.render_pdf("ledger/packet.html", {"case": {"title": "Maps"}, "cases": []}) == short


def test_a_page_that_takes_too_much_ends_at_the_limit_and_says_so(monkeypatch):  # A23, F17
    rows = [[f"row {n}", "x" * 20] for n in range(5000)]
    section = {"heading": "Rows", "columns": ["a", "b"], "rows": rows}
    cases = [{"case": {"title": "Maps"}, "sections": [section]}]
    monkeypatch.setattr(pdf, "CHILD_S", 2)
    with pytest.raises(ValidationError, match="too long for one PDF"):
        pdf.render_pdf("ledger/packet.html", {"case": {"title": "Maps"}, "cases": cases})
    monkeypatch.setattr(pdf, "CHILD_MB", 120)
    with pytest.raises(ValidationError, match="too long for one PDF"):
        pdf.render_pdf("ledger/packet.html", {"case": {"title": "Maps"}, "cases": cases})
