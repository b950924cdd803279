"""Writes docs/datamap.md from the packaged schema (`python -m tools.datamap`)."""

from pathlib import Path

from ringfence.cli.datamap import as_markdown
from ringfence.controls import datamap

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "datamap.md"


def main() -> None:
    """Writes the page."""
    DOCUMENT.write_text(as_markdown(datamap.packaged()), encoding="utf-8")


if __name__ == "__main__":
    main()
