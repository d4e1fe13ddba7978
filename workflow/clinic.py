"""Who speaks: the clinic as patients know it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clinic:
    """Empty is what nobody has set. `phone` is the number patients call back, as it is read out; `address` is where pages are reached."""

    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""


UNNAMED = Clinic()
