"""Keeps CRY-02. Which keystore a deployment has, and under which root key, by what its operator said.

Proved in tests/controls/test_keystore_roots.py.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ringfence.base.crypto import Secret, random_bytes
from ringfence.controls.keystore import current, disk, replacing
from ringfence.controls.keystore.carried import End
from ringfence.controls.keystore.file import FileKeystore
from ringfence.controls.keystore.file_end import FileEnd
from ringfence.controls.keystore.keys import Keystore, KeystoreRefusal, Moved
from ringfence.controls.keystore.openbao.client import Bao, BaoAccess
from ringfence.controls.keystore.openbao.end import BaoEnd
from ringfence.controls.keystore.openbao.store import OpenBaoKeystore
from ringfence.controls.keystore.root import RootKey, Roots
from ringfence.controls.keystore.roots.aws import AwsKms
from ringfence.controls.keystore.roots.azure import AzureKeyVault
from ringfence.controls.keystore.roots.azure_login import AzureAccess
from ringfence.controls.keystore.roots.gcp import GcpKms
from ringfence.controls.keystore.roots.local import LocalRoot
from ringfence.controls.keystore.roots.openbao import TransitRoot
from ringfence.controls.keystore.roots.remote import KeyService, RemoteRoot


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What an operator says of the keystore; the settings of the same names tell more."""

    data: Path
    driver: str = "file"
    root: str | None = None
    root_previous: str | None = None
    encryption_key: Secret | None = None
    encryption_key_previous: Secret | None = None
    bao: BaoAccess = field(default_factory=BaoAccess)
    bao_transit: str = "transit"
    bao_kv: str = "secret"
    bao_prefix: str = "ringfence"
    azure: AzureAccess = field(default_factory=AzureAccess)


def open_keystore(choice: Choice) -> Keystore:
    """The keystore, made now if there is none (seconds, at most); KeystoreRefusal says what is wrong and the mend."""
    driver, _, place = choice.driver.partition(":")
    if driver == "openbao" and place:
        return _open_openbao(place, choice)
    if choice.driver != "file":
        raise KeystoreRefusal(f"RINGFENCE_KEYSTORE={driver} is no keystore: file, or openbao:https://host:8200")
    _refuse_moved(choice.data / "keystore")
    return FileKeystore(choice.data / "keystore", roots_of(choice), reread=lambda: roots_of(choice))


def _open_openbao(address: str, choice: Choice) -> OpenBaoKeystore:
    """NOTE: a root key beside it is refused, not ignored: its owner would believe that it protects something."""
    given = {
        "RINGFENCE_ROOT_KEY": choice.root,
        "RINGFENCE_ROOT_KEY_PREV": choice.root_previous,
        "ENCRYPTION_KEY": choice.encryption_key,
        "ENCRYPTION_KEY_PREV": choice.encryption_key_previous,
    }
    if names := [name for name, value in given.items() if value is not None]:
        raise KeystoreRefusal(f"{' and '.join(names)}: a keystore on OpenBao has its root there; leave it out")
    bao = Bao(address, choice.bao, variable="RINGFENCE_KEYSTORE")
    return OpenBaoKeystore(bao, transit=choice.bao_transit, kv=choice.bao_kv, prefix=choice.bao_prefix)


def end_of(name: str, choice: Choice, *, root: RootKey | None = None) -> End:
    """A keystore as one end of a move: `file` or `openbao:https://...`; KeystoreRefusal.

    `root` wraps a copy that is made in files; without it a root key is made beside the data, in `root.key`.
    """
    driver, _, place = name.partition(":")
    if driver == "openbao" and place:
        bao = Bao(place, choice.bao, variable="--to" if name != choice.driver else "RINGFENCE_KEYSTORE")
        return BaoEnd(bao, transit=choice.bao_transit, kv=choice.bao_kv, prefix=choice.bao_prefix)
    if name != "file":
        raise KeystoreRefusal(f"{name} is no keystore: file, or openbao:https://host:8200")
    root_file = choice.data / "root.key"
    if choice.driver == "file":
        return FileEnd(choice.data / "keystore", lambda: roots_of(choice), root_file=root_file)
    return FileEnd(
        choice.data / "keystore", lambda: Roots(root or LocalRoot.from_new_file(root_file)), root_file=root_file
    )


