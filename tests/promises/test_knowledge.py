"""CRY-01, TEN-07: files are found by what they say, and the database cannot read a word of it."""

import re
import secrets
from pathlib import Path

import pytest

from ringfence.base import ids
from ringfence.base.problem import Problem
from ringfence.controls.keystore import KeyOwner
from ringfence.controls.tenancy import Statement
from ringfence.features.knowledge import queries
from tests.attacks.decoding import dump_of, found_in
from tests.shelf import Shelf, shelf
from tests.world import Stage

RARE = "zyxquorble"
TERMS = (
    "The landlord returns the deposit within four weeks after the tenant moved out.",
    "Invoices are due thirty days after the date on the invoice. Late payers are reminded by e-mail.",
    "Roses like a deep watering once a week, in the morning, at the root.",
)
FAKTURA = "Fakturaen betales senest tredive dage efter leveringen. Depositummet tilbagebetales ikke af udlejeren."
FACTURA = "Las facturas se pagan en treinta días. La facturación de los clientes está en la página siguiente."


async def places(all_: Shelf, query: str) -> list[tuple[str, str]]:
    found = await all_.find(all_.cast.alice, all_.cast.rose, query)
    return [(one.name, one.locator) for one in found]


@pytest.mark.promise("CRY-01")
async def test_files_are_found_by_what_they_say_in_three_languages(stage: Stage, tmp_path: Path):
    async with shelf(stage, tmp_path) as all_:
        await all_.put(all_.cast.rose, *TERMS, name="terms.txt")
        await all_.put(all_.cast.rose, FAKTURA, name="vilkår.txt")
        await all_.put(all_.cast.rose, FACTURA, name="términos.txt")
        assert await places(all_, "When is an invoice due?") == [("terms.txt", "page 2")]
        assert await places(all_, "fakturaer") == [("vilkår.txt", "page 1")]
        assert await places(all_, "facturacion") == [("términos.txt", "page 1")]
        assert (await places(all_, "deposit of the tenant"))[0] == ("terms.txt", "page 1")
        found = (await all_.find(all_.cast.alice, all_.cast.rose, "watering the roses"))[0]
        assert found.text == TERMS[2]
        assert "deep watering" in found.snippet


@pytest.mark.promise("TEN-07")
async def test_another_organizations_files_are_never_found(stage: Stage, tmp_path: Path):
    async with shelf(stage, tmp_path) as all_:
        theirs = await all_.put(all_.cast.rose, f"The code word is {RARE}.")
        assert await all_.find(all_.cast.mallory, all_.cast.thorn, RARE) == ()
        assert await all_.find(all_.cast.mallory, all_.cast.thorn, RARE, file_ids=[theirs]) == ()
        assert len(await all_.find(all_.cast.alice, all_.cast.rose, RARE)) == 1


@pytest.mark.promise("TEN-07", "CRY-01")
async def test_the_files_of_a_users_messages_are_found_by_that_user_alone(stage: Stage, tmp_path: Path):
    async with shelf(stage, tmp_path) as all_:
        cast = all_.cast
        await all_.put(cast.rose, f"Alice's own letter about {RARE}.", user=cast.alice)
        assert len(await all_.find(cast.alice, cast.rose, RARE)) == 1
        assert await all_.find(cast.bob, cast.rose, RARE) == ()


@pytest.mark.promise("TEN-07")
async def test_a_deleted_file_is_not_found_any_more(stage: Stage, tmp_path: Path):
    async with shelf(stage, tmp_path) as all_:
        gone = await all_.put(all_.cast.rose, f"About {RARE}.", name="gone.txt")
        await all_.put(all_.cast.rose, f"Also about {RARE}.", name="kept.txt")
        await all_.delete(all_.cast.rose, gone)
        assert await places(all_, RARE) == [("kept.txt", "page 1")]
        with stage.admin() as admin:
            left = admin.execute("select count(*) from app.file_word where file_id = %s", (gone,)).fetchone()
        assert left == (0,)


