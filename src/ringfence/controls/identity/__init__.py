"""Who calls: partners' tokens, session and refresh tokens and API keys become a Principal here and nowhere else.

Routes ask `Identity`; slices that manage partners, organizations, users and keys use the verbs of the modules below.

Keeps EMB-01, EMB-02, EMB-03, EMB-04, EMB-05, EMB-06, EMB-07, KEY-01, PRV-03. Proved in
tests/promises/test_embed.py and tests/promises/test_keys_api.py.
"""

from ringfence.controls.identity import cut_off, destruction, key_set_merge
from ringfence.controls.identity.api_keys import API_KEY_PATTERN, ApiKeyKind
from ringfence.controls.identity.caller import Callers
from ringfence.controls.identity.canaries import CanaryPartner, expired_session
from ringfence.controls.identity.grant import FAMILY_LIFE, Grant, Person, Tenant
from ringfence.controls.identity.identity import AccessEnded, Identity, IssuedKey
from ringfence.controls.identity.jwks import BadKeySet, KeySet
from ringfence.controls.identity.means import ACCESS_LIFE, Means
from ringfence.controls.identity.organizations import add_organization
from ringfence.controls.identity.origins import AllowedOrigin, FramePartner, NoOrigin, Origins, parse_origin
from ringfence.controls.identity.refusals import RefusalReason
from ringfence.controls.identity.users import end_sessions, is_lowered
from ringfence.controls.identity.visits import TICKET_LIFE, VISIT_LIFE, Link, Opened, Visit

__all__ = [
    "ACCESS_LIFE",
    "API_KEY_PATTERN",
    "FAMILY_LIFE",
    "TICKET_LIFE",
    "VISIT_LIFE",
    "AccessEnded",
    "AllowedOrigin",
    "ApiKeyKind",
    "BadKeySet",
    "Callers",
    "CanaryPartner",
    "FramePartner",
    "Grant",
    "Identity",
    "IssuedKey",
    "KeySet",
    "Link",
    "Means",
    "NoOrigin",
    "Opened",
    "Origins",
    "Person",
    "RefusalReason",
    "Tenant",
    "Visit",
    "add_organization",
    "cut_off",
    "destruction",
    "end_sessions",
    "expired_session",
    "is_lowered",
    "key_set_merge",
    "parse_origin",
]
