"""The shapes of the HTTP API, made from its description by `python -m tools.sdk`; not to be edited by hand."""

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict


class ActorOut(TypedDict):
    """
    Who acted: a user, a partner's key, the operator, the deployment itself, or somebody who proved nothing.
    """

    kind: str
    id: str | None


FallbackItem: TypeAlias = str


class AgentChoice(TypedDict):
    """
    An agent that a user may talk to.
    """

    id: str
    name: str


class AgentOut(TypedDict):
    """
    An agent with its newest version.
    """

    id: str
    name: str
    status: str
    version: int
    digest: str
    model: str
    fallback: list[str]
    instructions: str
    tools: list[dict[str, Any]]
    limits: dict[str, Any]
    policy: dict[str, Any]
    created_at: str
    updated_at: str


class AguiMessage(TypedDict):
    """
    A message as the client claims it. Of the last one, if it is the user's, the text is taken.
    """

    id: str
    role: str
    content: NotRequired[Any]


AddressRange: TypeAlias = str


class ApiKeyNew(TypedDict):
    """
    A key to make; without scopes it may do what its maker may.
    """

    name: NotRequired[str]
    kind: NotRequired[Literal["live", "test"]]
    scopes: NotRequired[list[str] | None]
    address_ranges: NotRequired[list[AddressRange]]
    expires_at: NotRequired[str | None]


class ApiKeyOut(TypedDict):
    """
    An API key; the key itself is shown once, when it is made.
    """

    id: str
    kind: str
    name: str
    scopes: list[str]
    address_ranges: list[str]
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None
    last_used_from: str | None
    use_count: int
    successor_id: str | None
    created_at: str


class ApiKeyRotation(TypedDict):
    """
    How long the old key goes on beside its successor.
    """

    overlap_seconds: NotRequired[int]


class ApiKeyShown(TypedDict):
    """
    A key just made: `key` is shown now and never again.
    """

    id: str
    key: str
    name: str
    scopes: list[str]
    address_ranges: list[str]
    expires_at: str | None


class Approval(TypedDict):
    """
    What a tool part says of its approval.
    """

    id: str
    approved: NotRequired[bool | None]


class ApprovalDecision(TypedDict):
    """
    The answer to a question, which names the very arguments that it is about.
    """

    decision: Literal["approve", "deny", "stop", "endorse"]
    args_sha256: str


class AuditLinkNew(TypedDict):
    """
    Whose log, and for whom: a session leaves both out, an API key names both.
    """

    organization_id: NotRequired[str | None]
    user_id: NotRequired[str | None]


class AuditLinkOut(TypedDict):
    """
    A link that works once.
    """

    url: str
    expires_at: str


class AuditStreamChange(TypedDict):
    """
    Whether a stream goes on.
    """

    status: Literal["active", "paused"]


class AuditStreamNew(TypedDict):
    """
    A stream to set up. `url` is for both webhooks, `host` for syslog, `to` for mail.
    """

    kind: Literal["webhook", "syslog", "checkpoint_webhook", "checkpoint_mail"]
    url: NotRequired[str | None]
    form: NotRequired[Literal["standard", "lines", "hec"] | None]
    authorization: NotRequired[str | None]
    host: NotRequired[str | None]
    port: NotRequired[int | None]
    ca_pem: NotRequired[str | None]
    to: NotRequired[str | None]
    from_index: NotRequired[int | None]


class AuditStreamOut(TypedDict):
    """
    A stream and how far it is.
    """

    id: str
    log: str
    kind: Literal["webhook", "syslog", "checkpoint_webhook", "checkpoint_mail"]
    form: Literal["standard", "lines", "hec"] | None
    url: str | None
    host: str | None
    port: int | None
    has_ca: bool
    to: str | None
    has_authorization: bool
    status: Literal["active", "paused"]
    next_index: int
    size: int
    lag: int | None
    waiting_since: str | None
    failures: int
    last_error: str | None
    last_failed_at: str | None
    last_delivered_at: str | None
    created_at: str
    secret_rotated_at: str | None


