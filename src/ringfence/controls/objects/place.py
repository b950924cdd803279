"""Keeps AGT-07. Which store the operator named: a directory of this machine, or a bucket of an S3-compatible server.

Proved in tests/controls/test_objects.py.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from obstore.store import LocalStore, S3Config, S3Store

_CONNECT_S: Final = "5s"
_IDLE_S: Final = "30s"


class BadPlace(Exception):  # noqa: N818 - what it names is the setting
    """The address of the store cannot be used; the text is for the operator."""


@dataclass(frozen=True, slots=True)
class Place:
    """A directory (`directory`), or a bucket with the first part of every name in it (`bucket`, `prefix`)."""

    directory: Path | None
    bucket: str = ""
    prefix: str = ""
    endpoint: str | None = None

    @classmethod
    def parse(cls, url: str | None, *, default: Path, endpoint: str | None = None) -> "Place":
        """The place of `file:///directory` or `s3://bucket/prefix`; the directory `default` without one. BadPlace."""
        if not url:
            return cls(default)
        parts = urlsplit(url)
        path = unquote(parts.path)
        if parts.scheme == "file" and not parts.netloc and path.startswith("/"):
            return cls(Path(path))
        if parts.scheme == "s3" and parts.netloc:
            return cls(None, parts.netloc, path.strip("/"), endpoint)
        raise BadPlace("RINGFENCE_OBJECTS_URL is file:///directory or s3://bucket/prefix")

    def open(self) -> "LocalStore | S3Store":
        """The store there; credentials and region of S3 come from the environment (AWS_*), as its clients have it."""
        # Importing it takes longer than many processes need it for.
        from obstore.store import LocalStore, S3Store  # noqa: PLC0415 - see above

        if self.directory is not None:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            return LocalStore(self.directory, mkdir=True)
        elsewhere: S3Config = {} if self.endpoint is None else {"endpoint": self.endpoint}
        plain = self.endpoint is not None and self.endpoint.startswith("http://")
        return S3Store(
            self.bucket,
            prefix=self.prefix or None,
            config=elsewhere,
            client_options={"allow_http": plain, "connect_timeout": _CONNECT_S, "read_timeout": _IDLE_S},
        )
