"""Shorthand of notes, spelled out, so that "d/c summ" and "discharge summary" are near each other.

Only what occurs in the labelled notes of this package; a word of several meanings stands here with the one it nearly always has there.
"""

import re

_EXACT = {
    "HH": "home health",
    "OT": "occupational therapy",
    "PA": "prior authorization",
    "PT": "physical therapy",
    "SI": "suicidal ideation",
}
"""With these capitals alone: "pt" is the patient."""

_ANY_CASE = {
    "appt": "appointment",
    "appts": "appointments",
    "apt": "appointment",
    "auth": "authorization",
    "auths": "authorizations",
    "bcbs": "insurance",
    "bp": "blood pressure",
    "cards": "cardiology",
    "cell": "phone",
    "chf": "heart failure",
    "cob": "coordination of benefits",
    "colo": "colonoscopy",
    "cx": "cancelled",
    "d/c": "discharge",
    "dc": "discharge",
    "derm": "dermatology",
    "disc": "disconnected",
    "dme": "medical equipment",
    "dtr": "daughter",
    "ed": "emergency department",
    "elig": "eligibility",
    "endo": "endocrinology",
    "er": "emergency department",
    "f/u": "follow up",
    "gi": "gastroenterology",
    "hf": "heart failure",
    "hosp": "hospital",
    "ins": "insurance",
    "interp": "interpreter",
    "labs": "laboratory results",
    "lm": "left message",
    "lvm": "left voicemail",
    "mammo": "mammogram",
    "med": "medicine",
    "meds": "medicine",
    "mo": "month",
    "msg": "message",
    "mtg": "meeting",
    "neuro": "neurology",
    "o2": "oxygen",
    "ortho": "orthopedics",
    "p2p": "peer to peer",
    "pcp": "primary care",
    "phq": "depression",
    "precert": "prior authorization",
    "psych": "psychiatry",
    "pulm": "pulmonology",
    "rec'd": "received",
    "recert": "recertification",
    "recs": "records",
    "ref": "referral",
    "rx": "prescription",
    "script": "prescription",
    "snf": "nursing facility",
    "sob": "short of breath",
    "sw": "social work",
    "tel": "phone",
    "termed": "terminated",
    "vm": "voicemail",
    "wk": "week",
    "wks": "weeks",
    "wt": "weight",
}
_WORD = re.compile(r"[A-Za-z0-9]+(?:['/][a-z0-9]+)*")


def spelled_out(text: str) -> str:
    """`text` with its shorthand as words."""
    return _WORD.sub(lambda match: _EXACT.get(match[0]) or _ANY_CASE.get(match[0].lower()) or match[0], text)
