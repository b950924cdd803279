"""A scene for the demo's CRM: who is late, a draft, a question to a person, and what came of it. In English or Danish.

It is played where the agent has these tools, and says nothing that a tool did not answer.
"""

import re
from dataclasses import dataclass
from typing import Any, Final, cast

import msgspec

from .protocol import ModelRequest, ToolCall, ToolTurn, UserTurn

FIND: Final = "find_customers"
GET: Final = "get_customer"
REMIND: Final = "send_reminder"
_DANISH: Final = re.compile(
    r"\b(?:hvilke|hvem|hvad|kunder?|rykker?|ryk|bagud|skylder|forfaldne|faktura\w*|og|til)\b|[æøå]",
    re.IGNORECASE,
)
_LATE: Final = re.compile(r"\b(?:late|overdue|owes?|bagud|forfald\w*|skylder|restance\w*)\b", re.IGNORECASE)
_REMIND: Final = re.compile(
    r"\b(?i:remind(?:er to)?|chase|ryk(?:ke|ker til)?|påmind)\s+(?P<whom>[A-ZÆØÅ]\w*(?: [A-ZÆØÅ]\w*)*)"
)
_DECLINED: Final = "said no"
"""As the run tells a model that a person refused."""
_WORDS: Final = {
    "en": {
        "late": "{count} late:\n\n{lines}\n\nShall I remind one of them? I show you the draft first.",
        "one": "One customer is",
        "more": "{count} customers are",
        "line": "- **{name}** owes {amount} {currency}, {days} days late",
        "none_late": "Nobody is late. All customers have paid, or have time left.",
        "unknown": "I find no customer called {name} in your list, so I sent nothing.",
        "paid": "{name} owes nothing, so there is nothing to remind them of.",
        "draft": "I would write this to {contact} at {name}:\n\n> {message}\n\nI send it once you agree.",
        "message": (
            "Dear {first}, our invoice of {amount} {currency} was due {days} days ago. "
            "Please let us know when we may expect it. Kind regards"
        ),
        "sent": "Done: the reminder went to {to}. You find it in the activity list of this page.",
        "declined": "All right, I sent nothing.",
        "not_sent": "I sent nothing. {reason}",
        "failed": "That did not work: {reason}",
    },
    "da": {
        "late": "{count} bagud:\n\n{lines}\n\nSkal jeg rykke en af dem? Du ser udkastet først.",
        "one": "Én kunde er",
        "more": "{count} kunder er",
        "line": "- **{name}** skylder {amount} {currency}, {days} dage over tiden",
        "none_late": "Ingen er bagud. Alle kunder har betalt eller har tid endnu.",
        "unknown": "Jeg finder ingen kunde ved navn {name} på din liste, så jeg har ikke sendt noget.",
        "paid": "{name} skylder ikke noget, så der er intet at rykke for.",
        "draft": "Jeg ville skrive sådan til {contact} hos {name}:\n\n> {message}\n\nJeg sender den, når du siger ja.",
        "message": (
            "Kære {first}, vores faktura på {amount} {currency} forfaldt for {days} dage siden. "
            "Lad os gerne vide, hvornår vi kan vente betaling. Venlig hilsen"
        ),
        "sent": "Så er rykkeren sendt til {to}. Du finder den under aktivitet på siden her.",
        "declined": "I orden, jeg har ikke sendt noget.",
        "not_sent": "Jeg har ikke sendt noget. {reason}",
        "failed": "Det gik ikke: {reason}",
    },
}


@dataclass(frozen=True, slots=True)
class Line:
    """What the scene says next: words, a call, or words and then a call."""

    text: str = ""
    call: ToolCall | None = None


