"""Files by the Python SDK, on a running server: handed in, waited for, asked about, fetched. AGT-07, EMB-08."""

import io
from pathlib import Path

import pytest

from ringfence_client import AsyncPartner, AsyncSession, Partner, Refused, Session
from ringfence_client.uploads import Upload
from tests.features.test_sdk_python import agent_of, signer_of
from tests.served_cast import Cast

TERMS = b"# Terms\n\nCustomers pay within thirty days.\n"


@pytest.mark.promise("AGT-07", "EMB-08")
async def test_a_user_hands_a_file_in_and_asks_about_it(served: Cast):
    signer, agent_id = signer_of(served), agent_of(served, "scripted:fast")
    async with AsyncSession(served.server.base_url, lambda: signer.sign("alice", "rose")) as alice:
        made = await alice.upload(TERMS, name="terms.md")
        assert (made["status"], made["media_type"], made["size_bytes"]) == ("ready", "text/markdown", len(TERMS))
        assert await alice.file_content(made["id"]) == TERMS
        heard = [event async for event in alice.stream(agent_id, "What are the terms?", file_ids=[made["id"]])]
        run = await alice.run(heard[0].data["run_id"])
        asked = [one async for one in alice.messages(run["conversation_id"]) if one["author"] == "user"]
        assert [one["name"] for one in asked[0]["files"]] == ["terms.md"]
        assert made["id"] in [one["file_id"] for one in (await alice.search("thirty days"))["items"]]
        await alice.delete_file(made["id"])
        assert made["id"] not in {one["id"] async for one in alice.files()}


@pytest.mark.promise("AGT-07", "EMB-08")
def test_a_partner_fills_an_organizations_knowledge_from_disk(served: Cast, tmp_path: Path):
    handbook = tmp_path / "handbook.md"
    handbook.write_bytes(TERMS)
    signer = signer_of(served)
    with Partner(served.server.base_url, served.northwind.api_key) as partner:
        rose = served.northwind.organizations["rose"]
        made = partner.add_knowledge(rose, handbook)
        assert (made["name"], made["user_id"]) == ("handbook.md", None)
        assert partner.knowledge_content(rose, made["id"]) == TERMS
        assert made["id"] in {one["id"] for one in partner.knowledge(rose)}
        with Session(served.server.base_url, lambda: signer.sign("bob", "rose")) as bob:
            assert bob.search("thirty days")["items"][0]["file_id"] == made["id"]
        partner.delete_knowledge(rose, made["id"])
        with pytest.raises(Refused, match="404"):
            partner.knowledge_file(rose, made["id"])


@pytest.mark.promise("AGT-07", "EMB-08")
async def test_a_file_that_is_refused_says_why(served: Cast):
    signer = signer_of(served)
    async with AsyncSession(served.server.base_url, lambda: signer.sign("alice", "rose")) as alice:
        with pytest.raises(Refused) as refused:
            await alice.upload(io.BytesIO(b"MZ"), name="lies.pdf")
        assert (refused.value.status, refused.value.code) == (422, "file_type_mismatch")
    async with AsyncPartner(served.server.base_url, served.northwind.api_key) as partner:
        with pytest.raises(Refused, match="404"):
            await partner.add_knowledge("01890000-0000-7000-8000-000000000000", TERMS, name="terms.md")


def test_content_without_a_name_is_not_sent():
    with pytest.raises(ValueError, match="name"), Upload(TERMS).opened():
        pass
