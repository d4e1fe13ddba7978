"""Where somebody lives or gets mail: streets, boxes, rural routes, as American notes write them. A town alone is none."""

import re

from triage.assistants.redaction.found import Found, Kind, matches

_WORD = r"[A-ZÀ-Þ0-9][\w'’.-]*"
_SUFFIX = (
    r"(?:St(?:reet)?|Ave(?:nue)?|R(?:oa)?d|Blvd|Boulevard|L(?:a)?ne?|Dr(?:ive)?|C(?:our)?t|Cir(?:cle)?|Way|Pl(?:ace)?|Ter(?:race)?|Loop|Pkwy"
    r"|Parkway|Hwy|Highway|Tr(?:ai)?l|Sq(?:uare)?|Row|Run|Holler|Hollow|Fork|Creek|Crossing|Ext|Pike|Turnpike|Point|Bend|Path|Alley)"
)
_UNIT = r"(?:[,\s]+(?:Apt|Apartment|Unit|Suite|Ste|Lot|Rm|Room|Bldg|Trailer|Spc|#)\.?\s?#?\s?[\w-]+)"
_PLACE = r"(?:,?\s+(?:[A-Z][a-z]+\.?\s){0,2}[A-Z][a-z]+,?\s+[A-Z]{2}(?:\s+\d{5}(?:-\d{4})?)?|,\s+(?:[A-Z][a-z]+\s?){1,2}(?=[.,;)\n]|$))"
"""A town after the street, with state and code or before a pause."""
_SIDE = r"(?:\s+(?:N|S|E|W|NE|NW|SE|SW)\b\.?)"

_NUMBERED = rf"\b\d{{1,6}}[A-Z]?{_SIDE}?(?:\s+{_WORD}){{1,4}}?\s+{_SUFFIX}\b\.?{_SIDE}?{_UNIT}*{_PLACE}?"
_SMALL = (
    r"\b\d{2,6}\s+(?:[a-z'’.]+\s){1,3}(?:street|st|road|rd|avenue|ave|lane|ln|blvd|drive|court|trail|highway|hwy)\b\.?"
    r"(?:,?\s(?:apt|unit|#|lot)\.?\s?[\w-]+)?"
)
_STREET = (
    rf"\b(?:{_WORD}\s+){{1,3}}(?:Street|St(?=[\s.,;)]|$)|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Highway|Parkway)\b\.?{_UNIT}*{_PLACE}?"
)
_BOX = rf"\b[Pp]\.?\s?[Oo]\.?:?\s?(?:BOX|[Bb]ox)\s+[\w-]+{_PLACE}?"
_RURAL = rf"\b(?:RR|Rural Route|R[tT]e?|Route|HC|Hwy|Highway)\.?\s*#?\d+\w*,?\s*B[oO][xX]\s*[\w-]+{_PLACE}?"
_ROUTE = rf"\b(?:Route|Hwy|Highway|(?:County|Township|State|Navajo|Forest)\s+(?:Road|Rd|Route|Hwy))\.?\s*#?\d+{_SIDE}?{_PLACE}?"
_SPANISH = (
    r"\b(?:Calle|Avenida|Ave\.|Urb\.|Urbanización|Carretera|Carr\.|Rua|Colonia|Col\.)\s+[\w'’.-]+(?:\s+[A-ZÀ-Þ0-9][\w'’#-]*){0,3}"
    r"(?:,\s*(?:Urb\.|Col\.)\s+[A-ZÀ-Þ]\w+(?:\s[A-ZÀ-Þ]\w+)?)?"
)
_WITH_UNIT = rf"\b\d{{2,6}}{_SIDE}?(?:\s+[A-Z][a-zà-þ]+){{1,3}}{_UNIT}+{_PLACE}?"
_AT = rf"(?:\b(?:at|to|on|addr(?:ess)?|@)\s+)(?P<what>\d{{2,6}}(?:\s+[A-Z][a-zà-þ]+){{1,3}}(?=[\s,.;)]|$){_PLACE}?)"

_PATTERNS = (
    *map(re.compile, (_NUMBERED, _STREET, _BOX, _RURAL, _ROUTE, _SPANISH, _WITH_UNIT, _AT)),
    re.compile(_SMALL, re.IGNORECASE),
)


def addresses(text: str) -> list[Found]:
    """Every address in `text`; spans may overlap."""
    return [found for pattern in _PATTERNS for found in matches(pattern, text, Kind.ADDRESS)]
