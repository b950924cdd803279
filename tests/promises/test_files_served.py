"""A file's whole way on a real server: handed in, read in a confined process, sent with a message, cited, deleted."""

import time

import pytest

from tests import paperwork
from tests.agui.speaking import Thread
from tests.served import Answer, request
from tests.served_cast import Cast


def hand_in(cast: Cast, name: str, data: bytes) -> str:
    head = f'--rose\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + data + b"\r\n--rose--\r\n"
    told = {"Content-Type": "multipart/form-data; boundary=rose"}
    answer = as_alice(cast, "POST", "/api/v1/files", raw=body, headers=told)
    assert answer.status == 201, answer.raw
    return answer.json["id"]


def as_alice(cast: Cast, method: str, path: str, **more: object) -> Answer:
    return request(cast.server.base_url, method, path, bearer=cast.alice.session, **more)  # pyright: ignore[reportArgumentType] - handed on


def settled(cast: Cast, path: str, *over: str) -> dict[str, object]:
    until = time.monotonic() + 60
    while (found := as_alice(cast, "GET", path).json)["status"] not in over:
        assert time.monotonic() < until, found
        time.sleep(0.1)
    return found


@pytest.mark.promise("AGT-07")
def test_what_is_handed_in_is_read_and_cited(served: Cast):
    """A PDF that is fine and one that is locked, read by the server's own worker, in the sandbox of this machine."""
    good = hand_in(served, "terms.pdf", paperwork.pdf("Refunds within 30 days"))
    locked = hand_in(served, "locked.pdf", paperwork.pdf("x", password="y"))
    assert settled(served, f"/api/v1/files/{locked}", "ready", "failed")["code"] == "encrypted_file"
    assert settled(served, f"/api/v1/files/{good}", "ready", "failed")["status"] == "ready"
    asked = {"agent_id": served.northwind.agent, "input": {"text": "What does it say?", "file_ids": [good]}}
    refused = {**asked, "input": {"text": "And this?", "file_ids": [locked]}}
    answer = as_alice(served, "POST", "/api/v1/runs", body=refused)
    assert (answer.status, answer.code) == (409, "file_not_ready")
    started = as_alice(served, "POST", "/api/v1/runs", body=asked).json
    assert settled(served, f"/api/v1/runs/{started['id']}", "completed", "failed")["status"] == "completed"
    path = f"/api/v1/conversations/{started['conversation_id']}/messages"
    said, sent = as_alice(served, "GET", path).json["items"]
    assert [one["id"] for one in sent["files"]] == [good]
    assert "“Refunds within 30 days”" in said["text"]
    assert [(one["file_id"], one["locator"]) for one in said["citations"]] == [(good, "page 1")]
    deleted = as_alice(served, "DELETE", f"/api/v1/files/{good}")
    assert deleted.status == 204
    assert as_alice(served, "GET", path).json["items"][1]["files"] == []


@pytest.mark.promise("AGT-07", "TEN-01")
def test_files_that_cannot_be_sent_are_refused_with_a_code(served: Cast):
    file_id = hand_in(served, "mine.txt", b"Alice's own words")
    settled(served, f"/api/v1/files/{file_id}", "ready", "failed")

    def sent(bearer: str, *file_ids: str) -> tuple[int, str | None]:
        body = {"agent_id": served.northwind.agent, "input": {"text": "Read it.", "file_ids": list(file_ids)}}
        answer = request(served.server.base_url, "POST", "/api/v1/runs", bearer=bearer, body=body)
        return answer.status, answer.json.get("code")

    for other in (served.bob, served.ada, served.mallory):
        assert sent(other.session, file_id) == (404, "not_found")
    assert sent(served.alice.session, file_id, "no-id") == (422, "invalid_request")
    assert sent(served.alice.session, *[file_id] * 11) == (422, "invalid_request")
    keyed = {"Idempotency-Key": "files-1"}
    body = {"agent_id": served.northwind.agent, "input": {"text": "Read it.", "file_ids": [file_id, file_id]}}
    first = as_alice(served, "POST", "/api/v1/runs", body=body, headers=keyed)
    again = as_alice(served, "POST", "/api/v1/runs", body=body, headers=keyed)
    assert (first.status, again.raw) == (202, first.raw), "named twice, it is sent once"
    body["input"]["file_ids"] = []
    assert as_alice(served, "POST", "/api/v1/runs", body=body, headers=keyed).status == 422


def part(handle: str, kind: str = "document", source: str = "file") -> dict[str, object]:
    return {"type": kind, "source": {"type": source, "value": handle}}


@pytest.mark.promise("AGT-07", "AGT-04", "TEN-01")
def test_a_message_of_ag_ui_names_files_of_its_own_user_alone(served: Cast):
    file_id = hand_in(served, "terms.txt", b"Refunds within 30 days")
    settled(served, f"/api/v1/files/{file_id}", "ready", "failed")
    asked = {"type": "text", "text": "What does it say?"}
    thread = Thread(served.alice, served.northwind.agent)
    heard = thread.say([asked, part(file_id), part(file_id, "image")], run="files-1")
    path = f"/api/v1/conversations/{heard.about['conversation_id']}/messages"
    sent = as_alice(served, "GET", path).json["items"][1]
    assert (sent["text"], [one["id"] for one in sent["files"]]) == ("What does it say?", [file_id])
    assert "“Refunds within 30 days”" in heard.said
    assert thread.post(thread.body([asked], run="files-1")).code == "idempotency_mismatch"
    for other in (served.bob, served.ada, served.mallory, served.zoe):
        agent = (served.southwind if other is served.zoe else served.northwind).agent
        assert Thread(other, agent).post(thread.body([asked, part(file_id)])).code == "not_found"
    refused = {
        "not_found": [part("no-id")],
        "too_many_files": [part(f"01890000-0000-7000-8000-0000000000{at:02}") for at in range(11)],
        "unsupported_content": [part("https://files.example/terms.txt", source="url")],
    }
    for code, parts in refused.items():
        assert thread.post(thread.body([asked, *parts])).code == code
