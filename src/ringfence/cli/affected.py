"""`ringfence audit affected`: whom and what an incident touched, by an export that is verified first. Keeps INC-02."""

import json
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ringfence.evidence import verify as verifier
from ringfence.evidence.affected import Affected, Window, affected


def tell(  # noqa: PLR0913 - which incident
    export: Path,
    *,
    actors: Sequence[str],
    since: datetime | None,
    until: datetime | None,
    keys: Sequence[str],
    is_json: bool,
) -> int:
    """Prints the list; gives the verifier's exit code instead, where the export is not what was signed."""
    with redirect_stdout(sys.stderr):
        code = verifier.main([*(f"--key={key}" for key in keys), "--", str(export)])
    if code:
        print("ringfence: no list is made from an export that does not verify", file=sys.stderr)
        return code
    window = Window(_in_utc(since), _in_utc(until), frozenset(actor.lower() for actor in actors))
    with export.open("rb") as lines:
        found = affected(lines, window)
    print(json.dumps(found.as_json(), indent=2) if is_json else shown_as_text(found))
    return 0


def _in_utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def shown_as_text(found: Affected) -> str:
    """The list for a person, line by line."""
    lines = [f"{found.entries} entries of {found.log or 'this log'} in the window."]
    if found.pruned:
        lines.append(f"{found.pruned} older entries are hashes alone: what they told is not in here.")
    if found.is_everybody:
        lines.append("Somebody who is no user read of the whole organization: count every user of it as affected.")
    shown: dict[str, Any] = found.as_json()
    for title, rows in (("Users", shown["users"]), *((f"{kind}s", rows) for kind, rows in shown["things"].items())):
        lines.append(f"\n{title} ({len(rows)})")
        lines += [f"  {one}  {row['entries']:>6}  {row['first']}  {row['last']}" for one, row in rows.items()]
    for title, counts in (("Acts", found.acts), ("Reads", found.reads), ("By", found.actors)):
        lines.append(f"\n{title}")
        lines += [f"  {count:>6}  {name}" for name, count in counts.most_common()]
    # What raw SQL wrote verifies, too: nothing of it may steer a terminal.
    return "".join(one if one.isprintable() or one == "\n" else "\ufffd" for one in "\n".join(lines))
