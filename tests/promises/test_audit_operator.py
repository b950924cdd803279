"""TEN-10, EMB-06: the operator takes any log away, the platform's own among them, and is named in it."""

import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from ringfence.base import ids
from ringfence.base.principal import PartnerId
from ringfence.base.problem import Problem
from ringfence.cli.taking import written
from ringfence.controls.audit import Log
from ringfence.features.audit_log import Form
from tests.promises.test_audit_reading import Kept, kept
from tests.world import Stage


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk that is full: no file of this process grows beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def taken(
    here: Kept, log: Log, name: str, partner_id: PartnerId | None = None, *, form: Form = "verifiable"
) -> Path:
    file = here.data / name
    await written(here.home.kernel, log, partner_id, form=form, from_index=0, output=file)
    await here.seal()
    return file


@pytest.mark.promise("TEN-10", "EMB-06")
async def test_the_platforms_own_log_verifies_and_tells_of_callers_who_proved_nothing(stage: Stage, tmp_path: Path):
    async with kept(stage, tmp_path) as here:
        await here.home.kernel.identity.attempts.write("bad_signature", "192.0.2.1")
        with stage.admin() as admin:
            admin.execute("update app.refused_count set minute = minute - interval '2 minutes'")
        await here.home.kernel.reads.enter()
        await here.seal()
        file = await taken(here, Log.platform(), "platform")
        assert (await here.verified(file))["result"] == "verified"
        assert b'"reason":"bad_signature"' in file.read_bytes()
        assert b"192.0.2.1" not in file.read_bytes()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        again = await taken(here, Log.platform(), "again", form="jsonl")
        assert b'"action":"audit.exported","actor":{"id":null,"kind":"operator"}' in again.read_bytes()


@pytest.mark.promise("TEN-10", "TEN-04", "AUD-04")
async def test_an_organizations_log_names_the_operator_who_took_it_and_outlives_the_organization(
    stage: Stage, tmp_path: Path
):
    async with kept(stage, tmp_path) as here:
        rose, northwind = Log("org", UUID(here.rose)), here.home.partner_id
        assert (await here.verified(await taken(here, rose, "first")))["result"] == "verified"
        second = await taken(here, rose, "second")
        assert b'"action":"audit.exported","actor":{"id":null,"kind":"operator"}' in second.read_bytes()
        assert (await here.home.api("DELETE", f"/api/v1/partner/organizations/{here.rose}")).status == 200
        with pytest.raises(Problem, match="not_found"):
            await taken(here, rose, "third")
        with pytest.raises(Problem, match="not_found"):
            await taken(here, rose, "of another", PartnerId(ids.new()))
        assert b"organization.erased" in (await taken(here, rose, "fourth", northwind, form="csv")).read_bytes()


@pytest.mark.promise("TEN-10")
async def test_a_log_that_is_none_is_refused_and_no_file_is_replaced(stage: Stage, tmp_path: Path):
    async with kept(stage, tmp_path) as here:
        for log in (Log("org", ids.new()), Log.instance()):
            with pytest.raises(Problem, match="not_found"):
                await taken(here, log, "nothing")
        assert not (here.data / "nothing").exists()
        (here.data / "mine").write_text("kept")
        with pytest.raises(FileExistsError):
            await taken(here, Log.platform(), "mine")
        assert (here.data / "mine").read_text() == "kept"


@pytest.mark.promise("TEN-10")
@pytest.mark.parametrize("form", ["csv", "jsonl", "verifiable"])
async def test_an_export_that_was_cut_leaves_no_file_that_looks_whole(stage: Stage, tmp_path: Path, form: Form):
    async with kept(stage, tmp_path) as here:
        await here.act(stage, 1_500)
        rose = Log("org", UUID(here.rose))
        with files_of_at_most(100_000), pytest.raises(OSError, match="File too large"):
            await written(here.home.kernel, rose, None, form=form, from_index=0, output=here.data / "cut")
        assert [path.name for path in here.data.glob("cut*")] == []
        assert (await taken(here, rose, "cut", form=form)).stat().st_size > 200_000
        assert [path.name for path in here.data.glob("cut*")] == ["cut"]
