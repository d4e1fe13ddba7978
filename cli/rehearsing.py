"""A rehearsal as a terminal shows it: lines for people, or JSON."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from review_ui.highlight import inert
from review_ui.words import day, moment, plural
from workflow.rehearsal import Coming, tomorrow_of

if TYPE_CHECKING:
    from store.rehearsing import Case, Report
    from workflow.lanes import Lane

LIMITS = "A replay cannot know that people, seeing other due dates and escalations, would have acted otherwise."


def report_lines(report: "Report", present: "Lane") -> Iterator[str]:
    """The whole report, in sentences."""
    zone, since = present.calendar.zone, report.window.since
    replayed = f"{plural(report.episodes, 'episode')}, {plural(report.acts, 'act')} of people"
    yield f"{present.title}, rehearsed from {moment(since, zone)} to {moment(report.window.until, zone)}: {replayed}."
    yield "What the file changes:"
    yield from (f"  {edit.key}: {inert(edit.present)} -> {inert(edit.changed)}" for edit in report.edits)
    yield ""
    yield f"{plural(len(report.otherwise), 'patient')} would have gone otherwise than under the rules in force:"
    for case in report.otherwise:
        yield f"  {_who(case)}"
        yield from (f"    {inert(each.words)}" for each in case.found.differences)
    refused = [(case, each) for case in report.refused for each in case.found.refused]
    if refused:
        yield ""
        yield f"{plural(len(refused), 'act')} of people that these rules refuse:"
        for case, act in refused:
            yield f"  {_who(case)}: {moment(act.at, zone)}, {inert(act.who)} {inert(act.what)}. {inert(act.why)}"
    if report.misfits:
        yield f"Passed over: {plural(report.misfits, 'act')} that could be done again under neither lane."
    if report.unreadable:
        yield f"The log of {plural(len(report.unreadable), 'episode')} does not hold: triage db check"
    yield ""
    yield from _tomorrow(report, present)
    yield LIMITS


def _tomorrow(report: "Report", present: "Lane") -> Iterator[str]:
    on = day(tomorrow_of(present, report.window.until))
    coming = report.coming
    these = "These" if len(coming) != 1 else "This"
    yield (
        f"{these} {plural(len(coming), 'patient')} escalate{'' if len(coming) != 1 else 's'} by tomorrow, {on}, if nobody acts:"
        if coming
        else (f"Nobody escalates by tomorrow, {on}.")
    )
    yield from (_coming(case, case.found.coming) for case in coming)
    if report.spared:
        yield f"{plural(len(report.spared), 'patient')} would under the rules in force, and not under these:"
        yield from (_coming(case, case.found.spared) for case in report.spared)
    if report.next_try:
        yield f"{plural(len(report.next_try), 'patient')} would escalate with one more failed try, and not under the rules in force:"
        yield from (_coming(case, case.found.next_try) for case in report.next_try)


def _coming(case: "Case", coming: Coming | None) -> str:
    if coming is None:
        return ""
    either = " (under the rules in force too)" if coming.either_way else ""
    return f"  {_who(case)}: to {coming.to.label.lower()}, because {_lower(coming.because)}{either}"


def _who(case: "Case") -> str:
    return f"{inert(case.patient)} ({inert(case.external_id)}, episode {case.episode_id})"


def _lower(words: str) -> str:
    return inert(words[:1].lower() + words[1:])


def as_json(report: "Report", present: "Lane") -> dict[str, object]:
    """The same for programs."""
    return {
        "lane": report.lane.value,
        "since": report.window.since.isoformat(),
        "until": report.window.until.isoformat(),
        "changes": [asdict(edit) for edit in report.edits],
        "episodes": report.episodes,
        "acts": report.acts,
        "not_replayed": report.misfits,
        "unreadable": report.unreadable,
        "past": [
            {
                **_case(case),
                "differences": [asdict(each) for each in case.found.differences],
                "refused": [{**asdict(each), "at": each.at.isoformat()} for each in case.found.refused],
            }
            for case in report.cases
            if case.found.differences or case.found.refused
        ],
        "tomorrow": {
            "day": tomorrow_of(present, report.window.until).isoformat(),
            "escalate": [{**_case(case), **asdict(case.found.coming)} for case in report.coming if case.found.coming],
            "no_longer": [{**_case(case), **asdict(case.found.spared)} for case in report.spared if case.found.spared],
            "next_failed_try": [{**_case(case), **asdict(case.found.next_try)} for case in report.next_try if case.found.next_try],
        },
        "limits": LIMITS,
    }


def _case(case: "Case") -> dict[str, object]:
    return {"episode": case.episode_id, "patient": case.patient, "patient_id": case.external_id}
