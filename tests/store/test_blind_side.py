"""The whole way of a study through design, blinding, reading, sealing and unblinding."""

import json
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from app.domain.image import Grid, Image, Window
from app.domain.trial import Key
from app.errors import StoreError
from app.store.key_file import seal, unseal
from app.store.ledger import Ledger
from app.store.pixels import load_blinded, write_blinded
from app.store.plan_file import plan_to_json
from app.store.protocol_file import protocol_sha256, read_protocol, template_fields, write_protocol
from app.store.study_folder import StudyCard, StudyFolder
from app.store.tables import read_scores, write_observations, write_responses
from app.study.design import arms_shown, from_template
from app.study.schedule import blind, build_schedule, draw_codes
from app.study.simulate import simulate_answers
from app.study.unblinding import observe, scores

SEED = 2**100 + 7


def locked(path):
    """A study of four cases and two arms and the reference, with speaking names."""
    protocol = from_template(
        template_fields("side-by-side", "SENTINELtruth"),
        title="Which is better",
        source="/data/SENTINELsource",
        reference="SENTINELtruth",
        cases=[f"SENTINELcase{n}" for n in range(4)],
        arms=["SENTINELfbp", "SENTINELdlr"],
        readers=["R1", "R2"],
        seed=1,
        reference_as_arm=True,
    )
    folder = StudyFolder.create(path)
    write_protocol(protocol, folder.protocol)
    assert read_protocol(folder.protocol) == protocol
    digest = protocol_sha256(protocol)
    codes = draw_codes(protocol.cases, arms_shown(protocol), SEED)
    trials = build_schedule(protocol, seed=SEED)
    window = Window(40, 400, explanation="SENTINELwindow")
    folder.clear_reading()
    for case in protocol.cases:
        images = {
            code: Image(
                np.full((1, 2, 3), arms_shown(protocol).index(arm)),
                (1.0,),
                (0.0,),
                Grid(2, 3, 1, frame_of_reference="SENTINELframe"),
                series_uid="SENTINELuid",
            )
            for code, (of, arm) in codes.items()
            if of == case
        }
        write_blinded(folder.pixels, images, names=codes, window=window)
    plans = blind(
        trials,
        codes,
        dict.fromkeys(protocol.cases, window),
        protocol,
        study="s1",
        protocol_sha256=digest,
    )
    for plan in plans.values():
        folder.write_plan(plan)
    folder.write_card(StudyCard("s1", protocol.title, digest))
    key = Key("s1", digest, SEED, codes, trials)
    seal(key, "a long passphrase", folder.sealed_key)
    return folder, key


def test_what_a_reader_gets_names_nothing(tmp_path):
    folder, _key = locked(tmp_path / "study")
    files = [path for path in folder.reading.rglob("*") if path.is_file()]

    assert len(files) == 1 + 2 + 2 * 12
    for path in files:
        assert "sentinel" not in path.name.lower()
        assert b"sentinel" not in path.read_bytes().lower()
        assert str(SEED).encode() not in path.read_bytes()
    assert b"sentinel" not in folder.sealed_key.read_bytes().lower()


def test_a_blinded_plan_that_names_arms_is_refused(tmp_path):
    """Whoever wrote it: the type itself cannot hold the two together."""
    folder, key = locked(tmp_path / "study")
    plan = folder.read_plan("R1")
    named = [[code, arm] for code, (_, arm) in key.images.items()]
    with pytest.raises(ValueError, match="names no arm"):
        replace(plan, arms=tuple(map(tuple, named)))
    for blinded in (True, None, 0, "false"):
        data = json.loads(plan_to_json(plan)) | {"arms": named, "blinded": blinded}
        folder.plan("R1").write_text(json.dumps(data))

        with pytest.raises(StoreError, match="holds no plan"):
            folder.read_plan("R1")


def test_answers_come_back_to_the_arm_that_was_shown(tmp_path):
    folder, sealed = locked(tmp_path / "study")
    quality = {cell: float(arms) for arms, cell in enumerate(sealed.images.values())}
    ticks = count()
    card = folder.read_card()
    with Ledger(
        folder.responses, study=card.study, protocol_sha256=card.protocol_sha256, create=True
    ) as ledger:
        for reader in folder.planned:
            plan = folder.read_plan(reader)
            simulate_answers(
                plan,
                sealed.trials,
                quality,
                seed=1,
                now=lambda: f"2024-05-01T10:00:00.{next(ticks):06d}Z",
                record=ledger.record,
                submit=lambda presentation, viewing, reader=reader: ledger.submit(
                    reader, presentation, viewing
                ),
            )
            assert len(ledger.submitted(reader)) == len(plan.presentations)
        assert ledger.verify() == ()
        responses = ledger.responses()

    key = unseal(folder.sealed_key, "a long passphrase")
    assert key == sealed
    arms = arms_shown(read_protocol(folder.protocol))
    for reader in folder.planned:
        for planned in folder.read_plan(reader).presentations:
            for code in planned.images:
                shown = load_blinded(folder.pixels, code).values(0)
                assert shown.max() == arms.index(key.images[code][1])

    observations = observe(responses, key)
    write_observations(tmp_path / "observations.csv", observations)
    assert read_scores(tmp_path / "observations.csv") == scores(observations)
    write_responses(
        tmp_path / "responses.csv", responses, {r: folder.read_plan(r) for r in folder.planned}
    )
    assert b"sentinel" not in (tmp_path / "responses.csv").read_bytes().lower()
