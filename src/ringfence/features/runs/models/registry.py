"""Finds the model that a name `provider:model` stands for."""

from dataclasses import dataclass

from pydantic import SecretStr

from ringfence.base.outbound import Outbound

from .openai_chat import VENDOR_BASE_URL, ChatLimits, OpenAIChat
from .protocol import Model, ModelError, ModelErrorCode
from .scripted import PACES_S, Scripted


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Holds what the operator configured; a base URL of the operator's own needs no key (a local server)."""

    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None

    @property
    def has_openai(self) -> bool:
        """Says whether names that begin with `openai:` can be asked."""
        return self.openai_api_key is not None or bool(self.openai_base_url)


class Models:
    """Gives models by name, with one adapter for each provider."""

    def __init__(self, config: ModelConfig, outbound: Outbound, *, limits: ChatLimits | None = None) -> None:
        self._scripted = {f"scripted:{variant}": Scripted(pace_s=pace_s) for variant, pace_s in PACES_S.items()}
        self._openai: OpenAIChat | None = None
        if config.has_openai:
            key, base_url = config.openai_api_key, config.openai_base_url or VENDOR_BASE_URL
            self._openai = OpenAIChat(outbound, base_url=base_url, api_key=key, limits=limits)

    def get(self, name: str) -> Model:
        """Gives the model; raises ModelError model_not_configured, whose detail says what to do."""
        provider, _, model = name.partition(":")
        if provider == "scripted":
            found = self._scripted.get(name)
            detail = f"Scripted models are {' and '.join(self._scripted)}."
        elif provider == "openai" and model:
            found = self._openai
            detail = "Models of openai need OPENAI_API_KEY or OPENAI_BASE_URL."
        else:
            found = None
            detail = "A model is named provider:model; known providers are scripted and openai."
        if found is None:
            raise ModelError(ModelErrorCode.NOT_CONFIGURED, detail)
        return found
