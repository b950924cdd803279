"""The table of settings that an operator reads is what a process takes."""

from tools.settings import DOCUMENT, lines, with_table


def test_the_documented_settings_are_the_ones_that_exist():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == with_table(text), "run `.venv/bin/python -m tools.settings` and read the difference"
    assert any("`RINGFENCE_EXECUTES_RUNS` | `true`" in line for line in lines()), "the table holds what is there"


def test_a_setting_that_changed_is_found():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert with_table(text.replace("| `4.0` |", "| `5.0` |", 1)) == text
    assert "| `4.0` |" in text
