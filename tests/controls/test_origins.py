"""What an allowed origin may be, and which pages it means: EMB-07 by its smallest part."""

import pytest

from ringfence.controls.identity import NoOrigin, parse_origin

EXACT = "https://app.northwind.example"
PREVIEW = "https://*.preview.northwind.example"


@pytest.mark.promise("EMB-07")
@pytest.mark.parametrize(
    ("allowed", "page"),
    [
        (EXACT, "https://app.northwind.example"),
        ("https://app.northwind.example:8443", "https://app.northwind.example:8443"),
        (PREVIEW, "https://pr-7.preview.northwind.example"),
        (PREVIEW, "https://a.b.preview.northwind.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1", "http://127.0.0.1"),
    ],
)
def test_an_allowed_page_is_known(allowed: str, page: str):
    assert parse_origin(allowed).matches(page)


@pytest.mark.promise("EMB-07")
@pytest.mark.parametrize(
    ("allowed", "page"),
    [
        (EXACT, "http://app.northwind.example"),
        (EXACT, "https://app.northwind.example:8443"),
        (EXACT, "https://app.northwind.example.evil.example"),
        (EXACT, "https://evilapp.northwind.example"),
        (EXACT, "https://x.app.northwind.example"),
        (EXACT, "https://app.northwind.example/"),
        (EXACT, "https://APP.northwind.example"),
        (EXACT, "https://app.northwind.example@evil.example"),
        (EXACT, "null"),
        (EXACT, ""),
        (PREVIEW, "https://preview.northwind.example"),
        (PREVIEW, "https://evilpreview.northwind.example"),
        (PREVIEW, "https://a.preview.northwind.example:444"),
        (PREVIEW, "https://*.preview.northwind.example"),
        (PREVIEW, "https://a.preview.northwind.example.evil.example"),
        ("http://localhost:3000", "http://localhost:3001"),
        ("http://localhost:3000", "https://localhost:3000"),
        ("http://localhost:3000", "http://127.0.0.1:3000"),
    ],
)
def test_a_page_that_only_looks_alike_is_another_page(allowed: str, page: str):
    assert not parse_origin(allowed).matches(page)


@pytest.mark.promise("EMB-07")
@pytest.mark.parametrize(
    "text",
    [
        "https://*",
        "https://*.com",
        "https://*.co.uk",
        "https://*.vercel.app",
        "https://*.ngrok-free.app",
        "https://*.app.github.dev",
        "https://a.*.example.com",
        "https://*a.example.com",
        "https://*.*.example.com",
        "*",
        "null",
        "http://app.northwind.example",
        "http://*.localhost",
        "http://localhost.evil.example",
        "https://app.northwind.example/",
        "https://app.northwind.example/x",
        "https://user@app.northwind.example",
        "https://App.northwind.example",
        "https://app.northwind.example:0",
        "https://app.northwind.example:65536",
        "https://app.northwind.example:",
        "https://10.0.0.1",
        "https://[::1]",
        "https://-a.example",
        "https://a..example",
        "https://" + "a." * 130 + "example",
        "https://a.example; script-src *",
        "https://a.example\n",
        "https://bücher.example",
        "javascript:alert(1)",
    ],
)
def test_what_would_let_in_strangers_is_no_entry(text: str):
    with pytest.raises(NoOrigin):
        parse_origin(text)


@pytest.mark.parametrize(
    ("text", "spoken"),
    [("https://a.example:443", "https://a.example"), ("http://localhost:80", "http://localhost"), (PREVIEW, PREVIEW)],
)
def test_an_entry_is_said_as_browsers_say_it(text: str, spoken: str):
    assert str(parse_origin(text)) == spoken
