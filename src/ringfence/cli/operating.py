"""What the operator does to partners from the command line, and the demo's first key."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from ringfence.assembly import make_kernel
from ringfence.base import ids
from ringfence.base.principal import KeyId, PartnerId
from ringfence.base.problem import not_found
from ringfence.cli.demo_state import DemoKey
from ringfence.cli.deployment import Deployment, beside, parts_of
from ringfence.controls.identity import ApiKeyKind
from ringfence.controls.tenancy import Database
from ringfence.features.edge import Kernel
from ringfence.features.partners import operator
from ringfence.settings import Settings

T = TypeVar("T")
_DEMO_KEY_NAME = "demo"


def create_partner(name: str, *, issuer: str, is_test: bool) -> None:
    """Creates the partner; the key goes to standard output, and nowhere else."""
    kind = ApiKeyKind.TEST if is_test else ApiKeyKind.LIVE
    made = _beside("partner_create", lambda kernel: operator.create_partner(kernel, name, issuer=issuer, kind=kind))
    print(f"partner {made.id}\napi key {made.api_key.reveal().decode()}")
    print(
        "The key is shown this once. Register a signing key with it: POST /api/v1/partner/signing-keys", file=sys.stderr
    )


def issue_key(partner_id: str, *, name: str, is_test: bool) -> None:
    """Makes another key of the partner; it goes to standard output, and nowhere else."""
    wanted, kind = _parse(partner_id), ApiKeyKind.TEST if is_test else ApiKeyKind.LIVE
    _key_id, text = _beside(
        "partner_issue_key", lambda kernel: operator.issue_key(kernel, wanted, kind=kind, name=name)
    )
    print(f"api key {text.reveal().decode()}")
    print("The key is shown this once.", file=sys.stderr)


def restrict_partner(partner_id: str) -> None:
    """Cuts the partner off."""
    wanted = _parse(partner_id)
    _beside("partner_restrict", lambda kernel: operator.restrict_partner(kernel, wanted))
    print(f"Partner {partner_id} is restricted: within five seconds nothing of it works in any process.")


def resume_partner(partner_id: str) -> None:
    """Lets the partner back in."""
    wanted = _parse(partner_id)
    _beside("partner_resume", lambda kernel: operator.resume_partner(kernel, wanted))
    print(f"Partner {partner_id} may log in again.")


def demo_key(deployment: Deployment, kept: DemoKey | None, *, issuer: str) -> tuple[DemoKey, str]:
    """The demo partner's new API key: made with the partner, or in place of a former one, which is revoked."""

    async def renew(kernel: Kernel) -> tuple[DemoKey, str]:
        if kept is None:
            made = await operator.create_partner(kernel, "Northwind", issuer=issuer, kind=ApiKeyKind.TEST)
            return DemoKey(made.id, made.key_id), made.api_key.reveal().decode()
        partner_id = PartnerId(kept.partner_id)
        await operator.revoke_key(kernel, partner_id, KeyId(kept.key_id))
        key_id, text = await operator.issue_key(kernel, partner_id, kind=ApiKeyKind.TEST, name=_DEMO_KEY_NAME)
        return DemoKey(kept.partner_id, key_id), text.reveal().decode()

    return asyncio.run(_with_kernel(deployment, renew))


def _beside(command: str, act: Callable[[Kernel], Awaitable[T]]) -> T:
    with beside(Settings(), command=command) as deployment:
        return asyncio.run(_with_kernel(deployment, act))


async def _with_kernel(deployment: Deployment, act: Callable[[Kernel], Awaitable[T]]) -> T:
    database = Database(deployment.database_url, keys=deployment.context_key, size=2)
    try:
        return await act(make_kernel(parts_of(deployment), database))
    finally:
        await database.close()


def _parse(partner_id: str) -> PartnerId:
    value: UUID | None = ids.parse(partner_id)
    if value is None:
        raise not_found()
    return PartnerId(value)
