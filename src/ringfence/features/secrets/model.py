"""What goes in and comes out: a value comes in alone."""

import unicodedata
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, Field, SecretStr

from ringfence.features.edge import Input, Output

MODEL_KEYS: Final = MappingProxyType(
    {"MODEL_OPENAI": "openai", "MODEL_ANTHROPIC": "anthropic", "MODEL_GOOGLE": "google", "MODEL_XAI": "xai"}
)
"""Names that give an organization's runs a key of its own for a vendor of models, instead of the deployment's."""
RESERVED: Final = "MODEL_"
LEAST_CHARS: Final = 8
MOST_BYTES: Final = 65_536
_KEPT: Final = frozenset("\n\t\r")


def _value(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if len(text) < LEAST_CHARS:
        # A shorter one could not be kept out of answers: it stands in them by chance.
        raise ValueError(f"a secret has at least {LEAST_CHARS} characters")
    # NOTE: length first. What has more characters than bytes are allowed is not even looked at.
    if len(text) > MOST_BYTES or len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise ValueError(f"a secret takes at most {MOST_BYTES} bytes")
    if any(unicodedata.category(one) in {"Cc", "Cs"} and one not in _KEPT for one in text):
        raise ValueError("control characters and lone surrogates are not taken here; line breaks and tabs are")
    return secret


def _name(name: str) -> str:
    if name.startswith(RESERVED) and name not in MODEL_KEYS:
        raise ValueError(f"names that begin with {RESERVED} are for models' keys: {', '.join(MODEL_KEYS)}")
    return name


SecretName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$"), AfterValidator(_name)]
SecretValue = Annotated[
    SecretStr,
    Field(
        description="8 characters to 64 KiB; it is never shown again.",
        json_schema_extra={"writeOnly": True, "examples": ["a value that nobody reads"]},
    ),
    AfterValidator(_value),
]
Host = Annotated[str, Field(min_length=1, max_length=300, examples=["api.example.com"])]


class SecretNew(Input):
    """A secret to keep; one of the same name in the organization is replaced, with its hosts."""

    organization_id: Annotated[UUID, Field(strict=False)]
    name: SecretName
    value: SecretValue
    allowed_hosts: Annotated[
        list[Host],
        Field(
            min_length=1,
            max_length=20,
            description="Where it may be sent, each exactly: `api.example.com`, or `api.example.com:8443` for a port "
            "that is not 443. No wildcard, no range, no scheme, no path.",
        ),
    ]


class SecretOut(Output):
    """A secret without its value."""

    id: UUID
    organization_id: UUID
    name: str
    allowed_hosts: list[str]
    version: int
    created_at: datetime
    replaced_at: datetime | None
    last_used_at: datetime | None
    use_count: int


class SecretStored(SecretOut):
    """What is kept now; `replaced` says that the name had a value before."""

    replaced: bool
