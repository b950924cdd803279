"""What the database knows a lexeme by: 64 bits of an HMAC under the index key of its owner.

Equal words of two owners give different tokens, so nobody finds, counts or compares across them; and where the owner's
key is destroyed, nobody can make one again. The index half of a key outlives its rotations, and with it the index.
"""

from collections.abc import Iterable

from ringfence.controls.vault import KeyOwner, Vault, fields

_TOKEN_BYTES = 8


def tokens(vault: Vault, owner: KeyOwner, lexemes: Iterable[str]) -> dict[str, int]:
    """The token of each lexeme, as the bigint that the database stores; Destroyed, Unknown."""
    return {lexeme: _token(vault, owner, lexeme) for lexeme in lexemes}


def _token(vault: Vault, owner: KeyOwner, lexeme: str) -> int:
    blind = vault.blind_index(owner, fields.FILE_WORD_TOKEN, lexeme)
    return int.from_bytes(blind[:_TOKEN_BYTES], "big", signed=True)
