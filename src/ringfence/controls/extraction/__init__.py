"""Takes the text out of files that somebody else made, in a process of its own that can do nothing else.

Keeps AGT-07, AIS-02 (in part). Proved in tests/controls/test_extraction*.py and tests/attacks/test_hostile_files.py.
"""

from ringfence.controls.extraction.extractor import CODES, Extracted, Extractor, NoText, Segment, Strictness, kind_of
from ringfence.controls.extraction.layers import ENOUGH, Layer, is_enough

__all__ = [
    "CODES",
    "ENOUGH",
    "Extracted",
    "Extractor",
    "Layer",
    "NoText",
    "Segment",
    "Strictness",
    "is_enough",
    "kind_of",
]
