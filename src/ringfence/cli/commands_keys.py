"""The commands below `ringfence keys`: their help, and what each runs."""

import sys

from cyclopts import App

keys = App(name="keys", help="Keys: how they stand, new ones for an owner, a new root key, and another place for them.")


@keys.command(name="status")
def keys_status(*, json: bool = False) -> None:
    """Shows the keystore, its root key, whether ENCRYPTION_KEY_PREV may go, and the rotations with their progress.

    Parameters
    ----------
    json
        Print it as JSON.

    """
    from ringfence.cli import keys as keystore  # noqa: PLC0415 - quick help

    sys.exit(keystore.status(is_json=json))


@keys.command(name="rotate")
def rotate_keys(  # noqa: PLR0913 - whose, and how
    *,
    organization: str | None = None,
    user: str | None = None,
    partner: str | None = None,
    platform: bool = False,
    all_older_than: str | None = None,
    kept_days: int | None = None,
) -> None:
    """Gives an owner new keys and seals anew what lies under the old ones, beside running servers.

    What is written from now on lies under the new ones at once. A command that is stopped costs nothing: a server, or
    the same command again, goes on where it was.

    Parameters
    ----------
    organization
        An organization's id: its own key and all its users'.
    user
        One user: ORGANIZATION/USER, by their ids.
    partner
        A partner's id.
    platform
        The deployment's own key.
    all_older_than
        Every organization, partner and the platform whose key is older: `90d`.
    kept_days
        Keep the old keys for so many days, for the sake of backups, instead of RINGFENCE_KEY_KEPT_DAYS.

    """
    from ringfence.cli import keys as keystore  # noqa: PLC0415 - quick help

    owners = keystore.owners_of(organization=organization, user=user, partner=partner, platform=platform)
    age = keystore.age_of(all_older_than) if all_older_than is not None else None
    if not owners and age is None:
        print("Say whose: --organization, --user, --partner, --platform or --all-older-than.", file=sys.stderr)
        sys.exit(2)
    sys.exit(keystore.rotate(owners, older_than=age, kept_days=kept_days))


@keys.command(name="rotate-root")
def rotate_root(*, to: str | None = None) -> None:
    """Seals the keystore under another root key, beside running servers.

    Parameters
    ----------
    to
        Where the new one is: `file` (made now, in root.key), `env` (ENCRYPTION_KEY_NEXT), `file:/path`, or the key of
        a service as RINGFENCE_ROOT_KEY names it.

    """
    from ringfence.cli import keys as keystore  # noqa: PLC0415 - quick help

    sys.exit(keystore.rotate_root(to))


@keys.command(name="move")
def move_keys(*, to: str | None = None, root: str | None = None, finish: bool = False, cancel: bool = False) -> None:
    """Moves the keystore to OpenBao, or back into files. Servers go on reading meanwhile, and make no new key.

    A command that is killed is given again, and goes on. The old place is left as it is until `--finish`.

    Parameters
    ----------
    to
        Where to: `openbao:https://host:8200`, or `file`.
    root
        The root key of a keystore of files: `file` (made now, in root.key), `env` (ENCRYPTION_KEY_NEXT), `file:/path`,
        or the key of a service.
    finish
        Destroy the keys in the place that was left, once every process runs on the new one.
    cancel
        Give a move up that is not done: destroy the copy, and make keys again where they are.

    """
    from ringfence.cli import keys_moving  # noqa: PLC0415 - quick help

    if finish + cancel + (to is not None) != 1:
        print("Say one: --to, --finish or --cancel.", file=sys.stderr)
        sys.exit(2)
    if to is not None:
        sys.exit(keys_moving.move(to, root=root))
    sys.exit(keys_moving.finish() if finish else keys_moving.cancel())
