"""What the doctor says of one thing: it is well, it must be mended, or it is to be known."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, under a short name; `mend` is None where it is well, `advice` where nothing must be done."""

    name: str
    what: str
    mend: str | None = None
    advice: str | None = None

    @property
    def sign(self) -> str:
        """How it is marked in the output."""
        if self.mend is not None:
            return "MEND"
        return "hint" if self.advice is not None else "well"


def good_or(name: str, is_good: object, good: str, *, bad: str, mend: str) -> Finding:
    """The one finding of a condition."""
    return Finding(name, good) if is_good else Finding(name, bad, mend)
