"""AUD-05, AUD-04, TEN-04: a log is read and taken away by those who may, and what they took away proves itself.

Everything is verified by the stand-alone verify.py, as a customer would: a program of its own, without the product.
"""

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ringfence.base import ids
from ringfence.controls import audit
from ringfence.controls.identity import ApiKeyKind
from ringfence.features.partners import operator
from tests.house import Client, House, house
from tests.world import Stage

VERIFY = Path(__file__).parents[2] / "src/ringfence/evidence/verify.py"
LOG = "/api/v1/audit-log"
READS = ["", "/export", "/export?format=verifiable", "/checkpoint", "/consistency?from=1&to=1"]
ACTS = (
    "insert into app.audit_queue (scope, scope_id, id, actor_kind, action, outcome, details) "
    "select 'org', %s, app.time_ordered_id(), 'system', 'run.started', 'success', "
    "jsonb_build_object('agent_version', n) from generate_series(1, %s) n"
)


@dataclass
class Kept:
    """A house whose log is sealed when it is told to, and a customer who keeps files."""

    home: House
    data: Path
    sealer: audit.Sealer
    rose: str = ""
    files: list[Path] = field(default_factory=list[Path])

    @property
    def theirs(self) -> str:
        return f"/api/v1/partner/organizations/{self.rose}/audit-log"

    async def seal(self) -> None:
        while await self.sealer.round():
            pass

    async def act(self, stage: Stage, count: int) -> None:
        """That many acts in Rose, sealed."""
        with stage.admin() as admin:
            admin.execute(ACTS, [self.rose, count])
        await self.seal()

    async def take(self, who: Client, path: str, *, status: int = 200) -> Path:
        """What is answered, kept as a file."""
        answer = await who("GET", path)
        assert answer.status == status, answer.body
        raw = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        kept = self.data / f"kept-{len(self.files)}"
        kept.write_bytes(raw)
        self.files.append(kept)
        return kept

    async def key(self) -> str:
        """The deployment's verifier key, as the customer knows it from elsewhere."""
        signers = audit.Signers(self.home.kernel.keystore, "ringfence.test")
        return (await signers.verifiers())[-1].line

    async def verified(self, what: Path, *more: str | Path) -> dict[str, Any]:
        command = [sys.executable, "-I", str(VERIFY), str(what), "--json", "--key", await self.key(), *map(str, more)]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False, timeout=60)
        return json.loads(done.stdout)


@asynccontextmanager
async def kept(stage: Stage, data: Path) -> AsyncIterator[Kept]:
    async with house(stage, data) as home:
        here = Kept(home, data, audit.Sealer(home.kernel.database, holder=ids.new()))
        here.rose = (await home.log_in(name="Alice")).body["organization"]["id"]
        await here.seal()
        yield here


@pytest.mark.promise("AUD-02", "AUD-04", "AUD-05")
async def test_an_export_is_verified_without_us_and_an_edited_row_is_named(stage: Stage, tmp_path: Path):
    async with kept(stage, tmp_path) as here:
        ada = await here.home.session("ada", role="admin")
        await here.seal()
        note = await here.take(ada, f"{LOG}/checkpoint")
        await here.act(stage, 300)
        first = await here.take(ada, f"{LOG}/export?format=verifiable")
        good = await here.verified(first, "--since", note)
        assert (good["result"], good["findings"], good["unchecked"]) == ("verified", [], []), good
        entries = [json.loads(line) for line in first.read_bytes().splitlines() if b'"action"' in line]
        assert [entry["index"] for entry in entries] == list(range(len(entries)))
        with stage.admin() as admin:
            admin.execute("alter table app.audit_queue disable trigger all")
            admin.execute("update app.audit_queue set reason = 'harmless' where id = %s", [entries[277]["id"]])
        bad = await here.verified(await here.take(ada, f"{LOG}/export?format=verifiable"))
        assert (bad["result"], bad["tampering"], bad["first_bad_index"]) == ("tampered", "edited", 277)
        with stage.admin() as admin:
            admin.execute("delete from app.audit_queue where id = %s", [entries[270]["id"]])
        worse = await here.verified(await here.take(ada, f"{LOG}/export?format=verifiable"))
        assert (worse["tampering"], worse["first_bad_index"]) == ("removed", 270)


