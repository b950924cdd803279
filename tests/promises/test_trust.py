"""The Trust Center over HTTP: what it tells people and machines, how it is served, and what is never on it."""

import asyncio
import gzip
import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ringfence.base import clock, ids
from ringfence.controls.tenancy import PlatformScope
from ringfence.evidence import register, verify
from ringfence.evidence.probes import Finding, Outcome, Probe
from ringfence.evidence.records import Result, before
from ringfence.evidence.register import Register
from ringfence.features.trust import Center, Security, Site, center
from ringfence.features.trust.words import AREAS, STATES, Family, family_of
from tests.house import AUDIENCE, NO_LIMITS, Client, House, house, serving
from tests.world import Stage

CONTACT = "mailto:security@operator.example"
STATEMENT = """\
[[statement]]
promise = "ORG-01"
statement = "Everybody is <b>trained</b>."
owner = "Head of People"
signed = 2026-01-01
expires = 2099-01-01
"""
EXCEPTION = """\
[[exception]]
promise = "TEN-02"
reason = "Accepted for a while."
accepted_by = "CISO"
until = 2099-01-01
"""


@dataclass
class Trust:
    """A Trust Center on the house's database."""

    house: House
    client: Client
    center: Center
    statements: Path

    async def json(self, path: str = "/trust.json") -> Any:
        self.center._moment = None
        answer = await self.client("GET", path)
        assert answer.status == 200, answer.body
        return answer.body

    async def control(self, promise_id: str) -> Any:
        return await self.json(f"/trust/{promise_id}.json")

    async def page(self, path: str = "/trust") -> str:
        self.center._moment = None
        answer = await self.client("GET", path, Accept="text/html")
        assert answer.status == 200, answer.body
        return answer.body.decode()


@asynccontextmanager
async def trust(stage: Stage, data: Path, *, file: Path | None = None, **more: Any) -> AsyncGenerator[Trust]:
    async with house(stage, data, limits=more.pop("limits", NO_LIMITS)) as home:
        site, statements = Site(AUDIENCE, more.pop("contact", CONTACT)), data / "statements.toml"
        made = Center(site, statements_file=statements, security=Security(site, file, **more))
        async with serving(home.kernel, made) as client:
            yield Trust(home, client, made, statements)


async def found(home: House, name: str, outcome: Outcome, *, cadence_s: int = 60, at: datetime | None = None) -> None:
    """Keeps a result as the runner does."""
    probe = Probe(name, (), "Looks.", timedelta(seconds=cadence_s), run=None)  # pyright: ignore[reportArgumentType] - never run
    finding = Finding(outcome, f"It was {outcome}.", 3, control=True, facts={"tables": 41})
    database = home.kernel.database
    result = Result(probe, finding, at or clock.now(), timedelta(milliseconds=5), (await before(database)).get(name))
    await database.write(PlatformScope(), *result.writes(ids.new()))


@pytest.mark.promise("TRU-01")
async def test_every_promise_is_a_control_on_the_page_and_in_the_json(stage: Stage, tmp_path: Path):
    promises = register.load().promises
    async with trust(stage, tmp_path) as center_:
        told, page = await center_.json(), await center_.page()
        assert [one["id"] for one in told["controls"]] == list(promises)
        assert sum(told["counts"].values()) == len(promises)
        for one in told["controls"]:
            assert one["wording"] == promises[one["id"]].wording
            assert f'id="{one["id"]}"' in page
            assert (one["state"] in {"passing", "enforced"}) <= (not one["open"])
        assert told["state"] != "passing" or all(not one["open"] for one in told["controls"])


