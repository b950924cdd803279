"""Keeps CRY-01. The closed list of what is sealed, under names that are part of every record.

NOTE: names are frozen. A column that is renamed keeps its logical name here, or nothing in it opens again.

Proved in tests/controls/test_vault.py.
"""

from dataclasses import dataclass

from ringfence.controls.keystore import Purpose


@dataclass(frozen=True, eq=False)
class Field:
    """A place for sealed values: logical table and column, and which of the owner's data keys it uses."""

    table: str
    column: str
    purpose: Purpose


MESSAGE_TEXT = Field("message", "text", Purpose.CONTENT)
CONVERSATION_THREAD = Field("conversation", "thread", Purpose.CONTENT)
RUN_EVENT_PAYLOAD = Field("run_event", "payload", Purpose.CONTENT)
APPROVAL_DETAILS = Field("approval", "details", Purpose.CONTENT)
APPROVAL_CALL = Field("approval", "call_binding", Purpose.CONTENT)
APPROVAL_ARGS = Field("approval", "args_binding", Purpose.CONTENT)
RUN_FAILURE_DETAIL = Field("run", "failure_detail", Purpose.CONTENT)
AGENT_VERSION_INSTRUCTIONS = Field("agent_version", "instructions", Purpose.CONTENT)
AGENT_VERSION_TOOLS = Field("agent_version", "tools", Purpose.CONTENT)
IDEMPOTENCY_ANSWER = Field("idempotency", "answer", Purpose.CONTENT)
DELIVERY_PAYLOAD = Field("delivery", "payload", Purpose.PERSONAL)
DELIVERY_DEDUPE = Field("delivery", "dedupe", Purpose.PERSONAL)
APP_USER_NAME = Field("app_user", "name", Purpose.PERSONAL)
APP_USER_EMAIL = Field("app_user", "email", Purpose.PERSONAL)
APP_USER_ADDRESS = Field("app_user", "address", Purpose.PERSONAL)
APP_USER_SUBJECT = Field("app_user", "subject", Purpose.PERSONAL)
ORGANIZATION_NAME = Field("organization", "name", Purpose.PERSONAL)
PARTNER_NAME = Field("partner", "name", Purpose.PERSONAL)
SIGNING_SECRET = Field("signing_secret", "secret", Purpose.SECRETS)
SECRET_VALUE = Field("secret", "value", Purpose.SECRETS)
PARTNER_SETTINGS_CONTACT = Field("partner", "settings_contact", Purpose.PERSONAL)
FILE_NAME = Field("file", "name", Purpose.CONTENT)
FILE_CONTENT = Field("file", "content", Purpose.FILES)
FILE_PART = Field("file_part", "content", Purpose.FILES)
FILE_CHUNK_PASSAGE = Field("file_chunk", "passage", Purpose.CONTENT)
MESSAGE_CITATIONS = Field("message", "citations", Purpose.CONTENT)
FILE_WORD_TOKEN = Field("file_word", "token", Purpose.CONTENT)
VECTOR_SEGMENT = Field("vector_segment", "vectors", Purpose.CONTENT)
AUDIT_STREAM_TARGET = Field("audit_stream", "target", Purpose.PERSONAL)
AUDIT_STREAM_SECRET = Field("audit_stream", "secret", Purpose.SECRETS)

ALL: tuple[Field, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Field))
