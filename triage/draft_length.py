"""How long a message is, as its form counts: SMS in segments, voicemail in seconds, the others in words."""

import math
import re

WORDS_A_MINUTE = 150

_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENDED = frozenset("^{}\\[~]|€")
"""Each takes the place of two characters."""


def not_gsm7(text: str) -> str:
    """The characters of `text` that make an SMS count 70 characters a segment and not 160, each once."""
    return "".join(dict.fromkeys(character for character in text if character not in _GSM7 | _GSM7_EXTENDED))


def sms_segments(text: str) -> int:
    """How many segments an SMS takes: 160 characters, 153 each where there are several; 70 and 67 with characters outside of GSM-7."""
    if not_gsm7(text):
        length, alone, joined = len(text.encode("utf-16-be")) // 2, 70, 67
    else:
        length, alone, joined = len(text) + sum(character in _GSM7_EXTENDED for character in text), 160, 153
    return 1 if length <= alone else math.ceil(length / joined)


def seconds_aloud(text: str) -> int:
    """How long reading aloud takes, at 150 words a minute; each digit is a word."""
    return math.ceil((words(re.sub(r"\d", "", text)) + sum(character.isdigit() for character in text)) * 60 / WORDS_A_MINUTE)


def words(text: str) -> int:
    """How many words."""
    return len(re.findall(r"\w[\w'’@.-]*", text))
