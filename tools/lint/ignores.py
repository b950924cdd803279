"""Ignore comments: each names one rule and its reason, and none covers a whole file."""

import io
import re
import tokenize
from collections.abc import Iterator

from tools.lint.source import Finding, Module

SPEAKS = re.compile(r"#\s*(?:noqa|type:\s*ignore|pyright:|pragma:|nosec|ruff:|fmt:\s*off|mypy:)", re.IGNORECASE)
REASONED = re.compile(
    r"""\#\s(?:
      noqa:\s[A-Z]+\d+(?:,\s[A-Z]+\d+)*
    | pyright:\signore\[\w+(?:,\s\w+)*\]
    | pragma:\sno\s(?:cover|branch)
    )\s--?\s\S.{7,}""",
    re.VERBOSE,
)


def check(module: Module) -> Iterator[Finding]:
    """Yields each ignore comment that hides more than it says."""
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type != tokenize.COMMENT:
            continue
        # A comment may hold two ignores, each with its own reason.
        for part in re.split(r"\s(?=#\s)", token.string):
            if SPEAKS.match(part) and not REASONED.match(part):
                yield Finding(
                    module.path,
                    token.start[0],
                    "ignore",
                    "mend the cause, or write the rule and the reason: `# noqa: S101 - why`, "
                    "`# pyright: ignore[reportAny] - why`, `# pragma: no cover - why`",
                )
