"""What a server repeats of a secret is struck out, however it is spelled; and nothing else is."""

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from ringfence.features.runs.masking import MASK, Mask


def for_pages(text: str, harmful: str, form: str = "04x") -> str:
    """JSON in letters, but for these characters, which stand as codes."""
    spelled = (f"\\u{ord(one):{form}}" if one in harmful else json.dumps(one, ensure_ascii=False)[1:-1] for one in text)
    return f'"{"".join(spelled)}"'


VALUE = "p/a+s=\"æ<&'\\"
SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "JSON": json.dumps,
    "JSON in letters": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON with slashes escaped": lambda text: json.dumps(text).replace("/", "\\/"),
    "JSON in JSON": lambda text: json.dumps(json.dumps({"echo": text})),
    "JSON of Go": lambda text: for_pages(text, "<>&"),
    "JSON of Jinja": lambda text: for_pages(text, "<>&'"),
    "JSON of .NET": lambda text: for_pages(text, "<>&'\"+`æ", "04X"),
    "HTML of templates": lambda text: html.escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
    "percent": lambda text: quote(text, safe=""),
    "percent with slashes": quote,
    "percent in small letters": lambda text: quote(text, safe="").lower().replace("/", "%2f"),
    "form": quote_plus,
    "HTML": html.escape,
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 without its end": lambda text: base64.b64encode(text.encode()).decode().rstrip("="),
    "in base64, first": lambda text: base64.b64encode((text + ":tail").encode()).decode(),
    "in base64, second": lambda text: base64.b64encode(("u" + text + ":").encode()).decode(),
    "in base64, third": lambda text: base64.b64encode(("us" + text + "::").encode()).decode(),
}


@pytest.mark.promise("SEC-01")
@pytest.mark.parametrize("spelling", sorted(SPELLINGS))
@pytest.mark.parametrize("value", [VALUE, "sk-planted-0123456789", "~" * 12])
def test_each_spelling_of_a_secret_is_struck_out(spelling: str, value: str):
    said = f"before {SPELLINGS[spelling](value)} after"
    masked = Mask(value)(said)
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert MASK in masked
    assert value not in masked
    assert len(masked) <= len(f"before {MASK} after") + 40


@pytest.mark.promise("SEC-01")
def test_a_key_of_many_lines_is_struck_out_line_by_line():
    lines = [f"line-{n}-of-the-private-key" for n in range(3)]
    key = "-----BEGIN-----\n" + "\n".join(lines) + "\n"
    assert Mask(key)(f"I got {key} from you") == f"I got {MASK} from you"
    assert not any(line in Mask(key)("\r\n> ".join(lines)) for line in lines)


@pytest.mark.promise("SEC-01")
def test_what_is_no_secret_stays():
    said = 'Dora owes 450 kr. {"id": "sk-planted-other"}'
    assert Mask("sk-planted-0123456789")(said) == said
    assert Mask()(said) == said


@pytest.mark.promise("SEC-01")
def test_a_secret_inside_of_another_one_leaves_no_end_behind():
    assert Mask("planted-1", "planted-1-and-more")("planted-1-and-more planted-1") == f"{MASK} {MASK}"
