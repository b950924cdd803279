"""Each page of the log put together: from what was read to HTML."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from ringfence.base.problem import Problem
from ringfence.controls.audit import trees
from ringfence.controls.identity import Visit
from ringfence.features.audit_page import shown
from ringfence.features.audit_page.acts import ACTORS, ACTS, GROUPS, OUTCOMES
from ringfence.features.audit_page.asked import Asked, language_of
from ringfence.features.audit_page.rendering import render
from ringfence.features.audit_page.shown import Place, Seen
from ringfence.features.audit_page.telling import Told
from ringfence.features.audit_page.words import Language, page, refusal
from ringfence.features.edge import Kernel

HERE: Final = "<!-- progress -->"
"""Where the progress of a verification is put."""
_PILLS: Final = ("auth", "run", "approval", "secret", "data", "audit")
_NO_HEAD: Final = {"size": 0, "sealed_at": None, "published_at": None, "published_size": 0}
_TITLES: Final = {401: "refused_title", 403: "refused_title", 404: "missing_title", 429: "limited_title"}
_OUT: Final = frozenset({401, 403})
_SERVER_FAULT: Final = 500


@dataclass(frozen=True, slots=True)
class Pill:
    """A filter of one click."""

    label: str
    href: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Actions of one kind, for the filter."""

    id: str
    name: str
    acts: list[tuple[str, str]]


def log(kernel: Kernel, visit: Visit, asked: Asked, seen: Seen, place: Place) -> str:
    """The log itself."""
    visitor = seen.known.names.get(str(visit.principal.actor_id), "")
    return render(
        "log.html",
        asked.language,
        speaks=asked.speaks,
        **_frame(kernel, visit, asked.language, place, asked.href(lang=_other(asked.language).value)),
        visitor=visitor,
        until=f"{visit.expires_at:%H:%M}",
        head=_NO_HEAD if seen.head is None else _shown_head(seen.head),
        asked=asked,
        pills=_pills(asked),
        groups=_groups(asked.language),
        actors=[(value, asked.language.of(pair)) for value, pair in ACTORS.items()],
        outcomes=[(value, asked.language.of(pair)) for value, pair in OUTCOMES.items()],
        days=shown.days(seen.rows, seen.known, asked),
        older=None if seen.older is None else asked.href(cursor=seen.older) + "#entries",
        newest=asked.href() + "#entries",
        is_later=asked.cursor is not None,
    )


def verification(kernel: Kernel, visit: Visit, language: Language, place: Place, result: Told | None) -> str:
    """The page of a verification: without a result its beginning, up to HERE; with one its end, from HERE."""
    return render(
        "verify.html",
        language,
        speaks=True,
        **_frame(kernel, visit, language, place, f"/audit?lang={_other(language)}"),
        result=result,
        here=HERE,
    )


def opening(onward: str, language: Language) -> str:
    """Goes on to the log from our own page: a cookie of SameSite=Strict is not sent on the heels of a foreign one."""
    w = page(language)
    return _notice(language, heading=w["opening"], text=w["open_about"], onward=onward, link=(onward, w["continue"]))


def door(ticket: str, language: Language, *, speaks: bool) -> str:
    """Asks before a ticket is used: for whatever follows links without a person."""
    w = page(language)
    return _notice(language, speaks=speaks, heading=w["open_title"], text=w["open_about"], ticket=ticket)


def closed(language: Language) -> str:
    """The end of a visit."""
    w = page(language)
    return _notice(language, heading=w["closed_title"], text=w["closed"])


def refused(request: Request, problem: Problem) -> str:
    """Why there is nothing to see, and what to do."""
    language = language_of(request.query_params, request.headers.get("accept-language", ""), None)
    w = page(language)
    text = refusal(problem.code, language) or refusal(_kind(problem), language) or problem.detail
    link = None if problem.status in _OUT and problem.code != "forged_form" else ("/audit", w["back"])
    return _notice(
        language,
        heading=w[_TITLES.get(problem.status, "broken_title")],
        text=text,
        link=link,
        request_id=str(request.scope["state"]["request_id"]) if problem.status >= _SERVER_FAULT else None,
        is_alert=True,
    )


def _kind(problem: Problem) -> str:
    return "unavailable" if problem.status == 503 else problem.code  # noqa: PLR2004 - one status, several codes


def _notice(language: Language, *, speaks: bool = False, **values: object) -> str:
    left = ("onward", "ticket", "link", "request_id", "is_alert")
    return render("notice.html", language, speaks=speaks, **{**dict.fromkeys(left), **values})


def _frame(kernel: Kernel, visit: Visit, language: Language, place: Place, other: str) -> dict[str, object]:
    return {
        "visit": visit,
        "organization": place.organization,
        "key": place.key,
        "host": urlsplit(kernel.audience).netloc,
        "other": _other(language).value,
        "other_language": other,
    }


def _other(language: Language) -> Language:
    return Language.DANISH if language is Language.ENGLISH else Language.ENGLISH


def _shown_head(head: trees.Head) -> dict[str, object]:
    return {name: getattr(head, name) for name in _NO_HEAD}


def _pills(asked: Asked) -> list[Pill]:
    w, said = page(asked.language), asked.said
    everything = Pill(w["everything"], asked.href(action="", outcome="") + "#entries", not asked.active)
    is_refused = said["outcome"] == "refused"
    refused_ = Pill(
        asked.language.of(OUTCOMES["refused"]),
        asked.href(outcome="" if is_refused else "refused") + "#entries",
        is_refused,
    )
    return [everything, refused_, *(_pill(asked, group) for group in _PILLS)]


def _pill(asked: Asked, group: str) -> Pill:
    is_on = asked.said["action"] == f"{group}.*"
    href = asked.href(action="" if is_on else f"{group}.*") + "#entries"
    return Pill(asked.language.of(GROUPS[group]), href, is_on)


def _groups(language: Language) -> list[Group]:
    return [
        Group(
            group,
            language.of(pair),
            [(value, language.of(words)) for value, words in ACTS.items() if value.partition(".")[0] == group],
        )
        for group, pair in GROUPS.items()
    ]
