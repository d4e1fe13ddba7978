"""What can go wrong with the record. The message is a sentence for the person who acts."""


class StoreError(Exception):
    """Root of the store's errors. Nothing was written."""


class Unknown(StoreError):
    """No such patient, note, episode, suggestion or user."""


class StaleEpisode(StoreError):
    """The episode moved since it was shown, so what was approved is not what would happen."""


class StaleSuggestion(StoreError):
    """Somebody decided this suggestion first; the message says who and how."""


class IllegalDecision(StoreError):
    """This suggestion cannot take this decision: nothing to undo, a reason missing, an edit of another kind."""


class AnotherIsOpen(StoreError):
    """The patient has a newer open episode in this lane; there is never more than one."""


class AlreadyKnown(StoreError):
    """The same source and external id, with other content. Notes are immutable."""


class MeetingIsOver(StoreError):
    """The meeting was ended; its minutes stay as they are."""


class StaleDelivery(StoreError):
    """What became of a message was found out meanwhile."""


class TooManyTries(StoreError):
    """Too many wrong passwords for this account lately."""


class NotMigrated(StoreError):
    """The database is older or newer than this program; the message says what to run."""
