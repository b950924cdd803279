"""The scripted scene of the demo's CRM: it says what tools answered and asks before it acts, in the user's language."""

import json

import pytest

from ringfence.features.runs.models import (
    AssistantTurn,
    ModelRequest,
    TextDelta,
    ToolCall,
    ToolSpec,
    ToolTurn,
    UserTurn,
)
from ringfence.features.runs.models.scripted import Scripted

TOOLS = tuple(ToolSpec(name, "", {}) for name in ("find_customers", "get_customer", "send_reminder"))
NORDLYS = {
    "id": "c-1042", "name": "Nordlys ApS", "contact": "Mette Holm", "balance": 4200, "currency": "DKK", "days_late": 12,
}  # fmt: skip
LATE = json.dumps({"customers": [NORDLYS, {**NORDLYS, "name": "Havblik Hotel", "days_late": 31}]})


async def say(*turns, tools=TOOLS):
    request = ModelRequest("scripted:fast", "", turns, tools)
    deltas = [delta async for delta in Scripted(pace_s=0).stream(request)]
    text = "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))
    call = next((delta for delta in deltas if isinstance(delta, ToolCall)), None)
    return text, None if call is None else (call.name, json.loads(call.arguments_json))


def answered(name: str, text: str, *, is_error: bool = False):
    return AssistantTurn(calls=(ToolCall("c", name, "{}"),)), ToolTurn("c", name, text, is_error)


@pytest.mark.parametrize("said", ["Which customers are late?", "who owes us money", "Hvilke kunder er bagud?"])
async def test_it_looks_up_who_is_late(said):
    assert await say(UserTurn(said)) == ("", ("find_customers", {"late": True}))


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("Which customers are late?", "2 customers are late:\n\n- **Nordlys ApS** owes 4,200 DKK, 12 days late\n"),
        ("Hvilke kunder er bagud?", "2 kunder er bagud:\n\n- **Nordlys ApS** skylder 4.200 DKK, 12 dage over tiden\n"),
    ],
)
async def test_it_lists_what_the_books_say(said, wanted):
    text, call = await say(UserTurn(said), *answered("find_customers", LATE))
    assert text.startswith(wanted)
    assert call is None


async def test_nobody_late_is_said_plainly():
    text, _ = await say(UserTurn("Who is late?"), *answered("find_customers", '{"customers": []}'))
    assert text.startswith("Nobody is late.")


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Remind Nordlys about the invoice", "Nordlys"),
        ("please send a reminder to Havblik Hotel", "Havblik Hotel"),
        ("Send en rykker til Nordlys", "Nordlys"),
        ("Ryk Nordlys ApS for fakturaen", "Nordlys ApS"),
    ],
)
async def test_a_reminder_begins_with_the_books(said, name):
    assert await say(UserTurn(said)) == ("", ("find_customers", {"name": name}))
    _, call = await say(UserTurn(said), *answered("find_customers", LATE))
    assert call == ("get_customer", {"customer_id": "c-1042"})


async def test_it_shows_the_draft_and_then_asks_to_send_it():
    text, call = await say(UserTurn("Remind Nordlys"), *answered("get_customer", json.dumps(NORDLYS)))
    assert "Mette Holm at Nordlys ApS:\n\n> Dear Mette" in text
    assert call is not None
    name, arguments = call
    assert name == "send_reminder"
    assert arguments["message"] in text
    assert {k: v for k, v in arguments.items() if k != "message"} == {
        "customer_id": "c-1042", "customer": "Nordlys ApS", "amount": 4200, "currency": "DKK",
    }  # fmt: skip


async def test_it_says_where_the_reminder_went():
    sent = '{"status": "sent", "to": "mette@nordlys.example"}'
    text, _ = await say(UserTurn("Remind Nordlys"), *answered("send_reminder", sent))
    assert "mette@nordlys.example" in text


@pytest.mark.parametrize(
    ("said", "why", "wanted"),
    [
        ("Remind Nordlys", "The person who was asked said no.", "All right, I sent nothing."),
        ("Ryk Nordlys", "The person who was asked said no.", "I orden, jeg har ikke sendt noget."),
        ("Remind Nordlys", "It answered 500.", "I sent nothing. It answered 500."),
    ],
)
async def test_a_refusal_sends_nothing_and_says_so(said, why, wanted):
    assert await say(UserTurn(said), *answered("send_reminder", why, is_error=True)) == (wanted, None)


@pytest.mark.parametrize("books", ['{"customers": []}', '{"customers": 7}', "[]", "noon"])
async def test_it_invents_nothing_where_the_books_have_nothing(books):
    text, call = await say(UserTurn("Remind Nordlys"), *answered("find_customers", books))
    assert call is None
    assert text


async def test_who_owes_nothing_is_not_reminded():
    paid = json.dumps({**NORDLYS, "balance": 0})
    text, call = await say(UserTurn("Remind Nordlys"), *answered("get_customer", paid))
    assert (call, "owes nothing" in text) == (None, True)


async def test_without_those_tools_it_greets():
    text, call = await say(UserTurn("Which customers are late?"), tools=())
    assert (call, text.startswith("Hello!")) == (None, True)


PASSAGES = (
    "Handbook.md: file_id x\n\n[1a2b3c4d:1] lines 1-9\n# Handbook\n\n"
    "## Payment terms\n\nWithin 14 days.\n\n## Credit\n\nUp to 25,000.\n"
)
SEARCHING = (*TOOLS, ToolSpec("search_files", "", {}))


@pytest.mark.parametrize(
    ("said", "query", "wanted"),
    [
        ("Our payment terms?", "Our payment terms?", "The handbook says:\n\n> Within 14 days. [{mark}]"),
        ("Hvad er vores betalingsfrist?", "payment terms", "I håndbogen står der:\n\n> Within 14 days. [{mark}]"),
        ("Which credit limit?", "Which credit limit?", "The handbook says:\n\n> Up to 25,000. [{mark}]"),
    ],
)  # fmt: skip
async def test_the_handbook_is_searched_and_cited(said, query, wanted):
    assert await say(UserTurn(said), tools=SEARCHING) == ("", ("search_files", {"query": query}))
    assert await say(UserTurn(said), *answered("search_files", PASSAGES), tools=SEARCHING) == (
        wanted.format(mark="1a2b3c4d:1"),
        None,
    )


async def test_what_no_file_says_is_not_said():
    nothing = answered("search_files", "No passage of any file fits these words. Try other words, or fewer.")
    text, _ = await say(UserTurn("What does the handbook say of cats?"), *nothing, tools=SEARCHING)
    assert text == "The files say nothing about that."
