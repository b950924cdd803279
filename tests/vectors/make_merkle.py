"""Writes merkle.json: proofs over the eight well-known leaves, and each way to spoil them, with what a verifier says.

In the manner of transparency-dev/merkle's testdata, made anew by tests/second_audit.py, which follows the definitions
of RFC 6962. Where their vectors and we differ, by decision, is told in docs/audit-format.md: they call an empty proof
from size 0 to size 0 with equal roots good. `python -m tests.vectors.make_merkle` writes the file.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from tests import second_audit as second

FILE = Path(__file__).with_name("merkle.json")
LEAVES = [
    bytes.fromhex(one)
    for one in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
INCLUSION = [(0, 1), (0, 8), (5, 8), (2, 3), (1, 5), (6, 7)]
CONSISTENCY = [(1, 1), (1, 8), (6, 8), (2, 5), (6, 7), (4, 8), (3, 7)]
GARBAGE = sha256(b"garbage").digest()
EMPTY = sha256(b"").digest()
Case = dict[str, object]


def cases() -> dict[str, list[Case]]:
    return {"inclusion": list(inclusion()), "consistency": [*consistency(), *empty()]}


def inclusion() -> Iterator[Case]:
    def case(name: str, **changes: object) -> Case:
        row = {"index": index, "size": size, "leaf": leaf, "root": root, "proof": path} | changes
        return {"name": f"{index} in {size}: {name}", "holds": not changes, **told(row)}

    for index, size in INCLUSION:
        leaf, root = second.leaf(LEAVES[index]), second.mth(LEAVES[:size])
        path = second.path(index, LEAVES[:size])
        yield case("the proof")
        for other in {index - 1, index + 1, index ^ 2} - {index}:
            yield case(f"index {other}", index=other)
        for other in {size * 2, size // 2} - {size}:
            if second.is_included(index, other, leaf, path, root):
                continue  # the same path: another size with the same steps proves the same
            yield case(f"size {other}", size=other)
        yield case("another leaf", leaf=GARBAGE)
        yield case("another root", root=GARBAGE)
        yield case("the root of nothing", root=EMPTY)
        for name, proof in spoilt(path, root):
            yield case(name, proof=proof)


def consistency() -> Iterator[Case]:
    def case(name: str, **changes: object) -> Case:
        row = {"from": old, "to": new, "old_root": before, "new_root": after, "proof": proof} | changes
        return {"name": f"{old} to {new}: {name}", "holds": not changes, **told(row)}

    for old, new in CONSISTENCY:
        before, after = second.mth(LEAVES[:old]), second.mth(LEAVES[:new])
        proof = second.proof(old, LEAVES[:new])
        yield case("the proof")
        for other in {old - 1, old + 1, old ^ 2} - {old}:
            yield case(f"from {other}", **{"from": other})
        for other in {new * 2, new // 2} - {new}:
            yield case(f"to {other}", to=other)
        if before != after:
            yield case("the roots swapped", old_root=after, new_root=before)
        yield case("another old root", old_root=GARBAGE)
        yield case("another new root", new_root=GARBAGE)
        for name, spoiled in [*spoilt(proof, after), *spoilt(proof, before)]:
            yield case(name, proof=spoiled)


def empty() -> Iterator[Case]:
    """The four cases of an empty tree, and sizes that run backwards: decided in docs/audit-format.md."""
    one = second.mth(LEAVES[:1])
    for name, old, new, before, after, proof in (
        ("nothing to nothing, no proof", 0, 0, EMPTY, EMPTY, []),
        ("nothing to nothing, a proof", 0, 0, EMPTY, EMPTY, [EMPTY]),
        ("nothing to one, no proof", 0, 1, EMPTY, one, []),
        ("nothing to one, a proof", 0, 1, EMPTY, one, [one]),
        ("one to nothing", 1, 0, one, EMPTY, []),
        ("one to one, another root", 1, 1, one, EMPTY, []),
        ("one to one, a proof", 1, 1, one, one, [one]),
        ("two to one", 2, 1, second.mth(LEAVES[:2]), one, []),
    ):
        row = {"from": old, "to": new, "old_root": before, "new_root": after, "proof": proof}
        yield {"name": name, "holds": False, **told(row)}


def spoilt(proof: list[bytes], root: bytes) -> Iterator[tuple[str, list[bytes]]]:
    yield "garbage behind", [*proof, GARBAGE]
    yield "garbage before", [GARBAGE, *proof]
    yield "the root behind", [*proof, root]
    yield "the root before", [root, *proof]
    if proof:
        yield "none", []
        yield "cut", proof[:-1]
        yield "cut in front", proof[1:]
    for place, one in enumerate(proof):
        yield f"a bit of hash {place}", [*proof[:place], bytes([one[0] ^ 8]) + one[1:], *proof[place + 1 :]]


def told(row: dict[str, object]) -> Case:
    def written(value: object) -> object:
        if isinstance(value, list):
            return [written(one) for one in value]
        return second.b64(value) if isinstance(value, bytes) else value

    return {name: written(value) for name, value in row.items()}


def text() -> str:
    rows = ",\n".join(
        f' "{kind}": [\n  ' + ",\n  ".join(json.dumps(one) for one in listed) + "\n ]"
        for kind, listed in cases().items()
    )
    return "{\n" + rows + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