class AuditStreamShown(TypedDict):
    """
    A stream with the secret of its signatures, which is shown now and never again.
    """

    id: str
    log: str
    kind: Literal["webhook", "syslog", "checkpoint_webhook", "checkpoint_mail"]
    form: Literal["standard", "lines", "hec"] | None
    url: str | None
    host: str | None
    port: int | None
    has_ca: bool
    to: str | None
    has_authorization: bool
    status: Literal["active", "paused"]
    next_index: int
    size: int
    lag: int | None
    waiting_since: str | None
    failures: int
    last_error: str | None
    last_failed_at: str | None
    last_delivered_at: str | None
    created_at: str
    secret_rotated_at: str | None
    secret: str | None


class BuiltinTool(TypedDict):
    """
    A tool that every deployment has, by name.
    """

    name: str
    kind: Literal["builtin"]


class ChangeOut(TypedDict):
    """
    A moment at which a live check became something else.
    """

    at: str
    outcome: Literal["ok", "failing", "unknown"]
    summary: str


class CitationOut(TypedDict):
    """
    A passage of a file that an answer cites, proved by the run: it was read.
    """

    marker: str
    file_id: str
    name: str
    locator: str


ConsistencyOut = TypedDict(
    "ConsistencyOut",
    {
        "from": int,
        "to": int,
        "hashes": list[str],
    },
)


class ControlEvidenceOut(TypedDict):
    """
    Where it is kept and proved: paths from the top of the source tree.
    """

    code: list[str]
    tests: list[str]


class ConversationListed(TypedDict):
    """
    A conversation as a list shows it.
    """

    id: str
    user_id: str
    agent_id: str
    created_at: str
    updated_at: str
    preview: str | None


class ConversationNew(TypedDict):
    """
    A conversation with an agent, still without words; a run's first message opens one too.
    """

    agent_id: str


class ConversationOut(TypedDict):
    """
    A conversation.
    """

    id: str
    user_id: str
    agent_id: str
    created_at: str
    updated_at: str


class DayOut(TypedDict):
    """
    How often a live check came to each outcome on one day (UTC); a day without a look is left out.
    """

    day: str
    ok: int
    failing: int
    unknown: int


class Erased(TypedDict):
    """
    What an erasure removed: rows by table, the key, and what is kept by law or purpose.
    """

    id: str
    erased_at: str
    rows: dict[str, int]
    key_destroyed: bool
    kept: list[str]


class EventOut(TypedDict):
    """
    One stored event; `id` is what a stream's Last-Event-ID takes.
    """

    id: str
    event: str
    created_at: str
    data: dict[str, Any]


class EventPage(TypedDict):
    """
    Stored events, oldest first; `next_cursor` is the id to go on from.
    """

    items: list[EventOut]
    next_cursor: str | None


class ExceptionOut(TypedDict):
    """
    A gap that was accepted for a while.
    """

    promise: str
    reason: str
    accepted_by: str
    until: str


Family: TypeAlias = Literal[
    "GDPR", "UK GDPR", "LOPDGDD", "CCPA", "SOC 2", "HIPAA", "OWASP ASVS", "OWASP API", "OWASP LLM"
]


class FileOut(TypedDict):
    """
    A file.
    """

    id: str
    name: str
    media_type: str
    size_bytes: int
    status: Literal["uploading", "scanning", "processing", "ready", "refused", "failed"]
    code: str | None
    user_id: str | None
    created_at: str
    ready_at: str | None


class FoundOut(TypedDict):
    """
    A passage of a file that fits.
    """

    file_id: str
    name: str
    locator: str
    part: int
    snippet: str
    text: str
    score: float


class Health(TypedDict):
    """
    The state of this process.
    """

    status: str


