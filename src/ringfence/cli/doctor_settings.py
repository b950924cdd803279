"""What the settings alone say about a production deployment. Pure: no file, no database, no network.

`refuse_unsafe` is what `ringfence serve` and `ringfence worker` ask first. Keeps CRY-04. Proved in
tests/roots/test_doctor.py and tests/roots/test_command_line.py.
"""

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Final
from urllib.parse import parse_qs, urlsplit

from ringfence.base.mail import BadMailServer
from ringfence.cli.doctor_findings import Finding, good_or
from ringfence.controls.limits import parse_networks, parse_overrides
from ringfence.settings import Settings

_LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost", ""})
_VERIFYING: Final = frozenset({"verify-full", "verify-ca"})
_AUTH_AT_MOST_A_MINUTE: Final = 30
_PROVIDERS: Final = {
    "openai_api_key": "OPENAI_API_KEY",
    "anthropic_api_key": "ANTHROPIC_API_KEY",
    "google_api_key": "GOOGLE_API_KEY",
    "xai_api_key": "XAI_API_KEY",
}
_BASES: Final = ("openai_base_url", "anthropic_base_url", "google_base_url", "xai_base_url")


class UnsafeProduction(Exception):  # noqa: N818 - what it names is the state
    """In production a server does not start so; the message says what is wrong and its mend."""


def refuse_unsafe(settings: Settings) -> None:
    """Raises UnsafeProduction for a production configuration that would break what we promise of encryption."""
    if settings.mode != "production":
        return
    for check in (_public_url, _database_tls, _model_tls):
        for finding in check(settings):
            if finding.mend is not None:
                raise UnsafeProduction(f"{finding.what} {finding.mend}")


def findings(settings: Settings) -> Iterator[Finding]:
    """Everything that a production deployment needs of its settings."""
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _mode,
        _public_url,
        _root_key,
        _database,
        _database_tls,
        _proxies,
        _egress,
        _limits,
        _log,
        _mail,
        _contact,
        _providers,
        _model_tls,
    )
    for check in checks:
        yield from check(settings)


def _mode(settings: Settings) -> Iterator[Finding]:
    yield good_or(
        "mode",
        settings.mode == "production",
        "The mode is production: refusals tell the world nothing.",
        bad="The mode is development: refusals explain themselves to whoever asks.",
        mend="RINGFENCE_MODE=production",
    )


def _public_url(settings: Settings) -> Iterator[Finding]:
    parts = urlsplit(settings.audience)
    yield good_or(
        "public_url",
        parts.scheme == "https" and parts.hostname,
        "The public address is https.",
        bad="The public address is not https: sessions and content would travel in the clear.",
        mend="Put a TLS proxy in front, and set RINGFENCE_PUBLIC_URL to the https address of this deployment.",
    )


def _root_key(settings: Settings) -> Iterator[Finding]:
    is_file = (settings.root_key or ("env" if settings.encryption_key is not None else "file")) == "file"
    yield good_or(
        "encryption_key",
        settings.keystore != "file" or not is_file,
        "The root key comes from outside of the data directory.",
        bad="The root key lies in a file beside the data: one stolen disk or backup opens everything.",
        mend="Set ENCRYPTION_KEY from your secret store (the content of root.key), then delete root.key; "
        "or give it to a key service (RINGFENCE_ROOT_KEY; docs/operating.md).",
    )


def _database(settings: Settings) -> Iterator[Finding]:
    if settings.database_url is not None:
        yield Finding("database", "The database is an external one: its backups are your provider's or yours.")
        where = "keep the data directory (the keystore) in another backup than the database's"
    else:
        yield Finding(
            "database",
            "The database is the embedded one.",
            advice="One host, no replica: back its directory up, or set RINGFENCE_DATABASE_URL to a Postgres of yours.",
        )
        where = "keep data/keystore in another backup than data/postgres"
    yield Finding(
        "backup_domains",
        "Keys must not lie in the database's backups: an erased tenant's key would come back with them.",
        advice=f"Make sure of it: {where}.",
    )


def _database_tls(settings: Settings) -> Iterator[Finding]:
    if settings.database_url is None:
        return
    parts = urlsplit(settings.database_url.get_secret_value())
    mode = parse_qs(parts.query).get("sslmode", [""])[0]
    is_near = (parts.hostname or "") in _LOCAL or (parts.hostname or "").startswith("/")
    yield good_or(
        "database_tls",
        is_near or mode in _VERIFYING,
        "The connection to the database stays on this host." if is_near else "TLS to the database is verified.",
        bad="The connection to the database does not verify whom it speaks with.",
        mend="Add sslmode=verify-full (and sslrootcert=...) to RINGFENCE_DATABASE_URL.",
    )


