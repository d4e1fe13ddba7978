"""Why a move is not made. One class per thing a caller can act on; the message is a sentence for the person who tried."""


class Refusal(Exception):
    """A move that the rules do not allow. Nothing has changed."""


class EpisodeIsClosed(Refusal):
    """Closed episodes take no moves but reopening."""


class EpisodeIsOpen(Refusal):
    """Only a closed episode can be reopened."""


class NotOpen(Refusal):
    """The task or blocker named is not open on this episode."""


class NotInLane(Refusal):
    """The lane's file does not allow this owner role, status or closure reason."""


class AlreadyOwned(Refusal):
    """Somebody has claimed it first; the message says who."""


class NotOffered(Refusal):
    """No offer stands, or it is offered to somebody else."""


class Unavailable(Refusal):
    """Somebody who is away or has left cannot be given work; the message says until when and what to do."""


class NoChange(Refusal):
    """The episode already stands exactly so."""


class ImpossibleMoment(Refusal):
    """A moment in the future, or before the episode was opened."""


class CannotUndo(Refusal):
    """Something built on it since; that must be undone first."""
