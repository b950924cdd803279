"""Keeps CRY-01, CRY-03. What stands in OpenBao's KV engine (version 2): an owner's wrapped keys, or its tombstone.

Both stand at the same place and are written by check-and-set, so of a creation and a destruction that race one wins,
and who comes later sees it. Metadata repeat the key ids, so that an inventory reads no keys; they count only while
they name the version that is stored. Proved in tests/controls/test_keystore_openbao.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast, final

from ringfence.base import clock
from ringfence.base.crypto import length_prefixed
from ringfence.base.outbound import Failure
from ringfence.controls.keystore.carried import Mark, refuse_other
from ringfence.controls.keystore.keys import Damaged, KeystoreRefusal, KeystoreUnavailable
from ringfence.controls.keystore.openbao.client import Bao, BaoAnswer

_FORMAT: Final = "1"
_IDS_IN_A_FIELD: Final = 15
_NO_MATCH: Final = "check-and-set"
MARK: Final = "server/move"
"""Where the mark of a move stands: beside the server's keys, where no inventory looks."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """One version of an owner's key, encrypted by the transit engine."""

    number: int
    key_id: bytes
    at: datetime
    ciphertext: str

    def context(self, prefix: str, path: str) -> bytes:
        """What the ciphertext is bound to: it opens for this owner and version, in this deployment alone."""
        number = self.number.to_bytes(4, "big")
        return length_prefixed(b"ringfence openbao key 1", prefix.encode(), path.encode(), self.key_id, number)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored of an owner; `stored` is the engine's own version number, 0 for nothing."""

    stored: int
    versions: tuple[Wrapped, ...] = ()
    destroyed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """What an inventory tells of an owner: ids and times."""

    key_ids: tuple[bytes, ...]
    oldest: datetime | None
    destroyed: datetime | None


@final
class Entries:
    """The entries of one deployment: those below `prefix` in one mount."""

    def __init__(self, bao: Bao, mount: str, prefix: str) -> None:
        self._bao = bao
        self._mount = mount
        self._prefix = prefix

    def check_engine(self) -> None:
        """KeystoreRefusal unless the mount is a KV engine of version 2: the first one has no check-and-set."""
        answer = self._bao.call("GET", f"sys/internal/ui/mounts/{self._mount}")
        options = answer.data.get("options")
        version = cast("dict[str, object]", options).get("version") if isinstance(options, dict) else None
        if answer.data.get("type") != "kv" or version != "2":
            mend = f"bao secrets enable -path={self._mount} -version=2 kv"
            raise KeystoreRefusal(f"there is no KV engine of version 2 at {self._mount}: {mend}")

    def read(self, path: str) -> Kept:
        """What is stored; Damaged for what we did not write, or what somebody deleted by hand."""
        answer = self._bao.call("GET", self._at("data", path))
        metadata, data = _members(answer.data.get("metadata")), answer.data.get("data")
        if answer.is_missing and not metadata:
            return Kept(0)
        try:
            return _parsed(cast("int", metadata["version"]), _members(data))
        except (KeyError, ValueError, TypeError):
            raise Damaged(f"OpenBao's {self._at('data', path)} holds no keys: undelete it, or restore it") from None

    def write(self, path: str, kept: Kept) -> bool:
        """Stores what follows `kept.stored`; False where another process was first. Nothing older is left behind."""
        if kept.stored:
            self._describe(path, {"max_versions": 1})
        sent = {"options": {"cas": kept.stored}, "data": _rendered(kept)}
        answer = self._bao.call("POST", self._at("data", path), sent)
        if any(_NO_MATCH in error for error in answer.errors):
            return False
        version = answer.data.get("version")
        if not isinstance(version, int):
            raise KeystoreUnavailable(f"{path} was not stored: {'; '.join(answer.errors)}")
        self._describe(path, {"max_versions": 1, "cas_required": True, "custom_metadata": _summary(version, kept)})
        return True

    def remove(self, path: str) -> None:
        """Removes an entry with all its versions."""
        self._bao.call("DELETE", self._at("metadata", path))

    def below(self, path: str) -> list[str]:
        """The paths of what stands below another, one step down, those with more below them ending in `/`."""
        answer = self._bao.call("LIST", self._at("metadata", path) + "/")
        names = answer.data.get("keys")
        return [f"{path}/{name}".lstrip("/") for name in cast("list[str]", names)] if isinstance(names, list) else []

    def survey(self) -> dict[str, Listed]:
        """Every entry but the mark of a move: in one call of OpenBao, or by a walk.

        A walk where the server knows no such call, or has too many for one answer.
        """
        try:
            answer = self._bao.call("SCAN", self._at("detailed-metadata", "") + "/")
        except KeystoreUnavailable as failure:
            if Failure.TOO_LARGE.value not in (failure.cause or "") and "status 405" not in (failure.cause or ""):
                raise
            answer = BaoAnswer(404, {}, ("no scan",))
        found = _members(answer.data.get("key_info"))
        if not found and answer.errors:
            return {path: self._listed(path, self.metadata(path)) for path in self._walk("") if path != MARK}
        # NOTE: a name in `keys` may have more below it; in `key_info` each stands once, by its whole path.
        paths = [path for path in found if not path.endswith("/") and path != MARK]
        return {path: self._listed(path, _members(found[path])) for path in paths}

    def metadata(self, path: str) -> Mapping[str, object]:
        """What the engine tells of an entry without its content; empty for none."""
        return self._bao.call("GET", self._at("metadata", path)).data

    def mark(self) -> Mark | None:
        """What a move left here."""
        return self._stored_mark()[1]

    def put_mark(self, mark: Mark | None, *, after: Mark | None) -> None:
        """Writes the mark, or that there is none any more, in the place of `after`; KeystoreRefusal."""
        stored, found = self._stored_mark()
        refuse_other(f"{self._mount}/{self._prefix}", found, after)
        sent = {"options": {"cas": stored}, "data": {"format": _FORMAT, "mark": mark.text if mark else ""}}
        answer = self._bao.call("POST", self._at("data", MARK), sent)
        if any(_NO_MATCH in error for error in answer.errors):
            refuse_other(f"{self._mount}/{self._prefix}", self.mark(), after)
        version = answer.data.get("version")
        if not isinstance(version, int):
            raise KeystoreUnavailable(f"{MARK} was not stored: {'; '.join(answer.errors)}")
        # A release that knows no moves reads what says nothing of itself as an entry.
        self._describe(MARK, {"max_versions": 1, "cas_required": True, "custom_metadata": {"of": str(version)}})

    def _stored_mark(self) -> tuple[int, Mark | None]:
        answer = self._bao.call("GET", self._at("data", MARK))
        data, metadata = _members(answer.data.get("data")), _members(answer.data.get("metadata"))
        if answer.is_missing and not metadata:
            return 0, None
        try:
            mark = Mark.parse(str(data["mark"])) if data["mark"] else None
            return cast("int", metadata["version"]), mark
        except (KeyError, ValueError):
            raise Damaged(f"OpenBao's {self._at('data', MARK)} holds no mark: undelete it, or restore it") from None

    def is_tombstone(self, path: str) -> bool:
        """Whether the owner was destroyed."""
        return self.read(path).destroyed is not None

    def _listed(self, path: str, about: Mapping[str, object]) -> Listed:
        summary = _members(about.get("custom_metadata"))
        if summary.get("of") != str(about.get("current_version")):
            kept = self.read(path)  # Its writer was killed before it could say what it wrote.
            summary = _summary(kept.stored, kept)
        ids = "".join(str(summary[name]) for name in sorted(summary) if name.startswith("ids"))
        return Listed(
            tuple(bytes.fromhex(key_id) for key_id in ids.split(",") if key_id),
            _moment(summary.get("oldest")),
            _moment(summary.get("destroyed")),
        )

    def _walk(self, path: str) -> Iterator[str]:
        for found in self.below(path):
            if found.endswith("/"):
                yield from self._walk(found.rstrip("/"))
            else:
                yield found

    def _describe(self, path: str, metadata: Mapping[str, object]) -> None:
        answer = self._bao.call("POST", self._at("metadata", path), metadata)
        if not answer.is_good:
            raise KeystoreUnavailable(f"{path} was not described: {'; '.join(answer.errors)}")

    def _at(self, part: str, path: str) -> str:
        return f"{self._mount}/{part}/{self._prefix}/{path}".rstrip("/")


