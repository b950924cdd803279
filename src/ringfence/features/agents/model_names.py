"""What a model may be called: the one list of providers, which agents are checked against and runs ask by."""

from typing import Final

PROVIDERS: Final = ("scripted", "openai", "openai-responses", "anthropic", "google", "xai")
"""The word before the colon; features.runs.models has an adapter for each."""
SCRIPTS: Final = ("scripted:demo", "scripted:fast")
"""The models that need no key."""


def unknown(name: str) -> str | None:
    """Why this release has no such model, in words for its reader; None where it has."""
    provider, _, model = name.partition(":")
    if provider not in PROVIDERS:
        return f"A model is named provider:model; known providers are {', '.join(PROVIDERS)}."
    if provider == "scripted" and name not in SCRIPTS:
        return f"Scripted models are {' and '.join(SCRIPTS)}."
    if not model:
        return "A model is named provider:model."
    return None
