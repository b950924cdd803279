from datetime import timedelta
from email.utils import format_datetime

import pytest

from ringfence.base import clock
from ringfence.features.runs.models import ModelError, ModelErrorCode, RetryPolicy
from ringfence.features.runs.models.retry import parse_retry_after

POLICY = RetryPolicy()


def limited(retry_after_s: float | None = None) -> ModelError:
    return ModelError(ModelErrorCode.RATE_LIMITED, "", is_retryable=True, retry_after_s=retry_after_s)


def test_pauses_are_spread_and_grow_to_a_bound():
    for tried, most in ((1, 0.5), (2, 1.0), (3, 2.0), (9, 8.0)):
        pauses = {POLICY.pause_s(limited(), tried=tried) for _ in range(50)}
        assert len(pauses) > 1
        assert all(0 <= pause <= most for pause in pauses)


def test_a_provider_may_ask_for_a_pause_within_a_bound():
    assert 3 <= POLICY.pause_s(limited(3), tried=1) <= 3.5
    assert 20 <= POLICY.pause_s(limited(86_400), tried=1) <= 20.5


@pytest.mark.parametrize(
    ("value", "seconds"), [("7", 7), (" 7 ", 7), ("-1", None), ("soon", None), ("", None), (None, None)]
)
def test_seconds_are_read(value, seconds):
    assert parse_retry_after(value) == seconds


def test_a_date_is_read():
    ahead = format_datetime(clock.now() + timedelta(seconds=60), usegmt=True)
    assert 50 < (parse_retry_after(ahead) or 0) <= 60
    assert parse_retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
