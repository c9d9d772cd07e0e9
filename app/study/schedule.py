"""Who sees what, when, and on which side; and the same with every hint removed.

Everything here is drawn from a secret seed that lives only in the sealed key:
whoever knows the seed can redraw the schedule and so break the blind. The
protocol's own seed is public and is not used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.domain.image import Window
from app.domain.presentation import PlannedPresentation, ReadingPlan
from app.domain.protocol import Protocol
from app.domain.trial import Trial, TrialKind
from app.study.design import check_design
from app.study.extras import Planned, catches_of, training_of, with_catches, with_repeats
from app.study.naming import arms_told
from app.study.orders import draw_distinct, generator
from app.study.screens import test_screens
from app.study.variants import SHOWN


def build_schedule(protocol: Protocol, *, seed: int) -> tuple[Trial, ...]:
    """Return the trials of all readers of a protocol.

    A reader's trials depend only on the seed, the codes of this reader and those before in
    the protocol, the cases and the arms: readers after this one never change them.

    Parameters
    ----------
    seed
        The secret seed, kept in the sealed key only.

    Raises
    ------
    ProtocolError
        The design contradicts itself.
    """
    check_design(protocol)
    return tuple(
        trial for reader in protocol.readers for trial in schedule_for(protocol, reader, seed=seed)
    )


def schedule_for(
    protocol: Protocol, reader: str, *, seed: int, kind: TrialKind | None = None
) -> tuple[Trial, ...]:
    """Return the trials of one reader, who need not stand in the protocol.

    Training comes first. Then every cell of the design comes once, see
    ``screens.test_screens``; among them are hidden repeats and catch trials.

    Parameters
    ----------
    kind
        What a test trial is called, such as ``simulated``.
    """
    screens = [
        Planned(case, arms, own=place)
        for place, (case, arms) in enumerate(
            test_screens(protocol, reader, seed=seed, cases=protocol.cases)
        )
    ]
    screens = with_repeats(screens, protocol, generator(seed, reader, "repeats"))
    catches = catches_of(protocol, seed)
    screens = with_catches(screens, catches, generator(seed, reader, "catches"))
    return placed([*training_of(protocol, seed), *screens], protocol, reader, seed, kind=kind)


def extended(
    protocol: Protocol, existing: Sequence[Trial], cases: Sequence[str], *, seed: int
) -> tuple[Trial, ...]:
    """Return further trials of one reader, on cases added to a study that is being read.

    They come after all that the reader has; nothing of that changes.

    Parameters
    ----------
    existing
        All trials of the reader.
    """
    reader = existing[0].reader
    screens = [
        Planned(case, arms, own=place)
        for place, (case, arms) in enumerate(
            test_screens(protocol, reader, seed=seed, cases=tuple(cases))
        )
    ]
    return placed(screens, protocol, reader, seed, former=existing)


def draw_codes(
    cases: Sequence[str],
    arms: Sequence[str],
    seed: int,
    more: Sequence[tuple[str, str]] = (),
) -> dict[str, tuple[str, str]]:
    """Return a random code for every case and arm, and for ``more`` such cells, sorted by code.

    Neither the codes nor their order say anything about case or arm.
    """
    cells = dict.fromkeys([*((case, arm) for case in cases for arm in arms), *more])
    codes = draw_distinct(len(cells), 8, seed, "", "pictures")
    return dict(sorted(zip(codes, cells, strict=True)))


def blind(
    trials: Sequence[Trial],
    codes: Mapping[str, tuple[str, str]],
    windows: Mapping[str, Window],
    protocol: Protocol,
    *,
    study: str,
    protocol_sha256: str,
) -> dict[str, ReadingPlan]:
    """Return each reader's plan: the trials with every hint removed.

    Only where the protocol says that the study is not blinded, the plan tells the arms.

    Parameters
    ----------
    codes
        Picture code -> (case, arm), as ``draw_codes`` returns it.
    windows
        The opening window of each case, common to its arms. Its explanation
        comes from the files and is left out.
    study
        The id of the study, shown to nobody but written beside each answer.
    """
    picture = {cell: code for code, cell in codes.items()}
    feedback = {one.case: one.feedback for one in protocol.training}
    mine: dict[str, list[Trial]] = {}
    for trial in trials:
        mine.setdefault(trial.reader, []).append(trial)
    planned = {
        reader: tuple(
            PlannedPresentation(
                id=trial.presentation,
                position=trial.position,
                images=tuple(picture[trial.case, arm] for arm in trial.arms),
                window=replace(windows[trial.case], explanation=""),
                declared=tuple(picture[trial.case, one.arm + SHOWN] for one in protocol.declared),
                session=trial.session,
                training=trial.case in feedback,
                feedback=feedback.get(trial.case, ""),
            )
            for trial in own
        )
        for reader, own in mine.items()
    }
    return {
        reader: ReadingPlan(
            study=study,
            title=protocol.title,
            protocol_sha256=protocol_sha256,
            reader=reader,
            criteria=protocol.criteria,
            ask_comment=protocol.ask_comment,
            instructions=protocol.instructions,
            presentations=planned[reader],
            simulated=any(trial.kind == "simulated" for trial in own),
            labels=tuple(one.label for one in protocol.declared),
            session_minutes=protocol.session_minutes,
            break_minutes=protocol.break_minutes,
            washout_hours=protocol.washout_hours,
            rests=_rests(own) if protocol.washout_hours else (),
            see_every_slice=protocol.see_every_slice,
            may_amend=protocol.may_amend,
            display_check=protocol.display_check,
            consent=protocol.consent,
            blinded=protocol.blinded,
            arms=arms_told(protocol, planned[reader], codes),
        )
        for reader, own in mine.items()
    }


def placed(
    screens: Sequence[Planned],
    protocol: Protocol,
    reader: str,
    seed: int,
    *,
    kind: TrialKind | None = None,
    former: Sequence[Trial] = (),
) -> tuple[Trial, ...]:
    """Return screens as trials: with their place, code and session, after those that there are."""
    begun = len(former)
    codes = draw_distinct(begun + len(screens), 12, seed, reader, "screens")[begun:]
    code_of = {one.own: code for one, code in zip(screens, codes, strict=True)}
    sessions = _sessions([one.case for one in screens], protocol, former)
    return tuple(
        Trial(
            reader=reader,
            position=begun + place,
            presentation=code,
            case=one.case,
            arms=one.arms,
            kind=kind if kind and one.kind == "test" else one.kind,
            repeat_of=code_of[one.twin] if one.twin is not None else "",
            catch=one.catch,
            session=session,
        )
        for place, (one, code, session) in enumerate(
            zip(screens, codes, sessions, strict=True), start=1
        )
    )


def _sessions(cases: Sequence[str], protocol: Protocol, former: Sequence[Trial]) -> list[int]:
    """Return the session of each screen.

    A session ends where its minutes are used up, and, where there is a washout, before
    a case would come again in it.
    """
    most = int(protocol.session_minutes * 60 // protocol.seconds_per_read) or 1
    session, count, seen = (former[-1].session + 1 if former else 1), 0, set[str]()
    found = []
    for case in cases:
        full = protocol.session_minutes > 0 and count >= most
        if full or (protocol.washout_hours > 0 and case in seen):
            session, count, seen = session + 1, 0, set()
        found.append(session)
        count += 1
        seen.add(case)
    return found


def _rests(trials: Sequence[Trial]) -> tuple[tuple[int, ...], ...]:
    """Return for each session, from the first, which former ones showed one of its cases."""
    shown: dict[int, set[str]] = {}
    for trial in trials:
        shown.setdefault(trial.session, set()).add(trial.case)
    return tuple(
        tuple(one for one in sorted(shown) if one < session and shown[one] & shown[session])
        for session in range(1, max(shown) + 1)
    )
