"""What a study holds, as tables: blind before unblinding, true names after."""

from pathlib import Path

from app.store.files import atomic_write, make_folder
from app.store.record import Record
from app.store.study_folder import StudyFolder
from app.store.tables import (
    write_audit,
    write_blind_schedule,
    write_dictionary,
    write_observations,
    write_responses,
    write_schedule,
)
from app.study.unblinding import observe
from app.workflows.opened import opened_key
from app.workflows.read import open_ledger


def export(study: Path, output: Path) -> tuple[Path, ...]:
    """Write responses or observations, schedule, audit trail and data dictionary.

    Parameters
    ----------
    study
        The folder of a locked or unblinded study.
    output
        The folder for the tables; made where it is missing.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    StudyStateError
        The study is a draft: there is nothing to export yet.
    StoreError
        The folder cannot be written, or the open key is not the one of the unblinding.
    """
    folder = StudyFolder.open(study)
    folder.must_be("locked", "unblinded")
    make_folder(output)
    unblinded = folder.state == "unblinded"
    with open_ledger(folder) as ledger:
        responses, record = ledger.responses(), Record(ledger.events())
        head = ledger.head
    answers = output / ("observations.csv" if unblinded else "responses.csv")
    schedule, audit = output / "schedule.csv", output / "audit.csv"
    dictionary, protocol = output / "data_dictionary.csv", output / "protocol.yaml"
    plans = {reader: folder.read_plan(reader) for reader in folder.readers(record)}
    if unblinded:
        key = opened_key(folder, record)
        write_observations(answers, observe(responses, key))
        write_schedule(schedule, key.trials)
    else:
        write_responses(answers, responses, plans)
        write_blind_schedule(schedule, plans.values())
    write_audit(audit, record.events, head)
    write_dictionary(dictionary)
    written = [answers, schedule, audit, dictionary]
    if folder.protocol.is_file():
        atomic_write(protocol, folder.protocol.read_bytes())
        written.append(protocol)
    return tuple(written)
