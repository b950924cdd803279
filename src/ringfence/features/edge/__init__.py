"""The lowest slice: caller and permission types, idempotency, inputs and answers, and what surrounds every request.

Permissions are imported from `ringfence.features.edge.access`, the middleware from `.asgi`.
"""

from ringfence.features.edge.answers import PageOf, ProblemOut, answer, json_of, problems
from ringfence.features.edge.call import Call, CallDep, Listing, ListingDep, WriteDep, path_id
from ringfence.features.edge.idempotency import Answer, Claim, Stored, claim, keep, once, replay
from ringfence.features.edge.inputs import Input, Line, Output, Text, clean_line
from ringfence.features.edge.kernel import Kernel, kernel_of

__all__ = [
    "Answer",
    "Call",
    "CallDep",
    "Claim",
    "Input",
    "Kernel",
    "Line",
    "Listing",
    "ListingDep",
    "Output",
    "PageOf",
    "ProblemOut",
    "Stored",
    "Text",
    "WriteDep",
    "answer",
    "claim",
    "clean_line",
    "json_of",
    "keep",
    "kernel_of",
    "once",
    "path_id",
    "problems",
    "replay",
]
