"""AUD-05: the page of an organization's log, for its administrators alone."""

import asyncio
import re
import string
import sys
import tomllib
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Awaitable, Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import LiteralString

import pytest

from ringfence.controls.audit import FORMS, Action, Signers, recent
from ringfence.controls.tenancy import OrgScope
from ringfence.features.audit_page.acts import ACTORS, ACTS, GROUPS, OUTCOMES, TARGETS
from tests.house import Client, House, house, serving
from tests.sealed import seal_all
from tests.visiting import Visitor, click, link, post, visit
from tests.world import Stage

VERIFIER = Path(__file__).parents[2] / "src/ringfence/evidence/verify.py"
LINKS = "/api/v1/audit-log/links"


async def ada(home: House, subject: str = "ada", org: str = "rose") -> Client:
    return await home.session(subject, org, role="admin", name=subject.title())


async def acts(home: House, scope: OrgScope) -> list[tuple[str, str, str | None]]:
    async with home.kernel.database.org(scope) as tx:
        return [(entry.action, entry.outcome, entry.reason) for entry in await recent(tx, 50)]


@pytest.mark.promise("AUD-05")
def test_every_action_and_whatever_an_entry_names_has_words_in_both_languages():
    assert {action.value for action in Action} - set(ACTS) == set()
    assert set(ACTS) <= {action.value for action in Action}
    assert {form.target for form in FORMS.values() if form.target} == set(TARGETS)
    pairs = [*ACTS.values(), *GROUPS.values(), *ACTORS.values(), *OUTCOMES.values(), *TARGETS.values()]
    assert all(english.strip() and danish.strip() for english, danish in pairs)


@pytest.mark.promise("AUD-05")
def test_every_word_of_the_page_is_there_in_both_languages_with_the_same_places_to_fill():
    file = resources.files("ringfence.features.audit_page") / "words.toml"
    for section in tomllib.loads(file.read_text()).values():
        for name, pair in section.items():
            assert set(pair) == {"en", "da"}, name
            places = [{place for _, place, _, _ in string.Formatter().parse(text) if place} for text in pair.values()]
            assert places[0] == places[1], name


