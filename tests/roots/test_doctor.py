"""The doctor: what production needs is found missing, each with its mend, and left in peace where it is good."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ringfence.base import clock
from ringfence.cli import doctor, doctor_database, doctor_machine, doctor_settings
from ringfence.cli.doctor_findings import Finding
from ringfence.cli.doctor_settings import UnsafeProduction, refuse_unsafe
from ringfence.controls.extraction import Extractor
from ringfence.settings import Settings
from tests.roots.test_command_line import emptied, ringfence
from tests.world import Stage
from tests.world_postgres import scratch_directory

__all__ = ["emptied"]
KEY = "c" * 43 + "="
GOOD: dict[str, Any] = {
    "mode": "production",
    "public_url": "https://ringfence.example.com",
    "ENCRYPTION_KEY": KEY,
    "database_url": "postgresql://ringfence_app:x@db.example.com/ringfence?sslmode=verify-full",
    "trusted_proxies": "10.0.0.0/8",
    "alerts_to": "security@example.com",
    "smtp_url": "smtp://user:password@mail.example.com:587",
    "mail_from": "ringfence@example.com",
    "security_contact": "security@example.com",
    "OPENAI_API_KEY": "sk-x",
}
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("mode", {"mode": "development"}, "RINGFENCE_MODE"),
    ("public_url", {"public_url": "http://ringfence.example.com"}, "RINGFENCE_PUBLIC_URL"),
    ("encryption_key", {"ENCRYPTION_KEY": None}, "ENCRYPTION_KEY"),
    ("encryption_key", {"root_key": "file"}, "RINGFENCE_ROOT_KEY"),
    ("database_tls", {"database_url": "postgresql://a:b@db.example.com/r"}, "sslmode=verify-full"),
    ("database_tls", {"database_url": "postgresql://a:b@db.example.com/r?sslmode=require"}, "sslmode=verify-full"),
    ("trusted_proxies", {"trusted_proxies": ""}, "RINGFENCE_TRUSTED_PROXIES"),
    ("trusted_proxies_all", {"trusted_proxies": "0.0.0.0/0"}, "RINGFENCE_TRUSTED_PROXIES"),
    ("egress_allow", {"egress_allow": "127.0.0.1:9001"}, "RINGFENCE_EGRESS_ALLOW"),
    ("limits", {"limits": "auth=100000/60"}, "auth=10/60"),
    ("log_format", {"log_format": "text"}, "RINGFENCE_LOG_FORMAT"),
    ("alerts_to", {"alerts_to": None, "smtp_url": None}, "RINGFENCE_ALERTS_TO"),
    ("smtp", {"smtp_url": None}, "RINGFENCE_SMTP_URL"),
    ("smtp", {"mail_from": None}, "RINGFENCE_MAIL_FROM"),
    ("security_contact", {"security_contact": ""}, "RINGFENCE_SECURITY_CONTACT"),
    ("providers", {"OPENAI_API_KEY": None}, "OPENAI_API_KEY"),
    ("openai_base_url", {"OPENAI_BASE_URL": "http://models.example.com/v1"}, "https"),
]


def settings(**changes: Any) -> Settings:
    """Good production settings, with these changed."""
    return Settings(**{**GOOD, **changes})


def mended(found: list[Finding]) -> dict[str, str]:
    """What is to be mended, by its name."""
    return {one.name: one.mend for one in found if one.mend is not None}


@pytest.mark.promise("OPS-01")
def test_good_settings_have_nothing_to_mend():
    assert mended(list(doctor_settings.findings(settings()))) == {}
    near = settings(database_url="postgresql://a:b@127.0.0.1/r")
    assert mended(list(doctor_settings.findings(near))) == {}
    for elsewhere in ({"root_key": "aws-kms:arn"}, {"keystore": "openbao:https://bao.example.com:8200"}):
        assert mended(list(doctor_settings.findings(settings(ENCRYPTION_KEY=None, **elsewhere)))) == {}


@pytest.mark.promise("OPS-01")
@pytest.mark.parametrize(("name", "changes", "mend"), BAD)
def test_each_bad_setting_is_found_with_its_mend(name: str, changes: dict[str, Any], mend: str):
    found = mended(list(doctor_settings.findings(settings(**changes))))
    assert mend in found[name]
    assert len(found) == 1 + (name == "alerts_to")


@pytest.mark.promise("CRY-04")
@pytest.mark.parametrize(
    "changes",
    [
        {"public_url": "http://ringfence.example.com"},
        {"public_url": None},
        {"database_url": "postgresql://a:b@db.example.com/r?sslmode=disable"},
        {"OPENAI_BASE_URL": "http://models.example.com/v1"},
    ],
)
def test_production_does_not_start_on_what_would_travel_in_the_clear(changes: dict[str, Any]):
    refuse_unsafe(settings())
    refuse_unsafe(settings(mode="development", **changes))
    with pytest.raises(UnsafeProduction):
        refuse_unsafe(settings(**changes))


@pytest.mark.promise("CRY-04")
def test_the_server_and_the_worker_refuse_to_start_so_and_say_the_mend():
    with scratch_directory() as directory:
        for command in ("serve", "worker"):
            done = ringfence(directory / "data", command, RINGFENCE_PORT="0", RINGFENCE_MODE="production")
            assert done.returncode == 1
            assert "RINGFENCE_PUBLIC_URL" in done.stderr
            assert "Traceback" not in done.stderr


@pytest.mark.promise("OPS-01")
def test_open_files_a_demo_and_missing_statements_are_found(tmp_path: Path):
    good = settings(data=tmp_path, database_url=None)
    (tmp_path / "root.key").write_text("x")
    (tmp_path / "root.key").chmod(0o600)
    assert mended(list(doctor_machine.findings(good))) == {}
    (tmp_path / "root.key").chmod(0o644)
    assert mended(list(doctor_machine.findings(good))) == {"mode_root.key": f"chmod go-rwx {tmp_path / 'root.key'}"}
    (tmp_path / "demo.json").write_text("{}")
    assert set(mended(list(doctor_machine.production(good)))) == {"demo", "statements"}


@pytest.mark.promise("OPS-01")
def test_a_full_disk_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor_machine, "_FREE_BYTES", 2**62)
    assert "RINGFENCE_DATA" in mended(list(doctor_machine.findings(settings(data=tmp_path))))["disk"]


@pytest.mark.promise("TRU-01")
def test_statements_that_are_over_or_cannot_be_read_are_found(tmp_path: Path):
    (tmp_path / "statements.toml").write_text(
        '[[statement]]\npromise = "ORG-01"\nstatement = "We do."\nowner = "CTO"\n'
        "signed = 2020-01-01\nexpires = 2021-01-01\n"
    )
    found = mended(list(doctor_machine.production(settings(data=tmp_path))))
    assert "statements" in found
    (tmp_path / "statements.toml").write_text("nonsense")
    assert "check" in mended(list(doctor_machine.production(settings(data=tmp_path))))["statements"]


@pytest.mark.promise("OPS-01")
def test_a_certificate_that_nobody_answers_with_is_found():
    found = list(doctor_database.tls(settings(public_url="https://127.0.0.1:9")))
    assert [one.name for one in found if one.mend] == ["tls"]
    assert list(doctor_database.tls(settings(public_url="http://127.0.0.1:9"))) == []


@pytest.mark.promise("OPS-01", "TEN-01")
def test_the_doctor_asks_the_database_and_gives_json(emptied: Stage):
    with scratch_directory() as directory:
        data, place = directory / "data", {"RINGFENCE_DATABASE_URL": emptied.app_url}
        assert ringfence(data, "migrate", "--admin-url", emptied.admin_url, **place).returncode == 0
        done = ringfence(data, "doctor", "--json", **place)
        found = {one["name"]: one for one in json.loads(done.stdout)["findings"]}
        assert (done.returncode, json.loads(done.stdout)["is_well"]) == (0, True), done.stdout
        assert found.keys() >= {"role", "postgres", "clock", "disk", "probes"}
        done = ringfence(data, "doctor", "--prod", **place)
        assert done.returncode == 1
        assert "RINGFENCE_PUBLIC_URL" in done.stdout
        assert "to mend" in done.stderr
        with emptied.admin() as admin:
            admin.execute("alter table app.run no force row level security")
        try:
            done = ringfence(data, "doctor", **place)
            assert "Without forced row security: run" in done.stdout
            assert done.returncode == 1
        finally:
            with emptied.admin() as admin:
                admin.execute("alter table app.run force row level security")


@pytest.mark.promise("OPS-01")
async def test_clocks_that_differ_are_found(stage: Stage):
    async with stage.open(size=1) as database:
        assert mended(await doctor_database._server(database)) == {}
        try:
            clock.travel(timedelta(seconds=30))
            assert "NTP" in mended(await doctor_database._server(database))["clock"]
        finally:
            clock.travel(timedelta())


@pytest.mark.promise("CRY-03", "MON-01")
@pytest.mark.shreds("statements")
@pytest.mark.parametrize(
    ("name", "loud", "is_to_mend"),
    [
        ("log_statement", "all", True),
        ("log_min_duration_statement", "0", True),
        ("log_parameter_max_length_on_error", "-1", True),
        ("log_min_error_statement", "error", False),
    ],
)
async def test_a_database_that_logs_what_people_write_is_found(stage: Stage, name: str, loud: str, is_to_mend: bool):
    async def found() -> Finding:
        async with stage.open(size=1) as database:
            return (await doctor_database._logs(database))[0]

    assert (await found()).sign == "well"
    with stage.admin() as admin:
        admin.execute(f"alter role ringfence_app set {name} = '{loud}'".encode())
        try:
            told = await found()
        finally:
            admin.execute(f"alter role ringfence_app reset {name}".encode())
    assert told.sign == ("MEND" if is_to_mend else "hint")
    assert f"{name} = " in (told.mend or told.advice or "")


def test_a_person_sees_each_finding_with_its_mend(capsys: pytest.CaptureFixture[str]):
    well = [Finding("a", "All is well."), Finding("b", "Know this.", advice="Think of it.")]
    assert doctor.show(well) == 0
    assert doctor.show([*well, Finding("c", "Bad.", "Do this.")]) == 1
    shown = capsys.readouterr().out
    assert "hint  Know this.\n      Think of it." in shown
    assert "MEND  Bad.\n      Do this." in shown


@pytest.mark.promise("AGT-07", "OPS-01")
@pytest.mark.parametrize(
    ("layers", "changes", "sign"),
    [
        (None, {}, "well"),
        ((), {}, "hint"),
        (("limits", "landlock"), {"extraction": "best-effort"}, "MEND"),
    ],
)
def test_a_machine_that_cannot_confine_parsers_is_found(
    layers: tuple[str, ...] | None, changes: dict[str, Any], sign: str, monkeypatch: pytest.MonkeyPatch
):
    async def told(_: object) -> tuple[str, ...]:
        return layers or ()

    if layers is not None:
        monkeypatch.setattr(Extractor, "layers", told)
    found = {one.name: one for one in doctor_machine.findings(settings(**changes))}["extraction"]
    assert found.sign == sign
    assert "seccomp" in found.what
