"""What can be done in the Study room."""

from typing import TYPE_CHECKING

from app.ui.actions import Action

if TYPE_CHECKING:
    from app.ui.study_page import StudyPage

MENU = "Study"
AMENDMENTS = ("amend.reader", "amend.cases", "amend.round")


def study_actions(page: "StudyPage") -> tuple[Action, ...]:
    """Return the Actions of the room, as they are now."""
    model = page.model
    return (
        Action(
            "study.create",
            "Create the study…",
            MENU,
            page.create_study,
            hint="Write the protocol of the new study into a folder",
            enabled=lambda: model.can_create,
        ),
        Action(
            "study.assumptions",
            "What the precision assumes…",
            MENU,
            page.assume,
            hint="See and change the assumptions of the simulation",
            enabled=lambda: model.shown is not None,
        ),
        Action(
            "progress.refresh",
            "Look again",
            MENU,
            model.refresh,
            ("F5",),
            "Look again at the readers' progress",
            enabled=lambda: model.study is not None,
        ),
        Action(
            "progress.protocol",
            "Open protocol.yaml",
            MENU,
            page.open_protocol,
            hint="Open the design of the open study in an editor; a locked one must not change",
            enabled=lambda: model.protocol_file is not None,
        ),
        *_amendments(page),
        Action(
            "run.lock",
            "Lock the study…",
            MENU,
            page.lock,
            hint="Freeze the protocol, blind the images and seal the key",
            enabled=lambda: model.can_lock,
        ),
        Action(
            "run.dry",
            "Dry run…",
            MENU,
            page.dry_run,
            hint="Let simulated readers read the open study, marked SIMULATED",
            enabled=lambda: model.can_simulate,
        ),
        Action(
            "run.unblind",
            "Unblind…",
            MENU,
            page.unblind,
            hint="Open the key, once and on the record",
            enabled=lambda: model.can_unblind,
        ),
    )


def _amendments(page: "StudyPage") -> tuple[Action, ...]:
    amending = page.amending
    return (
        Action(
            "amend.reader",
            "Add a reader…",
            MENU,
            page.add_reader,
            hint="Give the locked study one more reader; nobody else's screens change",
            enabled=lambda: amending.can_amend,
        ),
        Action(
            "amend.cases",
            "Add cases…",
            MENU,
            page.add_cases,
            hint="Give the locked study more cases, after all that its readers have",
            enabled=lambda: amending.can_amend,
        ),
        Action(
            "amend.round",
            "Draw the next round…",
            MENU,
            page.next_round,
            hint="Ask further pairs of an adaptive study, where the ranking is least certain",
            enabled=lambda: amending.can_draw_round,
        ),
    )