class KeyRotationOut(TypedDict):
    """
    A rotation of an organization's keys and its users'.

    `sealing`: what lies under the old keys is sealed anew. `settling`: it is looked over once more. `kept`: done, and
    the old keys are kept for backups until `old_keys_until`. `done`: they are destroyed. `void`: the organization was
    erased.
    """

    id: str
    state: Literal["sealing", "settling", "kept", "done", "void"]
    cause: Literal["command", "age", "api"]
    percent: int
    resealed: int
    damaged: int
    old_keys_until: str | None
    requested_at: str
    ended_at: str | None


class LaterTool(TypedDict):
    """
    A tool of a kind that is not available yet: what it declares is read, and refused by name.
    """

    name: str
    kind: Literal["mcp", "openapi"]


class Limits(TypedDict):
    """
    What one run may use; what is left out has the deployment's default.
    """

    max_steps: NotRequired[int | None]
    max_output_tokens: NotRequired[int | None]


class MessageFileOut(TypedDict):
    """
    A file that came with a message.
    """

    id: str
    name: str
    media_type: str
    size_bytes: int


class MessageOut(TypedDict):
    """
    Something that was said.
    """

    id: str
    run_id: str
    author: Literal["user", "assistant"]
    text: str
    created_at: str
    files: list[MessageFileOut]
    citations: list[CitationOut]


class OAuthErrorOut(TypedDict):
    """
    RFC 6749 section 5.2.
    """

    error: Literal[
        "invalid_request",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "invalid_target",
    ]
    error_description: str


class OrganizationKeysOut(TypedDict):
    """
    The newest ten rotations of an organization's keys, newest first.
    """

    organization_id: str
    rotations: list[KeyRotationOut]


class PageOfAgentChoice(TypedDict):
    items: list[AgentChoice]
    next_cursor: str | None


class PageOfAgentOut(TypedDict):
    items: list[AgentOut]
    next_cursor: str | None


class PageOfApiKeyOut(TypedDict):
    items: list[ApiKeyOut]
    next_cursor: str | None


class PageOfAuditStreamOut(TypedDict):
    items: list[AuditStreamOut]
    next_cursor: str | None


class PageOfConversationListed(TypedDict):
    items: list[ConversationListed]
    next_cursor: str | None


class PageOfFileOut(TypedDict):
    items: list[FileOut]
    next_cursor: str | None


class PageOfMessageOut(TypedDict):
    items: list[MessageOut]
    next_cursor: str | None


class Policy(TypedDict):
    """
    What a second message does while the first is being answered; what is left out has the default, `queue`.
    """

    concurrent_messages: NotRequired[Literal["queue", "reject", "interrupt"] | None]


class ProbeOut(TypedDict):
    """
    A live check: what it last found on the running system, and its last ninety days.
    """

    name: str
    title: str
    outcome: Literal["ok", "failing", "unknown"]
    summary: str | None
    facts: dict[str, int | str]
    checked_at: str | None
    since: str | None
    stale: bool
    cadence_seconds: int | None
    days: list[DayOut]
    changes: list[ChangeOut]


class RefreshIn(TypedDict):
    """
    A refresh token; each buys one successor.
    """

    refresh_token: str


class RefusedKeyOut(TypedDict):
    """
    A key that the server shows and that is not taken.
    """

    kid: str | None
    reason: str


class ResumeEntry(TypedDict):
    """
    The answer to one interrupt; `cancelled` says no.
    """

    interruptId: str
    status: Literal["resolved", "cancelled"]
    payload: NotRequired[Any]


class RunAgentInput(TypedDict):
    """
    AG-UI 1.0's RunAgentInput: a message to the agent in a thread, or the answer to what it asked there.
    """

    threadId: str
    runId: str
    messages: list[AguiMessage]
    resume: NotRequired[list[ResumeEntry] | None]
    protocolVersion: NotRequired[str | None]
    parentRunId: NotRequired[str | None]
    state: NotRequired[Any]
    tools: NotRequired[Any]
    context: NotRequired[Any]
    forwardedProps: NotRequired[Any]


class RunInput(TypedDict):
    """
    What the user says.
    """

    text: str
    file_ids: NotRequired[list[str]]