@pytest.mark.promise("TRU-01")
async def test_a_probe_that_fails_turns_its_control_and_the_whole_red(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    whole = register.load().promises["TEN-02"]
    probed = {"TEN-02": register.Promise(**{**_fields(whole), "probe": "trust.test", "open": ()})}
    monkeypatch.setattr(center, "_register", lambda: Register(probed))
    async with trust(stage, tmp_path) as center_:
        assert (await center_.control("TEN-02"))["state"] == "unknown"
        began = clock.now()  # a round that meets midnight would be counted on two days
        for outcome, state in ((Outcome.OK, "passing"), (Outcome.FAILING, "failing"), (Outcome.UNKNOWN, "unknown")):
            began += timedelta(microseconds=1)
            await found(center_.house, "trust.test", outcome, at=began)
            told = await center_.control("TEN-02")
            assert (told["state"], told["probe"]["outcome"]) == (state, outcome)
            assert (await center_.json())["state"] == ("failing" if state == "failing" else
                                                       "passing" if state == "passing" else "attention")  # fmt: skip
        assert told["probe"]["days"] == [{"day": str(began.date()), "ok": 1, "failing": 1, "unknown": 1}]
        assert [one["outcome"] for one in told["probe"]["changes"]] == ["unknown", "failing", "ok"]
        page = await center_.page("/trust/TEN-02")
        assert "checked on 1 day, passed on 0, failed on 1" in page
        assert "It was failing." in page


def _fields(promise: register.Promise) -> dict[str, Any]:
    return {name: getattr(promise, name) for name in register.Promise.__dataclass_fields__}


@pytest.mark.promise("TRU-01", "ORG-01")
async def test_what_people_sign_is_shown_with_who_and_until_when_and_escaped(stage: Stage, tmp_path: Path):
    async with trust(stage, tmp_path) as center_:
        assert (await center_.control("ORG-01"))["statement"] is None
        center_.statements.write_text(STATEMENT)
        told = await center_.control("ORG-01")
        assert told["statement"] | {"owner": "Head of People", "expires": "2099-01-01"} == told["statement"]
        page = await center_.page("/trust/ORG-01")
        assert "&lt;b&gt;trained&lt;/b&gt;" in page
        assert "1 January 2099" in await center_.page()


@pytest.mark.promise("TRU-01", "ORG-01", "ORG-02", "ORG-03", "ORG-04", "ORG-05", "ORG-06")
async def test_an_unreadable_file_makes_peoples_controls_red_and_nothing_green(stage: Stage, tmp_path: Path):
    async with trust(stage, tmp_path) as center_:
        assert "enforced" in (await center_.json())["counts"]
        center_.statements.write_text("promise = planted-secret-words")
        told = await center_.json()
        people = [one for one in told["controls"] if "attested" in one["how"]]
        assert {one["state"] for one in people} == {"failing"}
        assert told["counts"].keys().isdisjoint({"passing", "enforced"})
        page = await center_.page()
        assert "cannot be read" in page
        assert "planted-secret" not in page + json.dumps(told)


@pytest.mark.promise("TRU-01")
async def test_an_accepted_exception_is_amber_and_named(stage: Stage, tmp_path: Path):
    async with trust(stage, tmp_path) as center_:
        center_.statements.write_text(EXCEPTION)
        assert (await center_.control("TEN-02"))["state"] in {"attention", "unknown"}
        assert (await center_.json())["exceptions"][0]["accepted_by"] == "CISO"
        assert "Accepted for a while." in await center_.page()


@pytest.mark.promise("TRU-01")
async def test_filters_work_by_plain_links_and_an_unknown_one_shows_nothing(stage: Stage, tmp_path: Path):
    async with trust(stage, tmp_path) as center_:
        everything = (await center_.json())["controls"]
        for family in Family:
            wanted = [one["id"] for one in everything if any(family_of(name) is family for name in one["frameworks"])]
            some = await center_.json(f"/trust.json?framework={family.replace(' ', '%20')}")
            assert [one["id"] for one in some["controls"]] == wanted
            assert wanted, family
        page = await center_.page("/trust?framework=HIPAA&state=open")
        rows = re.findall(r'<li class="row" id="([A-Z]{3}-\d\d)"', page)
        assert rows == [one["id"] for one in everything if one["state"] == "open"
                        and any(name.startswith("HIPAA") for name in one["frameworks"])]  # fmt: skip
        page = await center_.page("/trust?framework=<script>")
        assert 'class="row"' not in page
        assert "script>" not in page
        assert (await center_.client("GET", "/trust.json?framework=none")).status == 422


@pytest.mark.promise("TRU-01")
async def test_the_pages_hold_no_script_and_their_policy_lets_none_run(stage: Stage, tmp_path: Path):
    async with trust(stage, tmp_path) as center_:
        center_.statements.write_text(STATEMENT + EXCEPTION)
        for path in ("/trust", "/trust/TEN-01", "/trust/ORG-01", "/trust/disclosure", "/trust/integrators"):
            answer = await center_.client("GET", path, Accept="text/html")
            page = answer.body.decode()
            assert not re.search(r"<script|javascript:|\son\w+=|\sstyle=|<iframe|<form", page), path
            assert not re.search(r'(?:src|href)="(?:https?:)?//', page.replace(AUDIENCE, "")), path
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; style-src 'sha256-")
            assert "script-src" not in policy
            assert "unsafe" not in policy
            assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.promise("TRU-01")
async def test_a_page_is_cached_compressed_and_told_apart_by_what_is_asked_for(stage: Stage, tmp_path: Path):
    async with trust(stage, tmp_path) as center_:
        first = await center_.client("GET", "/trust", Accept="text/html", Accept_Encoding="identity")
        assert first.headers["Cache-Control"] == "public, max-age=10"
        assert first.headers["Vary"] == "Accept, Accept-Encoding"
        same = await center_.client("GET", "/trust", Accept="text/html", If_None_Match=first.headers["Etag"])
        assert (same.status, same.body) == (304, b"")
        async with center_.client.http.get(
            center_.client.base_url + "/trust", headers={"Accept-Encoding": "gzip"}, auto_decompress=False
        ) as zipped:
            assert gzip.decompress(await zipped.read()) == first.body
        for path in ("/trust", "/trust/TEN-01", "/trust.json", "/trust/TEN-01.json", "/.well-known/security.txt"):
            async with center_.client.http.head(center_.client.base_url + path) as head:
                assert (head.status, await head.read()) == (200, b"")
        assert (await center_.client("GET", "/trust", Accept="application/json")).body["controls"]
        assert (await center_.client("GET", "/trust/ten-01", Accept="application/json")).body["id"] == "TEN-01"


VERIFIER = Path(verify.__file__).read_bytes()


@pytest.mark.promise("AUD-02")
async def test_the_verifier_that_anybody_downloads_is_the_one_that_is_proved(stage: Stage, tmp_path: Path):
    async with trust(stage, tmp_path) as center_:
        served = await center_.client("GET", "/verify.py")
        assert (served.status, served.headers["Content-Type"]) == (200, "text/x-python; charset=utf-8")
        assert served.headers["Content-Disposition"] == 'attachment; filename="verify.py"'
        assert served.body == VERIFIER


@pytest.mark.promise("TRU-01")
async def test_a_hundred_who_ask_at_once_are_answered_from_one_look_at_the_database(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    looks = 0
    read = center.history.read

    async def counted(database: Any) -> Any:
        nonlocal looks
        looks += 1
        return await read(database)

    monkeypatch.setattr(center.history, "read", counted)
    async with trust(stage, tmp_path) as center_:
        paths = ("/trust", "/trust.json", "/trust?state=open", "/trust/TEN-01")
        answers = await asyncio.gather(*(center_.client("GET", path) for path in paths * 25))
        assert {answer.status for answer in answers} == {200}
        assert looks == 1


@pytest.mark.promise("TRU-01", "RAT-01")
async def test_the_pages_are_limited_like_every_public_address(stage: Stage, tmp_path: Path):
    async with trust(stage, tmp_path, limits="auth=100/60,default=20/60,organization=100/60,partner=100/60") as center_:
        answers = [await center_.client("GET", "/trust") for _ in range(40)]
        assert {answer.status for answer in answers} == {200, 429}


@pytest.mark.promise("TRU-01", "TEN-07")
async def test_nothing_of_a_customer_is_on_any_page(stage: Stage, tmp_path: Path):
    async with trust(stage, tmp_path) as center_:
        org = await center_.house.add_org("canary-marker-org")
        session = await center_.house.log_in("canary-marker-user", "canary-marker-org", name="Canary Marker Name")
        assert session.status == 200
        secret = [org, session.body["user"]["id"], str(center_.house.partner_id), "anary-marker", "anary Marker"]
        paths = [f"/trust/{area.id}-01" for area in AREAS]
        for path in ["/trust", "/trust.json", "/.well-known/security.txt", *paths]:
            text = str((await center_.client("GET", path, Accept="*/*")).body)
            assert not [one for one in [*secret, "Northwind", str(tmp_path)] if one in text], path


@pytest.mark.promise("TRU-01")
async def test_an_address_that_no_control_has_is_a_404_for_people_and_machines(stage: Stage, tmp_path: Path):
    async with trust(stage, tmp_path) as center_:
        page = await center_.client("GET", "/trust/TEN-99", Accept="text/html")
        assert (page.status, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
        assert (await center_.client("GET", "/trust/TEN-99.json")).code == "not_found"
        assert (await center_.client("GET", "/trust/..%2f..%2fetc.json")).status == 404


SIGNED = """\
-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

Contact: mailto:security@operator.example
Expires: {expires}
Preferred-Languages: en, da
-----BEGIN PGP SIGNATURE-----

iHUEARYKAB0WIQ=
-----END PGP SIGNATURE-----
"""


@pytest.mark.promise("TRU-04")
async def test_security_txt_says_whom_to_write_to_for_half_a_year(stage: Stage, tmp_path: Path):
    async with trust(stage, tmp_path) as center_:
        answer = await center_.client("GET", "/.well-known/security.txt")
        fields = dict(line.split(": ", 1) for line in answer.body.decode().splitlines())
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert fields["Contact"] == CONTACT
        assert fields["Canonical"] == f"{AUDIENCE}/.well-known/security.txt"
        assert fields["Policy"] == f"{AUDIENCE}/trust/disclosure"
        left = clock.parse_rfc3339(fields["Expires"]) - clock.now()
        assert timedelta(days=150) < left < timedelta(days=365)


@pytest.mark.promise("TRU-04")
@pytest.mark.parametrize(
    ("text", "is_served"),
    [
        (SIGNED.format(expires=f"{datetime.now(UTC) + timedelta(days=90):%Y-%m-%dT%H:%M:%SZ}"), True),
        (SIGNED.format(expires="2020-01-01T00:00:00Z"), False),
        (SIGNED.format(expires="2999-01-01T00:00:00Z"), False),
        (SIGNED.format(expires="soon"), False),
        ("Contact: mailto:other@operator.example\n", False),
        (f"Expires: {datetime.now(UTC) + timedelta(days=90):%Y-%m-%dT%H:%M:%SZ}\n", False),
    ],
    ids=["signed", "expired", "too long", "no time", "no expiry", "no contact"],
)
async def test_a_signed_file_is_served_as_it_is_unless_it_would_mislead(
    stage: Stage, tmp_path: Path, text: str, is_served: bool
):
    file = tmp_path / "security.txt"
    file.write_text(text)
    async with trust(stage, tmp_path, file=file) as center_:
        served = (await center_.client("GET", "/.well-known/security.txt")).body.decode()
        assert (served == text) is is_served
        assert served.count("Contact: ") == 1


@pytest.mark.promise("TRU-04")
async def test_without_a_contact_production_serves_none_and_development_says_what_is_missing(
    stage: Stage, tmp_path: Path
):
    async with trust(stage, tmp_path / "a", contact="") as center_:
        assert (await center_.client("GET", "/.well-known/security.txt")).code == "no_security_contact"
    async with trust(stage, tmp_path / "b", contact="", is_development=True) as center_:
        served = (await center_.client("GET", "/.well-known/security.txt")).body.decode()
        assert "RINGFENCE_SECURITY_CONTACT" in served
        assert f"Contact: {AUDIENCE}/trust/disclosure" in served


@pytest.mark.promise("TRU-04")
async def test_the_disclosure_policy_names_deadlines_and_safe_harbour(stage: Stage, tmp_path: Path):
    async with trust(stage, tmp_path) as center_:
        page = await center_.page("/trust/disclosure")
        for words in ("within 24 hours", "within 72 hours", "90 days", "Safe harbour", "security@operator.example"):
            assert words in page


@pytest.mark.promise("ORG-07")
async def test_the_guidance_for_integrators_is_served_as_it_is_documented(stage: Stage, tmp_path: Path):
    document = Path(__file__).parents[2] / "docs/integrators.md"
    async with trust(stage, tmp_path) as center_:
        page = await center_.page("/trust/integrators")
        for heading in re.findall(r"^## (.*)", document.read_text(), re.MULTILINE):
            assert f">{heading}</h2>" in page
        assert "/trust/integrators" in await center_.page()
    assert (
        document.read_bytes()
        == (document.parents[1] / "src/ringfence/features/trust/pages/integrators.md").read_bytes()
    )


def test_areas_states_and_frameworks_have_words_for_everything_in_the_register():
    promises = register.load().promises.values()
    assert {promise.id[:3] for promise in promises} == {area.id for area in AREAS}
    unnamed = {name for promise in promises for name in promise.frameworks if family_of(name) is None}
    assert unnamed == set()
    assert len(STATES) == 9


def test_the_pages_tokens_are_those_of_the_other_faces():
    top = Path(__file__).parents[2]
    for name in ("tokens.css", "mark.svg"):
        wanted = (top / "web/ui" / name).read_bytes()
        assert (top / "src/ringfence/features/embed/pages" / name).read_bytes() == wanted
