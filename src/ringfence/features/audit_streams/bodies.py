"""What goes in and comes out: where a stream goes, and how far it is. Secrets come out once."""

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, SecretStr

from ringfence.features.edge import Input, Output, clean_line

DAY_SECONDS: Final = 86_400
_URL_CHARS: Final = 2048
_HEADER_CHARS: Final = 4096
_LAST_PORT: Final = 65_535
Kind = Literal["webhook", "syslog", "checkpoint_webhook", "checkpoint_mail"]
Form = Literal["standard", "lines", "hec"]
Status = Literal["active", "paused"]


def _header(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not 0 < len(text) <= _HEADER_CHARS or not text.isascii() or not text.isprintable() or text != text.strip():
        raise ValueError(f"a header's value is 1 to {_HEADER_CHARS} printable ASCII characters")
    return value


Authorization = Annotated[
    SecretStr,
    Field(
        description="The Authorization header that each call carries, such as `Splunk <token>`; never shown again.",
        json_schema_extra={"writeOnly": True, "examples": ["Splunk 00000000-0000-0000-0000-000000000000"]},
    ),
    AfterValidator(_header),
]


class AuditStreamNew(Input):
    """A stream to set up. `url` is for both webhooks, `host` for syslog, `to` for mail."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "webhook", "url": "https://siem.example.com/ringfence"}]}
    )

    kind: Annotated[
        Kind,
        Field(
            description="Entries by signed webhook or by syslog over TLS; or a checkpoint a day, by webhook or mail."
        ),
    ]
    url: Annotated[
        str | None,
        Field(max_length=_URL_CHARS, examples=["https://siem.example.com/ringfence"]),
    ] = None
    form: Annotated[
        Form | None,
        Field(
            description="Of a `webhook`: `standard` (one JSON object of Standard Webhooks, the default), `lines` (an"
            " event a line), `hec` (as HTTP event collectors take it)."
        ),
    ] = None
    authorization: Authorization | None = None
    host: Annotated[str | None, Field(max_length=300, examples=["logs.example.com"])] = None
    port: Annotated[int | None, Field(ge=1, le=_LAST_PORT, description="6514 unless told.")] = None
    ca_pem: Annotated[
        str | None,
        Field(max_length=65_536, description="Authorities, in PEM, that vouch for the syslog server instead of ours."),
    ] = None
    to: Annotated[str | None, Field(max_length=254), AfterValidator(lambda to: to and clean_line(to))] = None
    from_index: Annotated[
        int | None,
        Field(ge=0, le=2**53 - 1, description="The first entry to send; by default what comes from now on."),
    ] = None


class AuditStreamChange(Input):
    """Whether a stream goes on."""

    status: Annotated[Status, Field(description="A paused stream keeps its place and goes on from there.")]


class SecretRotation(Input):
    """How long the old secret signs beside its successor."""

    overlap_seconds: Annotated[int, Field(ge=0, le=7 * DAY_SECONDS)] = DAY_SECONDS


class AuditStreamOut(Output):
    """A stream and how far it is."""

    id: UUID
    log: Annotated[str, Field(description="`org/<id>` or `partner/<id>`.")]
    kind: Kind
    form: Form | None
    url: str | None
    host: str | None
    port: int | None
    has_ca: bool
    to: str | None
    has_authorization: bool
    status: Status
    next_index: Annotated[
        int, Field(description="The first entry that has not arrived; for checkpoints, the size of the last one.")
    ]
    size: Annotated[int, Field(description="How many entries of the log are sealed.")]
    lag: Annotated[int | None, Field(description="Sealed entries that have not arrived; null for checkpoints.")]
    waiting_since: Annotated[
        datetime | None, Field(description="When the oldest entry was sealed that has not arrived.")
    ]
    failures: Annotated[int, Field(description="Tries in a row that failed. None is the last: it goes on for good.")]
    last_error: Annotated[str | None, Field(description="Why the last try failed; null once something arrived.")]
    last_failed_at: datetime | None
    last_delivered_at: datetime | None
    created_at: datetime
    secret_rotated_at: datetime | None


class AuditStreamShown(AuditStreamOut):
    """A stream with the secret of its signatures, which is shown now and never again."""

    secret: Annotated[str | None, Field(description="`whsec_...`, for webhooks.")]


class Tried(Output):
    """What became of a test."""

    delivered: Annotated[bool, Field(description="It arrived; a mail was queued.")]
    error: Annotated[str | None, Field(description="Why not, as `last_error` says it.")]
