"""What a verification found, in plain words: each thing checked, with numbers, and what only the customer can check."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from ringfence.features.audit_page import rendering
from ringfence.features.audit_page.verifying import Findings
from ringfence.features.audit_page.words import Language, number, page

Mood = Literal["good", "bad", "part"]
_BEYOND: Final = ("beyond_kept", "beyond_fork", "beyond_code")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was checked."""

    title: str
    text: str
    mood: Mood
    word: str


@dataclass(frozen=True, slots=True)
class Told:
    """The result as the page shows it."""

    mood: Mood
    headline: str
    lead: str
    faults: Sequence[str]
    checks: Sequence[Line]
    beyond: Sequence[str]
    took: str
    before: int | None = None
    """What is before this entry may be verified next."""


def progress(found: Findings, language: Language) -> str:
    """How far it is."""
    done, whole = number(found.done, language), number(found.until, language)
    return page(language)["reading"].format(done=done, all=whole)


def told(found: Findings, language: Language, *, at: datetime) -> Told:
    """The whole result."""
    w = page(language)
    mood, headline, lead = _verdict(found, language)
    return Told(
        mood=mood,
        headline=headline,
        lead=lead,
        faults=list(_faults(found, language)),
        checks=list(_checks(found, language)) if found.size else [],
        beyond=[w[name] for name in _BEYOND],
        took=w["took"].format(at=rendering.stamp(at), seconds=f"{found.seconds:.1f}"),
        before=found.first if 0 < found.first < found.until else None,
    )


def _verdict(found: Findings, language: Language) -> tuple[Mood, str, str]:
    w = page(language)
    done, whole = number(found.done, language), number(found.size, language)
    if found.faults:
        return "bad", w["bad_headline"], w["bad_lead"]
    if not found.size:
        return "part", w["nothing"], w["nothing_lead"]
    if found.first == found.until:
        return "part", w["part"], w["part_lead"].format(count=done, all=whole)
    if not found.is_whole:
        first, last = number(found.first, language), number(found.until - 1, language)
        return "part", w["part"], w["stretch_lead"].format(first=first, last=last, all=whole)
    return "good", w["good"], w["good_lead"].format(count=done)


def _faults(found: Findings, language: Language) -> Iterator[str]:
    """Each fault with its index or size, the first twenty of a kind."""
    w = page(language)
    named = 0
    for name, places in (
        ("fault_changed", found.changed),
        ("fault_missing", found.missing),
        ("fault_gap", found.gaps),
        ("fault_root", found.wrong_roots),
        ("fault_checkpoint", found.wrong_checkpoints),
        ("fault_signature", found.unsigned),
    ):
        for place in places:
            named += 1
            yield w[name].format(index=number(place, language), size=number(place, language))
    if found.faults > named:
        yield w["fault_more"].format(count=number(found.faults - named, language))


def _checks(found: Findings, language: Language) -> Iterator[Line]:
    w = page(language)

    def line(name: str, text: str, is_bad: bool, is_done: bool = True, **numbers: int | str) -> Line:  # noqa: FBT001, FBT002 - a row of the table below
        filled = {key: number(one, language) if isinstance(one, int) else one for key, one in numbers.items()}
        mood: Mood = "bad" if is_bad else "good" if is_done else "part"
        return Line(w[name], w[text].format(**filled), mood, w[f"word_{mood}"])

    changed = len(found.changed) + len(found.missing)
    whole = found.is_whole
    yield line(
        "check_entries", "check_entries_text", bool(changed), whole, count=found.done - found.pruned, faults=changed
    )
    first, last = (found.first, found.until - 1) if found.first < found.until else (0, max(0, found.done - 1))
    yield line(
        "check_indexes", "check_indexes_text", bool(found.gaps), whole, first=first, last=last, faults=len(found.gaps)
    )
    if 0 < found.first < found.until:
        yield line("check_earlier", "check_earlier_text", is_bad=False, is_done=False, last=found.first - 1)
    if found.until < found.size:
        yield line("check_later", "check_later_text", is_bad=False, is_done=False, first=found.until)
    if found.pruned:
        yield line("check_pruned", "check_pruned_text", is_bad=False, count=found.pruned)
    yield line(
        "check_root",
        "check_root_text",
        bool(found.wrong_roots),
        found.first < found.until,
        count=found.until,
        root=found.root.hex() or "-",
    )
    newest = found.newest
    if newest is not None:
        is_wrong = newest.size in found.wrong_checkpoints
        yield line("check_checkpoint", "check_checkpoint_text", is_wrong, whole, key=newest.key, size=newest.size)
    else:
        yield line("check_checkpoint", "check_checkpoint_none", bool(found.unsigned), is_done=False)
    if found.kept:
        bad = len(found.wrong_checkpoints) + len(found.unsigned)
        yield line("check_kept", "check_kept_text", bool(bad), whole, count=found.kept, faults=bad)
    is_prompt = not found.is_stalled
    yield line("check_waiting", "check_waiting_text", is_bad=False, is_done=is_prompt, count=found.waiting)
