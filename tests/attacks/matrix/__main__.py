"""Writes expected.txt from a server that it starts: `python -m tests.attacks.matrix`. Then read what changed in it."""

from tests.attacks.matrix.scene import set_scene
from tests.attacks.matrix.table import EXPECTED, text
from tests.served_cast import served_cast

if __name__ == "__main__":
    with served_cast() as cast:
        EXPECTED.write_text(text(set_scene(cast)))