@pytest.mark.promise("AUD-04", "AUD-05")
async def test_an_export_goes_on_where_the_last_one_ended(stage: Stage, tmp_path: Path):
    async with kept(stage, tmp_path) as here:
        ada = await here.home.session("ada", role="admin")
        await here.act(stage, 400)
        first = await here.take(ada, f"{LOG}/export?format=verifiable")
        size = json.loads(first.read_bytes().splitlines()[0])["size"]
        await here.act(stage, 300)
        note = await here.take(ada, f"{LOG}/checkpoint")
        second = await here.take(ada, f"{LOG}/export?format=verifiable&from_index={size}")
        head = json.loads(second.read_bytes().splitlines()[0])
        assert (head["from"], len(head["earlier"]) >= 1) == (size, True)
        assert (await here.verified(second, "--since", note))["result"] == "verified"
        end = head["size"]
        nothing_new = await here.take(ada, f"{LOG}/export?format=verifiable&from_index={end}")
        assert (await here.verified(nothing_new))["result"] in {"verified", "unchecked"}
        beyond = await ada("GET", f"{LOG}/export?format=verifiable&from_index={end + 99}")
        assert (beyond.status, beyond.code) == (422, "invalid_range")
        filtered = await ada("GET", f"{LOG}/export?format=verifiable&outcome=refused")
        assert (filtered.status, filtered.code) == (422, "unfiltered_only")


@pytest.mark.promise("AUD-04")
async def test_a_receipt_proves_one_entry_and_consistency_two_checkpoints(stage: Stage, tmp_path: Path):
    async with kept(stage, tmp_path) as here:
        ada = await here.home.session("ada", role="admin")
        await here.seal()
        old = await here.take(ada, f"{LOG}/checkpoint")
        await here.act(stage, 300)
        entry = (await ada("GET", f"{LOG}?limit=1&action=run.started")).body["items"][0]
        receipt = await here.take(ada, f"{LOG}/entries/{entry['id']}/proof")
        assert (await here.verified(receipt))["result"] == "verified"
        leaf = json.loads(base64.b64decode(receipt.read_text().splitlines()[1].removeprefix("extra ")))
        assert (leaf["id"], leaf["index"]) == (entry["id"], entry["index"])
        new = await here.take(ada, f"{LOG}/checkpoint")
        sizes = [int(note.read_text().splitlines()[1]) for note in (old, new)]
        proof = await here.take(ada, f"{LOG}/consistency?from={sizes[0]}&to={sizes[1]}")
        assert (await here.verified(new, "--since", old, "--proof", proof))["result"] == "verified"
        for query in ("from=0&to=1", f"from=1&to={sizes[1] + 50}", "from=2&to=1", "from=1", "from=-1&to=x"):
            assert (await ada("GET", f"{LOG}/consistency?{query}")).status == 422, query
        assert (await ada("GET", f"{LOG}/entries/{ids.new()}/proof")).status == 404
        assert (await ada("GET", f"{LOG}/entries/x/proof")).status == 404
        await ada("GET", "/api/v1/partner/settings")
        unsealed = (await ada("GET", f"{LOG}?limit=1")).body["items"][0]
        assert unsealed["index"] is None
        early = await ada("GET", f"{LOG}/entries/{unsealed['id']}/proof")
        assert (early.status, early.code) == (409, "not_sealed_yet")


