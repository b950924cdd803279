"""The form and the answers of the OAuth endpoint (RFC 6749, RFC 8693): what is taken, ignored and refused."""

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from urllib.parse import parse_qsl

from pydantic import Field

from ringfence.controls.identity import Grant
from ringfence.features.edge import Output

FORM: Final = "application/x-www-form-urlencoded"
EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
REFRESH: Final = "refresh_token"
JWT: Final = "urn:ietf:params:oauth:token-type:jwt"
ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a word of RFC 8693
_TARGETS: Final = ("audience", "resource")
_MOST_FIELDS: Final = 32

Code = Literal[
    "invalid_request",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "invalid_target",
]


class OAuthRefused(Exception):  # noqa: N818 - reads as the claim it is where it is caught
    """A request that is refused in OAuth's own form (RFC 6749 section 5.2)."""

    def __init__(self, error: Code, description: str) -> None:
        super().__init__(error)
        self.error: Code = error
        self.description = description


class TokenOut(Output):
    """A session: `access_token` is the session token of /embed/auth."""

    access_token: str
    issued_token_type: Literal["urn:ietf:params:oauth:token-type:access_token"] = ACCESS_TOKEN
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a word of RFC 6749
    expires_in: int
    refresh_token: str

    @classmethod
    def of(cls, grant: Grant) -> "TokenOut":
        """The grant's public shape in the words of OAuth."""
        return cls(
            access_token=grant.session_token,
            expires_in=grant.expires_in,
            refresh_token=grant.refresh_token.reveal().decode("ascii"),
        )


class OAuthErrorOut(Output):
    """RFC 6749 section 5.2."""

    error: Annotated[Code, Field(description="invalid_target and invalid_request also as RFC 8693 section 2.2.2 says.")]
    error_description: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: a session for a partner's token, or the next tokens of one."""

    grant_type: Literal["exchange", "refresh"]
    token: str


def read(content_type: str, query: str, body: bytes, *, audience: str) -> Asked:
    """What a request asks for; OAuthRefused. Parameters without a value count as absent, unknown ones are ignored."""
    if content_type.partition(";")[0].strip().lower() != FORM:
        raise _invalid(f"Content-Type must be {FORM}")
    if query:
        raise _invalid("parameters belong into the body: addresses are kept in logs")
    pairs = _pairs(body)
    given = {name: value for name, value in pairs if value and name not in _TARGETS}
    _check_once([name for name, _value in pairs if name not in _TARGETS])
    grant_type = given.get("grant_type")
    if grant_type is None:
        raise _invalid("grant_type is missing")
    if grant_type == REFRESH:
        return Asked("refresh", _wanted(given, "refresh_token"))
    if grant_type != EXCHANGE:
        raise OAuthRefused("unsupported_grant_type", f"grant_type must be {EXCHANGE} or {REFRESH}")
    _check_exchange(given)
    if any(value != audience for name, value in pairs if name in _TARGETS and value):
        raise OAuthRefused("invalid_target", "audience and resource can only name this deployment: leave them out")
    return Asked("exchange", _wanted(given, "subject_token"))


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise _invalid(f"the body is not a form in UTF-8 with at most {_MOST_FIELDS} parameters") from None


def _check_once(names: list[str]) -> None:
    if len(set(names)) != len(names):
        raise _invalid("a parameter is given twice")


def _check_exchange(given: dict[str, str]) -> None:
    if given.get("subject_token_type", JWT) != JWT or "subject_token_type" not in given:
        raise _invalid(f"subject_token_type must be {JWT}")
    if given.get("requested_token_type", ACCESS_TOKEN) != ACCESS_TOKEN:
        raise _invalid(f"requested_token_type can only be {ACCESS_TOKEN}: leave it out")
    if "actor_token" in given or "actor_token_type" in given:
        raise _invalid("actor_token: nobody acts for somebody else here")
    if "scope" in given:
        raise OAuthRefused("invalid_scope", "scope: a session may do what its user's role may; leave it out")


def _wanted(given: dict[str, str], name: str) -> str:
    if name not in given:
        raise _invalid(f"{name} is missing")
    return given[name]


def _invalid(description: str) -> OAuthRefused:
    return OAuthRefused("invalid_request", description)


def request_body() -> dict[str, Any]:
    """The form, for the OpenAPI document."""
    fields = {
        "grant_type": {"type": "string", "enum": [EXCHANGE, REFRESH]},
        "subject_token": {"type": "string", "description": "The partner's JWT, once."},
        "subject_token_type": {"type": "string", "enum": [JWT]},
        "requested_token_type": {"type": "string", "enum": [ACCESS_TOKEN]},
        "refresh_token": {"type": "string"},
        "audience": {"type": "string", "description": "This deployment, or left out; resource likewise."},
        "resource": {"type": "string"},
    }
    schema = {"type": "object", "properties": fields, "required": ["grant_type"]}
    return {"required": True, "content": {FORM: {"schema": schema}}}
