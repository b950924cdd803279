"""The OpenAI chat-completions wire: OpenAI, xAI, Ollama, vLLM, llama.cpp, most gateways."""

from functools import partial

from pydantic import SecretStr

from .openai_answer import Assembly
from .openai_wire import encode_request
from .provider import Wire

_KNOW_THE_NEW_NAME = frozenset({"https://api.openai.com/v1", "https://api.x.ai/v1"})


def wire(base_url: str, api_key: SecretStr | None) -> Wire:
    """The wire to one server; a request's model name after the colon is passed on as it is."""
    base_url = base_url.rstrip("/")
    # The vendors' newer models refuse the old name, other servers do not know the new one.
    length_field = "max_completion_tokens" if base_url in _KNOW_THE_NEW_NAME else "max_tokens"
    return Wire(
        url=lambda _model: f"{base_url}/chat/completions",
        headers=lambda: bearer(api_key),
        encode=partial(encode_request, length_field=length_field),
        assemble=lambda _request, max_chars: Assembly(max_chars=max_chars),
    )


def bearer(api_key: SecretStr | None) -> dict[str, str]:
    """The header that carries the key, where there is one."""
    return {} if api_key is None else {"Authorization": f"Bearer {api_key.get_secret_value()}"}
