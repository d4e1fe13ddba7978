"""How a message leaves, whatever it leaves by: the one thing a connector does, and the three ways in which it can fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from store.deliveries import Delivery
from workflow.vocabulary import Channel


class SendError(Exception):
    """Root of what can go wrong. The message is for people, and holds neither words nor address of the patient."""


class Refused(SendError):
    """The other side will not take it, now or later. `no_such_address`: because there is no such number or address."""

    def __init__(self, words: str, *, no_such_address: bool = False) -> None:
        super().__init__(words)
        self.no_such_address = no_such_address


class TryLater(SendError):
    """It surely did not leave, and may another time. `after_s` is how long the other side wants to be left alone, where it says so."""

    def __init__(self, words: str, *, after_s: float | None = None) -> None:
        super().__init__(words)
        self.after_s = after_s


class NobodyKnows(SendError):
    """It may have left or not. It is never sent again by itself: a person looks."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The other side took it, and knows it by `provider_id`."""

    provider_id: str


class Way(Protocol):
    """One way out."""

    def send(self, delivery: Delivery) -> Accepted:
        """Send it, once. Raises Refused, TryLater or NobodyKnows; anything else counts as NobodyKnows."""
        ...

    def ask(self, key: str) -> Accepted | None:
        """What the other side knows of the try with this key; None where it knows nothing or cannot be asked. Sends nothing."""
        ...


Ways = Mapping[Channel, Way]
"""The channels that have a way out; what goes by another is done by hand."""
