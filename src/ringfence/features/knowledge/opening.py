"""What one process has of search: the search itself, what enters files, and what makes their vectors."""

from dataclasses import dataclass
from importlib.util import find_spec
from uuid import UUID

from pydantic import SecretStr

from ringfence.base.outbound import Outbound
from ringfence.controls.coordination import Kind
from ringfence.features.edge import Kernel

from .embedding import Embedder
from .embedding_work import EmbeddingWork
from .indexing import WordIndexer
from .search import Search
from .vectors import Vectors


class NoEmbedding(Exception):  # noqa: N818 - it is a decision, not a fault
    """The operator asked for search by meaning, which cannot be had; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """What the operator configured: `openai:NAME` and the access to it; a base URL of its own needs no key."""

    name: str
    api_key: SecretStr | None
    base_url: str | None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The handles of search; `work` runs where there is a model."""

    search: Search
    indexer: WordIndexer
    work: EmbeddingWork | None


def open_knowledge(kernel: Kernel, outbound: Outbound, model: EmbeddingModel | None, *, holder: UUID) -> Knowledge:
    """Opens the handles; NoEmbedding says at the start what is missing, not in somebody's search."""
    if model is None:
        search = Search(kernel.database, kernel.vault)
        return Knowledge(search, WordIndexer(kernel.vault, embeds=False), None)
    if find_spec("numpy") is None:
        raise NoEmbedding(
            "RINGFENCE_EMBEDDING_MODEL is set, and search by meaning needs numpy: pip install 'ringfence[vectors]'"
        )
    if model.api_key is None and not model.base_url:
        raise NoEmbedding("RINGFENCE_EMBEDDING_MODEL needs OPENAI_API_KEY or OPENAI_BASE_URL.")
    embedder = Embedder(outbound, model.name, api_key=model.api_key, base_url=model.base_url)
    vectors = Vectors(kernel.database, kernel.vault, embedder)
    kernel.invalidation.subscribe(Kind.KEY, lambda _subject: vectors.forget_all(), forget_all=vectors.forget_all)
    work = EmbeddingWork(kernel.database, kernel.vault, embedder, holder=holder)
    search = Search(kernel.database, kernel.vault, vectors=vectors)
    return Knowledge(search, WordIndexer(kernel.vault, embeds=True), work)
