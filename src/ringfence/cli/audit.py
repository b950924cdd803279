"""`ringfence audit`: the audit log, checked as a customer checks it."""

from collections.abc import Sequence

from ringfence.evidence import verify as verifier


def verify(  # noqa: PLR0913 - the options of verify.py
    what: str,
    *,
    since: str | None,
    proof: str | None,
    keys: Sequence[str],
    witnesses: Sequence[str],
    is_json: bool,
) -> int:
    """Prints what verify.py says, by its own code path, and gives its exit code; needs no database and no settings."""
    options = [("--since", since), ("--proof", proof), *(("--key", key) for key in keys)]
    options += [("--witness", witness) for witness in witnesses]
    named = [f"{name}={value}" for name, value in options if value is not None]
    return verifier.main([*named, *(["--json"] if is_json else []), "--", what])
