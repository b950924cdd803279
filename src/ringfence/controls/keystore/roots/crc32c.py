"""CRC32C (Castagnoli, RFC 3720 appendix B.4), by which a key service tells that a value came over whole."""

from typing import Final

_POLYNOMIAL: Final = 0x82F63B78


def crc32c(data: bytes) -> int:
    """The sum of `data`; 0xE3069283 of `123456789`."""
    found = 0xFFFFFFFF
    for byte in data:
        found = _TABLE[(found ^ byte) & 0xFF] ^ (found >> 8)
    return found ^ 0xFFFFFFFF


def _row(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_TABLE: Final = tuple(_row(byte) for byte in range(256))
