"""/.well-known/security.txt (RFC 9116): the file that the operator signed off-line, or one that we make.

A file that has expired, or names nobody to write to, is not served: readers would take it for current.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from ringfence.base import clock, log
from ringfence.base.problem import Problem
from ringfence.features.trust.rendering import Site

_FILE_BYTES: Final = 32 * 1024
_VALID: Final = timedelta(days=180)
_LONGEST: Final = timedelta(days=366)
_FIELD: Final = re.compile(r"([A-Za-z-]+):[ \t]*(\S.*?)[ \t]*")


class BadSecurityTxt(Exception):  # noqa: N818 - what it names is the file
    """The operator's file cannot be served; the message says why, with the mend."""


@dataclass(frozen=True, slots=True)
class Security:
    """What the operator set: a file that is served as it is, and the contact for one that we make."""

    site: Site
    file: Path | None = None
    is_development: bool = False

    def text(self) -> str:
        """The file's text; Problem 404 where there is nobody to write to."""
        if self.file is not None:
            try:
                return read(self.file, now=clock.now())
            except BadSecurityTxt as fault:
                log.warning("security_txt_refused", reason=str(fault))
        return self._made()

    def _made(self) -> str:
        contact, notes = self.site.contact, list[str]()
        if not contact:
            if not self.is_development:
                raise Problem(404, "no_security_contact", "This deployment names no security contact yet.")
            contact = f"{self.site.base_url}/trust/disclosure"
            notes.append("# Development: set RINGFENCE_SECURITY_CONTACT to the address that people should write to.")
        midnight = datetime.combine(clock.now().date(), datetime.min.time(), UTC)
        lines = (
            *notes,
            f"Contact: {contact}",
            f"Expires: {midnight + _VALID:%Y-%m-%dT%H:%M:%SZ}",
            f"Canonical: {self.site.base_url}/.well-known/security.txt",
            f"Policy: {self.site.base_url}/trust/disclosure",
            "Preferred-Languages: en",
        )
        return "\n".join(lines) + "\n"


def read(path: Path, *, now: datetime) -> str:
    """The operator's file, signed or not, exactly as it is; raises BadSecurityTxt.

    Its OpenPGP signature is not verified: there is no key to trust here. Readers do that.
    """
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise BadSecurityTxt(f"{path.name} cannot be read as UTF-8: {type(failure).__name__}") from failure
    if len(raw) > _FILE_BYTES:
        raise BadSecurityTxt(f"{path.name} is larger than 32 KB")
    fields = [(match[1].lower(), match[2]) for line in text.splitlines() if (match := _FIELD.fullmatch(line))]
    if not any(name == "contact" for name, _ in fields):
        raise BadSecurityTxt(f"{path.name} has no Contact: line")
    expiries = [value for name, value in fields if name == "expires"]
    if len(expiries) != 1:
        raise BadSecurityTxt(f"{path.name} needs exactly one Expires: line")
    try:
        expires = clock.parse_rfc3339(expiries[0])
    except ValueError as failure:
        raise BadSecurityTxt(f"{path.name}: Expires: is no RFC 3339 time") from failure
    if not now < expires <= now + _LONGEST:
        raise BadSecurityTxt(f"{path.name}: Expires: lies in the past, or more than a year ahead: sign a new one")
    return text
