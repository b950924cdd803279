"""The built-in tool `search_files` as a model sees it; runs perform it, and cite each passage with its place."""

from typing import Annotated, Any, Final

import msgspec

from .search import QUERY_CHARS

NAME: Final = "search_files"
DESCRIPTION: Final = (
    "Searches the organization's knowledge and the files of this user's messages. "
    "Gives passages, the best first; quote the file and the place that a passage names."
)
MOST: Final = 10
PARAMETERS: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "query": {
            "type": "string",
            "minLength": 1,
            "maxLength": QUERY_CHARS,
            "description": "Words or a question, in the language of the files",
        },
        "limit": {"type": "integer", "minimum": 1, "maximum": MOST, "description": "The most passages; 5 unless told"},
    },
    "required": ["query"],
    "additionalProperties": False,
}
NOTHING: Final = "No passage of any file fits these words. Try other words, or fewer."


class SearchFilesArguments(msgspec.Struct, forbid_unknown_fields=True):
    """The arguments of `search_files`, as its JSON Schema declares them."""

    query: Annotated[str, msgspec.Meta(min_length=1, max_length=QUERY_CHARS)]
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 5
