"""What becomes of a tool's answer whose server minds no rule."""

import pytest

from ringfence.controls.egress import Answer
from ringfence.features.runs import http_answer


@pytest.mark.promise("AGT-06")
@pytest.mark.parametrize(
    "said",
    [
        "\udcff\u00e9utf-7",
        "text/plain; charset=\udcff",
        "text/plain; charset*=x''%ff",
        ";;=",
        ";charset*1=charset*=;charset*=x",
        "",
        "\udcff/\udcff;=",
    ],
)
def test_a_media_type_of_any_bytes_is_an_answer_and_no_fault_of_ours(said: str):
    found = http_answer.read(Answer(200, {"content-type": said}, b"done"))
    assert found.text.startswith(("done", "The call was made (status 200)"))


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("text/plain", "\u00e6\ufffd"),
        ("Text/Plain ; Charset=ISO-8859-1", "\u00c3\u00a6\u00e6"),
        ('text/plain; boundary=x;charset="latin-1"', "\u00c3\u00a6\u00e6"),
        ("text/plain; charset=utf8", "\u00e6\ufffd"),
    ],
)
def test_an_answer_is_read_in_the_letters_that_it_names(said: str, text: str):
    assert http_answer.read(Answer(200, {"content-type": said}, b"\xc3\xa6\xe6")).text == text
