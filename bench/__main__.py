"""The command line: measures what is named, prints it, and writes RESULTS.md."""

import argparse
import sys

from bench import (
    audit,
    audit_export,
    destroying,
    encryption,
    events,
    files,
    idle,
    probing,
    reads,
    results,
    rotating,
    runs,
    scaling,
    sealing,
    searching,
    security,
    start,
    tenant_read,
    trust,
    verifying,
    widget,
    wires,
)
from bench.rounds import Plan
from tests.world_postgres import binaries

MEASUREMENTS = {
    "tenant_read": tenant_read.measure,
    "runs": runs.measure,
    "wires": wires.measure,
    "start": start.measure,
    "sealing": sealing.measure,
    "keys": destroying.measure,
    "encryption": encryption.measure,
    "rotation": rotating.measure,
    "audit": audit.measure,
    "idle": idle.measure,
    "security": security.measure,
    "reads": reads.measure,
    "trust": trust.measure,
    "probes": probing.measure,
    "processes": scaling.measure,
    "events": events.measure,
    "files": files.measure,
    "widget": widget.measure,
    "search": searching.measure,
    "verifier": verifying.measure,
    "audit_export": audit_export.measure,
}
_MOST_ROUNDS = 15
_MOST_SECONDS = 10.0


def main() -> int:
    """Gives the exit code: zero when everything could be measured, whatever the verdicts are."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Figures, in interleaved rounds.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(MEASUREMENTS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="load on one contender in one round")
    parser.add_argument("--print-only", action="store_true", help="leave RESULTS.md as it is")
    chosen = parser.parse_args()
    names: list[str] = chosen.names or list(MEASUREMENTS)
    if unknown := set(names) - set(MEASUREMENTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    plan = Plan(max(1, min(chosen.rounds, _MOST_ROUNDS)), max(0.2, min(chosen.seconds, _MOST_SECONDS)))
    sections = []
    for name in names:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        section = MEASUREMENTS[name](plan)
        sections.append(section)
        print(f"\n## {section.title}\n\n{section.text()}", flush=True)
    if not chosen.print_only:
        command = f"python -m bench {' '.join(names)} --rounds {plan.rounds} --seconds {plan.seconds:g}"
        results.write(sections, command=command, postgres=binaries().version)
    return 0


if __name__ == "__main__":
    sys.exit(main())
