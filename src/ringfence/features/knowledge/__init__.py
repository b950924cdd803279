"""Knowledge: what an organization's files say, found by words that are stored only as keyed hashes, and by meaning.

Files come to it through `features.files`, as its Indexer; agents search by the tool `search_files`.
"""

from ringfence.features.knowledge.opening import EmbeddingModel, Knowledge, NoEmbedding, open_knowledge
from ringfence.features.knowledge.routes import router
from ringfence.features.knowledge.search import Asked, Search

__all__ = ["Asked", "EmbeddingModel", "Knowledge", "NoEmbedding", "Search", "open_knowledge", "router"]
