"""Addresses of the families' site. The language may be left out; the visitor's own is then taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.conf import settings
from django.http import HttpResponseBase
from django.urls import URLPattern, path, register_converter

from notices import feeds, public_forms, public_views

app_name = "public"


class LanguageConverter:
    regex = "|".join(code for code, _name in settings.LANGUAGES)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class NumberConverter(LanguageConverter):
    regex = r"\d{4}-\d{1,6}"


class ListConverter(LanguageConverter):
    regex = "csv|xlsx"


register_converter(LanguageConverter, "language")
register_converter(NumberConverter, "notice_number")
register_converter(ListConverter, "list_extension")


def page(route: str, view: Callable[..., HttpResponseBase], name: str) -> Iterator[URLPattern]:
    """A page with the language in its address, and the same address without one."""
    yield path(f"<slug:district>/<language:language>/{route}", view, name=name)
    yield path(f"<slug:district>/{route}", view, name=name)


FILE = "n/<notice_number:number>/v<int:version>/contract-<int:pk>"

urlpatterns = [
    *page("", public_views.home, "home"),
    *page("n/<notice_number:number>/", public_views.notice, "notice"),
    *page("n/<notice_number:number>/v<int:version>/", public_views.notice, "version"),
    *page("n/<notice_number:number>/notice.pdf", public_views.pdf, "pdf"),
    *page(FILE, public_views.contract_file, "file"),
    *page(f"{FILE}/text/", public_views.contract_text, "file_text"),
    *page("feed.atom", feeds.feed, "feed"),
    *page("sitemap.xml", feeds.sitemap, "sitemap"),
    *page("notices.<list_extension:extension>", feeds.posting_list, "list"),
    *page("rights/", public_views.rights, "rights"),
    *page("accessibility/", public_views.accessibility, "accessibility"),
    *page("alerts/", public_forms.follow, "follow"),
    *page("alerts/confirm/<str:token>/", public_forms.confirm, "confirm"),
    *page("alerts/stop/<str:token>/", public_forms.stop, "stop"),
    *page("ask/", public_forms.ask, "ask"),
]
