"""Words of a note that are about somebody else than the patient, or about nothing that ails anybody."""

import re

_KIN = (
    r"(?:wife|husband|spouse|partner|son|daughter|dtr|brother|sister|neighbou?r|friend|roommate|caregiver|aunt|uncle|cousin|niece|nephew|"
    r"grand(?:son|daughter|child|mother|father|ma|pa)|(?:mother|father|sister|brother|son|daughter)-in-law|"
    r"hij[oa]|espos[oa]|herman[oa]|vecin[oa])"
)
_PARENT = r"(?:mother|mom|father|dad)"
_OTHERS = re.compile(
    rf"(?<!my )\b{_KIN}'s\b|\b(?:her|his|pt's|patient's) {_PARENT}'s\b|"
    rf"(?<!my )\b{_KIN} (?:has|had|home with|is home|is sick|is ill|came down|caught|is in (?:the )?hospital)\b"
    r"(?! (?:noticed|seen|been|called|questions?|concerns?|reported|asked|to|not|tried|given|taken|sent|told|her|his|him)\b)|"
    rf"\b(?:car(?:es|ed|ing) for|busy with|looking after|takes care of) (?:\w+ ){{0,2}}(?:{_KIN}|{_PARENT})\b"
)
"""A child who writes "mom's leg" or "my husband's cough" may well write about the patient: those are kept."""

_IDIOM = re.compile(
    r"\b(?:pain (?:clinic|cent(?:er|re)|management|mgmt|doctor|specialist|contract|agreement|meds?\b|medicines?|diary|scale)|"
    r"(?:is|are|was|were|be|been|such|what) (?:such )?a (?:real |royal |huge |big )?pain\b(?! (?:in|of|at|on|level|score|\d))|"
    r"killing (?:me|him|her|them)|"
    r"(?:in|this|next|last|by|until|till|another|every) (?:the )?fall\b(?! (?:out|off|down|from))|"
    r"fall (?:flu|clinic|colou?rs|season|semester|break|visit|appointment|risk|prevention|precautions|screen\w*)|"
    r"(?:weather|traffic|parking|drive|commute|news|economy|prices?|heat|snow|roads?|bus|wifi|internet)\b[^.;\n]{0,30}?\bworse\w*)"
)


def about_somebody_else(words: str) -> bool:
    """Whether a clause (folded) tells of a relative, friend or neighbor and not of the patient."""
    return _OTHERS.search(words) is not None


def without_idioms(words: str) -> str:
    """The clause with phrases blanked that only sound like a complaint: "a pain to park", "fall clinic". Places stay."""
    return _IDIOM.sub(lambda found: " " * len(found.group()), words)
