"""The page's fixed words: areas, states and the frameworks that people filter by."""

from dataclasses import dataclass
from enum import StrEnum

from ringfence.evidence.probes import Outcome
from ringfence.evidence.verdict import Standing


@dataclass(frozen=True, slots=True)
class Area:
    """A group of promises: the prefix of their ids, a name, and what it is about."""

    id: str
    name: str
    about: str


class Family(StrEnum):
    """A framework, as people filter by it."""

    GDPR = "GDPR"
    UK_GDPR = "UK GDPR"
    LOPDGDD = "LOPDGDD"
    CCPA = "CCPA"
    SOC_2 = "SOC 2"
    HIPAA = "HIPAA"
    ASVS = "OWASP ASVS"
    API = "OWASP API"
    LLM = "OWASP LLM"


AREAS = tuple(
    Area(*row)
    for row in (
        ("TEN", "Tenant isolation", "One customer's data is out of reach of every other customer."),
        ("EMB", "Embedding", "Users of a partner's product arrive with a token that the partner signs."),
        ("IDN", "Direct log-in", "People who log in here themselves: operators and administrators."),
        ("ACC", "Authorization", "Who may do what, in one place, for every endpoint."),
        ("KEY", "API keys", "How keys are kept, limited, rotated and watched."),
        ("SEC", "Secrets", "Credentials that tools use on a customer's behalf."),
        ("CRY", "Encryption", "At rest, in transit, and the keys themselves."),
        ("AGT", "Agents", "How agents run, survive crashes, and leave a trail."),
        ("AIS", "AI security", "What a model may do with text that nobody vouches for."),
        ("INT", "Integrations", "Access to other services, with the least it takes."),
        ("CHN", "Channels", "Conversations from the web and from messengers."),
        ("BIL", "Billing", "Plans, limits and invoices."),
        ("HOK", "Webhooks and scheduled work", "Events that come in, go out, and happen on time."),
        ("RAT", "Rate limits", "Nobody can use up what belongs to all."),
        ("AUD", "Audit log", "What happened, when and by whom, so that it can be checked."),
        ("PRV", "Privacy rights", "Erasure, export, restriction, retention."),
        ("INC", "Incidents", "Containment and notification, against the clock."),
        ("MON", "Monitoring", "What is watched, and what never gets into a log."),
        ("BAK", "Backup", "Copies, rehearsed restores, and what stays erased."),
        ("TRU", "Trust Center", "This page, and the documents around it."),
        ("SDL", "How the product is built", "The checks that each change passes."),
        ("CON", "Console", "Where partners, organizations and staff work."),
        ("OPS", "Operation", "Starting, scaling and upgrading it."),
        ("AVL", "Availability", "How it is measured, and what may fail."),
        ("ORG", "People", "What people do: signed statements, with dates."),
    )
)

STATES: dict[Standing, tuple[str, str]] = {
    Standing.PASSING: ("Passing", "Kept in full; a live check on this system passes."),
    Standing.ENFORCED: ("Enforced", "Kept in full; tests prove it at each build, and no live check is needed."),
    Standing.ATTESTED: ("Attested", "People keep it: a signed statement is in force."),
    Standing.IN_PART: ("In part", "Works, and some parts of the promise are still open; each is named."),
    Standing.ATTENTION: ("Attention", "An accepted exception, or a date that is near or overdue."),
    Standing.UNKNOWN: ("Unknown", "The live check has not run lately or could not tell; never counted as well."),
    Standing.EXPIRED: ("Expired", "A statement or an exception ran out."),
    Standing.FAILING: ("Failing", "A live check fails, or a statement cannot be read."),
    Standing.OPEN: ("Open", "Not built yet, or nobody has signed a statement."),
}

OUTCOMES = {Outcome.OK: "Passing", Outcome.FAILING: "Failing", Outcome.UNKNOWN: "Unknown"}

HOW = {
    "enforced": "the code makes the opposite impossible",
    "probed": "checked again on the running system",
    "served": "an endpoint, page or command",
    "attested": "people do it and sign for it",
}


def family_of(framework: str) -> Family | None:
    """The family of one requirement: `UK GDPR Art. 17` belongs to UK GDPR."""
    return next((one for one in sorted(Family, key=len, reverse=True) if framework.startswith(one)), None)
