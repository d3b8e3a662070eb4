"""What every staff page's frame needs: whose page it is, the main links, the demo's banner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parties.access import districts_of
from parties.models import District, User

Place = tuple[Promise, str, tuple[str, ...]]

# The main links, left to right: words, name of the address, and further namespaces under the same word.
STAFF_LINKS: tuple[Place, ...] = (
    (gettext_lazy("Today"), "today", ()),
    (gettext_lazy("Contracts"), "contract:list", ()),
    (gettext_lazy("Vendors"), "vendorfile:list", ()),
    (gettext_lazy("Notices"), "notice:list", ()),
    (gettext_lazy("Breaches"), "breach:list", ("report",)),
    (gettext_lazy("Records"), "records:home", ("hold", "disposal")),
    (gettext_lazy("Inquiries"), "inquiry:list", ()),
    (gettext_lazy("Set-up"), "setup:desk", ()),
)
# What a vendor's person sees instead.
VENDOR_LINKS: tuple[Place, ...] = (
    (gettext_lazy("Your contracts"), "vendor:home", ()),
    (gettext_lazy("Breach reports"), "vendor_report:list", ()),
)


@dataclass(frozen=True)
class Link:
    label: str
    url: str
    current: bool = False


@dataclass(frozen=True)
class DistrictLink:
    name: str
    url: str
    current: bool


@dataclass(frozen=True)
class Frame:
    name: str
    district: District | None
    districts: list[DistrictLink]
    nav: list[Link]
    demo: bool


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `frame`, made only when a template asks for it."""
    return {"frame": SimpleLazyObject(lambda: make_frame(request))}


def make_frame(request: HttpRequest) -> Frame:
    """Effects: one query for the person's districts (none for a visitor)."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return Frame(_("Compliance Portal"), None, [], [], demo=False)
    held = list(districts_of(user))
    here = _district_of_page(request, held)
    links = STAFF_LINKS if held else VENDOR_LINKS
    return Frame(
        name=here.name if here else _("Compliance Portal") if not held else _("Your districts"),
        district=here,
        districts=_district_links(held, here, request),
        nav=[link for place in links if (link := _link(*place, here, held, request))],
        demo=user.is_demo and settings.EMBEDDED,
    )


def _district_of_page(request: HttpRequest, held: list[District]) -> District | None:
    if len(held) == 1:
        return held[0]
    match = request.resolver_match
    named = set(match.kwargs.values()) | set(match.args) if match else set()
    return next((district for district in held if district.slug in named), None)


def address(name: str, district: District | None) -> str | None:
    """The page's address in the district, or the one for all districts; None when there is no such page."""
    for arguments in ([district.slug] if district else None, []):
        if arguments is None:
            continue
        try:
            return reverse(name, args=arguments)
        except NoReverseMatch:
            continue
    return None


def _link(
    label: Promise,
    name: str,
    also: tuple[str, ...],
    here: District | None,
    held: list[District],
    request: HttpRequest,
) -> Link | None:
    url = address(name, here) or (address(name, held[0]) if held else None)
    match = request.resolver_match
    namespaces = {name.split(":")[0], *also}
    current = match is not None and (name == match.view_name or not namespaces.isdisjoint(match.namespaces))
    return Link(str(label), url, current) if url else None


def _district_links(held: list[District], here: District | None, request: HttpRequest) -> list[DistrictLink]:
    everywhere = address("today", None) or "/"
    links = [DistrictLink(_("All your districts"), everywhere, here is None)]
    for district in held:
        url = address("today", district) or everywhere
        if url == everywhere:
            url = address("contract:list", district) or everywhere
        links.append(DistrictLink(district.name, url, district == here))
    return links if len(held) > 1 else []
