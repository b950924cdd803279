"""The scripts that tests run in pages, from files beside this one."""

from pathlib import Path


def script(name: str) -> str:
    """The script's text."""
    return (Path(__file__).parent / "js" / f"{name}.js").read_text()
