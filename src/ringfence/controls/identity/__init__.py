"""Who calls: partners' tokens, session and refresh tokens and API keys become a Principal here and nowhere else.

Routes ask `Identity`; slices that manage partners, organizations, users and keys use the verbs of the modules below.
"""

from ringfence.controls.identity import api_keys, cut_off
from ringfence.controls.identity.caller import Callers
from ringfence.controls.identity.grant import ACCESS_LIFE, FAMILY_LIFE, Grant, Person, Tenant
from ringfence.controls.identity.identity import AccessEnded, Identity
from ringfence.controls.identity.means import Means
from ringfence.controls.identity.organizations import add_organization
from ringfence.controls.identity.refusals import RefusalReason

__all__ = [
    "ACCESS_LIFE",
    "FAMILY_LIFE",
    "AccessEnded",
    "Callers",
    "Grant",
    "Identity",
    "Means",
    "Person",
    "RefusalReason",
    "Tenant",
    "add_organization",
    "api_keys",
    "cut_off",
]
