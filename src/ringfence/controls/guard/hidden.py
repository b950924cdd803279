"""Keeps AIS-02 (in part): removes characters that a person does not see and a model reads.

Removed: control characters but tab and line feed; format characters (Cf: bidi controls, zero-width, soft hyphen, BOM,
tags); variation selectors; invisible letters (fillers, the grapheme joiner); lone surrogates; noncharacters; plane 14.
U+2028 and U+2029 become a line feed. The price, taken knowingly: Persian and Indic joiners and Arabic number signs go.

The one exception is U+200D between two emoji, once: without it a family falls apart into its members. What could be
hidden there is one bit for each emoji that everybody sees.
Proved in tests/controls/test_guard.py, against the Unicode tables of the running Python.
"""

import re

JOINER = "\u200d"

_EMOJI = "\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
# Ranges, because reading the category of each character at import would cost more than starting the server.
_HIDDEN_HERE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad"  # C0 but tab and line feed, DEL, C1, soft hyphen
    "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # grapheme joiner, Hangul and Khmer fillers
    "\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"  # Arabic and Syriac
    "\u180b-\u180f"  # Mongolian selectors and vowel separator
    "\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f"  # zero width, bidi
    "\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\ufff0-\ufffb\ufffe\uffff"
)
_HIDDEN_BEYOND = (
    "\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"  # tags, selectors and what may join them
    + "".join(f"{chr((plane << 16) + 0xFFFE)}{chr((plane << 16) + 0xFFFF)}" for plane in range(1, 17))
)
_HIDDEN = re.compile(f"[{_HIDDEN_HERE}{_HIDDEN_BEYOND}]+")
# Asks one table for each character, where _HIDDEN tries twenty ranges after it: most text is done here.
_SUSPECT = re.compile(f"[{_HIDDEN_HERE}\u2028\u2029\U00010000-\U0010ffff]").search
_LINE_ENDS = re.compile("[\u2028\u2029]")
_JOINERS = re.compile(f"(?<=[{_EMOJI}])({JOINER}){JOINER}*(?=[{_EMOJI}])|{JOINER}")
_IS_EMOJI = re.compile(f"[{_EMOJI}]").match
_ASCII_HIDDEN = {code: None for code in (*range(32), 127) if chr(code) not in "\t\n"}


def strip_unjoined(text: str) -> str:
    """Gives the text without hidden characters, joiners left in place; characters are judged one by one."""
    if text.isascii():
        return text if text.isprintable() else text.translate(_ASCII_HIDDEN)
    if _SUSPECT(text) is None:
        return text
    return _LINE_ENDS.sub("\n", _HIDDEN.sub("", text))


def strip_joiners(text: str) -> str:
    """Gives the text with joiners between emoji alone; hidden characters must be gone already."""
    return _JOINERS.sub(r"\1", text) if JOINER in text else text


def strip(text: str) -> str:
    """Gives the text without anything hidden."""
    return strip_joiners(strip_unjoined(text))


def is_emoji(char: str) -> bool:
    """Says whether a joiner may stand beside this character."""
    return _IS_EMOJI(char) is not None