def _proxies(settings: Settings) -> Iterator[Finding]:
    networks = parse_networks(settings.trusted_proxies)
    is_behind = settings.audience.startswith("https:")
    yield good_or(
        "trusted_proxies",
        networks or not is_behind,
        f"{len(networks)} networks of proxies are trusted with the caller's address.",
        bad="TLS ends before this server, but no proxy is trusted: all callers would share one address and its limits.",
        mend="RINGFENCE_TRUSTED_PROXIES=10.0.0.0/8 (the networks of your proxies, and no others)",
    )
    if any(_is_everybody(network.network_address, network.prefixlen) for network in networks):
        yield Finding(
            "trusted_proxies_all",
            "Every address is trusted as a proxy: anybody names the address that limits and logs see.",
            "Name your proxies' networks in RINGFENCE_TRUSTED_PROXIES.",
        )


def _is_everybody(address: IPv4Address | IPv6Address, prefix: int) -> bool:
    return prefix == 0 and int(address) == 0


def _egress(settings: Settings) -> Iterator[Finding]:
    yield good_or(
        "egress_allow",
        not settings.egress_allow.strip(),
        "Tools reach public addresses over TLS alone.",
        bad="RINGFENCE_EGRESS_ALLOW lets agents' tools reach private places or speak without TLS.",
        mend="Unset RINGFENCE_EGRESS_ALLOW, or give those tools a public https address.",
    )


def _limits(settings: Settings) -> Iterator[Finding]:
    rule = parse_overrides(settings.limits)["auth"]
    a_minute = rule.limit * 60 / rule.window.total_seconds()
    yield good_or(
        "limits",
        a_minute <= _AUTH_AT_MOST_A_MINUTE,
        f"Authentication takes {a_minute:.0f} requests a minute from one address.",
        bad=f"Authentication takes {a_minute:.0f} requests a minute from one address; ten are promised.",
        mend="Leave auth out of RINGFENCE_LIMITS, or set auth=10/60.",
    )


def _log(settings: Settings) -> Iterator[Finding]:
    yield good_or(
        "log_format",
        settings.log_format == "json",
        "Log lines are JSON.",
        bad="Log lines are for people: a collector cannot tell their fields apart.",
        mend="RINGFENCE_LOG_FORMAT=json",
    )


def _mail(settings: Settings) -> Iterator[Finding]:
    yield good_or(
        "alerts_to",
        settings.alerts_to,
        "Somebody is told when a probe fails.",
        bad="Nobody is told when a probe fails.",
        mend="RINGFENCE_ALERTS_TO=security@example.com",
    )
    fault = _mail_fault(settings)
    yield good_or(
        "smtp",
        settings.smtp_url is not None and fault is None,
        "A mail server is set.",
        bad=fault or "There is no mail server: alerts end as files in data/mail, which nobody reads.",
        mend="RINGFENCE_SMTP_URL=smtp://user:password@host:587 and RINGFENCE_MAIL_FROM=ringfence@example.com",
    )


def _mail_fault(settings: Settings) -> str | None:
    from ringfence.assembly import post_for  # noqa: PLC0415 - the doctor alone needs it, and it is dear

    try:
        post_for(settings)
    except BadMailServer as failure:
        return str(failure)
    return None


def _contact(settings: Settings) -> Iterator[Finding]:
    yield good_or(
        "security_contact",
        settings.security_contact or settings.security_txt is not None,
        "Whoever finds a flaw is told where to report it (/.well-known/security.txt).",
        bad="There is no security contact, so /.well-known/security.txt names nobody.",
        mend="RINGFENCE_SECURITY_CONTACT=security@example.com",
    )


def _providers(settings: Settings) -> Iterator[Finding]:
    present = [name for field, name in _PROVIDERS.items() if getattr(settings, field) is not None]
    bases = [field for field in _BASES if getattr(settings, field) is not None]
    yield good_or(
        "providers",
        present or bases,
        f"Models can be asked: {', '.join([*present, *(f'RINGFENCE-set {base}' for base in bases)])}.",
        bad="No provider of models has a key: agents can use the scripted model alone, which only shows the product.",
        mend="Set OPENAI_API_KEY, ANTHROPIC_API_KEY, GOOGLE_API_KEY or XAI_API_KEY, or a base URL of your own server.",
    )
    if present:
        yield Finding(
            "providers_follow",
            f"What users write is sent to {len(present)} providers.",
            advice="Each is a sub-processor: it belongs on your list, and into your agreement with it.",
        )


def _model_tls(settings: Settings) -> Iterator[Finding]:
    for field in _BASES:
        parts = urlsplit(getattr(settings, field) or "")
        if parts.scheme == "http" and (parts.hostname or "") not in _LOCAL:
            yield Finding(
                field,
                f"{field.upper()} is not https: conversations would travel to it in the clear.",
                f"Give {field.upper()} an https address, or one on this host.",
            )
