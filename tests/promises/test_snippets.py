"""The six lines in five languages: what the documentation shows is run, and buys a session. Keeps EMB-01, EMB-08."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.served import request
from tests.served_cast import Cast

ROOT = Path(__file__).resolve().parents[2]
SNIPPETS = ROOT / "examples" / "tokens"
NODE = shutil.which("node") or str(ROOT / ".venv-node" / "bin" / "node")
PROGRAMS = {
    "sign.py": [sys.executable],
    "sign.mjs": [NODE],
    "sign.go": ["go", "run"],
    "sign.php": ["php"],
    "sign.rb": ["ruby"],
}
ALWAYS = {"sign.py", "sign.mjs"}


@pytest.mark.promise("EMB-01", "EMB-08")
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_snippet_signs_a_token_that_buys_a_session(served: Cast, tmp_path: Path, name: str):
    program = PROGRAMS[name]
    if shutil.which(program[0]) is None and name not in ALWAYS:
        pytest.skip(f"{program[0]} is not installed on this machine")
    partner = served.northwind
    body = {"token": signed(served, tmp_path, name)}
    answer = request(served.server.base_url, "POST", "/api/v1/embed/auth", body=body)
    assert answer.status == 200, answer.raw
    assert answer.json["organization"]["id"] == partner.organizations["rose"]
    assert answer.json["user"]["id"] == served.alice.id


def signed(served: Cast, tmp_path: Path, name: str) -> str:
    key = next(path for path in served.server.data.parent.glob("*.pem") if is_current(served, path))
    settings = {
        "SIGNING_KEY": str(key), "KID": served.northwind.key.kid, "ISSUER": served.northwind.issuer,
        "AUDIENCE": served.server.environment["RINGFENCE_PUBLIC_URL"], "HOME": str(tmp_path),
    }  # fmt: skip
    done = subprocess.run(
        [*PROGRAMS[name], name], cwd=SNIPPETS, env=os.environ | settings, capture_output=True, text=True, timeout=120,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def is_current(served: Cast, path: Path) -> bool:
    """Whether this is the file of the key that Northwind signs with."""
    return type(served.northwind.key).kept_in(path, "").public_pem == served.northwind.key.public_pem


def test_every_snippet_that_the_page_names_is_run():
    named = set(re.findall(r"\((sign\.\w+)\)", (SNIPPETS / "README.md").read_text()))
    assert named == {path.name for path in SNIPPETS.glob("sign.*")} == set(PROGRAMS)
