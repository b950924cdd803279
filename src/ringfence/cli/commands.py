"""The commands and their options: thin, so that `--help` is quick and each command imports only what it uses."""

import gc
import os
import sys
from typing import Annotated, Literal

from cyclopts import App, Parameter

from ringfence import __version__
from ringfence.cli.commands_audit import audit
from ringfence.cli.commands_keys import keys
from ringfence.cli.commands_store import store

app = App(name="ringfence", help="AI agents for the customers of a SaaS product.", version=__version__)
partner = App(name="partner", help="Partners: the SaaS companies that embed Ringfence.")
deliveries = App(name="deliveries", help="Messages that were queued: what became of them, and another try.")
demo = App(name="demo", help="Everything on this machine, with a demo partner.")
prove = App(name="prove", help="Proof on the running system.")
statements = App(name="statements", help="What people sign for, and exceptions that were accepted: the Trust Center's.")
app.command(partner)
app.command(audit)
app.command(store)
app.command(keys)
app.command(statements)
app.command(prove)
app.command(deliveries)
app.command(demo)

# What a command imports stays: to look through it for garbage again and again is a seventh of the time of a start.
_YOUNG_OBJECTS = 50_000


def main() -> None:
    """Runs a command; a failure that has a mend is printed as one, with exit code 1."""
    gc.set_threshold(_YOUNG_OBJECTS)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has enough (`ringfence where TEN-01 | head`): nothing is left to be flushed to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as failure:
        from ringfence.cli.failures import exit_code_of  # noqa: PLC0415 - it knows half the product

        code = exit_code_of(failure)
        if code is None:
            raise
        sys.exit(code)


@app.command
def serve(*, admin_url: str | None = None) -> None:
    """Serves the API on the embedded database, or on RINGFENCE_DATABASE_URL.

    Parameters
    ----------
    admin_url
        On an external database: migrate it first as this administrator.

    """
    from ringfence.cli import starting  # noqa: PLC0415 - quick help

    starting.serve(admin_url=admin_url)


@app.command
def worker() -> None:
    """Executes runs, scheduled jobs and deliveries beside `ringfence serve`; as many as are wanted, no HTTP."""
    from ringfence.cli import starting  # noqa: PLC0415 - quick help

    starting.work()


@app.command
def migrate(*, admin_url: str | None = None, rotate_context: bool = False) -> None:
    """Brings the database's schema forward, and the key that signs contexts.

    Parameters
    ----------
    admin_url
        The administrator of an external database; the embedded one needs none.
    rotate_context
        Make a new context key; the one before stays valid for an hour.

    """
    from ringfence.cli import starting  # noqa: PLC0415 - quick help

    starting.migrate(admin_url=admin_url, rotate=rotate_context)


@app.command
def doctor(*, prod: bool = False, json: bool = False) -> None:
    """Looks for what is missing or dangerous, and says how to mend it; exit code 1 when something is.

    Parameters
    ----------
    prod
        Ask all that a production deployment needs, whatever the mode is now.
    json
        Print the findings as JSON.

    """
    from ringfence.cli import doctor as examination  # noqa: PLC0415 - quick help

    if json:
        sys.exit(examination.examine_as_json(is_production=prod))
    sys.exit(examination.examine_production() if prod else examination.examine())


@app.command
def probe(name: str | None = None) -> None:
    """Looks now, as the probes do on their schedule; exit code 1 when one fails, 2 when one could not look.

    Parameters
    ----------
    name
        A probe (`tenancy.tables`) or an area (`tenancy`); all without it.

    """
    from ringfence.cli import probing  # noqa: PLC0415 - quick help

    sys.exit(probing.probe(name))


@app.command
def where(*promises: str, live: bool = False) -> None:
    """Shows promises' code, tests and probes; without an id, all of them as a table.

    Parameters
    ----------
    promises
        Their ids, such as TEN-01.
    live
        Add the last result of each probe, from this deployment's database.

    """
    from ringfence.cli import whereabouts  # noqa: PLC0415 - quick help

    sys.exit(whereabouts.show(promises, is_live=live))


@prove.command
def isolation(*, url: str | None = None, json: bool = False) -> None:
    """Tries to reach one organization from another, by every route and by SQL; exit code 1 when anything gives way.

    Parameters
    ----------
    url
        Where the deployment answers; by default where the demo or the settings say.
    json
        Print every single attempt as JSON.

    """
    from ringfence.cli.prove import isolation_of  # noqa: PLC0415 - quick help

    sys.exit(isolation_of(url, is_json=json))


