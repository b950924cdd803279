"""Keeps CRY-01, CRY-02, CRY-03. What a keystore gives: the protocol that drivers keep, its nouns and its refusals.

Proved in tests/controls/test_keystore.py.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Protocol, final
from uuid import UUID

from ringfence.base.crypto import HmacSha256, RecordKey, Secret, hkdf_sha256
from ringfence.base.problem import Problem, storage_full
from ringfence.controls.keystore.owner import KeyOwner

SECRET_BYTES = 64
_HALF = 32


class Purpose(StrEnum):
    """What a data key is for. The values are part of what was encrypted: never change one."""

    CONTENT = "content"
    FILES = "files"
    SECRETS = "secrets"
    PERSONAL = "personal"


class ServerKey(Enum):
    """The deployment's own keys. Random and stored, never derived from the root: rotating that must not kill them."""

    SESSION_SIGNING = "session_signing"
    REFRESH_MAC = "refresh_mac"
    API_KEY_PEPPER = "api_key_pepper"
    CURSOR_MAC = "cursor_mac"
    IP_HASH = "ip_hash"
    CONTEXT_SIGNING = "context_signing"
    AUDIT_SIGNER = "audit_signer"
    AUDIT_BUNDLES = "audit_bundles"
    CANARIES = "canaries"
    REQUEST_HASH = "request_hash"


class KeystoreRefusal(Exception):  # noqa: N818 - it is a decision, not a fault
    """The keystore does not open; the message is for the operator and says which part is wrong and the mend."""


class Unknown(Problem):
    """No key was ever made for this owner, or not this version: an inconsistency, so 500, and the log says whose."""

    def __init__(self, owner: KeyOwner) -> None:
        super().__init__(500, "integrity", "This could not be read.", cause=f"no such key of {owner.path}")


class Damaged(Problem):
    """The keystore's files are not what was written; nothing is served from them."""

    def __init__(self, what: str) -> None:
        super().__init__(500, "integrity", "This could not be read.", cause=f"keystore damaged: {what}")


class Destroyed(Problem):
    """The owner was erased: its key is gone for ever and cannot be made again. The world sees 404."""

    def __init__(self, owner: KeyOwner) -> None:
        super().__init__(404, "not_found", "There is no such thing here.", cause=f"key of {owner.path} was destroyed")


class RootReplaced(Problem):
    """The root key of this process was replaced by another: it reads no key until it is restarted."""

    def __init__(self, cause: str) -> None:
        super().__init__(503, "keystore_root_replaced", "Keys cannot be read for the moment. Try again.", cause=cause)


class Moving(Problem):
    """The keystore is being moved to another place: keys are read, and none is made, changed or destroyed."""

    def __init__(self, other: str) -> None:
        detail = "Keys are being moved to another place. Try again."
        cause = f"the keystore is being moved to {other}"
        super().__init__(503, "keystore_moving", detail, headers={"Retry-After": "30"}, cause=cause)


class Moved(Problem):
    """The keys are elsewhere: this process reads none, until it is started again with the settings of that place."""

    def __init__(self, cause: str) -> None:
        super().__init__(503, "keystore_moved", "Keys cannot be read for the moment. Try again.", cause=cause)


class Full(Problem):
    """The keystore's disk takes no more: nothing was changed, and trying again is right once there is room."""

    def __init__(self) -> None:
        full = storage_full("the keystore's disk")
        super().__init__(full.status, full.code, full.detail, headers=full.headers, cause=full.cause)


class KeystoreUnavailable(Problem):
    """A key service does not answer: nothing was changed, cached keys still open what they sealed, try again."""

    def __init__(self, cause: str) -> None:
        detail = "The service that holds the keys does not answer. Try again."
        super().__init__(503, "keystore_unavailable", detail, headers={"Retry-After": "5"}, cause=cause)


@final
class KeyMaterial:
    """One version of an owner's key, out of its wrapping: 32 bytes for data keys and 32 for blind indexes.

    Data keys are derived from it (RFC 5869) and kept with it, so that dropping it drops them. The index half is the
    same in every version: an index must still be found after a rotation.
    """

    __slots__ = ("_data_keys", "_index", "_secret", "key_id", "number", "owner", "scope")

    def __init__(self, owner: KeyOwner, *, key_id: bytes, number: int, secret: Secret) -> None:
        if len(secret.reveal()) != SECRET_BYTES:
            raise ValueError("key material has 64 bytes")
        self.owner = owner
        self.scope: str = owner.scope.path
        self.key_id = key_id
        self.number = number
        self._secret = secret
        self._data_keys: dict[Purpose, RecordKey] = {}
        self._index: HmacSha256 | None = None

    def data_key(self, purpose: Purpose) -> RecordKey:
        """The key that seals records of this purpose."""
        key = self._data_keys.get(purpose)
        if key is None:
            info = b"ringfence data key 1 " + purpose.value.encode()
            derived = hkdf_sha256(self._secret.reveal()[:_HALF], salt=b"", info=info, size=32)
            key = self._data_keys[purpose] = RecordKey(Secret(derived))
        return key

    @property
    def index(self) -> HmacSha256:
        """The keyed hash for blind indexes."""
        if self._index is None:
            half = self._secret.reveal()[_HALF:]
            self._index = HmacSha256(hkdf_sha256(half, salt=b"", info=b"ringfence index 1", size=32))
        return self._index

    @property
    def index_half(self) -> bytes:
        """What the next version of this key carries on, for drivers alone."""
        return self._secret.reveal()[_HALF:]


