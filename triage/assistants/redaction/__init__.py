"""Fewest fields: identifiers in a note are replaced before it is sent to a service elsewhere, and put back after. See docs/privacy.md.

No de-identification: what stands in the patient's record is found nearly always, what else names people often enough and not always.
"""