def play(request: ModelRequest) -> Line | None:
    """The next line; None where the tools are others, or the talk is about something else."""
    if not {FIND, GET, REMIND} <= {tool.name for tool in request.tools}:
        return None
    said = next((turn.text for turn in reversed(request.messages) if isinstance(turn, UserTurn)), "")
    words = _WORDS["da" if _DANISH.search(said) else "en"]
    whom = _REMIND.search(said)
    last = request.messages[-1] if request.messages else None
    if isinstance(last, ToolTurn):
        return _after(request, last, words, whom["whom"] if whom else None)
    if whom is not None:
        return Line(call=_call(request, FIND, {"name": whom["whom"]}))
    if _LATE.search(said):
        return Line(call=_call(request, FIND, {"late": True}))
    return None


def _after(request: ModelRequest, turn: ToolTurn, words: dict[str, str], whom: str | None) -> Line | None:
    """What follows from a tool's answer."""
    if turn.name not in {FIND, GET, REMIND}:
        return None
    if turn.is_error:
        told = "failed" if turn.name != REMIND else "declined" if _DECLINED in turn.text else "not_sent"
        return Line(words[told].format(reason=turn.text))
    answer = _answer(turn)
    if answer is None:
        return Line(words["failed"].format(reason=turn.text))
    if turn.name == FIND and whom is None:
        return Line(_late(answer, words))
    if turn.name == FIND:
        return _found(request, answer, words, str(whom))
    if turn.name == GET:
        return _draft(request, answer, words)
    return Line(words["sent"].format(to=answer.get("to", "?")))


def _late(answer: dict[str, Any], words: dict[str, str]) -> str:
    customers = _customers(answer)
    if not customers:
        return words["none_late"]
    lines = "\n".join(words["line"].format(**_facts(customer, words)) for customer in customers)
    count = words["one"] if len(customers) == 1 else words["more"].format(count=len(customers))
    return words["late"].format(count=count, lines=lines)


def _found(request: ModelRequest, answer: dict[str, Any], words: dict[str, str], whom: str) -> Line:
    customers = _customers(answer)
    if not customers:
        return Line(words["unknown"].format(name=whom))
    return Line(call=_call(request, GET, {"customer_id": str(customers[0].get("id", ""))}))


def _draft(request: ModelRequest, answer: dict[str, Any], words: dict[str, str]) -> Line:
    facts = _facts(answer, words)
    if answer.get("balance") == 0 or answer.get("days_late") == 0:
        return Line(words["paid"].format(**facts))
    message = words["message"].format(**facts)
    arguments = {
        "customer_id": answer.get("id"),
        "customer": answer.get("name"),
        "amount": answer.get("balance"),
        "currency": answer.get("currency"),
        "message": message,
    }
    return Line(words["draft"].format(message=message, **facts), _call(request, REMIND, arguments))


def _facts(customer: dict[str, Any], words: dict[str, str]) -> dict[str, str]:
    amount = customer.get("balance")
    shown = f"{amount:,}" if isinstance(amount, int) else str(amount)
    contact = str(customer.get("contact", ""))
    return {
        "name": str(customer.get("name", "")),
        "contact": contact,
        "first": contact.partition(" ")[0],
        "amount": shown.replace(",", ".") if words is _WORDS["da"] else shown,
        "currency": str(customer.get("currency", "")),
        "days": str(customer.get("days_late", "")),
    }


def _call(request: ModelRequest, name: str, arguments: dict[str, Any]) -> ToolCall:
    return ToolCall(f"call_{len(request.messages)}", name, msgspec.json.encode(arguments).decode())


def _answer(turn: ToolTurn) -> dict[str, Any] | None:
    try:
        # A tool's answer may stand in a frame of words that calls it untrusted.
        return msgspec.json.decode(turn.text[turn.text.find("{") : turn.text.rfind("}") + 1], type=dict[str, Any])
    except msgspec.DecodeError:
        return None


def _customers(answer: dict[str, Any]) -> list[dict[str, Any]]:
    found = answer.get("customers")
    rows = cast("list[Any]", found) if isinstance(found, list) else []
    return [cast("dict[str, Any]", row) for row in rows if isinstance(row, dict)]
