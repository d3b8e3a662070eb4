"""Finds every page a person can reach by links, without a browser: one address for each view."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urljoin, urlsplit

import lxml.html
from django.test import Client
from django.urls import (
    NoReverseMatch,
    Resolver404,
    URLPattern,
    URLResolver,
    get_resolver,
    resolve,
    reverse,
)

# Not ours to look at: the installation's own admin, and what answers machines.
NOT_PAGES = ("admin", "api", "schema", "swagger")


@dataclass
class Page:
    address: str
    view: str
    html: str


@dataclass
class Walk:
    """What one person reached: pages by the name of their view, and what went wrong on the way."""

    pages: dict[str, list[Page]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)  # views that sent a page on, or a file


def view_name(address: str) -> str | None:
    """The name of the view an address leads to; None when no view of ours is there."""
    try:
        match = resolve(urlsplit(address).path)
    except Resolver404:
        return None
    return match.view_name


def is_page(view: str) -> bool:
    return view.split(":")[0] not in NOT_PAGES


def links(html: str, address: str) -> Iterator[str]:
    """Addresses of this site that the page leads to by a link or by a form that asks (GET)."""
    tree = lxml.html.fromstring(html)
    found = [one.get("href") for one in tree.iter("a") if one.get("href")]
    found += [image.get("href") for image in tree.iter("image") if image.get("href")]
    found += [form.get("action") or address for form in tree.forms if form.method.upper() == "GET"]
    for target in found:
        parts = urlsplit(urldefrag(urljoin(address, target)).url)
        if parts.netloc in ("", "testserver") and parts.scheme in ("", "http"):
            yield parts.path + (f"?{parts.query}" if parts.query else "")


def walk(client: Client, starts: list[str], *, each: int = 2) -> Walk:
    """Follow links from the starts, seeing at most `each` addresses of one view beside the starts."""
    found = Walk()
    waiting, seen = deque(starts), set(starts)
    places: Counter[str] = Counter()
    while waiting:
        address = waiting.popleft()
        view = view_name(address)
        if view is None:
            found.problems.append(f"{address}: no view answers here")
            continue
        if not is_page(view) or (places[view] >= each and address not in starts):
            continue
        response = client.get(address, follow=True)
        landed = response.redirect_chain[-1][0] if response.redirect_chain else address
        if response.status_code != 200:
            found.problems.append(f"{address}: {response.status_code}")
            continue
        found.answered.add(view)
        if not response["Content-Type"].startswith("text/html") or response.streaming:
            continue
        view = view_name(landed) or view
        html = response.content.decode()
        if (places[view] >= each and address not in starts) or "<html" not in html[:300]:
            continue
        places[view] += address not in starts
        found.pages.setdefault(view, []).append(Page(landed, view, html))
        for target in links(html, landed):
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return found


def all_views() -> set[str]:
    """The names of every view in the URLconf that makes a page."""

    def names(resolver: URLResolver, prefix: str) -> Iterator[str]:
        for entry in resolver.url_patterns:
            if isinstance(entry, URLPattern):
                if entry.name:
                    yield prefix + entry.name
            elif not str(entry.pattern).startswith("api/"):
                yield from names(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)

    return {name for name in names(get_resolver(), "") if is_page(name)}


def try_cases(client: Client, found: Walk, cases: Iterable[tuple[str, str, str]]) -> None:
    """Open what no link shows today: every page of a case (district's slug, kind, number) that answers.

    A page that a case's state refuses (403, 404, 409, another page) is left out.
    """
    kinds: dict[str, list[tuple[str, str]]] = {}
    for slug, kind, number in cases:
        kinds.setdefault(kind, []).append((slug, number))
    for view in sorted(all_views() - set(found.pages)):
        for arguments in kinds.get(view.split(":")[0], []):
            try:
                address = reverse(view, args=arguments)
            except NoReverseMatch:
                break
            response = client.get(address)
            if response.status_code == 200:
                found.answered.add(view)
            if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
                html = response.content.decode()
                if "<html" in html[:300]:
                    found.pages[view] = [Page(address, view, html)]
                    break
