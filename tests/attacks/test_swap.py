"""Alice's recorded session, asked again with the credentials of others: nothing that she planted comes back.

Each answer is searched whole, headers too. With her own credential the same requests bring every mark: the control.
"""

from itertools import cycle, islice

import pytest

from tests.attacks.recording import BEYOND_BOB, OF_NORTHWIND, Recording, record
from tests.attacks.replay import Asked, replay
from tests.served import Answer
from tests.served_cast import Cast


@pytest.fixture(scope="module")
def recording(served: Cast) -> Recording:
    return record(served)


def _found(answers: list[tuple[Asked, Answer]], *needles: str) -> list[str]:
    """The requests whose answers hold one of these anywhere."""
    return [
        f"{asked.method} {asked.path}: {needle}"
        for asked, answer in answers
        for needle in needles
        if needle.encode() in repr(answer.headers).encode() + answer.raw
    ]


def _swapped(recording: Recording, count: int) -> dict[str, list[tuple[Asked, Answer]]]:
    """About `count` answers to others: Alice's requests and Northwind's, with each of their credentials."""
    cast = recording.cast
    others = {
        "Mallory": cast.mallory.session,
        "Bob": cast.bob.session,
        "Zoe": cast.zoe.session,
        "Southwind": cast.southwind.api_key,
    }
    requests = [one.without(recording.mark) for one in (*recording.alice, *recording.northwind)]
    share = count // len(others) + 1
    return {name: replay(cast.server, bearer, islice(cycle(requests), share)) for name, bearer in others.items()}


def _check(recording: Recording, count: int) -> None:
    swapped = _swapped(recording, count)
    to_bob = [f"{recording.mark}-{what}" for what in BEYOND_BOB]
    for name, answers in swapped.items():
        assert _found(answers, *(to_bob if name == "Bob" else [recording.mark]), *recording.ids) == [], name
    assert sum(len(answers) for answers in swapped.values()) >= count
    assert {answer.status for _, answer in swapped["Southwind"]} >= {200, 403, 404}
    assert not [asked for answers in swapped.values() for asked, answer in answers if answer.status >= 500]


@pytest.mark.promise("TEN-05", "TEN-07")
def test_with_her_own_credential_alice_finds_everything_that_she_planted(recording: Recording):
    answers = replay(recording.cast.server, recording.cast.alice.session, recording.alice)
    for what in ("rectified", "mail", "said", "streamed", "asked"):
        assert _found(answers, f"{recording.mark}-{what}"), what


@pytest.mark.promise("TEN-05")
def test_the_partners_own_key_finds_what_belongs_to_the_partner(recording: Recording):
    answers = replay(recording.cast.server, recording.cast.northwind.api_key, recording.northwind)
    for what in OF_NORTHWIND:
        assert _found(answers, f"{recording.mark}-{what}"), what


@pytest.mark.promise("TEN-05", "TEN-07")
def test_nothing_of_alice_comes_back_to_anybody_else(recording: Recording):
    _check(recording, 500)


@pytest.mark.promise("TEN-05", "TEN-07")
def test_an_idempotency_key_of_alice_gives_others_nothing_of_hers(recording: Recording):
    keyed = [one for one in recording.alice if "Idempotency-Key" in one.headers]
    for bearer in (recording.cast.mallory.session, recording.cast.bob.session, recording.cast.zoe.session):
        answers = replay(recording.cast.server, bearer, keyed)
        assert _found(answers, *recording.ids) == []
        assert [answer.status for _, answer in answers] == [404] * len(keyed)
