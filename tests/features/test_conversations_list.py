"""The list of conversations, as the widget's history shows it: first words, one agent's, newest first."""

from tests.served_cast import Cast


def test_a_conversation_is_listed_by_its_first_words(served: Cast):
    said = "What do we\nowe   Nordlys, and " + "since when " * 20
    run = served.alice.ask(said)
    served.alice.finish(run["id"])
    served.alice.finish(served.alice.ask("And then?", conversation=run["conversation_id"])["id"])
    listed = served.alice.call("GET", "/conversations?limit=1").json["items"][0]
    assert listed["id"] == run["conversation_id"]
    assert listed["preview"] == " ".join(said.split())[:80]


def test_one_without_words_has_none(served: Cast):
    made = served.bob.call("POST", "/conversations", {"agent_id": served.northwind.agent}).json
    listed = served.bob.call("GET", "/conversations").json["items"]
    assert {item["id"]: item["preview"] for item in listed}[made["id"]] is None


def test_the_list_of_one_agent_holds_no_others(served: Cast):
    other = served.northwind.add_agent("scripted:fast", name="Other")
    mine = served.bob.call("POST", "/conversations", {"agent_id": other}).json["id"]
    served.bob.call("POST", "/conversations", {"agent_id": served.northwind.agent})
    found = served.bob.call("GET", f"/conversations?agent_id={other}").json["items"]
    assert [item["id"] for item in found] == [mine]
    assert served.bob.call("GET", "/conversations?agent_id=none").status == 422
