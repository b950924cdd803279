"""EMB-07 over HTTP: which pages may hold the widget's frame, and what a page that may not gets instead."""

import json
import re
from pathlib import Path

import pytest
from multidict import CIMultiDict

from ringfence.base import ids
from ringfence.controls.identity import origins
from ringfence.features.embed import routes
from ringfence.features.embed.assets import Assets
from ringfence.features.partners import operator
from tests.house import Answer, House, house
from tests.world import Stage

APP = "https://app.northwind.example"
PREVIEW = "https://pr-7.preview.northwind.example"
ALLOWED = [APP, "https://*.preview.northwind.example"]
FILES = {
    "embed.js": "embed.js",
    "client.js": "client.js",
    "frame.js": "assets/frame.1a.js",
    "frame.css": "assets/frame.2b.css",
}


@pytest.fixture(autouse=True)
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build of four files, in place of whatever this machine built."""
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    for name, file in FILES.items():
        (static / file).write_text(f"/* {name} */ " + "x" * 500)
    (static / "manifest.json").write_text(json.dumps({name: {"file": file} for name, file in FILES.items()}))
    monkeypatch.setattr(routes, "_ASSETS", Assets(static))
    return static


async def agent_of(home: House, allowed: list[str]) -> str:
    body = {"name": "Guide", "instructions": "Guide.", "model": "scripted:fast", "tools": []}
    agent = (await home.api("POST", "/api/v1/partner/agents", body)).body["id"]
    answer = await home.api("PATCH", "/api/v1/partner/settings", {"allowed_origins": allowed})
    assert answer.status == 200, answer.body
    return agent


async def framed(home: House, agent: str, origin: str, more: str = "") -> Answer:
    return await home.client("GET", f"/embed/{agent}?origin={origin}{more}")


def directives(answer: Answer) -> dict[str, str]:
    policy = answer.headers["Content-Security-Policy"]
    return {part.split()[0]: " ".join(part.split()[1:]) for part in policy.split("; ")}


@pytest.mark.promise("EMB-07")
async def test_an_allowed_page_gets_the_widget_and_nobody_else_may_hold_it(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        agent = await agent_of(home, ALLOWED)
        for origin in (APP, PREVIEW):
            answer = await framed(home, agent, origin, "&mode=inline&locale=da")
            html = answer.body.decode()
            assert answer.status == 200
            assert f'data-agent="{agent}" data-parent="{origin}" data-mode="inline" data-locale="da"' in html
            assert '<html lang="da" dir="ltr">' in html
            assert re.search(r'src="/embed/assets/frame\.1a\.js"', html)
            assert directives(answer)["frame-ancestors"] == " ".join(ALLOWED)
            assert "X-Frame-Options" not in answer.headers


@pytest.mark.promise("EMB-07")
async def test_the_frames_own_policy_leaves_its_own_files_and_no_html_from_text(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        policy = directives(await framed(home, await agent_of(home, ALLOWED), APP))
        assert policy == {
            "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "connect-src": "'self'",
            "img-src": "'self' data:", "base-uri": "'none'", "form-action": "'none'",
            "frame-ancestors": " ".join(ALLOWED), "require-trusted-types-for": "'script'", "trusted-types": "'none'",
        }  # fmt: skip


@pytest.mark.promise("EMB-07")
@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ("https://evil.example", "has not allowed https://evil.example to show it"),
        ("http://app.northwind.example", "has not allowed http://app.northwind.example"),
        ("null", "has not allowed null"),
        ("%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "&lt;script&gt;alert(1)"),
        ("", "not for a window of its own"),
    ],
)
async def test_a_page_that_is_not_allowed_gets_words_and_no_capability(
    stage: Stage, tmp_path: Path, origin: str, words: str
):
    async with house(stage, tmp_path) as home:
        answer = await framed(home, await agent_of(home, ALLOWED), origin)
        html = answer.body.decode()
        assert (answer.status, answer.headers["Content-Type"]) == (403, "text/html; charset=utf-8")
        assert words in html
        assert "<script" not in html
        policy = directives(answer)
        assert (policy["default-src"], policy["frame-ancestors"]) == ("'none'", "*")
        assert not {"script-src", "connect-src", "img-src"} & policy.keys()


@pytest.mark.promise("EMB-07")
async def test_development_says_the_command_that_allows_a_page_and_production_does_not(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        agent = await agent_of(home, [APP])
        html = (await framed(home, agent, "https://new.example")).body.decode()
        wanted = f"{{&quot;allowed_origins&quot;: [&quot;{APP}&quot;, &quot;https://new.example&quot;]}}"
        assert "/api/v1/partner/settings" in html
        assert wanted in html
        assert "curl" not in (await framed(home, agent, "https://a.example';rm -rf ~;'")).body.decode()
    async with house(stage, tmp_path / "live", mode="production") as home:
        html = (await framed(home, await agent_of(home, [APP]), "https://new.example", "&locale=da")).body.decode()
        assert "Denne side må ikke vise assistenten" in html
        assert "curl" not in html
        assert "app.northwind" not in html


@pytest.mark.promise("EMB-07")
async def test_unknown_retired_and_restricted_are_one_refusal(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        agent, other = await agent_of(home, ALLOWED), await agent_of(home, ALLOWED)
        assert (await home.api("DELETE", f"/api/v1/partner/agents/{other}")).status == 204
        wanted = [await framed(home, name, APP) for name in (str(ids.new()), "no-id", other)]
        await operator.restrict_partner(home.kernel, home.partner_id)
        wanted.append(await framed(home, agent, APP))
        assert {answer.status for answer in wanted} == {404}
        assert len({answer.body for answer in wanted}) == 1


@pytest.mark.promise("EMB-07")
async def test_a_removed_origin_holds_no_frame_from_then_on(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        agent = await agent_of(home, ALLOWED)
        assert (await framed(home, agent, APP)).status == 200
        await home.api("PATCH", "/api/v1/partner/settings", {"allowed_origins": [ALLOWED[1]]})
        assert (await framed(home, agent, APP)).status == 403
        assert directives(await framed(home, agent, PREVIEW))["frame-ancestors"] == ALLOWED[1]


async def test_the_loader_and_the_files_are_served_by_name_and_cached(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        loader = await home.client("GET", "/embed.js", Accept_Encoding="identity")
        assert loader.body.startswith(b"/* embed.js */")
        assert loader.headers["Cache-Control"] == "public, max-age=300"
        assert loader.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert loader.headers["Access-Control-Allow-Origin"] == "*"
        again = await home.client("GET", "/embed.js", If_None_Match=CIMultiDict(loader.headers)["etag"])
        assert (again.status, again.body) == (304, b"")
        asset = await home.client("GET", "/embed/assets/frame.2b.css")
        assert asset.headers["Content-Type"] == "text/css; charset=utf-8"
        assert "immutable" in asset.headers["Cache-Control"]
        head = await home.client("HEAD", "/embed.js")
        assert (head.status, head.body, "Content-Encoding" in head.headers) == (200, b"", True)


@pytest.mark.promise("SDL-02")
@pytest.mark.parametrize(
    "path",
    [
        "manifest.json",
        "licenses.txt",
        "frame.old.js",
        "..%2fmanifest.json",
        "%2e%2e/manifest.json",
        "..%2f..%2froutes.py",
        "a%00b",
    ],
)
async def test_no_path_leads_out_of_the_manifest(stage: Stage, tmp_path: Path, path: str):
    async with house(stage, tmp_path) as home:
        assert (await home.client("GET", f"/embed/assets/{path}")).status == 404


async def test_a_new_build_is_served_without_a_restart_and_none_is_said_plainly(
    stage: Stage, tmp_path: Path, build: Path
):
    async with house(stage, tmp_path) as home:
        assert (await home.client("GET", "/embed.js")).body.startswith(b"/* embed.js */")
        (build / "embed.js").write_text("new")
        (build / "manifest.json").write_text((build / "manifest.json").read_text() + "\n")
        assert (await home.client("GET", "/embed.js")).body == b"new"


async def test_without_a_build_the_answer_names_the_command(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(routes, "_ASSETS", Assets(tmp_path / "nowhere"))
    async with house(stage, tmp_path) as home:
        answer = await home.client("GET", "/embed.js")
        assert (answer.status, answer.code, "make web" in answer.body["detail"]) == (503, "web_not_built", True)


@pytest.mark.promise("EMB-07")
@pytest.mark.parametrize(
    ("allowed", "status"),
    [
        (["https://*.preview.example.com"], 200),
        (["http://localhost:3000"], 200),
        (["https://*.com"], 422),
        (["*"], 422),
    ],
)
async def test_settings_take_what_a_page_can_be_allowed_by(
    stage: Stage, tmp_path: Path, allowed: list[str], status: int
):
    async with house(stage, tmp_path) as home:
        assert (await home.api("PATCH", "/api/v1/partner/settings", {"allowed_origins": allowed})).status == status


@pytest.mark.promise("EMB-07")
async def test_production_takes_no_page_of_the_readers_own_machine(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path, mode="production") as home:
        refused = await home.api(
            "PATCH", "/api/v1/partner/settings", {"allowed_origins": [APP, "http://localhost:3000"]}
        )
        assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/allowed_origins/1")


@pytest.mark.promise("EMB-07")
@pytest.mark.parametrize(("mode", "local"), [("development", 200), ("production", 403)])
async def test_entries_from_other_times_let_nobody_in_and_harm_no_others(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, local: int
):
    monkeypatch.setattr(origins, "_CAPACITY", 0)
    async with house(stage, tmp_path, mode=mode) as home:
        agent = await agent_of(home, [APP])
        with stage.admin() as admin:
            admin.execute(
                "update app.partner set allowed_origins = %s where partner_id = %s",
                [["http://old.example", "http://localhost:3000", APP], home.partner_id],
            )
        alice = await home.session()
        wanted = {"http://old.example": 403, "http://localhost:3000": local, APP: 200}
        assert {origin: (await framed(home, agent, origin)).status for origin in wanted} == wanted
        assert {origin: (await alice("GET", "/api/v1/me", Origin=origin)).status for origin in wanted} == wanted
