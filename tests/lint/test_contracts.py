"""Each import contract catches what is planted against it, in a copy of this tree."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]

# (importer, imported): each breaks exactly one contract.
PLANTED = [
    ("ringfence.base.planted", "ringfence.settings"),
    ("ringfence.settings", "ringfence.controls"),
    ("ringfence.controls.tenancy.planted", "ringfence.evidence.register"),
    ("ringfence.evidence.planted", "ringfence.features.edge"),
    ("ringfence.features.edge.planted", "ringfence.app"),
    ("ringfence.worker", "ringfence.app"),
    ("ringfence.controls.tenancy.planted", "ringfence.controls.coordination"),
    ("ringfence.controls.coordination.planted", "ringfence.controls.access"),
    ("ringfence.controls.access.planted", "ringfence.controls.keystore"),
    ("ringfence.controls.keystore.planted", "ringfence.controls.audit"),
    ("ringfence.controls.audit.planted", "ringfence.controls.vault"),
    ("ringfence.controls.vault.planted", "ringfence.controls.guard"),
    ("ringfence.controls.guard.planted", "ringfence.controls.limits"),
    ("ringfence.controls.limits.planted", "ringfence.controls.identity"),
    ("ringfence.controls.identity.planted", "ringfence.controls.lifecycle"),
    ("ringfence.features.edge.planted", "ringfence.features.orgs"),
    ("ringfence.features.orgs.planted", "ringfence.features.agents"),
    ("ringfence.features.agents.planted", "ringfence.features.connections"),
    ("ringfence.features.agents.planted", "ringfence.features.conversations"),
    ("ringfence.features.conversations.planted", "ringfence.features.runs"),
    ("ringfence.features.runs.planted", "ringfence.features.embed"),
    ("ringfence.features.embed.planted", "ringfence.features.partners"),
    ("ringfence.features.privacy.planted", "ringfence.features.console"),
    ("ringfence.features.billing.queries", "ringfence.features.billing.actions"),
    ("ringfence.features.billing.actions", "ringfence.features.billing.routes"),
    ("ringfence.features.billing.workflow", "ringfence.features.billing.routes"),
    ("ringfence.features.billing.planted", "psycopg"),
    ("ringfence.controls.vault.planted", "psycopg_pool"),
    ("ringfence.features.billing.planted", "aiohttp"),
    ("ringfence.controls.deliveries.planted", "httpx"),
    ("ringfence.features.billing.planted", "requests"),
    ("ringfence.features.billing.planted", "urllib3"),
    ("ringfence.controls.keystore.planted", "cryptography"),
    ("ringfence.features.embed.planted", "joserfc"),
    ("ringfence.features.agents.planted", "jsonschema_rs"),
    ("ringfence.controls.identity.planted", "argon2"),
    ("ringfence.features.billing.planted", "pydantic_ai"),
    ("ringfence.features.billing.planted", "procrastinate"),
    ("ringfence.controls.limits.planted", "fastapi"),
    ("ringfence.base.planted", "starlette"),
    ("ringfence.features.billing.planted", "uvicorn"),
    ("ringfence.features.billing.planted", "uvloop"),
    ("ringfence.features.embed.planted", "ringfence.controls.tenancy.gate"),
    ("ringfence.features.runs.planted", "ringfence.controls.vault.secrets"),
    ("ringfence.features.secrets.planted", "ringfence.controls.vault.secrets"),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory):
    top = tmp_path_factory.mktemp("planted")
    shutil.copytree(TOP / "src/ringfence", top / "src/ringfence", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(TOP / "tools", top / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(TOP / ".importlinter", top)
    return top


def _file(top: Path, module: str) -> Path:
    """The file of a module, made with its packages where it is missing."""
    path = top / "src" / module.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    file.parent.mkdir(parents=True, exist_ok=True)
    for package in path.relative_to(top / "src").parents[:-1]:
        (top / "src" / package / "__init__.py").touch()
    file.touch()
    return file


def _lint_imports(top: Path) -> str:
    """What import-linter says, its wrapped lines joined."""
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=top,
        env=os.environ | {"PYTHONPATH": "src", "COLUMNS": "500"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.promise("SDL-01", "TEN-02")
def test_every_planted_import_is_caught(tree: Path):
    for importer, imported in PLANTED:
        if imported.startswith("ringfence."):
            _file(tree, imported)
        with _file(tree, importer).open("a") as module:
            module.write(f"\nimport {imported}\n")
    said = _lint_imports(tree)
    missed = [
        f"{importer} -> {imported}"
        for importer, imported in PLANTED
        if not re.search(rf"{re.escape(importer)} -> {re.escape(imported)} \(", said)
    ]
    assert missed == []


@pytest.mark.promise("SDL-01")
@pytest.mark.parametrize("room", ["ringfence.planted", "ringfence.controls.planted"])
def test_a_room_that_nobody_declared_is_refused(tree: Path, room: str):
    _file(tree, room)
    assert f"- {room}\n" in _lint_imports(tree)
