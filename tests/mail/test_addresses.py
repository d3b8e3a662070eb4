"""One address is one address."""

import pytest
from django.core.exceptions import ValidationError

from mail.addresses import parse_address


@pytest.mark.parametrize(
    "text",
    [
        "a@x.example,b@y.example",
        "a@x.example;b@y.example",
        "a@x.example\n",
        "a@x.example\r\nBcc: b@y.example",
        "Bob <a@x.example>",
        '"evil" <a@x.example>',
        '"quoted local"@x.example',
        "user%relay@x.example",
        "a@b@x.example",
        "x" * 320 + "@x.example",
        "x" * 65 + "@x.example",
        ".a@x.example",
        "a..b@x.example",
        "a@x",
        "a@127.0.0.1",
        "a@-x.example",
        "a@x.example\0",
        "a b@x.example",
        "пат@x.example",
        "",
        "@",
    ],
)
def test_anything_but_one_plain_address_is_refused(text):  # A16, A17
    with pytest.raises(ValidationError, match="one plain e-mail address"):
        parse_address(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("pat@school.example", "pat@school.example"),
        ("  pat@School.Example ", "pat@school.example"),
        ("Pat.O'Neil+school@x.example", "Pat.O'Neil+school@x.example"),
        ("pat@bücher.example", "pat@xn--bcher-kva.example"),
        ("pat@ехample.com", "pat@xn--ample-ywe6i.com"),
    ],
)
def test_a_plain_address_is_normalised(text, address):  # A17: a look-alike is written as it is sent
    assert parse_address(text) == address
