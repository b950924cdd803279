"""Keeps AUD-05. Which event of the Open Cybersecurity Schema Framework each action is: its class and activity.

The figures are the schema's own (version below). Proved in tests/controls/test_streams_ocsf.py, which fails on an
action without a line here, and holds each event against the schema's required attributes.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ringfence.controls.audit import Action

VERSION: Final = "1.5.0"
INFORMATIONAL: Final = 1
LOW: Final = 2
MEDIUM: Final = 3
HIGH: Final = 4
SEVERITIES: Final = MappingProxyType({INFORMATIONAL: "Informational", LOW: "Low", MEDIUM: "Medium", HIGH: "High"})


@dataclass(frozen=True, slots=True)
class Class:
    """A class of events, with the names of those activities that are used here."""

    uid: int
    name: str
    category: str
    activities: MappingProxyType[int, str]

    @property
    def category_uid(self) -> int:
        """The category's number, with which the class's own begins."""
        return self.uid // 1000


@dataclass(frozen=True, slots=True)
class Event:
    """What an action is: `word` names an activity that the class has no number for."""

    of: Class
    activity: int
    severity: int = INFORMATIONAL
    word: str = "Other"

    @property
    def activity_name(self) -> str:
        """The activity in words."""
        return self.word if self.activity == _OTHER else self.of.activities[self.activity]

    @property
    def type_uid(self) -> int:
        """The number of class and activity together."""
        return self.of.uid * 100 + self.activity


_OTHER: Final = 99


def _class(uid: int, name: str, category: str, **activities: int) -> Class:
    names = {number: word.replace("_", " ") for word, number in activities.items()}
    return Class(uid, name, category, MappingProxyType(names))


_IAM, _APPLICATION, _FINDINGS = "Identity & Access Management", "Application Activity", "Findings"
AUTHENTICATION: Final = _class(3002, "Authentication", _IAM, Logon=1, Logoff=2, Service_Ticket_Renew=5)
ACCOUNT: Final = _class(3001, "Account Change", _IAM, Create=1, Enable=2, Disable=5, Delete=6)
ENTITY: Final = _class(
    3004, "Entity Management", _IAM, Create=1, Update=3, Delete=4, Enable=8, Disable=9, Suspend=12, Resume=13
)
API: Final = _class(6003, "API Activity", _APPLICATION, Create=1, Read=2, Update=3, Delete=4)
LIFECYCLE: Final = _class(6002, "Application Lifecycle", _APPLICATION)
FINDING: Final = _class(2004, "Detection Finding", _FINDINGS, Create=1, Close=3)

_CREATED: Final = Event(ENTITY, 1)
_UPDATED: Final = Event(ENTITY, 3)
_DELETED: Final = Event(ENTITY, 4)
UNKNOWN: Final = Event(API, _OTHER)
"""For an action that is newer than this list; a test forbids that there is one."""

EVENTS: Final = MappingProxyType(
    {
        Action.AUTH_EXCHANGE: Event(AUTHENTICATION, 1),
        Action.AUTH_REFRESH: Event(AUTHENTICATION, 5),
        Action.AUTH_REFRESH_REUSED: Event(AUTHENTICATION, 5, HIGH),
        Action.AUTH_LOGOUT: Event(AUTHENTICATION, 2),
        Action.AUTH_REFUSED: Event(AUTHENTICATION, 1, MEDIUM),
        Action.DATABASE_LOGIN: Event(AUTHENTICATION, 1, MEDIUM),
        Action.AUDIT_PAGE_OPENED: Event(AUTHENTICATION, 1),
        Action.AUDIT_PAGE_CLOSED: Event(AUTHENTICATION, 2),
        Action.SIGNING_KEY_REFUSED: Event(AUTHENTICATION, 1, MEDIUM),
        Action.API_KEY_REFUSED: Event(AUTHENTICATION, 1, MEDIUM),
        Action.USER_CREATED: Event(ACCOUNT, 1),
        Action.USER_CHANGED: Event(ACCOUNT, _OTHER, word="Update"),
        Action.USER_RECTIFIED_BY_CLAIMS: Event(ACCOUNT, _OTHER, word="Update"),
        Action.USER_RESTRICTED: Event(ACCOUNT, 5, LOW),
        Action.USER_RESUMED: Event(ACCOUNT, 2),
        Action.USER_ERASED: Event(ACCOUNT, 6, LOW),
        Action.PARTNER_CREATED: _CREATED,
        Action.PARTNER_RESTRICTED: Event(ENTITY, 12, MEDIUM),
        Action.PARTNER_RESUMED: Event(ENTITY, 13),
        Action.SETTINGS_CHANGED: _UPDATED,
        Action.ORGANIZATION_CREATED: _CREATED,
        Action.ORGANIZATION_CHANGED: _UPDATED,
        Action.ORGANIZATION_RESTRICTED: Event(ENTITY, 12, MEDIUM),
        Action.ORGANIZATION_RESUMED: Event(ENTITY, 13),
        Action.ORGANIZATION_ERASED: Event(ENTITY, 4, MEDIUM),
        Action.SIGNING_KEY_CREATED: Event(ENTITY, 1, LOW),
        Action.SIGNING_KEY_REVOKED: Event(ENTITY, 4, LOW),
        Action.SIGNING_KEY_ROTATED: Event(ENTITY, 3, LOW),
        Action.KEY_SET_CREATED: Event(ENTITY, 1, LOW),
        Action.KEY_SET_CHANGED: Event(ENTITY, 3, LOW),
        Action.KEY_SET_UNAVAILABLE: Event(ENTITY, _OTHER, MEDIUM, "Unavailable"),
        Action.API_KEY_CREATED: Event(ENTITY, 1, LOW),
        Action.API_KEY_REVOKED: Event(ENTITY, 4, LOW),
        Action.API_KEY_ROTATED: Event(ENTITY, 3, LOW),
        Action.SECRET_CREATED: Event(ENTITY, 1, LOW),
        Action.SECRET_REPLACED: Event(ENTITY, 3, LOW),
        Action.SECRET_DELETED: Event(ENTITY, 4, LOW),
        Action.SECRET_RESEALED: _UPDATED,
        Action.AGENT_CREATED: _CREATED,
        Action.AGENT_VERSIONED: _UPDATED,
        Action.AGENT_RETIRED: Event(ENTITY, 9),
        Action.KEY_CREATED: _CREATED,
        Action.KEY_DESTROYED: Event(ENTITY, 4, LOW),
        Action.KEY_ROTATION_ASKED: _UPDATED,
        Action.KEY_ROTATED: _UPDATED,
        Action.KEY_RESEALED: _UPDATED,
        Action.KEY_RETIRED: _DELETED,
        Action.ROOT_ROTATED: Event(ENTITY, 3, LOW),
        Action.AUDIT_SIGNER_ROTATED: Event(ENTITY, 3, LOW),
        Action.AUDIT_SIGNER_REPLACED: Event(ENTITY, 3, HIGH),
        Action.STORE_CLAIMED: Event(ENTITY, 3, MEDIUM),
        Action.CONFIGURATION_CHANGED: Event(ENTITY, 3, LOW),
        Action.AUDIT_STREAM_CREATED: Event(ENTITY, 1, LOW),
        Action.AUDIT_STREAM_PAUSED: Event(ENTITY, 12, MEDIUM),
        Action.AUDIT_STREAM_RESUMED: Event(ENTITY, 13),
        Action.AUDIT_STREAM_SECRET_ROTATED: Event(ENTITY, 3, LOW),
        Action.AUDIT_STREAM_TESTED: Event(ENTITY, _OTHER, word="Test"),
        Action.AUDIT_STREAM_DELETED: Event(ENTITY, 4, MEDIUM),
        Action.DELIVERY_REPLAYED: Event(ENTITY, _OTHER, LOW, "Replay"),
        Action.ACCESS_DENIED: Event(API, _OTHER, LOW, "Denied"),
        Action.SECRET_USED: Event(API, 2),
        Action.SECRET_REFUSED: Event(API, 2, MEDIUM),
        Action.FILE_UPLOADED: Event(API, 1),
        Action.FILE_UPLOAD_BEGUN: Event(API, 1),
        Action.FILE_UPLOAD_ABANDONED: Event(API, 4),
        Action.FILE_REFUSED: Event(API, 1, LOW),
        Action.FILE_DELETED: Event(API, 4),
        Action.CONVERSATION_CREATED: Event(API, 1),
        Action.CONVERSATION_DELETED: Event(API, 4),
        Action.RUN_STARTED: Event(API, 1),
        Action.RUN_FINISHED: Event(API, 3),
        Action.RUN_CANCELLED: Event(API, 3),
        Action.RUN_TOOL_DECIDED: Event(API, 2),
        Action.APPROVAL_REQUESTED: Event(API, 1),
        Action.APPROVAL_DECIDED: Event(API, 3),
        Action.APPROVAL_EXPIRED: Event(API, 3),
        Action.APPROVAL_SPENT: Event(API, 3),
        Action.APPROVAL_CANCELLED: Event(API, 3),
        Action.DATA_READ: Event(API, 2),
        Action.AUDIT_LINK_CREATED: Event(API, 1),
        Action.AUDIT_VERIFIED: Event(API, 2),
        Action.AUDIT_EXPORTED: Event(API, 2, LOW),
        Action.COMMAND_RUN: Event(LIFECYCLE, _OTHER, LOW, "Command"),
        Action.COMMAND_ENDED: Event(LIFECYCLE, _OTHER, word="Command"),
        Action.RECORD_REFUSED: Event(FINDING, 1, HIGH),
        Action.AUDIT_RECOVERED: Event(FINDING, 1, MEDIUM),
        Action.AUDIT_RESUMED: Event(FINDING, 1, HIGH),
        Action.PROBE_FAILED: Event(FINDING, 1, HIGH),
        Action.PROBE_RECOVERED: Event(FINDING, 3),
    }
)
