"""The tests' own browser fails a test for what a page says unasked."""

import pytest


@pytest.mark.django_db(transaction=True)
def test_a_page_opens_with_its_styles_and_without_a_word(page):
    response = page.goto("/accounts/login/")
    assert response.status == 200
    assert page.locator("h1").count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_a_page_says_is_heard(page, complaints):
    page.goto("/accounts/login/")
    page.evaluate("console.warn('something is off')")
    complaints.expect("something is off")


@pytest.mark.django_db(transaction=True)
def test_a_script_in_a_page_is_refused_and_heard(page, complaints):
    page.goto("/accounts/login/")
    page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
    }""")
    assert page.evaluate("window.ran") is None
    complaints.expect("Content Security Policy")


@pytest.mark.django_db(transaction=True)
def test_a_page_opens_without_scripts(new_page):
    page = new_page(scripts=False, width=320)
    page.goto("/accounts/login/")
    assert page.get_by_role("textbox").count() >= 1