def _parsed(stored: int, data: Mapping[str, object]) -> Kept:
    if data["format"] != _FORMAT:
        raise ValueError("an unknown format")
    if "destroyed" in data:
        return Kept(stored, destroyed=clock.parse_rfc3339(str(data["destroyed"])))
    versions = cast("Sequence[Mapping[str, object]]", data["versions"])
    return Kept(stored, tuple(_version(each) for each in versions))


def _version(each: Mapping[str, object]) -> Wrapped:
    at = clock.parse_rfc3339(str(each["at"]))
    return Wrapped(int(str(each["number"])), bytes.fromhex(str(each["id"])), at, str(each["ciphertext"]))


def _rendered(kept: Kept) -> dict[str, object]:
    if kept.destroyed is not None:
        return {"format": _FORMAT, "destroyed": clock.rfc3339(kept.destroyed)}
    versions = [
        {
            "number": str(each.number),
            "id": each.key_id.hex(),
            "at": clock.rfc3339(each.at),
            "ciphertext": each.ciphertext,
        }
        for each in kept.versions
    ]
    return {"format": _FORMAT, "versions": versions}


def _summary(stored: int, kept: Kept) -> dict[str, str]:
    """What an inventory needs, in the engine's own metadata: at most 512 characters a field."""
    told = {"of": str(stored)}
    if kept.destroyed is not None:
        return {**told, "destroyed": clock.rfc3339(kept.destroyed)}
    ids = [each.key_id.hex() + "," for each in kept.versions]
    for at in range(0, len(ids), _IDS_IN_A_FIELD):
        told[f"ids{at // _IDS_IN_A_FIELD:02}"] = "".join(ids[at : at + _IDS_IN_A_FIELD])
    if kept.versions:
        told["oldest"] = clock.rfc3339(kept.versions[0].at)
    return told


def _moment(text: object) -> datetime | None:
    return clock.parse_rfc3339(text) if isinstance(text, str) else None


def _members(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}
