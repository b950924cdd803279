"""Webhooks are signed as Standard Webhooks says, under each secret that is valid."""

import base64
from datetime import UTC, datetime

import pytest

from ringfence.base.crypto import Secret
from ringfence.controls.signatures import WebhookSecret, headers
from tests.fakes.siem_server import Hook

pytestmark = pytest.mark.promise("HOK-02")
AT = datetime.fromtimestamp(1_614_265_330, UTC)
ID, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}'
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # gitleaks:allow - the specification's example
SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_example_of_the_specification_is_signed_as_it_says():
    made = headers(ID, BODY, at=AT, secrets=[WebhookSecret.parse(SECRET)])
    assert made == {"webhook-id": ID, "webhook-timestamp": "1614265330", "webhook-signature": SIGNED}
    assert WebhookSecret.parse(SECRET).reveal() == SECRET


def test_while_a_secret_is_replaced_both_sign():
    new, old = WebhookSecret.generate(), WebhookSecret.parse(SECRET)
    hook = Hook("/", headers(ID, BODY, at=AT, secrets=[new, old]), BODY)
    assert hook.headers["webhook-signature"].split()[1] == SIGNED
    assert hook.is_signed_by(new.reveal())
    assert hook.is_signed_by(SECRET)
    assert not hook.is_signed_by(WebhookSecret.generate().reveal())
    assert not Hook("/", hook.headers, BODY + b" ").is_signed_by(SECRET)


@pytest.mark.parametrize("message_id", ["", "a.b", "a b", "a\nb", "ø", "x" * 256])
def test_an_id_that_could_be_read_in_two_ways_is_none(message_id: str):
    with pytest.raises(ValueError, match="a message's id"):
        headers(message_id, BODY, at=AT, secrets=[WebhookSecret.parse(SECRET)])


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_!!!!", "whsec_" + base64.b64encode(b"x" * 23).decode(), "ø"])
def test_what_is_no_secret_is_refused_without_being_repeated(text: str):
    with pytest.raises(ValueError, match="webhook") as refused:
        WebhookSecret.parse(text)
    assert not text or text not in str(refused.value)


def test_secrets_are_long_differ_and_do_not_show_themselves():
    one, other = WebhookSecret.generate(), WebhookSecret.generate()
    assert len(base64.b64decode(one.reveal().removeprefix("whsec_"))) == 32
    assert one.reveal() != other.reveal()
    assert one.reveal() not in repr(one)
    with pytest.raises(ValueError, match="192 bits"):
        WebhookSecret(Secret(b"short"))
