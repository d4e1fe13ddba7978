"""Errors of the pages themselves, and the one table that says which HTTP status each error has."""

from store import errors as store_errors
from workflow.refusals import Refusal


class PageError(Exception):
    """Root of the pages' own errors; the message is a sentence for the person at the browser."""


class SignInFirst(PageError):
    """Nobody is signed in."""


class CrossSite(PageError):
    """A form that our own page did not send."""


class NotForThisRole(PageError):
    """A page that is meant for people in another role."""


class UnreadableForm(PageError):
    """A field that is missing or cannot be understood; the message says which and how to mend it."""


class TooLarge(PageError):
    """More than a form of ours can hold."""


STATUS: dict[type[Exception], int] = {
    SignInFirst: 401,
    CrossSite: 403,
    NotForThisRole: 403,
    UnreadableForm: 422,
    TooLarge: 413,
    Refusal: 409,
    store_errors.Unknown: 404,
    store_errors.StaleEpisode: 409,
    store_errors.StaleSuggestion: 409,
    store_errors.StaleDelivery: 409,
    store_errors.IllegalDecision: 409,
    store_errors.AnotherIsOpen: 409,
    store_errors.AlreadyKnown: 409,
    store_errors.MeetingIsOver: 409,
    store_errors.TooManyTries: 429,
    store_errors.NotMigrated: 503,
}
"""Complete: a test says so. A class covers its subclasses."""


def status_of(error: Exception) -> int:
    """The HTTP status of an error of ours."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
