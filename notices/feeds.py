"""The public list for machines: Atom, a map of the pages, and the list as CSV and Excel."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import xlsxwriter
from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap as sitemap_view
from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from notices.facts import words_of
from notices.models import Posting
from notices.plain import without_unprintable
from notices.public_access import public_page
from notices.public_views import chosen_postings
from parties.models import District

if TYPE_CHECKING:  # generic for the type checker only
    PostingFeedBase = Feed[Posting, District]
    PostingSitemapBase = Sitemap[Posting]
else:
    PostingFeedBase, PostingSitemapBase = Feed, Sitemap

FEED_LENGTH = 50
LIST_LIMIT = 10_000
FORMULA_MARKS = "=+-@\t\r\n＝＋－＠"


class PostingFeed(PostingFeedBase):
    """The newest postings with their full text; a withdrawn one stays, marked so."""

    feed_type = Atom1Feed

    def __init__(self, district: District, language: str) -> None:
        self.district, self.language_code = district, language
        self.language = language

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> District:
        return self.district

    def title(self, obj: District) -> str:
        return without_unprintable(_("Notices of %(district)s") % {"district": obj.name})

    def link(self, obj: District) -> str:
        return reverse("public:home", kwargs={"district": obj.slug, "language": self.language_code})

    def feed_guid(self, obj: District) -> str:
        return f"{settings.PORTAL_URL}{self.link(obj)}"

    def items(self, obj: District) -> Iterable[Posting]:
        return Posting.objects.public().filter(district=obj)[:FEED_LENGTH]

    def item_title(self, item: Posting) -> str:
        title = words_of(item.facts, self.language_code).title
        return without_unprintable(f"{_('Taken back')}: {title}" if item.withdrawn else title)

    def item_description(self, item: Posting) -> str:
        if item.withdrawn:
            return without_unprintable(item.withdrawn_reason)
        words = words_of(item.facts, self.language_code)
        said = render_to_string("notices/sections.html", {"words": words, "level": 2})
        return without_unprintable(said)

    def item_link(self, item: Posting) -> str:
        where = {"district": self.district.slug, "language": self.language_code, "number": item.number}
        return reverse("public:notice", kwargs=where)

    def item_guid(self, item: Posting) -> str:
        return f"{settings.PORTAL_URL}{self.item_link(item)}#v{item.version}"

    def item_pubdate(self, item: Posting) -> datetime:
        return item.posted_at

    def item_updateddate(self, item: Posting) -> datetime:
        return item.withdrawn_at or item.posted_at


@require_safe
@public_page
def feed(request: HttpRequest, district: District) -> HttpResponse:
    return PostingFeed(district, request.language)(request)  # type: ignore[attr-defined]


class PostingSitemap(PostingSitemapBase):
    """Every posting in every language of the district, each naming the others."""

    i18n = True
    alternates = True

    def __init__(self, district: District) -> None:
        self.district = district
        self.languages = list(district.languages)
        self.protocol = settings.PORTAL_URL.partition(":")[0]

    def items(self) -> Iterable[Posting]:
        return Posting.objects.public().filter(district=self.district)

    def get_domain(self, site: Any = None) -> str:
        return str(settings.PORTAL_URL.partition("://")[2])

    def location(self, item: Posting) -> str:
        where = {"district": self.district.slug, "language": get_language(), "number": item.number}
        return reverse("public:notice", kwargs=where)

    def lastmod(self, item: Posting) -> datetime:
        return item.withdrawn_at or item.posted_at


@require_safe
@public_page
def sitemap(request: HttpRequest, district: District) -> HttpResponseBase:
    response = sitemap_view(request, sitemaps={"notices": PostingSitemap(district)})
    response.render()
    return response


def safe_cell(value: str) -> str:
    """A cell that no spreadsheet takes for a formula (A24)."""
    return f"'{value}" if value.startswith(tuple(FORMULA_MARKS)) else value


def list_rows(postings: Iterable[Posting], district: District, language: str) -> Iterator[list[str]]:
    """The list as a table: its header, then one row a section."""
    yield [
        _("Notice"),
        _("Kind"),
        _("Product"),
        _("Company"),
        _("Data"),
        _("Schools"),
        _("Posted"),
        _("Address"),
    ]
    for posting in postings:
        words = words_of(posting.facts, language)
        where = {"district": district.slug, "language": language, "number": posting.number}
        address = f"{settings.PORTAL_URL}{reverse('public:notice', kwargs=where)}"
        for section in words.sections:
            schools = _("All schools") if section.all_schools else ", ".join(section.schools)
            day = posting.posted_at.astimezone(district.tz).date().isoformat()
            kind = _("Taken back") if posting.withdrawn else words.kind_name
            cells = [posting.number, kind, section.product, section.vendor, ", ".join(section.elements)]
            yield [safe_cell(cell) for cell in (*cells, schools, day, address)]


@require_safe
@public_page
def posting_list(request: HttpRequest, district: District, extension: str) -> HttpResponse:
    """The list that the search leaves, as CSV or Excel."""
    postings, _asked = chosen_postings(request, district)
    rows = list_rows(postings[:LIST_LIMIT], district, request.language)  # type: ignore[attr-defined]
    name = f"notices-{district.slug}.{extension}"
    if extension == "csv":
        return as_file(csv_bytes(rows), name, "text/csv; charset=utf-8")
    return as_file(xlsx_bytes(rows), name, XLSX)


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_file(content: bytes, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def csv_bytes(rows: Iterable[list[str]]) -> bytes:
    """CSV as spreadsheets open it: UTF-8 with a byte-order mark. The cells must be safe already."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def xlsx_bytes(rows: Iterable[list[str]]) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell[:32_000])
        sheet.freeze_panes(1, 0)
    return made.getvalue()