@dataclass(frozen=True, slots=True)
class KeystoreStatus:
    """What an operator may know of the keystore: counts and times, no key."""

    driver: str
    epoch: int
    owners: int
    versions: int
    destroyed: int
    oldest: datetime | None
    root_fingerprint: str
    root_source: str = ""
    """Where the root key of this process comes from."""
    root_before: str | None = None
    """The fingerprint of the root key that was replaced and still opens the keystore; None once it may go."""
    root_before_is_held: bool = False
    """Whether a process runs that has that one alone."""
    moving_to: str | None = None
    """Where the keystore is being moved to, while it is."""


class Keystore(Protocol):
    """Keys by owner. Calls are synchronous: a cached `unwrap` takes about a microsecond, one that misses reads a file.

    Where keys live behind a network a miss asks it, for a second at most: call `warm` at the doors.
    `create`, `wrap`, `rotate` and `destroy` wait for disk or network: on an event loop call them through
    asyncio.to_thread. They raise Full or KeystoreUnavailable, and change nothing, where there is no room or no answer.
    """

    def create(self, owner: KeyOwner) -> KeyMaterial:
        """The owner's key, made now unless it exists (also when two processes try at once); Destroyed."""
        ...

    def wrap(self, owner: KeyOwner, secret: Secret) -> KeyMaterial:
        """Takes a key of 64 bytes from elsewhere in as the owner's newest version; Destroyed."""
        ...

    def unwrap(self, owner: KeyOwner, key_id: bytes | None = None) -> KeyMaterial:
        """The owner's newest key, or the version named; Unknown, Destroyed, Damaged."""
        ...

    def rotate(self, owner: KeyOwner) -> KeyMaterial:
        """A new version for new writes; older ones still open what they sealed. Unknown, Destroyed."""
        ...

    def retire(self, versions: Mapping[KeyOwner, Collection[bytes]]) -> None:
        """Drops versions that seal nothing any more, by owner, all in one step; what is gone already is no error.

        ValueError, and nothing dropped, where one of them is its owner's newest.
        """
        ...

    def destroy(self, *owners: KeyOwner) -> None:
        """Makes the owners' keys, and those of an organization's users, unrecoverable; then tell every process.

        Nothing happens to an owner that is destroyed already; one that is unknown gets its tombstone.
        """
        ...

    def tombstones(self) -> Sequence[tuple[str, datetime]]:
        """The path of each owner that was destroyed, and when."""
        ...

    def inventory(self) -> Mapping[str, Sequence[bytes]]:
        """The path of each owner that has a key, and the ids of its versions; no key, and none of the server's own."""
        ...

    def status(self) -> KeystoreStatus:
        """What `ringfence doctor` and the probes show."""
        ...

    def server_key(self, name: ServerKey) -> Secret:
        """32 random bytes, made on first use and the same in every process.

        NOTE: kept for the process's life: what is rotated is read by `server_keys`, and by nothing else.
        """
        ...

    def server_keys(self, name: ServerKey) -> Sequence[tuple[Secret, datetime]]:
        """Every version of it and when it was made, oldest first; the first is made now if there is none.

        Waits for disk or network.
        """
        ...

    def rotate_server_key(self, name: ServerKey) -> None:
        """A new version behind those that there are, which stay. Waits for disk or network."""
        ...

    def forget(self, owner: KeyOwner) -> None:
        """Drops the owner's unwrapped keys from this process, and those of an organization's users."""
        ...

    def forget_subject(self, subject_id: UUID) -> None:
        """Drops the unwrapped keys of one user, or of one organization with its users, from this process."""
        ...

    def forget_all(self) -> None:
        """Drops every unwrapped key from this process."""
        ...

    def close(self) -> None:
        """Drops the keys and lets go of files and connections."""
        ...

    async def warm(self, *owners: KeyOwner) -> None:
        """Brings the owners' newest keys into this process, so that an `unwrap` that follows asks no network.

        Never fails: what could not be brought is asked for, and refused, by the `unwrap` itself.
        """
        ...

    async def keep(self) -> None:
        """Keeps up, until cancelled, what the keystore has with a service: a token, the proof that the root answers."""
        ...
