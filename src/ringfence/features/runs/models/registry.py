"""Finds the model that a name `provider:model` stands for; a provider's adapter is imported when it is first asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from pydantic import SecretStr

from ringfence.base.crypto import Secret
from ringfence.base.outbound import Outbound
from ringfence.features.agents.model_names import unknown

from .protocol import Model, ModelError, ModelErrorCode
from .provider import AnswerLimits, Provider, Wire
from .scripted import PACES_S, Scripted

_HTTPS: Final = 443


class _Adapter(NamedTuple):
    make: Callable[[str, SecretStr | None], Wire]
    base_url: str
    access: str
    """Whose access it uses: two wires of one vendor share a key."""


def _chat(base_url: str, api_key: SecretStr | None) -> Wire:
    from . import openai_chat  # noqa: PLC0415 - each wire is imported when it is first asked

    return openai_chat.wire(base_url, api_key)


def _responses(base_url: str, api_key: SecretStr | None) -> Wire:
    from . import responses_wire  # noqa: PLC0415 - as above

    return responses_wire.wire(base_url, api_key)


def _anthropic(base_url: str, api_key: SecretStr | None) -> Wire:
    from . import anthropic_wire  # noqa: PLC0415 - as above

    return anthropic_wire.wire(base_url, api_key)


def _gemini(base_url: str, api_key: SecretStr | None) -> Wire:
    from . import gemini_wire  # noqa: PLC0415 - as above

    return gemini_wire.wire(base_url, api_key)


_ADAPTERS: Final[Mapping[str, _Adapter]] = MappingProxyType(
    {
        "openai": _Adapter(_chat, "https://api.openai.com/v1", "openai"),
        "openai-responses": _Adapter(_responses, "https://api.openai.com/v1", "openai"),
        "anthropic": _Adapter(_anthropic, "https://api.anthropic.com/v1", "anthropic"),
        "google": _Adapter(_gemini, "https://generativelanguage.googleapis.com/v1beta", "google"),
        "xai": _Adapter(_chat, "https://api.x.ai/v1", "xai"),
    }
)


@dataclass(frozen=True, slots=True)
class Access:
    """What the operator configured for a vendor; a base URL of the operator's own needs no key (a local server)."""

    api_key: SecretStr | None = None
    base_url: str | None = None

    @property
    def is_given(self) -> bool:
        """Says whether the vendor's models can be asked."""
        return self.api_key is not None or bool(self.base_url)


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Holds the access to each vendor, by its settings' name."""

    openai: Access = field(default_factory=Access)
    anthropic: Access = field(default_factory=Access)
    google: Access = field(default_factory=Access)
    xai: Access = field(default_factory=Access)

    @property
    def has_any(self) -> bool:
        """Says whether any model outside this process can be asked."""
        return any(access.is_given for access in (self.openai, self.anthropic, self.google, self.xai))


class Models:
    """Gives models by name, with one adapter for each provider."""

    def __init__(self, config: ModelConfig, outbound: Outbound, *, limits: AnswerLimits | None = None) -> None:
        self._config = config
        self._outbound = outbound
        self._limits = limits
        self._scripted = {f"scripted:{variant}": Scripted(pace_s=pace_s) for variant, pace_s in PACES_S.items()}
        self._providers: dict[str, Provider] = {}

    def get(self, name: str) -> Model:
        """Gives the model; raises ModelError model_not_configured, whose detail says what to do."""
        if (detail := unknown(name)) is not None:
            raise ModelError(ModelErrorCode.NOT_CONFIGURED, detail)
        provider = name.partition(":")[0]
        return self._scripted.get(name) or self._providers.get(provider) or self._open(provider)

    def with_key(self, name: str, key: Secret) -> Model:
        """Gives the model under another key than the deployment's, for one call: nothing of it is kept here."""
        adapter = _ADAPTERS[name.partition(":")[0]]
        wire = adapter.make(self._base_url(adapter), SecretStr(key.reveal().decode()))
        return Provider(self._outbound, wire, limits=self._limits)

    def vendor(self, name: str) -> str | None:
        """Gives whose access a model needs, such as `openai`; None for one that needs none."""
        adapter = _ADAPTERS.get(name.partition(":")[0])
        return None if adapter is None else adapter.access

    def host(self, name: str) -> str:
        """Gives the host that is asked for this model, as lists of allowed hosts spell it."""
        parts = urlsplit(self._base_url(_ADAPTERS[name.partition(":")[0]]))
        host, port = parts.hostname or "", parts.port or {"http": 80}.get(parts.scheme, _HTTPS)
        host = f"[{host}]" if ":" in host else host
        return host if port == _HTTPS else f"{host}:{port}"

    def _base_url(self, adapter: _Adapter) -> str:
        access: Access = getattr(self._config, adapter.access)
        return access.base_url or adapter.base_url

    def _open(self, provider: str) -> Provider:
        adapter = _ADAPTERS[provider]
        access: Access = getattr(self._config, adapter.access)
        if not access.is_given:
            setting = adapter.access.upper()
            detail = f"Models of {provider} need {setting}_API_KEY or {setting}_BASE_URL."
            raise ModelError(ModelErrorCode.NOT_CONFIGURED, detail)
        wire = adapter.make(self._base_url(adapter), access.api_key)
        opened = Provider(self._outbound, wire, limits=self._limits)
        self._providers[provider] = opened
        return opened
