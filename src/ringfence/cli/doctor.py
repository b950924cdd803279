"""`ringfence doctor`: each missing or dangerous thing with its exact mend; `--prod` asks all that production needs."""

import sys
from collections.abc import Sequence

import msgspec

from ringfence.cli import doctor_database, doctor_machine, doctor_settings
from ringfence.cli.doctor_findings import Finding
from ringfence.settings import Settings


def examine() -> int:
    """Prints what every deployment needs; gives 1 when something is to be mended."""
    settings = Settings()
    return show(_always(settings, is_production=settings.mode == "production"))


def examine_production() -> int:
    """Prints what a production deployment needs, whatever the mode is now."""
    return show(_always(Settings(), is_production=True))


def examine_as_json(*, is_production: bool) -> int:
    """The same for a program: one object with every finding."""
    settings = Settings()
    found = _always(settings, is_production=is_production or settings.mode == "production")
    rows = [
        {"name": one.name, "state": one.sign.lower(), "what": one.what, "mend": one.mend or one.advice} for one in found
    ]
    told = {"is_well": not _code(found), "findings": rows}
    print(msgspec.json.format(msgspec.json.encode(told)).decode())
    return _code(found)


def show(found: Sequence[Finding]) -> int:
    """Prints the findings for a person, and how many are to be mended; gives the exit code."""
    for finding in found:
        print(f"{finding.sign}  {finding.what}")
        if (told := finding.mend or finding.advice) is not None:
            print(f"      {told}")
    count = sum(1 for finding in found if finding.mend is not None)
    print(f"{count} to mend, of {len(found)} looked at." if count else "Nothing to mend.", file=sys.stderr)
    return _code(found)


def _always(settings: Settings, *, is_production: bool) -> list[Finding]:
    return [
        *doctor_machine.findings(settings),
        *(doctor_settings.findings(settings) if is_production else ()),
        *(doctor_machine.production(settings) if is_production else ()),
        *doctor_database.findings(settings),
        *(doctor_database.tls(settings) if is_production else ()),
    ]


def _code(found: Sequence[Finding]) -> int:
    return 1 if any(finding.mend for finding in found) else 0