@pytest.mark.promise("AUD-04", "AUD-05", "TEN-04")
async def test_an_erased_organizations_log_stays_readable_for_its_partner_alone(stage: Stage, tmp_path: Path):
    async with kept(stage, tmp_path) as here:
        home = here.home
        alice = (await home.api("GET", f"{here.theirs}?action=auth.exchange")).body["items"][0]["actor"]["id"]
        users = f"/api/v1/partner/organizations/{here.rose}/users"
        assert (await home.api("DELETE", f"{users}/{alice}")).status == 200
        of_alice = (await home.api("GET", f"{here.theirs}?actor={alice}")).body["items"]
        assert [item["action"] for item in of_alice] == ["auth.exchange"]
        assert (await home.api("DELETE", f"/api/v1/partner/organizations/{here.rose}")).status == 200
        await here.seal()
        assert (await home.api("GET", f"/api/v1/partner/organizations/{here.rose}")).status == 404
        assert (await home.api("GET", f"{here.theirs}?actor={alice}")).body["items"][0]["id"] == of_alice[0]["id"]
        export = await here.take(home.api, f"{here.theirs}/export?format=verifiable")
        assert (await here.verified(export))["result"] == "verified"
        assert of_alice[0]["id"].encode() in export.read_bytes()
        receipt = await here.take(home.api, f"{here.theirs}/entries/{of_alice[0]['id']}/proof")
        assert (await here.verified(receipt))["result"] == "verified"
        southwind = await another_partner(home)
        for read in READS:
            assert (await southwind("GET", here.theirs + read)).status == 404, read
            assert (await home.api("GET", here.theirs.replace(here.rose, str(ids.new())) + read)).status == 404, read


async def another_partner(home: House) -> Client:
    """Southwind, by its key."""
    issuer = f"https://{ids.new()}.southwind.example"
    made = await operator.create_partner(home.kernel, "Southwind", issuer=issuer, kind=ApiKeyKind.LIVE)
    return home.client.as_(made.api_key.reveal().decode())


@pytest.mark.promise("AUD-05", "TEN-04")
async def test_only_an_administrator_or_the_partners_key_reads_and_each_only_its_own(stage: Stage, tmp_path: Path):
    async with kept(stage, tmp_path) as here:
        home = here.home
        ada, max_ = await home.session("ada", role="admin"), await home.session("max", "thorn", role="admin")
        await here.seal()
        for read in READS:
            for member in (await home.session("bob"), await home.session("vera", role="viewer"), home.api):
                refused = await member("GET", LOG + read)
                assert (refused.status, refused.code) == (403, "forbidden"), read
            for path in (here.theirs, "/api/v1/partner/audit-log"):
                assert (await ada("GET", path + read)).status == 403, read
                assert (await home.api("GET", path + read)).status == 200, read
            assert (await home.client("GET", LOG + read)).status == 401, read
        of_rose = {item["id"] for item in (await ada("GET", f"{LOG}?limit=200")).body["items"]}
        of_thorn = {item["id"] for item in (await max_("GET", f"{LOG}?limit=200")).body["items"]}
        assert of_rose
        assert of_thorn
        assert not of_rose & of_thorn
        # Another organization's entry is nobody's here: neither listed by a filter nor proved.
        for entry_id in of_rose:
            assert (await max_("GET", f"{LOG}/entries/{entry_id}/proof")).status == 404


@pytest.mark.promise("AUD-04")
async def test_a_store_that_is_away_gives_a_problem_and_nothing_half(stage: Stage, tmp_path: Path):
    async with kept(stage, tmp_path) as here:
        ada = await here.home.session("ada", role="admin")
        await here.seal()
        await here.take(ada, f"{LOG}/export?format=verifiable")
        objects = tmp_path / "objects"
        objects.rename(tmp_path / "away")
        objects.write_text("no directory")
        await here.act(stage, 3)
        refused = await ada("GET", f"{LOG}/export?format=verifiable")
        assert (refused.status, refused.code) == (503, "storage_unavailable")
        assert (await ada("GET", f"{LOG}?action=audit.exported")).body["items"][1:] == []
        assert (await ada("GET", f"{LOG}/export")).status == 200
        objects.unlink()
        (tmp_path / "away").rename(objects)
        assert (await ada("GET", f"{LOG}/export?format=verifiable")).status == 200