@app.command
def datamap(*, json: bool = False, markdown: bool = False) -> None:
    """Shows every column: what it holds, whose it is, when it goes, whose key seals it and where it is exported.

    Parameters
    ----------
    json
        Print it as JSON.
    markdown
        Print it as docs/datamap.md has it.

    """
    from ringfence.cli import datamap as shown  # noqa: PLC0415 - quick help

    shown.show(is_json=json, is_markdown=markdown)


@app.command
def openapi() -> None:
    """Prints the OpenAPI document of this version."""
    from ringfence.cli.document import openapi_json  # noqa: PLC0415 - quick help

    print(openapi_json())


@partner.command
def create(name: str, *, issuer: str, test: bool = False) -> None:
    """Creates a partner and prints its first API key, once.

    Parameters
    ----------
    name
        What people call the partner.
    issuer
        The `iss` of the tokens that it signs: unique in this deployment, never changed by API.
    test
        Make the key a test key (rf_test_...).

    """
    from ringfence.cli import operating  # noqa: PLC0415 - quick help

    operating.create_partner(name, issuer=issuer, is_test=test)


@partner.command
def issue_key(partner_id: str, *, name: str = "issued by the operator", test: bool = False) -> None:
    """Prints another API key of a partner, once, with every scope that this release has.

    Parameters
    ----------
    partner_id
        The partner that lost its keys, or whose keys are older than a scope that it needs.
    name
        What the list of keys calls it.
    test
        Make the key a test key (rf_test_...).

    """
    from ringfence.cli import operating  # noqa: PLC0415 - quick help

    operating.issue_key(partner_id, name=name, is_test=test)


@partner.command
def restrict(partner_id: str) -> None:
    """Cuts a partner off at once: no token, session, key or run of it works until it is resumed."""
    from ringfence.cli import operating  # noqa: PLC0415 - quick help

    operating.restrict_partner(partner_id)


@partner.command
def resume(partner_id: str) -> None:
    """Lifts a partner's restriction; sessions from before stay ended."""
    from ringfence.cli import operating  # noqa: PLC0415 - quick help

    operating.resume_partner(partner_id)


@deliveries.command(name="list")
def list_deliveries(*, status: Literal["queued", "delivered", "failed"] | None = None, most: int = 50) -> None:
    """Lists the newest messages: ids, attempts, times and codes, never what they say.

    Parameters
    ----------
    status
        Only those that are queued, delivered or failed.
    most
        At most so many.

    """
    from ringfence.cli import delivering  # noqa: PLC0415 - quick help

    delivering.list_(status=status, most=most)


@deliveries.command
def replay(delivery_id: str) -> None:
    """Sends a message again that was given up, once what was wrong is mended."""
    from ringfence.cli import delivering  # noqa: PLC0415 - quick help

    sys.exit(delivering.replay(delivery_id))


@statements.command
def init() -> None:
    """Writes a file to begin with, all comments: statements.toml in the data directory, or RINGFENCE_STATEMENTS."""
    from ringfence.cli import stating  # noqa: PLC0415 - quick help

    sys.exit(stating.init())


@statements.command
def check() -> None:
    """Checks the file as the Trust Center reads it; a fault is told with its line, and exit code 1."""
    from ringfence.cli import stating  # noqa: PLC0415 - quick help

    sys.exit(stating.check())


@demo.default
def run_demo(*, reset: bool = False) -> None:
    """Starts everything with the demo partner Northwind.

    Parameters
    ----------
    reset
        Begin anew: deletes the demo's data directory first.

    """
    from ringfence.cli import demonstration  # noqa: PLC0415 - quick help

    demonstration.run(reset=reset)


@demo.command
def token(user: str, organization: str) -> None:
    """Prints a partner-signed token for a demo user: `ringfence demo token alice rose`."""
    from ringfence.cli import demo_client  # noqa: PLC0415 - quick help

    print(demo_client.sign(user, organization))


@demo.command
def chat(
    message: str | None = None,
    *,
    as_: Annotated[str, Parameter(name="--as")] = "alice@rose",
    run: str | None = None,
) -> None:
    """Talks to the demo agent and streams the answer; goes on where it was after a crash.

    Parameters
    ----------
    message
        What to say; without it the terminal asks.
    as_
        Who speaks: user@organization.
    run
        Watch this run instead of starting one.

    """
    from ringfence.cli import demo_client  # noqa: PLC0415 - quick help

    sys.exit(demo_client.chat(message, speaker=as_, run=run))