def _refuse_moved(directory: Path) -> None:
    """KeystoreRefusal where the keys are elsewhere; before anything is said of a root key that went with them."""
    try:
        if current.path_in(directory).exists():
            current.number_in(directory)
    except Moved as failure:
        raise KeystoreRefusal(str(failure.cause)) from None


def roots_of(choice: Choice) -> Roots:
    """The root keys that the operator gave; KeystoreRefusal names the one that is wrong."""
    current_spec = choice.root or ("env" if choice.encryption_key is not None else "file")
    previous_spec = choice.root_previous or ("env" if choice.encryption_key_previous is not None else None)
    root = _root(current_spec, choice, variable="RINGFENCE_ROOT_KEY", key=choice.encryption_key, name="ENCRYPTION_KEY")
    if previous_spec is None:
        return Roots(root)
    before = _root(
        previous_spec,
        choice,
        variable="RINGFENCE_ROOT_KEY_PREV",
        key=choice.encryption_key_previous,
        name="ENCRYPTION_KEY_PREV",
    )
    return Roots(root, before)


def root_named(spec: str, choice: Choice, *, given: Secret | None) -> RootKey:
    """The root key at a place that an operator names: `env` (`given`), `file:/path`, a key service; KeystoreRefusal."""
    kind, _, place = spec.partition(":")
    if kind == "env" and not place:
        if given is None:
            raise KeystoreRefusal("ENCRYPTION_KEY_NEXT is not set: put the new root key there")
        return LocalRoot.parse(given.reveal().decode(), source="ENCRYPTION_KEY_NEXT")
    if kind == "file" and place:
        return LocalRoot.from_file(Path(place))
    if kind in _SERVICES:
        return _root(spec, choice, variable="--to", key=None, name=spec)
    known = ", ".join(f"{kind}:..." for kind in _SERVICES)
    raise KeystoreRefusal(f"{spec} is no place of a new root key: file, env, file:/path, {known}")


def _root(spec: str, choice: Choice, *, variable: str, key: Secret | None, name: str) -> RootKey:
    kind, _, place = spec.partition(":")
    if kind == "file" and not place:
        return _file_root(choice.data, is_current=variable == "RINGFENCE_ROOT_KEY")
    if kind == "env" and not place:
        if key is None:
            raise KeystoreRefusal(f"{variable}=env, but {name} is not set: set it, or leave {variable} out")
        return LocalRoot.parse(key.reveal().decode(), source=name)
    made = _SERVICES.get(kind)
    if made is None:
        raise KeystoreRefusal(f"{variable}={kind} is no place of a root key: {', '.join(('file', 'env', *_SERVICES))}")
    return RemoteRoot(made(place, choice), source=spec, keystore=_identity(choice.data / "keystore"))


def _file_root(data: Path, *, is_current: bool) -> LocalRoot:
    """A root key is made for a new keystore alone: beside an old one its absence is refused, not papered over."""
    replacing.complete(data)
    if is_current and not current.path_in(data / "keystore").exists():
        return LocalRoot.from_new_file(data / "root.key")
    return LocalRoot.from_file(data / "root.key")


def _identity(directory: Path) -> str:
    """What a key service binds this keystore's key to: random, made once, no secret, kept beside the keys."""
    path = directory / "identity"
    disk.make_private_directory(directory)
    if not path.exists():
        disk.make_once(path, random_bytes(16).hex().encode())
    found = path.read_bytes().decode("ascii", "replace")
    if not re.fullmatch(r"[0-9a-f]{32}", found):
        raise KeystoreRefusal(f"{path} is not what was written: put the keystore back from its backup")
    return found


_SERVICES: Final[Mapping[str, Callable[[str, Choice], KeyService]]] = {
    "aws-kms": lambda place, _choice: AwsKms(place),
    "gcp-kms": lambda place, _choice: GcpKms(place),
    "azure-kv": lambda place, choice: AzureKeyVault(place, choice.azure),
    "openbao": lambda place, choice: TransitRoot(place, choice.bao),
}
