"""docs/security.md says what the code does: TRU-01 (its evidence), MON-01, RAT-01, CRY-01."""

import re
from pathlib import Path

import pytest

from ringfence.base.outbound import Bounds
from ringfence.controls import egress
from ringfence.controls.identity import grant, partner_claims
from ringfence.controls.keystore import Purpose, ServerKey
from ringfence.controls.limits.rules import RULES, Mode
from ringfence.features.edge import asgi
from ringfence.features.runs import actions
from ringfence.features.runs.models import RetryPolicy
from ringfence.settings import Settings

TOP = Path(__file__).resolve().parents[2]
PAGE = (TOP / "docs/security.md").read_text()


def cells(heading: str) -> list[list[str]]:
    """The rows of the table below a heading, without its head."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows_ = [line for line in section.splitlines() if line.startswith("|")]
    assert len(rows_) > 2, heading
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows_[2:]]


@pytest.mark.promise("RAT-01")
def test_the_page_tells_every_rate_limit_and_no_other():
    told = {row[0].strip("`"): (row[1], int(row[2]), int(row[3]), row[4] == "yes") for row in cells("Rate limits")}
    assert told == {
        rule.name: (rule.per, rule.limit, int(rule.window.total_seconds()), rule.mode is Mode.EXACT)
        for rule in RULES.values()
    }


@pytest.mark.promise("CRY-01")
def test_the_page_names_every_key_of_the_deployment():
    named = {name for row in cells("Keys") for name in re.findall(r"`([a-z_]+)`", row[0])}
    assert {key.value for key in ServerKey} <= named | {"encryption_key"}
    owners = next(row[0] for row in cells("Keys") if row[0].startswith("data keys"))
    assert all(purpose.value in owners for purpose in Purpose)


@pytest.mark.promise("EMB-04")
def test_the_page_tells_how_long_each_credential_lives():
    lives = {row[0]: row[2] for row in cells("Ways in")}
    assert partner_claims.MAX_LIFE.total_seconds() == Settings().session_seconds == 3600
    assert partner_claims.LEEWAY.total_seconds() == 30
    assert grant.FAMILY_LIFE.total_seconds() == 12 * 3600
    assert "1 hour" in lives["session token"]
    assert "30 s" in lives["session token"]
    assert "12 hours" in lives["refresh token"]


@pytest.mark.promise("AGT-06")
def test_the_page_tells_the_bounds_of_what_it_speaks_to():
    tools, models = egress.Bounds(), Bounds()
    told = " ".join(" ".join(row) for row in cells("What it speaks to"))
    for words in (
        f"{Settings().database_connections}) a process",
        f"{models.total_s:.0f} s for an answer",
        f"{RetryPolicy().tries} tries",
        f"{tools.redirects} at most",
        f"{tools.total_s:.0f} s and {tools.body_bytes // 1_000_000} MB",
    ):
        assert words in told, words
    assert f"{asgi.BODY_BYTES // 1024} KiB" in PAGE
    assert f"head at most {asgi.HEAD_BYTES // 1024} KiB" in PAGE
    assert f"message at most {actions.INPUT_BYTES // 1024} KiB" in PAGE.replace("\n", " ")


@pytest.mark.promise("MON-01")
def test_the_page_tells_every_class_of_data_that_the_schema_uses():
    used = set(re.findall(r"class=([a-z]+)", (TOP / "src/ringfence/schema/current.sql").read_text()))
    assert used == {row[0].strip("`") for row in cells("What is kept, by class")}


def test_every_file_that_the_page_names_is_there():
    links = re.findall(r"\]\(([^)#]+)\)", PAGE)
    assert len(links) > 5
    assert [link for link in links if not (TOP / "docs" / link).exists()] == []
