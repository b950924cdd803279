"""`ringfence datamap` and its page: of the running database where one runs, of the build where none does."""

import json

import pytest

from ringfence.cli import datamap as command
from ringfence.controls import datamap
from ringfence.settings import Settings
from tests.served_cast import Cast
from tools.datamap import DOCUMENT


@pytest.mark.promise("PRV-02")
def test_the_page_is_what_the_schema_says():
    assert DOCUMENT.read_text(encoding="utf-8") == command.as_markdown(datamap.packaged()), "python -m tools.datamap"


@pytest.mark.promise("PRV-02")
def test_the_map_of_the_running_database_is_asked_of_it(served: Cast):
    told = served.server.run("datamap", "--json")
    assert told.returncode == 0, told.stderr
    shown = json.loads(told.stdout)
    assert (shown["source"], shown["faults"]) == ("the running database", [])
    places = {f"{row['table']}.{row['column']}": row for row in shown["columns"]}
    assert places["app.message.text"]["sealed_under"] == "user"
    assert places["app.message.text"]["exports"] == ["messages.text"]
    assert places.keys() == {column.place for column in datamap.packaged().columns}


@pytest.mark.parametrize(("json_", "markdown"), [(False, False), (True, False), (False, True)])
def test_without_a_database_the_map_of_the_build_is_shown(
    tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], json_: bool, markdown: bool
):
    monkeypatch.setenv("RINGFENCE_DATA", str(tmp_path / "nothing"))
    assert Settings().data == tmp_path / "nothing"
    command.show(is_json=json_, is_markdown=markdown)
    shown = capsys.readouterr().out
    assert "approval" in shown
    assert ("this build" in shown) is not markdown
    assert not (tmp_path / "nothing").exists()


def test_a_fault_is_shown_with_its_mend():
    broken = datamap.Catalogue([datamap.Column("app.run.planted", "text", "")], [])
    shown = json.loads(command.as_json(broken, source="a test"))
    assert "unclassified_column" in {fault["lint"] for fault in shown["faults"]}
    assert all(fault["mend"] for fault in shown["faults"])
