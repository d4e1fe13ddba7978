"""Accounts, passwords and signed-in browsers."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from store import users
from store.errors import AlreadyKnown, TooManyTries, Unknown
from store.tables import SessionRow, SignInFailureRow, UserRow
from tests.builders import NOW
from workflow.vocabulary import UserRole

PASSWORD = "correct horse battery"


def dana(session, password=PASSWORD):
    return users.add_user(session, "dana", "Dana Whitfield", UserRole.COORDINATOR, password, now=NOW)


def test_the_right_password_signs_in(database):
    """And only the right one, for the right name."""
    with database.write() as session:
        user = dana(session)

        assert users.check_password(session, "dana", PASSWORD, now=NOW) == user
        assert users.check_password(session, "dana", PASSWORD + " ", now=NOW) is None
        assert users.check_password(session, "nobody", PASSWORD, now=NOW) is None


def test_passwords_are_kept_as_argon2id_only(database):
    """A stolen database must not be a list of passwords."""
    with database.write() as session:
        dana(session)

        assert session.scalars(select(UserRow.password_hash)).one().startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_an_account_without_a_password_cannot_sign_in(database):
    """Demo reviewers exist for their decisions, not for signing in."""
    with database.write() as session:
        dana(session, password=None)

        assert users.check_password(session, "dana", "", now=NOW) is None


@pytest.mark.parametrize(
    ("username", "name", "password", "sentence"),
    [
        ("", "Dana", PASSWORD, "A user name and a name are needed"),
        ("dana", " ", PASSWORD, "A user name and a name are needed"),
        ("dana", "Dana", "short", "at least 10 characters"),
    ],
)
def test_an_account_needs_a_name_and_a_password_worth_the_name(database, username, name, password, sentence):
    """Refused with what to do."""
    with database.write() as session, pytest.raises(ValueError, match=sentence):
        users.add_user(session, username, name, UserRole.LEAD, password, now=NOW)


def test_a_user_name_is_taken_once(database):
    """Decisions are told apart by it."""
    with database.write() as session:
        dana(session)
        with pytest.raises(AlreadyKnown, match=r"^The user name dana is taken\.$"):
            dana(session)


@pytest.mark.parametrize("username", ["dana", "nobody"])
def test_guessing_is_stopped_for_known_and_unknown_names_alike(database, username):
    """The answer must not tell which names exist, and must come before the costly hash."""
    with database.write() as session:
        dana(session)
        for _ in range(users.TRIES):
            assert users.check_password(session, username, "wrong password", now=NOW) is None
        with pytest.raises(TooManyTries, match=r"Try again in 30 minutes"):
            users.check_password(session, username, PASSWORD, now=NOW)
        later = NOW + users.TRIES_WITHIN + timedelta(seconds=1)
        assert (users.check_password(session, username, PASSWORD, now=later) is not None) is (username == "dana")


def test_signing_in_forgets_the_failures(database):
    """Nine typing slips a week apart must not add up."""
    with database.write() as session:
        dana(session)
        for _ in range(users.TRIES - 1):
            users.check_password(session, "dana", "wrong password", now=NOW)
        users.check_password(session, "dana", PASSWORD, now=NOW)

        assert session.execute(select(func.count()).select_from(SignInFailureRow)).scalar_one() == 0


def test_a_session_is_known_by_a_token_that_is_not_stored(database):
    """Whoever reads the database cannot sign in with what they find."""
    with database.write() as session:
        user = dana(session)
        token = users.open_session(session, user, now=NOW)

        assert users.session_user(session, token, now=NOW) == user
        assert users.session_user(session, "guess", now=NOW) is None
        assert token not in session.scalars(select(SessionRow.token_hash)).all()
        assert users.open_session(session, user, now=NOW) != token
        assert len(token) >= 43  # 256 bits


@pytest.mark.parametrize(
    ("idle", "alive"),
    [(timedelta(minutes=15), True), (timedelta(minutes=15, seconds=1), False), (timedelta(days=9), False)],
)
def test_a_session_ends_when_idle(database, idle, alive):
    """A browser left open in a hallway."""
    with database.write() as session:
        token = users.open_session(session, dana(session), now=NOW)

        assert (users.session_user(session, token, now=NOW + idle) is not None) is alive


def test_a_session_ends_after_a_shift_however_busy(database):
    """Eight hours, touched every ten minutes."""
    with database.write() as session:
        token = users.open_session(session, dana(session), now=NOW)
        moment = NOW
        while moment < NOW + users.LONGEST:
            moment += timedelta(minutes=10)
            users.touch_session(session, token, now=moment)

        assert users.session_user(session, token, now=NOW + users.LONGEST) is not None
        assert users.session_user(session, token, now=NOW + users.LONGEST + timedelta(seconds=1)) is None


def test_using_a_session_keeps_it_alive_and_is_due_once_a_minute(database):
    """Every click would otherwise be a write."""
    with database.write() as session:
        token = users.open_session(session, dana(session), now=NOW)
        assert [users.is_stale(session, token, now=NOW + timedelta(seconds=s)) for s in (0, 60, 61)] == [False, False, True]

        users.touch_session(session, token, now=NOW + timedelta(minutes=14))

        assert not users.is_stale(session, token, now=NOW + timedelta(minutes=15))
        assert users.session_user(session, token, now=NOW + timedelta(minutes=29)) is not None
        assert not users.is_stale(session, "unknown", now=NOW)


def test_signing_out_ends_this_browser_only(database):
    """The other one stays signed in."""
    with database.write() as session:
        user = dana(session)
        here, there = users.open_session(session, user, now=NOW), users.open_session(session, user, now=NOW)
        users.close_session(session, here)

        assert users.session_user(session, here, now=NOW) is None
        assert users.session_user(session, there, now=NOW) == user


def test_switching_an_account_off_ends_everything_at_once(database):
    """Ex-staff: every browser, and the password."""
    with database.write() as session:
        tokens = [users.open_session(session, user, now=NOW) for user in [dana(session)] * 3]
        users.switch_off(session, "dana")

        assert [users.session_user(session, token, now=NOW) for token in tokens] == [None] * 3
        assert users.check_password(session, "dana", PASSWORD, now=NOW) is None
        assert users.by_username(session, "dana").active is False


def test_an_unknown_user_is_told_by_name(database):
    """For the person at the command line."""
    with database.write() as session:
        with pytest.raises(Unknown, match=r"^There is no user mallory\.$"):
            users.switch_off(session, "mallory")
        assert users.everybody(session) == []
