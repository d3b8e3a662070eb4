"""The shared components in the browser: both directions, three widths, with and without scripts."""

import gzip

import pytest

from tests.browser.looks import look_at, sideways

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def guide(settings):
    settings.ROOT_URLCONF = "tests.browser.style_guide"


@pytest.mark.parametrize("address", ["/guide/en/", "/guide/ar/", "/public/en/", "/public/ar/"])
def test_every_component_passes_axe_and_fits(page, address):
    page.goto(address)
    for width in (1280, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        look_at(page)


def test_the_phone_menu_opens_with_scripts(new_page):
    page = new_page(width=390)
    page.goto("/guide/en/")
    contracts = page.get_by_role("navigation", name="Main").get_by_role("link", name="Contracts")
    assert not contracts.is_visible()
    page.get_by_role("button", name="Menu", exact=True).click()
    assert contracts.is_visible()


def test_the_phone_menu_stands_in_the_page_without_scripts(new_page):
    page = new_page(width=390, scripts=False)
    page.goto("/guide/en/")
    nav = page.get_by_role("navigation", name="Main")
    assert nav.get_by_role("link", name="Contracts").is_visible()
    assert not page.get_by_role("button", name="Menu", exact=True).is_visible()


def test_the_arabic_page_is_mirrored(new_page):
    page = new_page()
    page.goto("/public/ar/")
    assert page.locator("html").get_attribute("dir") == "rtl"
    heading = page.locator("h1").bounding_box()
    assert heading["x"] + heading["width"] > 1000
    assert sideways(page) <= 0


def test_an_error_summary_leads_to_its_field(page):
    page.goto("/guide/en/")
    page.get_by_role("link", name="Name of the product: This field is required.").click()
    field = page.locator("#id_product")
    assert field.evaluate("one => one === document.activeElement")
    assert field.get_attribute("aria-describedby") == "id_product_helptext id_product_error"
    assert "This field is required." in page.locator("#id_product_error").inner_text()


def test_keys_move_between_rows_until_they_are_turned_off(page):
    page.goto("/guide/en/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.locator("#q").blur()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "1. District owns the data"
    page.locator("#keys-help summary").click()
    page.get_by_text("Turn these keys off").click()
    page.locator("#keys-off").blur()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "q"


def test_the_public_page_loads_no_script_and_little_else(new_page):
    page = new_page()
    loaded = []
    page.on("response", lambda response: loaded.append(response))
    page.goto("/public/en/")
    page.wait_for_load_state("networkidle")
    assert [one.url for one in loaded if one.url.endswith(".js")] == []
    assert any(one.url.endswith(".woff2") for one in loaded)
    assert sum(len(gzip.compress(one.body())) for one in loaded) < 200_000
    assert page.locator("link[hreflang=ar]").get_attribute("href") == "/public/ar/"
    assert page.locator("link[type='application/atom+xml']").count() == 1


def test_print_leaves_out_the_menu_and_opens_the_arithmetic(page):
    page.goto("/guide/en/")
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation", name="Main").is_visible()
    assert not page.get_by_role("button", name="Search").is_visible()
    assert page.locator("h1").is_visible()
