"""Composition root of the command line. `main` is the console script; each command imports what it needs itself."""

from ringfence.cli.commands import main

__all__ = ["main"]
