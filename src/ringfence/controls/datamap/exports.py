"""In which section of an export each column is given, to whom, and under which stable name. Keeps PRV-02 (its map).

Names are promised: a column that is renamed keeps its name here. The export itself reads this list and nothing else.
Proved in tests/controls/test_datamap.py.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Subject(StrEnum):
    """Who is given a section: a user about themselves, an organization about all of its own, or a partner."""

    USER = "user"
    ORGANIZATION = "organization"
    PARTNER = "partner"


@dataclass(frozen=True, slots=True)
class Section:
    """Columns of one table, given in this order under their own names, but for those in `named`."""

    name: str
    table: str
    subjects: tuple[Subject, ...]
    columns: tuple[str, ...]
    named: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def places(self) -> dict[str, str]:
        """The stable name of each column's place."""
        return {f"{self.table}.{column}": self.named.get(column, column) for column in self.columns}


@dataclass(frozen=True, slots=True)
class Given:
    """Where a column stands in exports."""

    section: Section
    name: str


_MINE: Final = (Subject.USER, Subject.ORGANIZATION)
SECTIONS: Final = (
    Section(
        "profile",
        "app.app_user",
        _MINE,
        ("id", "subject", "address", "name", "email", "role", "locale", "status", "created_at", "last_seen_at"),
        {"subject": "external_id", "name": "display_name"},
    ),
    Section(
        "sessions",
        "app.session",
        _MINE,
        ("id", "user_id", "role", "created_at", "expires_at", "ended_at", "end_reason"),
    ),
    Section(
        "audit_visits",
        "app.audit_visit",
        _MINE,
        ("id", "user_id", "role", "created_at", "opened_at", "expires_at", "ended_at"),
    ),
    Section("conversations", "app.conversation", _MINE, ("id", "user_id", "agent_id", "created_at", "updated_at")),
    Section(
        "messages",
        "app.message",
        _MINE,
        ("id", "conversation_id", "user_id", "run_id", "author", "text", "citations", "created_at"),
    ),
    Section("message_files", "app.message_file", _MINE, ("message_id", "file_id", "user_id", "seq")),
    Section(
        "runs",
        "app.run",
        _MINE,
        (
            "id",
            "conversation_id",
            "user_id",
            "agent_id",
            "agent_version",
            "model",
            "role",
            "status",
            "failure_code",
            "input_tokens",
            "output_tokens",
            "cost_micros",
            "created_at",
            "started_at",
            "finished_at",
        ),
    ),
    Section("events", "app.run_event", _MINE, ("run_id", "seq", "user_id", "kind", "payload", "created_at")),
    Section(
        "approvals",
        "app.approval",
        _MINE,
        (
            "id",
            "run_id",
            "user_id",
            "effect",
            "details",
            "approvers",
            "status",
            "created_at",
            "expires_at",
            "decided_at",
            "decided_by",
            "spent_at",
        ),
    ),
    Section(
        "files",
        "app.file",
        _MINE,
        (
            "id",
            "user_id",
            "conversation_id",
            "purpose",
            "name",
            "media_type",
            "size_bytes",
            "status",
            "created_at",
            "ready_at",
        ),
    ),
    Section("spending", "app.spending", _MINE, ("run_id", "user_id", "month", "tokens", "cost_micros")),
    Section(
        "organization",
        "app.organization",
        (Subject.ORGANIZATION,),
        (
            "org_id",
            "external_id",
            "name",
            "region",
            "status",
            "generative_ai",
            "retention_days",
            "spend_micros",
            "spend_tokens",
            "created_at",
        ),
        {"org_id": "id"},
    ),
    Section(
        "secrets",
        "app.secret",
        (Subject.ORGANIZATION,),
        ("id", "name", "allowed_hosts", "version", "created_at", "replaced_at", "last_used_at", "use_count"),
    ),
    Section(
        "audit_streams",
        "app.audit_stream",
        (Subject.ORGANIZATION, Subject.PARTNER),
        ("id", "kind", "form", "status", "target", "created_at", "secret_rotated_at"),
    ),
    Section(
        "partner",
        "app.partner",
        (Subject.PARTNER,),
        ("partner_id", "issuer", "name", "security_contact", "default_region", "default_retention_days", "created_at"),
        {"partner_id": "id"},
    ),
    Section("agents", "app.agent", (Subject.PARTNER,), ("id", "name", "version", "status", "created_at")),
    Section(
        "agent_versions",
        "app.agent_version",
        (Subject.PARTNER,),
        ("agent_id", "version", "digest", "model", "instructions", "tools", "limits", "created_at"),
    ),
)
"""Every section, in the order of the export."""
LEFT_OUT: Final = {
    "app.idempotency.answer": "a copy of an answer for 24 hours; what it tells stands in other sections",
}
"""Personal and content columns that no export gives, with the reason."""
TABLES_LEFT_OUT: Final = {
    "app.delivery": "messages that wait to be sent: whom they are for gets them, and then they are cleared",
    "app.refresh_token": "hashes of tokens: of use to nobody, and of harm to their owner",
    "app.file_chunk": "text taken out of a file, which is given itself, whole",
    "app.file_index": "what search knows of a file, which is given itself, whole",
    "app.file_word": "what search knows of a file, which is given itself, whole",
    "app.vector_segment": "what search knows of a file, which is given itself, whole",
    "app.file_part": "pieces of an upload that is not complete, for at most a day",
}
"""Tables of users that no export gives, with the reason."""


def given() -> dict[str, list[Given]]:
    """Where each exported column stands, by its place."""
    found: dict[str, list[Given]] = {}
    for section in SECTIONS:
        for place, name in section.places.items():
            found.setdefault(place, []).append(Given(section, name))
    return found
