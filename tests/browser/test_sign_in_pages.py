"""Signing in and the pages around it: they look like the portal, pass axe, and work without scripts."""

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

from tests.browser.looks import look_at, look_at_widths, violations
from tests.factories import DistrictFactory, member

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(page, person):
    page.goto("/accounts/login/?next=/accounts/2fa/")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=False).first.fill("plain words for a test")
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.parametrize(
    "address",
    ["/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/signup/"],
)
def test_a_visitors_page_passes_axe_and_fits(page, address):
    page.goto(address)
    look_at_widths(page)


def test_a_wrong_password_is_said_in_a_summary(page):
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill("nobody@northfield.example")
    page.get_by_label("Password", exact=False).first.fill("not the password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    assert page.locator("#error-summary").is_visible()
    assert violations(page) == []


def test_the_account_pages_pass_axe_and_fit(page):
    person = member(DistrictFactory(name="Northfield Public Schools"))
    sign_in(page, person)
    for address in ("/accounts/2fa/", "/accounts/password/change/", "/accounts/email/", "/accounts/logout/"):
        page.goto(address)
        look_at_widths(page)


def test_the_second_factor_is_set_up_without_scripts(new_page):
    person = member(DistrictFactory(name="Northfield Public Schools"))
    page = new_page(scripts=False, width=390)
    sign_in(page, person)
    page.goto("/accounts/2fa/totp/activate/")
    if "reauthenticate" in page.url:
        page.get_by_label("Password", exact=False).first.fill("plain words for a test")
        page.get_by_role("button").last.click()
    secret = page.get_by_label("Key").input_value()
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    page.get_by_label("Authenticator code").fill(code)
    page.get_by_role("button", name="Turn it on").click()
    page.goto("/accounts/2fa/")
    assert page.get_by_text("Turn off the app").is_visible()


@pytest.mark.parametrize("address", ["/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/"])
def test_a_factors_page_passes_axe(page, address):
    sign_in(page, member(DistrictFactory()))
    page.goto(address)
    look_at(page)


def test_a_page_that_is_not_there_says_so(page, complaints):
    sign_in(page, member(DistrictFactory()))
    page.goto("/no/such/page/")
    look_at(page)
    complaints.expect("404")
    assert page.locator("h1").inner_text() == "We cannot find that page"