class RunNew(TypedDict):
    """
    A message to an agent, in a new conversation unless one is named.
    """

    agent_id: str
    conversation_id: NotRequired[str | None]
    input: RunInput


class SearchNew(TypedDict):
    """
    What to look for, and where.
    """

    query: str
    limit: NotRequired[int]
    file_ids: NotRequired[list[str] | None]


class SearchOut(TypedDict):
    """
    What was found, the best first.
    """

    items: list[FoundOut]


AllowedHost: TypeAlias = str


class SecretNew(TypedDict):
    """
    A secret to keep; one of the same name in the organization is replaced, with its hosts.
    """

    organization_id: str
    name: str
    value: str
    allowed_hosts: list[AllowedHost]


class SecretOut(TypedDict):
    """
    A secret without its value.
    """

    id: str
    organization_id: str
    name: str
    allowed_hosts: list[str]
    version: int
    created_at: str
    replaced_at: str | None
    last_used_at: str | None
    use_count: int


class SecretRotation(TypedDict):
    """
    How long the old secret signs beside its successor.
    """

    overlap_seconds: NotRequired[int]


class SecretStored(TypedDict):
    """
    What is kept now; `replaced` says that the name had a value before.
    """

    id: str
    organization_id: str
    name: str
    allowed_hosts: list[str]
    version: int
    created_at: str
    replaced_at: str | None
    last_used_at: str | None
    use_count: int
    replaced: bool


class SessionUserOut(TypedDict):
    """
    The user, as the partner's claims have it.
    """

    id: str
    display_name: str | None
    email: str | None
    role: str
    locale: str | None


class SetKeyOut(TypedDict):
    """
    A key of a set; one that the server does not show any more is `withdrawn` and vouches for no new session.
    """

    id: str
    kid: str
    algorithm: str
    status: Literal["active", "withdrawn", "revoked"]
    last_used_at: str | None


AllowedOrigin: TypeAlias = str


class SigningKeyNew(TypedDict):
    """
    A key to verify the partner's tokens, in exactly one form.

    `kid`, `algorithm` and `public_key_pem`; or `jwks_url` alone; or `kid` with `algorithm: HS256`, whose secret is made
    here and shown once. `replaces` lets an older registration go on for `overlap_seconds`.
    """

    kid: NotRequired[str | None]
    algorithm: NotRequired[Literal["RS256", "ES256", "EdDSA", "Ed25519", "HS256"] | None]
    public_key_pem: NotRequired[str | None]
    jwks_url: NotRequired[str | None]
    replaces: NotRequired[str | None]
    overlap_seconds: NotRequired[int]


class SigningKeyOut(TypedDict):
    """
    A registration: a public key, a shared secret, or the address of a key set with the keys found there.
    """

    id: str
    kind: Literal["public_key", "jwks", "shared_secret"]
    kid: str | None
    algorithm: str | None
    public_key_pem: str | None
    jwks_url: str | None
    status: Literal["active", "expired", "stale", "revoked"]
    expires_at: str | None
    created_at: str
    revoked_at: str | None
    last_used_at: str | None
    fetched_at: str | None
    last_error: str | None
    keys: list[SetKeyOut]
    refused_keys: list[RefusedKeyOut]


class SigningKeyShown(TypedDict):
    """
    A registration just made; `secret` is shown now and never again.
    """

    id: str
    kind: Literal["public_key", "jwks", "shared_secret"]
    kid: str | None
    algorithm: str | None
    public_key_pem: str | None
    jwks_url: str | None
    status: Literal["active", "expired", "stale", "revoked"]
    expires_at: str | None
    created_at: str
    revoked_at: str | None
    last_used_at: str | None
    fetched_at: str | None
    last_error: str | None
    keys: list[SetKeyOut]
    refused_keys: list[RefusedKeyOut]
    secret: str | None


class Spending(TypedDict):
    """
    The most that models may cost in a calendar month (UTC), in millionths of a US dollar and in tokens.
    """

    monthly_micros: NotRequired[int | None]
    monthly_tokens: NotRequired[int | None]


