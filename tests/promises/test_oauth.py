"""The token exchange in the words of OAuth (RFC 8693): one act with two doors, refused in OAuth's own form."""

from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.house import AUDIENCE, Answer, House, house
from tests.world import Stage

TOKEN = "/api/v1/oauth/token"
FORM = "application/x-www-form-urlencoded"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT = "urn:ietf:params:oauth:token-type:jwt"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"


async def post(
    home: House, fields: dict[str, object] | bytes, *, path: str = TOKEN, content_type: str = FORM, **headers: str
) -> Answer:
    body = fields if isinstance(fields, bytes) else urlencode(fields, doseq=True).encode()
    return await home.client("POST", path, body, Content_Type=content_type, **headers)


def asked(home: House, **more: object) -> dict[str, object]:
    fields = {"grant_type": EXCHANGE, "subject_token": home.token(), "subject_token_type": JWT, **more}
    return {name: value for name, value in fields.items() if value is not ...}


@pytest.mark.promise("EMB-01", "EMB-04")
async def test_a_token_buys_a_session_and_the_session_renews_itself(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        given = await post(home, asked(home, audience=AUDIENCE, resource=AUDIENCE, requested_token_type=ACCESS, x="y"))
        assert given.status == 200
        assert set(given.body) == {"access_token", "issued_token_type", "token_type", "expires_in", "refresh_token"}
        assert (given.body["issued_token_type"], given.body["token_type"]) == (ACCESS, "Bearer")
        assert (given.headers["Cache-Control"], given.headers["Pragma"]) == ("no-store", "no-cache")
        refresh = {"grant_type": "refresh_token", "refresh_token": given.body["refresh_token"], "scope": ""}
        renewed = await post(home, refresh)
        for body in (given.body, renewed.body):
            assert (await home.client.as_(body["access_token"])("GET", "/api/v1/me")).status == 200
        logged_out = await home.client("POST", "/api/v1/embed/logout", {"refresh_token": renewed.body["refresh_token"]})
        assert logged_out.status == 204
        assert (await post(home, refresh)).body["error"] == "invalid_grant"


@pytest.mark.promise("EMB-01", "EMB-06")
async def test_a_token_is_used_once_by_whichever_door(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        token = home.token()
        assert (await home.client("POST", "/api/v1/embed/auth", {"token": token})).status == 200
        refused = await post(home, asked(home, subject_token=token))
        assert (refused.status, refused.body["error"]) == (400, "invalid_request")
        assert "replayed" in refused.body["error_description"]
        with stage.admin() as admin:
            reasons = admin.execute(
                "select reason from app.audit_queue where action = 'auth.exchange' and scope_id = %s"
                " and outcome = 'refused'",
                (home.partner_id,),
            ).fetchall()
        assert reasons == [("replayed",)]


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "no grant type": ({"grant_type": ...}, "invalid_request"),
    "an empty grant type": ({"grant_type": ""}, "invalid_request"),
    "another grant type": ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
    "no token": ({"subject_token": ...}, "invalid_request"),
    "a token that is none": ({"subject_token": "x.y.z"}, "invalid_request"),
    "a token that is too large": ({"subject_token": "x" * 9000}, "invalid_request"),
    "a token with NUL": ({"subject_token": "\0"}, "invalid_request"),
    "two tokens": ({"subject_token": ["a", "b"]}, "invalid_request"),
    "one token and an empty one": ({"subject_token": ["a", ""]}, "invalid_request"),
    "two grant types": ({"grant_type": [EXCHANGE, "refresh_token"]}, "invalid_request"),
    "no token type": ({"subject_token_type": ...}, "invalid_request"),
    "another token type": ({"subject_token_type": ACCESS}, "invalid_request"),
    "another token wanted": ({"requested_token_type": JWT}, "invalid_request"),
    "an actor": ({"actor_token": "x", "actor_token_type": JWT}, "invalid_request"),
    "a scope": ({"scope": "admin"}, "invalid_scope"),
    "another audience": ({"audience": "https://other.example"}, "invalid_target"),
    "two audiences, one another": ({"audience": [AUDIENCE, "https://other.example"]}, "invalid_target"),
    "another resource": ({"resource": "https://other.example"}, "invalid_target"),
    "a refresh token that is none": ({"grant_type": "refresh_token", "refresh_token": "rfr_x"}, "invalid_grant"),
    "no refresh token": ({"grant_type": "refresh_token"}, "invalid_request"),
    "too many parameters": ({f"x{n}": "y" for n in range(40)}, "invalid_request"),
}


async def test_what_is_not_taken_is_refused_as_oauth_refuses(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        for name, (change, error) in REFUSED.items():
            answer = await post(home, asked(home, **change))
            assert (answer.status, answer.body["error"]) == (400, error), name
            assert set(answer.body) == {"error", "error_description"}, name
            assert answer.headers["Content-Type"] == "application/json", name
            assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache"), name
            assert all(" " <= one <= "~" and one not in '"\\' for one in answer.body["error_description"]), name


async def test_only_a_form_in_the_body_is_read(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        good = urlencode(asked(home)).encode()
        for content_type in ("application/json", "multipart/form-data", "text/plain", ""):
            assert (await post(home, good, content_type=content_type)).body["error"] == "invalid_request", content_type
        for body in (b"\xff\xfe", b"grant_type=%ff", b"", b"&&&=", b"a" * 1000):
            assert (await post(home, body)).body["error"] == "invalid_request", body
        assert (await post(home, good, path=f"{TOKEN}?x=y")).body["error"] == "invalid_request"
        assert (await post(home, b"x" * 300_000)).code == "body_too_large"
        assert (await home.client("GET", TOKEN)).status == 405
        assert (await post(home, good, content_type=f"{FORM}; charset=UTF-8")).status == 200


@pytest.mark.promise("EMB-06")
async def test_the_endpoint_has_the_limits_of_every_log_in(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path, limits="auth=4/60,default=1000/60") as home:
        statuses = [(await post(home, asked(home, subject_token="x"))).status for _ in range(2)]
        statuses += [(await home.log_in(key="ec")).status for _ in range(2)]
        limited = await post(home, asked(home))
        assert (statuses, limited.status, limited.headers["Content-Type"]) == (
            [400, 400, 401, 401],
            429,
            "application/problem+json",
        )


@pytest.mark.promise("EMB-07")
async def test_a_page_that_the_partner_does_not_allow_gets_nothing(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path, mode="production") as home:
        origin = "https://app.northwind.example"
        refused = await post(home, asked(home), Origin=origin)
        assert (refused.status, refused.body["error"]) == (400, "unauthorized_client")
        assert refused.headers["Access-Control-Allow-Origin"] == origin
        await home.api("PATCH", "/api/v1/partner/settings", {"allowed_origins": [origin]})
        allowed = await post(home, asked(home), Origin=origin)
        assert (allowed.status, allowed.headers["Access-Control-Allow-Origin"]) == (200, origin)
        assert "subject" not in (await post(home, asked(home, subject_token="x"))).body["error_description"]
