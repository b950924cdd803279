"""The operator's file of statements and exceptions: begun with an example, and checked as the Trust Center reads it."""

import os

from ringfence.base import clock
from ringfence.evidence import register, statements
from ringfence.settings import Settings


def init() -> int:
    """Writes the example where the Trust Center looks; leaves a file that is there alone, with exit code 1."""
    path = Settings().statements_file
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(f"{path} is there already; nothing was changed.")
        return 1
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(statements.example())
    print(f"Wrote {path}. Edit it, then: ringfence statements check")
    return 0


def check() -> int:
    """Prints each fault with its line, or what is signed and accepted; gives 1 where there is a fault."""
    path, today = Settings().statements_file, clock.now().date()
    ledger = statements.load(path, register.load().promises, today=today)
    for fault in ledger.faults:
        print(fault)
    if ledger.faults:
        return 1
    for one in ledger.statements.values():
        print(f"{one.promise}  {one.owner}, signed {one.signed}, expires {one.expires}")
    for one in ledger.exemptions:
        print(f"{one.promise}  exception until {one.until}, accepted by {one.accepted_by}")
    print(f"{path}: {len(ledger.statements)} statements, {len(ledger.exemptions)} exceptions.")
    return 0
