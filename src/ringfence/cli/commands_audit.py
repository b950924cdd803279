"""The commands of the audit log and their options: thin, as those of commands.py."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

audit = App(name="audit", help="The audit log: checked without us, off-line, and the key that signs it.")


@audit.command(name="verify")
def verify_audit(  # noqa: PLR0913 - what is checked, and what it is held against
    what: Annotated[str, Parameter(allow_leading_hyphen=True)],
    *,
    since: str | None = None,
    proof: str | None = None,
    key: list[str] | None = None,
    witness: list[str] | None = None,
    json: bool = False,
) -> None:
    """Checks an export, receipt or checkpoint off-line; exit code 1 when something was changed, 2 if nobody can say.

    It is verify.py, which needs nothing of this: `python3 verify.py EXPORT` says the same on any machine.

    Parameters
    ----------
    what
        An export, a receipt, a checkpoint, a directory of tiles, or - for standard input.
    since
        A checkpoint that you kept: was anything changed, or cut off, since then?
    proof
        A consistency proof from that checkpoint, where the export begins after it.
    key
        A verifier key that you trust; several may be given. Without one, the keys are those that the export names.
    witness
        The verifier key of a witness that must have cosigned.
    json
        Print the report as JSON.

    """
    from ringfence.cli import audit as log  # noqa: PLC0415 - quick help

    sys.exit(log.verify(what, since=since, proof=proof, keys=key or [], witnesses=witness or [], is_json=json))


@audit.command(name="replace-signer")
def replace_signer(*, lost: str) -> None:
    """Lets another key sign where the keystore lost the one that did; nobody but us says that it follows.

    Put the keystore back instead, if you can: whoever checks the log is told that no earlier key announces this one.

    Parameters
    ----------
    lost
        The lost key's id, eight hexadecimal digits, as the server's log names it (audit_signer_lost).

    """
    from ringfence.cli import signer  # noqa: PLC0415 - quick help

    signer.replace(lost)


@audit.command(name="stopped")
def stopped_logs() -> None:
    """Lists the logs that were stopped, why, what still contradicts them, and how each goes on; exit code 1 if any."""
    from ringfence.cli import stopped  # noqa: PLC0415 - quick help

    sys.exit(stopped.list_())


@audit.command(name="resume")
def resume_log(log: str, *, index: int) -> None:
    """Lets a stopped log go on behind what was signed of it; entered into that log, and into the platform's.

    Refused while anything contradicts what was signed: that is never replaced.

    Parameters
    ----------
    log
        Which: `org/ID`, `partner/ID`, `platform/ID` or `instance`, as `ringfence audit stopped` names it.
    index
        Where it goes on, as it is shown there.

    """
    from ringfence.cli import stopped  # noqa: PLC0415 - quick help

    sys.exit(stopped.resume(log, index=index))


@audit.command(name="export")
def export_log(
    log: str,
    *,
    partner: str | None = None,
    format: Literal["verifiable", "jsonl", "csv"] = "verifiable",  # noqa: A002 - as the API calls it
    from_index: int = 0,
    output: Path | None = None,
) -> None:
    """Writes a log to a file or to standard output; who took it is entered into that log and into the platform's.

    Parameters
    ----------
    log
        Which: `platform` for what operators and unproven callers did, `partner/ID` or `org/ID`.
    partner
        The partner's id, for the log of an organization that was erased.
    format
        `verifiable` for `ringfence audit verify`; `jsonl` or `csv` to read, newest first.
    from_index
        Of a verifiable one: the first entry.
    output
        A new file, readable by its owner alone; standard output without it.

    """
    from ringfence.cli import taking  # noqa: PLC0415 - quick help

    taking.take(log, partner=partner, form=format, from_index=from_index, output=output)


@audit.command(name="affected")
def affected_users(  # noqa: PLR0913 - which incident
    export: Path,
    *,
    actor: list[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    key: list[str] | None = None,
    json: bool = False,
) -> None:
    """Lists whom and what an incident touched, by a verifiable export; off-line, and only if the export verifies.

    Parameters
    ----------
    export
        A verifiable export.
    actor
        Only what this user, key or session's user did; several may be given.
    since
        Not before this moment, in UTC unless it says so.
    until
        Before this moment.
    key
        A verifier key that you trust, as for `audit verify`.
    json
        Print the list as JSON.

    """
    from ringfence.cli import affected  # noqa: PLC0415 - quick help

    sys.exit(affected.tell(export, actors=actor or [], since=since, until=until, keys=key or [], is_json=json))


@audit.command(name="rotate-signer")
def rotate_signer() -> None:
    """Makes a new key that signs checkpoints; the one before it announces it, and stays listed for what it signed."""
    from ringfence.cli import signer  # noqa: PLC0415 - quick help

    signer.rotate()
