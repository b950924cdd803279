"""What becomes of a tool's answer whose server minds no rule."""

import pytest

from ringfence.controls.egress import Answer
from ringfence.features.runs import http_answer


@pytest.mark.promise("AGT-06")
@pytest.mark.parametrize(
    "said",
    ["\udcff\u00e9utf-7", "text/plain; charset=\udcff", "text/plain; charset*=x''%ff", ";;=", "", "\udcff/\udcff;="],
)
def test_a_media_type_of_any_bytes_is_an_answer_and_no_fault_of_ours(said: str):
    found = http_answer.read(Answer(200, {"content-type": said}, b"done"))
    assert found.text.startswith(("done", "The call was made (status 200)"))
