"""What a session may read about itself."""

from dataclasses import dataclass
from uuid import UUID

from ringfence.controls.tenancy import Bound, Statement


@dataclass(frozen=True, slots=True)
class MeRow:
    """The user and its organization; names and address sealed."""

    role: str
    name: bytes | None
    email: bytes | None
    locale: str | None
    external_id: str
    organization_name: bytes
    region: str


_ME = Statement(
    "select u.role, u.name, u.email, u.locale, o.external_id, o.name, o.region from app.app_user u"
    " join app.organization o on o.org_id = u.org_id where u.id = $1",
    MeRow,
)


def me(user_id: UUID) -> Bound[MeRow]:
    """The user with its organization; no row once it is erased."""
    return _ME(user_id)
