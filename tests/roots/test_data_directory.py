"""The data directory holds keys: one that everybody can write is refused before anything is made in it."""

import os
import subprocess
import sys
from pathlib import Path


def test_a_data_directory_that_everyone_can_write_is_refused(tmp_path: Path):
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o1777)
    finished = subprocess.run(
        [sys.executable, "-c", "from ringfence.cli import main; main()", "serve"],
        env=os.environ | {"RINGFENCE_DATA": str(data), "RINGFENCE_PORT": "0"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert finished.returncode != 0
    assert f"chmod o-w {data}" in finished.stderr
    assert list(data.iterdir()) == []
