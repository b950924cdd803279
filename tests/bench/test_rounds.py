"""The bench's own arithmetic: every round has everybody, ratios stay within a round, verdicts follow the median."""

import pytest

from bench import results
from bench.figures import Bound, Figure, Section
from bench.rounds import Plan, Spread, difference, interleave, order, ratio, spread


def test_each_round_begins_with_another_contender_and_leaves_nobody_out():
    names = ["ours", "floor", "direct"]
    assert order(names, 0) == ["ours", "floor", "direct"]
    assert order(names, 1) == ["floor", "direct", "ours"]
    assert order(names, 5) == ["direct", "ours", "floor"]


def test_every_round_measures_every_contender_once_in_its_order():
    calls: list[str] = []
    contenders = {name: (lambda name=name: calls.append(name) or 1.0) for name in ("a", "b")}
    rounds = interleave(Plan(rounds=3, seconds=0), contenders)
    assert calls == ["a", "b", "b", "a", "a", "b"]
    assert rounds == [{"a": 1.0, "b": 1.0}] * 3


def test_a_ratio_is_taken_within_its_round_before_the_median():
    # A machine that slows down by ten between rounds changes no ratio; the ratio of medians would be 20.
    rounds = [{"ours": 100, "floor": 50}, {"ours": 10, "floor": 5}, {"ours": 9, "floor": 3}]
    assert ratio(rounds, "ours", "floor") == Spread(median=2, low=2, high=3)
    assert difference(rounds, "ours", "floor") == Spread(median=6, low=5, high=50)


def test_a_spread_of_nothing_is_refused():
    with pytest.raises(ValueError, match="nothing was measured"):
        spread([])
    assert spread([3, 1, 2, 10]) == Spread(median=2.5, low=1, high=10)


def test_a_verdict_follows_the_median_and_its_side_of_the_target():
    found = Spread(median=0.6, low=0.5, high=0.9)
    assert Figure("read", found, Bound.AT_LEAST, 0.6).is_met
    assert not Figure("read", found, Bound.AT_LEAST, 0.61).is_met
    assert Figure("memory", found, Bound.AT_MOST, 0.6).is_met
    assert "**missed**" in Figure("memory", found, Bound.AT_MOST, 0.59).line()


def test_a_new_measurement_keeps_other_sections_and_what_people_wrote(tmp_path):
    path = tmp_path / "RESULTS.md"
    one, two = (Section(name, name.title(), "Method.", []) for name in ("one", "two"))
    results.write([one, two], command="bench", postgres="18.6", path=path)
    path.write_text(path.read_text().replace("Nothing to explain.", "In the kernel.", 1))
    results.write([Section("one", "One again", "Method.", [])], command="bench", postgres="18.6", path=path)
    text = path.read_text()
    assert "## One again" in text
    assert "## Two" in text
    assert text.count("In the kernel.") == text.count("Nothing to explain.") == 1
