"""Our own rules: what ruff, pyright and import-linter cannot see. `python -m tools.lint` runs them all.

No rule has a list of exceptions: where a thing is allowed is part of the rule. Each message names the remedy.
"""
