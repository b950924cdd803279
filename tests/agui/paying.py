"""What the house's agent can do, and what of it was done."""

from tests.browser.house import House
from tests.browser.model import Call

REFUND = Call("refund", {"customer": "Dora", "amount": 450, "currency": "kr"})
LOOK_UP = Call("look_up_customer", {"name": "Dora"})


def refunds(house: House) -> int:
    """How often the product was told to refund."""
    return sum(asked.path == "/api/refunds" for asked in house.host.asked)
