"""Failures that have a mend are printed as one or two sentences; anything else keeps its traceback."""

import sys

import pydantic

from ringfence.base.mail import BadMailServer
from ringfence.base.postgres import PostgresError
from ringfence.base.problem import Problem
from ringfence.cli.deployment import NoDatabase
from ringfence.cli.doctor_settings import UnsafeProduction
from ringfence.cli.serving import PortInUse
from ringfence.controls.egress import BadPlaces
from ringfence.controls.keystore import KeystoreRefusal
from ringfence.controls.limits import BadLimits
from ringfence.controls.tenancy import DangerousRole, NotProvisioned
from ringfence.features.knowledge import NoEmbedding

_PLAIN = (
    PostgresError,
    NoDatabase,
    PortInUse,
    KeystoreRefusal,
    BadLimits,
    BadMailServer,
    BadPlaces,
    DangerousRole,
    NoEmbedding,
    NotProvisioned,
    UnsafeProduction,
)


def exit_code_of(failure: Exception) -> int | None:
    """Prints a failure that we foresaw and gives its exit code; None for one that nobody foresaw."""
    if isinstance(failure, Problem):
        print(f"ringfence: {failure.detail or failure.code}", file=sys.stderr)
        return 1
    if isinstance(failure, pydantic.ValidationError):
        for fault in failure.errors():
            name = "_".join(str(part) for part in fault["loc"])
            print(f"ringfence: the setting RINGFENCE_{name.upper()} is wrong: {fault['msg']}", file=sys.stderr)
        return 2
    if isinstance(failure, _PLAIN):
        print(f"ringfence: {failure}", file=sys.stderr)
        return 1
    return None
