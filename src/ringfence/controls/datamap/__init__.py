"""The data map: every column with class, owner, clock, key, export and end, from the comments of the schema itself.

Encryption, export and erasure are held against it, by the build and on the running database. Keeps PRV-02 (its map),
CRY-01 (in part). Proved in tests/controls/test_datamap.py.
"""

from ringfence.controls.datamap.bindings import IN_OBJECTS, sealed
from ringfence.controls.datamap.clocks import CLOCKS
from ringfence.controls.datamap.columns import COLUMNS, REFERENCES, Catalogue, Class, Column, Owner, Reference, packaged
from ringfence.controls.datamap.exports import SECTIONS
from ringfence.controls.datamap.faults import catalogue, drift, faults, planted
from ringfence.controls.datamap.rows import Row, map_of

__all__ = [
    "CLOCKS",
    "COLUMNS",
    "IN_OBJECTS",
    "REFERENCES",
    "SECTIONS",
    "Catalogue",
    "Class",
    "Column",
    "Owner",
    "Reference",
    "Row",
    "catalogue",
    "drift",
    "faults",
    "map_of",
    "packaged",
    "planted",
    "sealed",
]