@pytest.mark.promise("CRY-01")
async def test_a_dump_holds_no_word_of_the_files(stage: Stage, tmp_path: Path):
    word = "q" + secrets.token_hex(6).translate(str.maketrans("0123456789", "ghijklmnop"))
    async with shelf(stage, tmp_path) as all_:
        await all_.put(all_.cast.rose, f"The {word} of {RARE} is 2718281828459045.", name=f"{word}.txt")
        assert len(await all_.find(all_.cast.alice, all_.cast.rose, word)) == 1
    dump = dump_of(stage.admin_url)
    assert dump.count(b"\n", dump.index(b"COPY app.file_word")) > 5, "the words are in it"
    assert found_in(dump, [word, RARE, "2718281828459045"]) == set()
    assert found_in(dump.replace(b"sealed", word.encode()), [word]) == {word}, "what is readable is found"


@pytest.mark.promise("CRY-01", "TEN-07")
async def test_equal_words_of_two_organizations_have_nothing_in_common(stage: Stage, tmp_path: Path):
    async with shelf(stage, tmp_path) as all_:
        for org in (all_.cast.rose, all_.cast.thorn):
            await all_.put(org, *TERMS)
        await all_.put(all_.cast.rose, *TERMS, user=all_.cast.alice)
    with stage.admin() as admin:
        wanted = [all_.cast.rose, all_.cast.thorn]
        stored = "select org_id, user_id, token from app.file_word where org_id = any(%s)"
        rows = admin.execute(stored, (wanted,)).fetchall()
    by_owner: dict[object, set[int]] = {}
    for org_id, user_id, token in rows:
        by_owner.setdefault((org_id, user_id), set()).add(token)
    first, second, third = by_owner.values()
    assert len(first) == len(second) == len(third) > 20
    assert not (first & second) | (first & third) | (second & third)


@pytest.mark.promise("CRY-01", "CRY-02")
async def test_search_outlives_a_rotation_of_the_key_and_ends_with_its_destruction(stage: Stage, tmp_path: Path):
    async with shelf(stage, tmp_path) as all_:
        await all_.put(all_.cast.rose, *TERMS)
        all_.keystore.rotate(KeyOwner.organization(all_.cast.rose))
        assert await places(all_, "landlord") == [("notes.txt", "page 1")]
        all_.keystore.destroy(KeyOwner.organization(all_.cast.rose))
        with pytest.raises(Problem) as refused:
            await places(all_, "landlord")
        assert refused.value.code == "not_found"


@pytest.mark.promise("TEN-07")
async def test_a_small_organization_among_large_ones_gets_its_ten(stage: Stage, tmp_path: Path):
    """Even if the others had its very tokens, which no two organizations have."""
    async with shelf(stage, tmp_path) as all_:
        await all_.put(all_.cast.rose, *(f"A note on deposits, number {number}." for number in range(12)))
        crowd(stage, all_, rows=100_000)
        assert len(await places(all_, "deposit")) == 10
        assert await entry_points(all_) == {"org_id", "token"}, "only its own rows of its own words are read"


def crowd(stage: Stage, all_: Shelf, *, rows: int) -> None:
    """Rose's own tokens in very many files of Thorn's."""
    with stage.admin() as admin:
        admin.execute("set session_replication_role = replica")  # Those files need no rows of their own for this.
        admin.execute(
            "insert into app.file_word (org_id, token, file_id, part, weight, places) "
            "select %s, token, gen_random_uuid(), 0, 15, '{31}' from app.file_word cross join generate_series(1, %s) "
            "where org_id = %s",
            (all_.cast.thorn, rows // 20, all_.cast.rose),
        )
        admin.execute("analyze app.file_word")


async def entry_points(all_: Shelf) -> set[str]:
    """The columns by which a search comes into the table of words, as the planner tells it under row security."""
    asked = queries.search([1, 2, 3], file_ids=None, user_id=all_.cast.alice, limit=10)
    explain = Statement(f"explain {asked.sql}", str)(*asked.params)
    plan = (await all_.database.read(all_.cast.as_user(all_.cast.alice, all_.cast.rose), explain))[0]
    at = next(number for number, line in enumerate(plan) if "using file_word_pkey on file_word" in line)
    return set(re.findall(r"\((org_id|token) =", next(line for line in plan[at:] if "Index Cond" in line)))


async def test_a_search_may_take_three_seconds_and_no_more(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked: list[str] = []

    def told(text: str) -> queries.Hit:
        asked.append(text)
        return queries.Hit(ids.new(), 1, 0.0)

    bound = Statement("select current_setting('statement_timeout')", told)()
    monkeypatch.setattr(queries, "search", lambda *_a, **_k: bound)
    async with shelf(stage, tmp_path) as all_:
        assert await places(all_, "roses") == []
    assert asked == ["3s"]
