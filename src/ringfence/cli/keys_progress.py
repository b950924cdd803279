"""Progress of rotations: a bar where a person looks, a line at each tenth where a file or a pipe does."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO, final

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

_STEP = 10
_ALL = 100


class Progress(Protocol):
    """Shows how far something is."""

    def show(self, name: str, *, percent: int) -> None:
        """Tells that `name` is at `percent`, as often as one likes."""
        ...


@contextmanager
def shown_by(out: TextIO) -> Generator[Progress]:
    """The progress that suits this output."""
    if not out.isatty():
        yield Lines(out)
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn  # noqa: PLC0415 - as above
    from rich.progress import Progress as Bars  # noqa: PLC0415 - as above

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Bars(*columns, console=Console(file=out)) as bars:
        yield Bar(bars)


@final
class Lines:
    """A line at the beginning, at each tenth, and at the end."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._told: dict[str, int] = {}

    def show(self, name: str, *, percent: int) -> None:
        """Writes a line where it is further by a tenth."""
        before = self._told.get(name)
        if before is None or percent >= before + _STEP or (percent > before and percent >= _ALL):
            self._told[name] = percent
            self._out.write(f"{name}: {percent}%\n")
            self._out.flush()


@final
class Bar:
    """A bar for each."""

    def __init__(self, bars: "Bars") -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def show(self, name: str, *, percent: int) -> None:
        """Moves the bar of this name."""
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=100)
        self._bars.update(self._tasks[name], completed=percent)
