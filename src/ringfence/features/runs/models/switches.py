"""What each provider is told about keeping and training, in every request. Keeps AGT-09 with `no_store`'s users.

Proved in tests/features/test_models_switches.py from what the local servers received. What a provider decides by
contract or account alone is said in `otherwise`, which docs/providers.md repeats.
No request names a user, an organization or a conversation: no metadata, no end-user id, no cache key.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple


class Switches(NamedTuple):
    """Members of each request's body, and what the provider's terms and account settings decide."""

    members: Mapping[str, Any]
    otherwise: str


_NO_STORE: Final = MappingProxyType({"store": False})
SWITCHES: Final[Mapping[str, Switches]] = MappingProxyType(
    {
        "openai": Switches(
            _NO_STORE,
            "Not trained on by the API's terms; logs for abuse are kept up to 30 days unless agreed otherwise.",
        ),
        "openai-responses": Switches(
            _NO_STORE,
            "Not trained on by the API's terms; logs for abuse are kept up to 30 days unless agreed otherwise.",
        ),
        "anthropic": Switches(
            MappingProxyType({}),
            "No switch a request: not trained on by the commercial terms; zero retention is an agreement.",
        ),
        "google": Switches(
            _NO_STORE,
            "Overrules a project that logs; the paid tier is not trained on. The free tier is: do not use its keys.",
        ),
        "xai": Switches(
            _NO_STORE, "Not trained on without permission; kept for 30 days unless the team has zero data retention."
        ),
    }
)


def members(provider: str) -> dict[str, Any]:
    """The members that every request to this provider has."""
    return dict(SWITCHES[provider].members)
