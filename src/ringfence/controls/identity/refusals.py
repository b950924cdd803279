"""Keeps EMB-01, EMB-06. Why a partner's token was refused: a closed list, and the answer that the caller gets.

Proved in tests/controls/test_partner_token.py and tests/promises/test_embed_tokens.py.
"""

from enum import StrEnum

from ringfence.base.problem import Problem, too_large, unauthorized


class RefusalReason(StrEnum):
    """Each reason for which the exchange refuses a token, as the audit log names it."""

    TOO_LARGE = "too_large"
    NOT_THREE_PARTS = "not_three_parts"
    BAD_BASE64URL = "bad_base64url"
    BAD_JSON = "bad_json"
    DUPLICATE_NAME = "duplicate_name"
    BAD_HEADER = "bad_header"
    ALGORITHM_NONE = "algorithm_none"
    KEY_IN_HEADER = "key_in_header"
    CRITICAL_HEADER = "critical_header"
    UNENCODED_PAYLOAD = "unencoded_payload"
    NESTED_TOKEN = "nested_token"  # noqa: S105 - a reason, not a credential
    WRONG_TYPE = "wrong_type"
    BAD_KEY_ID = "bad_key_id"
    BAD_ISSUER = "bad_issuer"
    UNKNOWN_KEY = "unknown_key"
    WRONG_ALGORITHM = "wrong_algorithm"
    BAD_SIGNATURE = "bad_signature"
    WRONG_AUDIENCE = "wrong_audience"
    BAD_SUBJECT = "bad_subject"
    BAD_ISSUED_AT = "bad_issued_at"
    ISSUED_IN_THE_FUTURE = "issued_in_the_future"
    BAD_EXPIRY = "bad_expiry"
    EXPIRED = "expired"
    LIVES_TOO_LONG = "lives_too_long"
    BAD_NOT_BEFORE = "bad_not_before"
    NOT_YET_VALID = "not_yet_valid"
    BAD_TOKEN_ID = "bad_token_id"  # noqa: S105 - as above
    BAD_ORGANIZATION = "bad_organization"
    ROLE_REFUSED = "role_refused"
    BAD_CLAIM = "bad_claim"
    # What only the exchange itself can find, with the database at hand:
    REPLAYED = "replayed"
    UNKNOWN_ORGANIZATION = "unknown_organization"
    PARTNER_RESTRICTED = "partner_restricted"
    ORGANIZATION_RESTRICTED = "organization_restricted"
    USER_RESTRICTED = "user_restricted"
    ORIGIN_NOT_ALLOWED = "origin_not_allowed"


class TokenRefused(Exception):  # noqa: N818 - reads as the claim it is where it is caught
    """A token that proves nothing.

    `verified_issuer` says that the partner's own signature stood on it: only then may the refusal be written into the
    partner's audit log. `detail` names the cause and the mend and quotes nothing secret; it is shown in development.
    """

    def __init__(self, reason: RefusalReason, detail: str, *, verified_issuer: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.verified_issuer = verified_issuer

    def problem(self) -> Problem:
        """The answer to the world: 401 `invalid_token`, or 413 `token_too_large`, without the cause."""
        return self._problem("The token was refused.")

    def explained(self) -> Problem:
        """The answer in development: the same status and code, with the cause and its mend."""
        return self._problem(f"The token was refused ({self.reason}): {self.detail}")

    def _problem(self, detail: str) -> Problem:
        if self.reason is RefusalReason.TOO_LARGE:
            problem = too_large("token_too_large", detail)
        elif self.reason is RefusalReason.ORIGIN_NOT_ALLOWED:
            problem = Problem(403, self.reason.value, detail)
        else:
            problem = unauthorized("invalid_token", detail)
        problem.cause = f"{self.reason}: {self.detail}"
        return problem
