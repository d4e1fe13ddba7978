"""Outreach drafts are prepared: once for each cause, when an episode moved or a touch is due, and when a person asks for one.

Whether one is wanted is the rules' answer (`workflow.drafting`); the assistant words it; the checks are made and kept beside it; a person
decides. What nobody touched is withdrawn as soon as the rules no longer want it; what a person wrote or asked for only once it serves
nothing any more (`workflow.draft_causes.gone`).
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from itertools import islice
from typing import Protocol

from store import draft_list, drafts
from store.database import Database
from store.drafts import NewDraft, StoredDraft
from store.jobs import Job
from store.lanes import Lanes
from triage.assistants.protocol import AssistantError, AssistantUnavailable
from triage.draft_checks import Verdict, check_draft
from triage.draft_facts import draft_request, elsewhere
from triage.draft_situation import Situation, situation
from triage.fact_json import as_json
from triage.writing import Draft, DraftRequest
from workflow.clinic import Clinic
from workflow.draft_causes import cause_of, gone, task_of
from workflow.drafting import WITH_PATIENT, NotWanted, Reach, Wanted, wanted
from workflow.vocabulary import Action, DraftForm, DraftStanding

PREPARE_DUE_DRAFTS = "prepare_due_drafts"

MOST_A_PASS = 200
"""Drafts that one hourly pass prepares. The next goes on where it ended, so that a long queue is drafted over the day and not at once."""

CHUNK = 500
"""Episodes whose ids are read at a time."""

MOST_LOOKED_AT = 5000
"""Episodes that one pass looks at."""

logger = logging.getLogger(__name__)


class Writes(Protocol):
    """The part of an assistant that is asked here."""

    def draft_outreach(self, request: DraftRequest) -> Draft: ...


@dataclass(slots=True)
class Drafting:
    """Prepares drafts over one record. `assistant` is put together when the first draft is wanted. Safe to share between threads."""

    database: Database
    lanes: Lanes
    assistant: Callable[[], Writes]
    clinic: Clinic
    clock: Callable[[], datetime]
    _after: tuple[date, int] | None = field(default=None, init=False)

    def prepare(self, episode_id: int) -> bool:
        """Bring the prepared draft of an episode up to what the rules want now; whether a new one was stored.

        Idempotent. Raises AssistantUnavailable; another failure of the assistant leaves the episode without a draft.
        """
        now = self.clock()
        with self.database.read() as session:
            known = situation(session, self.lanes, episode_id)
        wish = self._wish(known, now)
        stale = dict(_withdrawn(known, wish))
        if stale:
            with self.database.write() as session:
                for draft_id, why in stale.items():
                    drafts.withdraw(session, draft_id, why)
        if isinstance(wish, NotWanted) or _is_served(wish, [each for each in known.drafts if each.id not in stale]):
            return False
        try:
            new = self._written(known, cause_of(wish), wish.purpose, wish.form, wish.language, wish.task, _said(wish.why), now)
        except AssistantUnavailable:
            raise
        except AssistantError as error:  # their messages hold no note text
            logger.warning("No draft for episode %d: %s", episode_id, error)
            return False
        with self.database.write() as session:
            return drafts.save(session, new, now=now) is not None

    def step(self, episode_id: int) -> None:
        """What is prepared of an episode each time that it moved (`triage.preparing`)."""
        self.prepare(episode_id)

    def ask(
        self, episode_id: int, purpose: Action, form: DraftForm, language: str, *, why: str, instead_of: StoredDraft | None = None
    ) -> int:
        """Prepare a draft that a person asked for, at once, in the place of another where one is named; returns its id.

        Raises AssistantError with a sentence for that person, Unknown, StaleDraft or IllegalDecision; nothing has changed then.
        """
        now = self.clock()
        with self.database.read() as session:
            known = situation(session, self.lanes, episode_id)
        cause = drafts.ASKED_FOR if instead_of is None else drafts.origin(instead_of.cause)
        new = self._written(known, cause, purpose, form, language, task_of(cause), why, now)
        with self.database.write() as session:
            return drafts.ask_for(session, new, instead_of=instead_of.id if instead_of else None, now=now)

    def prepare_due(self) -> int:
        """Prepare drafts for episodes whose touch is due, those due longest first, from where the last pass ended; returns how many."""
        made = looked_at = 0
        for due, episode_id in islice(self._due(), MOST_LOOKED_AT):
            looked_at += 1
            if made == MOST_A_PASS:
                return made
            try:
                made += self.prepare(episode_id)
            except AssistantUnavailable:
                return made  # the next pass asks again
            self._after = (due, episode_id)
        if looked_at < MOST_LOOKED_AT:  # all were seen: the next pass begins anew
            self._after = None
        return made

    def jobs(self) -> dict[str, Job]:
        """What a worker runs every hour; the id it is given is the hour and means nothing here."""

        def run(_hour: int) -> None:
            self.prepare_due()

        return {PREPARE_DUE_DRAFTS: run}

    def _wish(self, known: Situation, now: datetime) -> Wanted | NotWanted:
        who = known.patient
        reach = Reach(who.language, bool(who.phone), bool(who.email), who.contact_preference or "", who.identified)
        return wanted(known.episode, known.lane, reach, known.facts, now=now, elsewhere=elsewhere(known.episode), written=known.written)

    def _written(
        self, known: Situation, cause: str, purpose: Action, form: DraftForm, language: str, task: int | None, why: str, now: datetime
    ) -> NewDraft:
        """What the assistant makes of it, and which checks it does not pass."""
        with self.database.read() as session:
            request = draft_request(session, self.lanes, self.clinic, known.episode_id, purpose=purpose, form=form, task=task, now=now)
        request = replace(request, language=language)
        written = self.assistant().draft_outreach(request)
        checks = check_draft(
            written.subject,
            written.body,
            form=form,
            language=language,
            patient=request.patient,
            clinic=self.clinic,
            facts=request.facts,
            may=known.may(now),
            address=known.address(form) or None,
            at=now.astimezone(known.lane.calendar.tz),
        )
        blocked = [check.name for check in checks if check.verdict is Verdict.BLOCKS]
        used = set(written.facts)
        return NewDraft(
            episode_id=known.episode_id,
            episode_version=known.episode.version,
            cause=cause,
            form=form,
            language=language,
            purpose=purpose,
            why=why,
            facts=[as_json(fact) | {"used": fact.id in used} for fact in request.facts],
            subject=written.subject,
            body=written.body,
            assistant=written.identity.assistant,
            model=written.identity.model,
            prompt=written.identity.prompt,
            prompt_version=written.identity.version,
            content_hash=written.identity.content_hash,
            stood_in_for=written.stood_in_for,
            usage=written.usage | {"blocked": blocked} | ({"each": [asdict(call) for call in written.calls]} if written.calls else {}),
        )

    def _due(self) -> Iterator[tuple[date, int]]:
        """Due day and id of the episodes to look at, read in chunks."""
        today = max(lane.calendar.local_day(self.clock()) for lane in self.lanes.values())
        after = self._after
        while True:
            with self.database.read() as session:
                found = draft_list.due_without(session, today, WITH_PATIENT, after=after, most=CHUNK)
            yield from found
            if len(found) < CHUNK:
                return
            after = found[-1]


def _withdrawn(known: Situation, wish: Wanted | NotWanted) -> Iterator[tuple[int, str]]:
    """The pending drafts that serve nothing any more, each with why."""
    for draft in known.drafts:
        if draft.standing is not DraftStanding.PENDING:
            continue
        why = gone(drafts.origin(draft.cause), draft.form, known.episode, known.facts, since=draft.at)
        if not why and not _is_a_persons(draft):
            why = _outdated(draft, wish)
        if why:
            yield draft.id, why


def _outdated(draft: StoredDraft, wish: Wanted | NotWanted) -> str:
    """Why a draft that nobody touched is not the one that is wanted; empty where it is."""
    if isinstance(wish, NotWanted):
        return _said(wish.why[0].lower() + wish.why[1:])
    if (drafts.origin(draft.cause), draft.form, draft.language) == (cause_of(wish), wish.form, wish.language):
        return ""
    return _said(f"another message comes first: {wish.why[0].lower()}{wish.why[1:]}")


def _said(why: str) -> str:
    """A reason as it is stored: without its full stop, to stand in a sentence."""
    return why.strip().rstrip(".")


def _is_a_persons(draft: StoredDraft) -> bool:
    """Whether a person wrote its words or asked for it."""
    return drafts.was_asked_for(draft.cause) or any(text.by is not None for text in draft.texts)


def _is_served(wish: Wanted, there: list[StoredDraft]) -> bool:
    """Whether what is wanted is there already, was decided, or a draft of a person's own waits."""
    decided = (DraftStanding.APPROVED, DraftStanding.REJECTED)
    return any(
        each.standing is DraftStanding.PENDING
        or (each.standing in decided and drafts.origin(each.cause) == cause_of(wish) and each.form is wish.form)
        for each in there
    )