class SpendingOut(TypedDict):
    """
    The most that models may cost in a calendar month; null is no limit of its own.
    """

    monthly_micros: int | None
    monthly_tokens: int | None


Standing: TypeAlias = Literal[
    "passing", "enforced", "attested", "in_part", "attention", "unknown", "expired", "failing", "open"
]


class StatementOut(TypedDict):
    """
    What people signed.
    """

    statement: str
    owner: str
    signed: str
    expires: str
    review: str | None
    evidence: str | None


Status: TypeAlias = Literal["queued", "running", "waiting", "completed", "failed", "cancelled", "expired"]


class TargetOut(TypedDict):
    """
    What was acted on.
    """

    kind: str | None
    id: str | None


class TenantOut(TypedDict):
    """
    The organization of the session.
    """

    id: str
    external_id: str
    name: str
    region: str


class TokenIn(TypedDict):
    """
    A token signed by the partner's server.
    """

    token: str


class TokenOut(TypedDict):
    """
    A session: `access_token` is the session token of /embed/auth.
    """

    access_token: str
    issued_token_type: NotRequired[Literal["urn:ietf:params:oauth:token-type:access_token"]]
    token_type: NotRequired[Literal["Bearer"]]
    expires_in: int
    refresh_token: str


class ToolLimits(TypedDict):
    """
    What one call may take: seconds for everything, bytes of the answer.
    """

    timeout_seconds: NotRequired[int]
    body_bytes: NotRequired[int]


class Tried(TypedDict):
    """
    What became of a test.
    """

    delivered: bool
    error: str | None


class UiPart(TypedDict):
    """
    A part of a UI message: text, or a tool call with what the client says of it.
    """

    type: str
    text: NotRequired[str | None]
    state: NotRequired[str | None]
    approval: NotRequired[Approval | None]


class UserChange(TypedDict):
    """
    What to rectify or restrict; what is left out stays, null clears.
    """

    status: NotRequired[Literal["active", "restricted"] | None]
    role: NotRequired[Literal["admin", "member", "viewer"] | None]
    display_name: NotRequired[str | None]
    email: NotRequired[str | None]


class UserOut(TypedDict):
    """
    A shadow user: `external_id` is the `sub` of the partner's tokens, `address` a synthetic one, no mailbox.
    """

    id: str
    external_id: str
    address: str
    display_name: str | None
    email: str | None
    role: str
    locale: str | None
    status: str
    created_at: str
    last_seen_at: str


class ValueEvidenceOut(TypedDict):
    """
    Where a value of the arguments was first seen: in the user's words, in a tool's answer, or nowhere before.
    """

    path: str
    value: str
    source: Literal["user", "tool", "assistant"]
    tool: str | None


class VersionOut(TypedDict):
    """
    One immutable version; `digest` is the SHA-256 of its canonical JSON.
    """

    version: int
    digest: str
    model: str
    fallback: list[str]
    instructions: str
    tools: list[dict[str, Any]]
    limits: dict[str, Any]
    policy: dict[str, Any]
    created_at: str


class FieldErrorOut(TypedDict):
    """
    Where in the body, as a JSON pointer, and what is wrong there.
    """

    pointer: str
    detail: str


