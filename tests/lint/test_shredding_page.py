"""docs/shredding.md says what the tests prove, and of the rest that it is open."""

from tools.shredding import DOCUMENT, STORES, page, proved


def test_the_page_is_what_the_tests_prove():
    assert DOCUMENT.read_text(encoding="utf-8") == page(), "python -m tools.shredding"


def test_every_store_is_proved_or_says_what_is_open():
    found = proved()
    assert set(found) <= set(STORES)
    assert [key for key, store in STORES.items() if key not in found and not store.open] == []


def test_a_store_without_a_proof_is_called_not_proved():
    unproved = [store.name for key, store in STORES.items() if key not in proved()]
    lines = page().splitlines()
    for name in unproved:
        assert next(line for line in lines if line.startswith(f"| {name} |")).endswith("| not proved |")
