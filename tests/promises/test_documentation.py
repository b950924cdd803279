"""What the documentation says is what the product does: its own lines are run. Keeps EMB-07, EMB-08, AGT-06."""

import json
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from ringfence.controls.audit import Action
from ringfence.features.partners.signing_key_model import SigningKeyNew
from ringfence.features.secrets import MODEL_KEYS
from tests.browser.host import POLICY
from tests.served import request
from tests.served_cast import Cast

ROOT = Path(__file__).resolve().parents[2]
EMBEDDING = (ROOT / "docs/embedding.md").read_text()
SECRETS = (ROOT / "docs/secrets.md").read_text()
README = (ROOT / "README.md").read_text()


def block(text: str, language: str) -> str:
    """The first fenced block of a language, without the indentation of a list."""
    found = re.search(rf"^( *)```{language}\n(.*?)^\1```", text, re.MULTILINE | re.DOTALL)
    assert found is not None, language
    return re.sub(rf"^{found[1]}", "", found[2], flags=re.MULTILINE)


@pytest.mark.promise("EMB-08")
def test_the_six_lines_in_the_readme_are_those_that_the_tests_run():
    lines = block(README, "python").splitlines()
    assert len(lines) == 6
    assert (ROOT / "examples/tokens/sign.py").read_text().splitlines()[-6:] == lines


@pytest.mark.promise("AGT-06")
def test_the_tool_in_the_documentation_can_be_declared(served: Cast):
    tool = json.loads(block(EMBEDDING, "json"))
    agent = {"name": "Documented", "instructions": "Be brief.", "model": "scripted:fast", "tools": [tool]}
    answer = served.northwind.call("POST", "/agents", agent)
    assert answer.status == 201, answer.raw
    assert answer.json["tools"][0]["url"] == tool["url"]


@pytest.mark.promise("SEC-01", "AGT-02")
def test_the_secret_in_the_documentation_can_be_kept_and_its_tool_declared(served: Cast):
    northwind, body = served.northwind, re.search(r"-d '(\{.*\})'", block(SECRETS, "sh"))
    assert body is not None
    filled = body[1].replace("'\"$ORG\"'", northwind.organizations["rose"]).replace("'\"$CRM_TOKEN\"'", "tok-planted")
    kept = northwind.call("POST", "/secrets", json.loads(filled))
    assert kept.status == 201, kept.raw
    agent = {"name": "Documented", "instructions": "Be brief.", "model": "scripted:fast"}
    made = northwind.call("POST", "/agents", agent | {"tools": [json.loads(block(SECRETS, "json"))]})
    assert made.status == 201, made.raw
    assert northwind.call("DELETE", f"/secrets/{kept.json['id']}").status == 204
    assert {f"MODEL_{name}" for name in re.findall(r"`MODEL_(\w+)`", SECRETS)} == set(MODEL_KEYS)
    assert {one.value for one in Action if one.value.startswith("secret.")} <= set(
        re.findall(r"`(secret\.\w+)`", SECRETS)
    )


@pytest.mark.promise("EMB-07")
def test_the_settings_call_in_the_documentation_allows_its_origins(served: Cast):
    body = re.search(r"-d '(\{.*?\})'", block(EMBEDDING, "sh"))
    assert body is not None
    before = served.southwind.call("GET", "/settings").json["allowed_origins"]
    answer = served.southwind.call("PATCH", "/settings", json.loads(body[1]))
    assert answer.status == 200, answer.raw
    assert answer.json["allowed_origins"] == json.loads(body[1])["allowed_origins"]
    assert served.southwind.call("PATCH", "/settings", {"allowed_origins": before}).status == 200


@pytest.mark.promise("EMB-01")
def test_the_keys_in_the_documentation_can_be_registered(served: Cast):
    section = EMBEDDING.partition("## Keys that sign your tokens")[2].partition("\n## ")[0]
    by_address, by_secret = (SigningKeyNew.model_validate_json(body) for body in re.findall(r"-d '(\{.*?\})'", section))
    assert by_address.jwks_url is not None
    made = served.southwind.call("POST", "/signing-keys", by_secret.model_dump(mode="json", exclude_unset=True))
    assert (made.status, made.json["kind"]) == (201, "shared_secret"), made.raw
    claims = served.southwind.claims("zoe", "briar")
    token = jwt.encode({"alg": "HS256", "kid": made.json["kid"]}, claims, OctKey.import_key(made.json["secret"]))
    fields = dict(re.findall(r"-d (\w+)=([\w:-]+)", section)) | {"subject_token": token}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    path, raw = "/api/v1/oauth/token", urlencode(fields).encode()
    given = request(served.server.base_url, "POST", path, raw=raw, headers=form)
    assert given.status == 200, given.raw
    assert [name for name in given.json if f"`{name}`" not in section] == []
    assert served.southwind.call("DELETE", f"/signing-keys/{made.json['id']}").status == 204


@pytest.mark.promise("EMB-07")
def test_the_browser_tests_hold_the_widget_in_a_page_with_the_documented_policy():
    documented = re.search(r"^    (script-src .*)$", EMBEDDING, re.MULTILINE)
    assert documented is not None
    wanted = {part.split()[0]: part.split()[1:] for part in documented[1].split("; ")}
    held = {part.split()[0]: part.split()[1:] for part in POLICY.split("; ")}
    assert held["default-src"] == ["'none'"]
    for directive, sources in wanted.items():
        named = {source.replace("https://RINGFENCE", "{ringfence}") for source in sources}
        # 'self' is for the page's own script and style; nothing else of the widget's is needed.
        assert named <= set(held[directive]) <= named | {"'self'"}
    assert set(held) - {"default-src", *wanted} == {"style-src"}


@pytest.mark.promise("EMB-07")
def test_each_attribute_event_and_variable_in_the_documentation_is_in_the_loader():
    loader = "".join(path.read_text() for path in sorted((ROOT / "web/loader").glob("*.ts")))
    names = set(re.findall(r"^\| `([a-z-]+)` \|", EMBEDDING, re.MULTILINE)) | set(
        re.findall(r"--rf-[a-z-]+", EMBEDDING)
    )
    assert {"agent", "token-url", "mode", "--rf-accent"} <= names
    assert [name for name in sorted(names) if name not in loader and name.removeprefix("--rf-") not in loader] == []
    events = set(re.findall(r"`ringfence-([a-z]+)`", EMBEDDING))
    assert {"ready", "open", "close", "error", "session", "run"} == events