class ProblemOut(TypedDict):
    """
    RFC 9457 problem details.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: NotRequired[list[FieldErrorOut] | None]


class ApprovalOut(TypedDict):
    """
    A question about one call; everything in it is made from the declaration and the arguments, by our code.
    """

    id: str
    run_id: str
    conversation_id: str
    call_id: str
    tool: str
    effect: str
    titles: dict[str, str]
    args: dict[str, Any]
    args_sha256: str
    reason: Literal["policy", "always", "interrupted"]
    evidence: list[ValueEvidenceOut]
    approvers: Literal["user", "admin", "four_eyes"]
    may_decide: bool
    status: Literal["pending", "approved", "denied", "expired", "cancelled", "spent"]
    created_at: str
    expires_at: str
    decided_at: str | None
    decided_by: str | None


class ControlOut(TypedDict):
    """
    A promise as it stands.
    """

    id: str
    area: str
    wording: str
    how: list[Literal["enforced", "probed", "served", "attested"]]
    state: Literal["passing", "enforced", "attested", "in_part", "attention", "unknown", "expired", "failing", "open"]
    reason: str
    open: list[str]
    frameworks: list[str]
    checked_at: str | None
    probe: ProbeOut | None
    other_probes: list[ProbeOut]
    evidence: ControlEvidenceOut
    statement: StatementOut | None
    exceptions: list[ExceptionOut]


class EntryOut(TypedDict):
    """
    One entry, with the members that its sealed form has (docs/audit-format.md).
    """

    index: int | None
    id: str
    at: str
    actor: ActorOut
    action: str
    target: TargetOut | None
    outcome: str
    reason: str | None
    permission: str | None
    request_id: str | None
    address_hash: str | None
    network: str | None
    details: dict[str, Any]


class HttpTool(TypedDict):
    """
    A request to an address of the partner's.

    The path of `url` may hold `{argument}`; `url`, `headers` and `body` may hold `{org.external_id}` and
    `{user.external_id}`, which come from the run's own user and can never be set by the model; `headers` and `body` may
    hold `{secret:NAME}`, a secret of the run's organization, put in when the call is made. Arguments that the path
    does not use go to the query (GET, DELETE) or the JSON body, beside the fixed members of `body`. Each call carries
    an Idempotency-Key that stays the same when the call is repeated.
    """

    name: str
    description: str
    kind: Literal["http"]
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    url: str
    headers: NotRequired[dict[str, str]]
    body: NotRequired[dict[str, Any]]
    parameters: NotRequired[dict[str, Any]]
    effect: Literal[
        "read", "fetch", "private", "internal_send", "send", "modify", "grant", "pay", "destroy", "credential", "exec"
    ]
    output_trust: NotRequired[Literal["first_party", "third_party"]]
    args: NotRequired[dict[str, str]]
    approval: NotRequired[Literal["policy", "always", "never"]]
    approvers: NotRequired[Literal["user", "admin", "four_eyes"]]
    approval_ttl_seconds: NotRequired[int]
    title: NotRequired[str | dict[str, str] | None]
    idempotent: NotRequired[bool | None]
    limits: NotRequired[ToolLimits]


class MeOut(TypedDict):
    """
    Who the caller is and what it may do.
    """

    user: SessionUserOut
    organization: TenantOut
    session_expires_at: str | None
    permissions: list[str]


class OrganizationSettings(TypedDict):
    """
    What an organization may set; without a period or a limit the partner's default holds.
    """

    generative_ai: NotRequired[bool | None]
    retention_period: NotRequired[int | None]
    spending: NotRequired[Spending | None]


class OrganizationSettingsOut(TypedDict):
    """
    An organization's settings; what is null has the partner's default.
    """

    generative_ai: bool
    retention_period: int | None
    spending: SpendingOut


class PageOfApprovalOut(TypedDict):
    items: list[ApprovalOut]
    next_cursor: str | None


class PageOfEntryOut(TypedDict):
    items: list[EntryOut]
    next_cursor: str | None


class PageOfSecretOut(TypedDict):
    items: list[SecretOut]
    next_cursor: str | None


class PageOfSigningKeyOut(TypedDict):
    items: list[SigningKeyOut]
    next_cursor: str | None


class PageOfUserOut(TypedDict):
    items: list[UserOut]
    next_cursor: str | None


class PageOfVersionOut(TypedDict):
    items: list[VersionOut]
    next_cursor: str | None


class PartnerSettingsOut(TypedDict):
    """
    A partner's settings; `issuer` and `status` are the operator's.
    """

    id: str
    name: str
    issuer: str
    status: str
    default_region: str
    default_retention_period: int
    allowed_origins: list[str]
    creates_organizations: bool
    security_contact: str | None
    default_spending: SpendingOut
    user_spending: SpendingOut
    created_at: str


class RunOut(TypedDict):
    """
    A run; its words are in its events and in the conversation's messages.
    """

    id: str
    status: Status
    conversation_id: str
    user_id: str
    agent_id: str
    agent_version: int
    model: str
    input_tokens: int
    output_tokens: int
    cost_micros: int | None
    failure_code: str | None
    cancel_requested_at: str | None
    created_at: str
    started_at: str | None
    finished_at: str | None


class RunStartedOut(TypedDict):
    """
    A run that was accepted: it reaches a final state whatever happens to this process.
    """

    id: str
    status: Status
    conversation_id: str


class SessionOut(TypedDict):
    """
    A session: send `session_token` as Bearer; renew with `refresh_token` before `expires_in` seconds are over.
    """

    session_token: str
    token_type: NotRequired[Literal["Bearer"]]
    expires_in: int
    refresh_token: str
    user: SessionUserOut
    organization: TenantOut


class SettingsChange(TypedDict):
    """
    What to change; what is left out stays. `security_contact` may be null.
    """

    name: NotRequired[str | None]
    default_region: NotRequired[Literal["eu", "us"] | None]
    default_retention_period: NotRequired[int | None]
    allowed_origins: NotRequired[list[AllowedOrigin] | None]
    creates_organizations: NotRequired[bool | None]
    security_contact: NotRequired[str | None]
    default_spending: NotRequired[Spending | None]
    user_spending: NotRequired[Spending | None]


class TrustOut(TypedDict):
    """
    The Trust Center at one moment.
    """

    generated_at: str
    state: Literal["passing", "attention", "failing"]
    summary: str
    counts: dict[
        Literal["passing", "enforced", "attested", "in_part", "attention", "unknown", "expired", "failing", "open"], int
    ]
    checked_at: str | None
    controls: list[ControlOut]
    exceptions: list[ExceptionOut]


class UiMessage(TypedDict):
    """
    A UI message as the client claims it.
    """

    id: str
    role: str
    parts: list[UiPart]


Tools: TypeAlias = BuiltinTool | HttpTool | LaterTool


class AgentChange(TypedDict):
    """
    What to change; each change is a new version.
    """

    name: NotRequired[str | None]
    instructions: NotRequired[str | None]
    model: NotRequired[str | None]
    fallback: NotRequired[list[FallbackItem] | None]
    tools: NotRequired[list[Tools] | None]
    limits: NotRequired[Limits | None]
    policy: NotRequired[Policy | None]


class AgentNew(TypedDict):
    """
    An agent to make.
    """

    name: str
    instructions: str
    model: str
    fallback: NotRequired[list[FallbackItem]]
    tools: NotRequired[list[Tools]]
    limits: NotRequired[Limits]
    policy: NotRequired[Policy]


class OrganizationChange(TypedDict):
    """
    What to change; what is left out stays.
    """

    name: NotRequired[str | None]
    status: NotRequired[Literal["active", "restricted"] | None]
    settings: NotRequired[OrganizationSettings | None]


class OrganizationNew(TypedDict):
    """
    An organization to make; `external_id` is the partner's own name for it, unique and fixed.
    """

    external_id: str
    name: str
    region: NotRequired[Literal["eu", "us"] | None]
    settings: NotRequired[OrganizationSettings | None]


class OrganizationOut(TypedDict):
    """
    One of the partner's organizations.
    """

    id: str
    external_id: str
    name: str
    region: str
    status: str
    settings: OrganizationSettingsOut
    created_at: str


class PageOfOrganizationOut(TypedDict):
    items: list[OrganizationOut]
    next_cursor: str | None


class PageOfRunOut(TypedDict):
    items: list[RunOut]
    next_cursor: str | None


class UiChat(TypedDict):
    """
    What the SDK's DefaultChatTransport sends.
    """

    id: str
    messages: list[UiMessage]
    trigger: NotRequired[Literal["submit-message", "regenerate-message"]]
    messageId: NotRequired[str | None]