@pytest.mark.promise("AUD-05")
async def test_a_link_opens_the_log_once_and_of_twenty_clicks_at_once_one(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        maker = await ada(home)
        path = await link(maker)
        asked = await home.client("GET", path)
        assert (asked.status, "Set-Cookie" in asked.headers) == (200, False)  # a crawler uses nothing up
        first = await click(home.client, path)
        assert (first.status, "Set-Cookie" in first.headers) == (200, True)
        again = await click(home.client, path)
        assert (again.status, "Set-Cookie" in again.headers) == (401, False)
        assert "used before" in again.body.decode()
        path = await link(maker)
        answers = await asyncio.gather(*(click(home.client, path) for _ in range(20)))
        assert sorted(answer.status for answer in answers) == [200] + [401] * 19


@pytest.mark.promise("AUD-05")
async def test_a_ticket_that_is_late_forged_or_moved_to_another_organization_opens_nothing(
    stage: Stage, tmp_path: Path
):
    async with house(stage, tmp_path) as home:
        rose, thorn = await link(await ada(home)), await link(await ada(home, "max", "thorn"))
        where, _, secret = rose.partition(".")
        forged = where + "." + "A" * 43
        moved = thorn.partition(".")[0] + "." + secret
        cookie = (await visit(home, await ada(home))).cookie.partition("=")[2]
        for path in (forged, moved, "/audit?ticket=", "/audit?ticket=" + "x" * 90, "/audit?ticket=" + cookie):
            answer = await click(home.client, path)
            assert (answer.status, "Set-Cookie" in answer.headers) == (401, False), path
        with stage.admin() as admin:
            admin.execute("update app.audit_visit set ticket_until = now() where opened_at is null")
        late = await click(home.client, rose)
        assert (late.status, "Set-Cookie" in late.headers) == (401, False)
        assert "a minute" in late.body.decode()


@pytest.mark.promise("AUD-05")
async def test_a_cookie_that_somebody_planted_before_is_never_taken_over(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        maker = await ada(home)
        mallorys = await visit(home, await ada(home, "mallory", "thorn"))
        opened = await click(home.client, await link(maker), Cookie=mallorys.cookie)
        cookie = opened.headers["Set-Cookie"].partition(";")[0]
        assert cookie != mallorys.cookie
        assert "Audit log of Rose" in await Visitor(home.client, cookie).text()
        assert "Audit log of Thorn" in await mallorys.text()
        planted = await click(home.client, await link(maker), Cookie="ringfence_audit=rfv_mine")
        assert "rfv_mine" not in planted.headers["Set-Cookie"]
        assert (await Visitor(home.client, "ringfence_audit=rfv_mine").get()).status == 401


@pytest.mark.promise("AUD-05")
async def test_with_tls_no_other_host_script_or_plain_connection_has_to_do_with_the_cookie(
    stage: Stage, tmp_path: Path
):
    async with house(stage, tmp_path) as home:
        secure = replace(home.kernel, audience="https://ringfence.test")
        async with serving(secure) as client:
            path = await link(client.as_((await ada(home)).bearer))
            answer = await click(client, path)
            name, *flags = answer.headers["Set-Cookie"].split("; ")
            assert name.startswith("__Host-ringfence_audit=rfv_")
            assert sorted(flags) == ["HttpOnly", "Max-Age=1800", "Path=/", "SameSite=strict", "Secure"]
            assert (await Visitor(client, name).get()).status == 200
            assert (await Visitor(client, name.removeprefix("__Host-")).get()).status == 401


@pytest.mark.promise("AUD-05")
async def test_neither_ticket_nor_cookie_is_stored(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        maker = await ada(home)
        path = await link(maker)
        cookie = (await click(home.client, path)).headers["Set-Cookie"].partition(";")[0]
        with stage.admin() as admin:
            rows = admin.execute("select v::text from app.audit_visit v").fetchall()
        assert rows
        for text in (path, cookie):
            secret = text.partition(".")[2]
            assert secret not in str(rows)
            assert secret.encode().hex() not in str(rows)


@pytest.mark.promise("AUD-05", "ACC-01")
async def test_only_administrators_get_in_by_session_or_by_their_partners_key(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home, house(stage, tmp_path) as southwind:
        for role in ("viewer", "member"):
            answer = await (await home.session(role, role=role))("POST", LINKS, {})
            assert (answer.status, answer.code) == (403, "forbidden")
        admin, member = await home.log_in("ada", role="admin"), await home.log_in("bob")
        org_id, ada_id, bob_id = admin.body["organization"]["id"], admin.body["user"]["id"], member.body["user"]["id"]
        wanted = {"organization_id": org_id, "user_id": ada_id}
        assert "Audit log of Rose" in await (await visit(home, home.api, **wanted)).text()
        assert (await home.api("POST", LINKS, {**wanted, "user_id": bob_id})).code == "not_an_administrator"
        assert (await home.api("POST", LINKS, {"organization_id": org_id})).status == 422
        assert (await southwind.api("POST", LINKS, wanted)).status == 404
        thorn = await home.session("max", "thorn", role="admin")
        assert (await thorn("POST", LINKS, wanted)).status == 404


@pytest.mark.promise("AUD-05")
async def test_a_visit_reads_this_log_and_can_do_nothing_else(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        thorn = await home.log_in("max", "thorn", role="admin")
        visitor = await visit(home, await ada(home))
        assert thorn.body["user"]["id"] not in await visitor.text()
        for path in ("/api/v1/audit-log", "/api/v1/me", "/api/v1/partner/settings"):
            assert (await visitor.get(path)).status == 401
        named = await visitor.get("/audit?actor=" + thorn.body["user"]["id"])
        assert "No entry fits" in named.body.decode()


Cut = Callable[[House, Client, str, str], Awaitable[object]]


async def _restrict(home: House, _maker: Client, org_id: str, user_id: str) -> object:
    path = f"/api/v1/partner/organizations/{org_id}/users/{user_id}"
    await home.api("PATCH", path, {"status": "restricted"})
    return await home.api("PATCH", path, {"status": "active"})


async def _erase(home: House, _maker: Client, org_id: str, user_id: str) -> object:
    return await home.api("DELETE", f"/api/v1/partner/organizations/{org_id}/users/{user_id}")


async def _demote(home: House, _maker: Client, org_id: str, user_id: str) -> object:
    return await home.api("PATCH", f"/api/v1/partner/organizations/{org_id}/users/{user_id}", {"role": "member"})


@pytest.mark.promise("AUD-05", "EMB-05")
async def test_whatever_ends_a_session_a_user_or_a_role_ends_the_visit_within_five_seconds(
    stage: Stage, tmp_path: Path
):
    async with house(stage, tmp_path) as home:
        cuts: dict[str, Cut] = {"restricted": _restrict, "erased": _erase, "demoted": _demote}
        for name, cut in cuts.items():
            for is_by_key in (False, True):
                answer = await home.log_in(f"{name}-{is_by_key}", role="admin")
                org_id, user_id = answer.body["organization"]["id"], answer.body["user"]["id"]
                maker = home.client.as_(answer.body["session_token"])
                named = {"organization_id": org_id, "user_id": user_id}
                visitor = await (visit(home, home.api, **named) if is_by_key else visit(home, maker))
                await cut(home, maker, org_id, user_id)
                assert (await visitor.shut_out()).status == 401, name
        answer = await home.log_in("leaver", role="admin")
        visitor = await visit(home, home.client.as_(answer.body["session_token"]))
        unused = await link(home.client.as_(answer.body["session_token"]))
        await home.client("POST", "/api/v1/embed/logout", {"refresh_token": answer.body["refresh_token"]})
        assert (await visitor.shut_out()).status == 401
        assert (await click(home.client, unused)).status == 401


@pytest.mark.promise("AUD-05", "KEY-01")
async def test_the_key_that_made_a_link_takes_its_visits_along_and_so_does_the_organization(
    stage: Stage, tmp_path: Path
):
    async with house(stage, tmp_path) as home:
        answer = await home.log_in("ada", role="admin")
        org_id, user_id = answer.body["organization"]["id"], answer.body["user"]["id"]
        named = {"organization_id": org_id, "user_id": user_id}
        made = (await home.api("POST", "/api/v1/partner/api-keys", {"name": "links"})).body
        by_key = await visit(home, home.client.as_(made["key"]), **named)
        await home.api("DELETE", f"/api/v1/partner/api-keys/{made['id']}")
        assert (await by_key.shut_out()).status == 401
        by_session = await visit(home, home.client.as_(answer.body["session_token"]))
        await home.api("PATCH", f"/api/v1/partner/organizations/{org_id}", {"status": "restricted"})
        assert (await by_session.shut_out()).status == 401


@pytest.mark.promise("AUD-05")
async def test_a_visit_is_over_after_half_an_hour_and_when_it_is_closed(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        visitor, other = await visit(home, await ada(home)), await visit(home, await ada(home))
        closed = await visitor.send("/audit/close")
        assert (closed.status, "Max-Age=0" in closed.headers["Set-Cookie"]) == (200, True)
        assert (await visitor.get()).status == 401
        with stage.admin() as admin:
            admin.execute("update app.audit_visit set expires_at = now() where opened_at is not null")
        late = await other.get()
        assert (late.status, "half an hour" in late.body.decode()) == (401, True)


@pytest.mark.promise("AUD-05")
async def test_a_form_that_another_page_sends_is_refused_and_recorded(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        answer = await home.log_in("ada", role="admin")
        maker = home.client.as_(answer.body["session_token"])
        visitor, other = await visit(home, maker), await visit(home, maker)
        form = await visitor.form()
        for path in ("/audit/verify", "/audit/close"):
            assert (await visitor.send(path, form="")).status in {400, 403}
            assert (await visitor.send(path, form=await other.form())).status == 403
            assert (await visitor.send(path, form=form, Sec_Fetch_Site="cross-site")).status == 403
            assert (await visitor.send(path, form=form, Origin="https://evil.example")).status == 403
            assert (await post(home.client, path, {"form": form})).status == 401
        assert ("access.denied", "refused", None) in await acts(home, home.scope(answer))
        ours = await visitor.send("/audit/close", form=form, Sec_Fetch_Site="same-origin", Origin="null")
        assert ours.status == 200


@pytest.mark.promise("AUD-05", "AUD-01")
async def test_links_openings_and_refused_ones_are_entries_of_the_log_itself(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        answer = await home.log_in("ada", role="admin")
        path = await link(home.client.as_(answer.body["session_token"]))
        confirmed = await post(home.client, "/audit/open", {"ticket": path.partition("=")[2]})
        assert (confirmed.status, confirmed.headers["Location"]) == (303, "/audit")
        await click(home.client, path)
        visitor = Visitor(home.client, confirmed.headers["Set-Cookie"].partition(";")[0])
        await visitor.verify()
        await visitor.send("/audit/close")
        assert (await acts(home, home.scope(answer)))[:5] == [
            ("audit.page_closed", "success", None),
            ("audit.verified", "success", None),
            ("audit.page_opened", "refused", "link_used"),
            ("audit.page_opened", "success", None),
            ("audit.link_created", "success", None),
        ]


@pytest.mark.promise("AUD-05")
async def test_the_pages_hold_no_script_and_nothing_of_anybody_else_and_are_kept_by_nobody(
    stage: Stage, tmp_path: Path
):
    async with house(stage, tmp_path) as home:
        visitor = await visit(home, await ada(home))
        for path in ("/audit", "/audit?actor=x", "/audit?ticket=x", "/audit/entries/x/receipt"):
            answer = await visitor.get(path)
            text, headers = answer.body.decode(), answer.headers
            assert headers["Cache-Control"] == "no-store"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
            assert "unsafe" not in headers["Content-Security-Policy"]
            assert re.findall(r"<script|javascript:|\son[a-z]+=|style=\"", text) == []
            assert re.findall(r'(?:href|src|action)="(?!/|#|data:image/svg)[^"]*"', text) == []


@pytest.mark.promise("AUD-05")
async def test_it_is_filtered_by_its_address_and_paged_without_loss(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        answer = await home.log_in("ada", role="admin", name="Ada <Lund>")
        for _ in range(60):
            await home.log_in("alice", name="Alice")
        visitor = await visit(home, home.client.as_(answer.body["session_token"]))
        seen, path = list[str](), "/audit?action=auth.*"
        while path:
            text = await visitor.text(path)
            assert text.count("Logged in through the product") >= 1
            assert "Link to this log created</span>" not in text
            seen += re.findall(r'<li class="row" id="e-([0-9a-f-]+)"', text)
            found = re.search(r'href="([^"]+)" rel="next"', text)
            path = found[1].partition("#")[0] if found else ""
        assert len(seen) == len(set(seen)) == 61
        assert "Ada <Lund>" in await visitor.text()
        assert "<Lund>" not in (await visitor.get()).body.decode()
        wrong = await visitor.text("/audit?actor=alice&from=soon&outcome=maybe")
        assert wrong.count('aria-invalid="true"') == 3
        assert '<li class="row"' not in wrong
        danish = await visitor.text("/audit?lang=da&action=user.*")
        assert "Bruger tilføjet" in danish
        assert '<html lang="da">' in danish
        assert (await visitor.get("/audit?cursor=rubbish")).status == 400


@pytest.mark.promise("AUD-04", "AUD-05")
async def test_what_is_taken_along_verifies_without_us(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        visitor = await visit(home, await ada(home))
        await seal_all(home.kernel.database)
        entry = re.findall(r'id="e-([0-9a-f-]+)"', await visitor.text())[-1]
        receipt = f"/audit/entries/{entry}/receipt"
        names = {"checkpoint": "/audit/checkpoint", "receipt": receipt, "log": "/audit/export"}
        for name, path in names.items():
            answer = await visitor.get(path)
            assert (answer.status, "attachment" in answer.headers["Content-Disposition"]) == (200, True), name
            body = answer.body if isinstance(answer.body, bytes) else str(answer.body).encode()
            (tmp_path / name).write_bytes(body)
        key = (await Signers(home.kernel.keystore, "ringfence.test").current()).verifier.line
        assert key in await visitor.text()
        for arguments in (["log", "--since", "checkpoint"], ["receipt", "--key", key]):
            run = await asyncio.create_subprocess_exec(
                sys.executable, VERIFIER, *arguments, cwd=tmp_path, stdout=PIPE, stderr=STDOUT
            )
            said, _ = await run.communicate()
            assert run.returncode == 0, said


@pytest.mark.promise("AUD-05")
@pytest.mark.parametrize("query", ["format=csv&action=run.*", "Format=csv", "format=csv&format=verifiable"])
async def test_nobody_takes_the_whole_log_for_a_part_of_it(stage: Stage, tmp_path: Path, query: str):
    async with house(stage, tmp_path) as home:
        visitor = await visit(home, await ada(home))
        answer = await visitor.get(f"/audit/export?{query}")
        assert (answer.status, "Content-Disposition" in answer.headers) == (422, False)
        assert (await visitor.get("/audit/export?format=csv")).status == 200


TAMPERINGS: dict[LiteralString, str] = {
    "update app.audit_queue set outcome = 'refused' where id = %s": "Entry {index} was changed",
    "update app.audit_queue set at = at + interval '1 second' where id = %s": "Entry {index} was changed",
    "delete from app.audit_queue where id = %s": "Entry {index} is gone",
    "delete from app.audit_sealed where entry_id = %s": "Index {index} is missing",
    "update app.audit_sealed set leaf_hash = sha256('x') where entry_id = %s": "Entry {index} was changed",
}


@pytest.mark.promise("AUD-02", "AUD-05")
async def test_verification_tells_what_it_checked_and_names_what_was_tampered_with(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        answer = await home.log_in("ada", role="admin")
        visitor = await visit(home, home.client.as_(answer.body["session_token"]))
        await seal_all(home.kernel.database)
        clean = await visitor.verify()
        assert "Every entry is as it was sealed" in clean
        for words in ("entries were encoded and hashed anew", "were each found once", "A Merkle tree"):
            assert words in clean
        assert "That you are shown the same log as everybody else" in clean
        with stage.admin() as admin:
            admin.execute("set session_replication_role = replica")  # past every trigger
            for table in ("audit_queue", "audit_sealed"):
                admin.execute(f"create temporary table {table} as select * from app.{table}")
            found = admin.execute(
                "select entry_id, index from app.audit_sealed where scope_id = %s and index = 1",
                (answer.body["organization"]["id"],),
            ).fetchone()
            assert found is not None
            for change, told in TAMPERINGS.items():
                assert admin.execute(change, (found[0],)).rowcount == 1
                words = await visitor.verify()
                assert told.format(index=found[1]) in words, change
                assert "This log is not as it was sealed" in words
                assert "Every entry is as it was sealed" not in words
                if change.startswith("update app.audit_queue"):
                    shown = await visitor.text()
                    assert f"What the database holds as entry {found[1]} no longer" in shown
                for table in ("audit_queue", "audit_sealed"):
                    admin.execute(f"delete from app.{table}")
                    admin.execute(f"insert into app.{table} select * from pg_temp.{table}")
            assert "Every entry is as it was sealed" in await visitor.verify()
            admin.execute("update app.audit_log set root = sha256('x') where scope = 'org'")
            assert "do not give the root that was sealed" in await visitor.verify()
        assert ("audit.verified", "failure", "does_not_fit") in await acts(home, home.scope(answer))


@pytest.mark.promise("AUD-04", "AUD-05")
async def test_a_checkpoint_that_stands_for_another_tree_is_named(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        visitor = await visit(home, await ada(home))
        await seal_all(home.kernel.database)
        note = (await visitor.get("/audit/checkpoint")).body.decode()
        size = int(note.split("\n")[1])
        fine = await visitor.verify()
        assert f"Signed by ringfence.test/audit (Ed25519) for {size} entries." in fine
        with stage.admin() as admin:
            admin.execute("set session_replication_role = replica")
            admin.execute("update app.audit_log set checkpoint = replace(checkpoint, E'\\ntime ', E'\\ntime 1')")
            assert f"The checkpoint of {size} entries carries no signature" in await visitor.verify()
