"""What a measuring process keeps, and for how long."""

import gc
import weakref
from dataclasses import replace

import numpy as np

from app.domain.metric import IntensityRange, Space
from app.metrics.evaluate import evaluate_slice
from app.store import body_masks
from app.workflows.measure_items import outstanding
from app.workflows.measure_keys import Keys, place_of
from app.workflows.measure_task import Item, Plan
from app.workflows.measure_worker import measure_item, unpack
from app.workflows.pair import pair
from tests.images.dicom_files import phantom
from tests.workflows.conftest import finish


def test_what_a_slice_of_a_stack_keeps_of_its_reference_goes_with_its_last_arm(
    tmp_path, monkeypatch
):
    """With learned metrics it is hundreds of megabytes; an item holds eight slices."""
    from app.store.value_store import ValueStore

    for seed, name in enumerate(("reference", "A", "B", "C")):
        (tmp_path / "case").mkdir(exist_ok=True)
        np.save(tmp_path / "case" / f"{name}.npy", phantom(5, seed=seed))
    pairing = finish(pair(tmp_path))
    modality = pairing.pairs[0].reference.modality
    ranges = {modality: IntensityRange(0, 4095, "given")}
    plan = Plan(pairing.pairs, ("mse",), ("whole",), (Space(),), ranges, {})
    (item,) = outstanding(plan, Keys(plan), ValueStore(None))[0]
    seen = weakref.WeakSet()
    alive, arms = [], []

    def watched(inputs):
        gc.collect()
        seen.add(inputs.shared)
        alive.append(len(seen))
        arms.append(id(inputs.shared))
        return evaluate_slice(inputs)

    monkeypatch.setattr("app.workflows.measure_worker.evaluate_slice", watched)
    done = measure_item(plan, item)

    assert sorted((one.number, one.index) for one in done) == [
        (number, index) for number in range(3) for index in range(5)
    ]
    assert set(alive) == {1}
    assert all(len(set(arms[start : start + 3])) == 1 for start in range(0, 15, 3))


def test_a_process_that_outlives_a_run_reads_the_reference_again(tmp_path):
    """Workers of a cluster do; between two runs somebody may export the reference again."""
    (tmp_path / "case").mkdir()
    for seed, name in enumerate(("reference", "A")):
        np.save(tmp_path / "case" / f"{name}.npy", phantom(1, seed=seed))
    pairing = finish(pair(tmp_path))
    ranges = {pairing.pairs[0].reference.modality: IntensityRange(0, 4095, "given")}

    def run():
        plan = Plan(pairing.pairs, ("mse",), ("whole",), (Space(),), ranges, {})
        (done,) = measure_item(plan, Item(((0, (0,)),)))
        ((_, (value, *_)),) = done.entries
        return float(value), done.seen["marks"]

    first = run()
    np.save(tmp_path / "case" / "reference.npy", phantom(1, seed=1))
    again = run()

    assert first[0] > again[0] == 0
    assert first[1][0] != again[1][0] == again[1][1]


def test_features_of_one_arm_leave_the_drawn_body_of_another_alone(tmp_path, monkeypatch):
    """The first arm is known but for its features; the second is new."""
    from app.store.value_store import ValueStore

    for seed, name in enumerate(("reference", "A", "B")):
        (tmp_path / "case").mkdir(exist_ok=True)
        np.save(tmp_path / "case" / f"{name}.npy", phantom(1, 48, 48, seed=seed)[0])
    pairing = finish(pair(tmp_path))
    reference = pairing.pairs[0].reference
    drawn = np.zeros((48, 48), bool)
    drawn[5:15, 5:15] = True
    body_masks.save(tmp_path / "bodies", reference.uid, 1, drawn)
    ranges = {reference.modality: IntensityRange(0, 4095, "given")}
    plan = Plan(
        pairing.pairs, ("mse",), ("body",), (Space(),), ranges, {},
        body_masks=str(tmp_path / "bodies"),
    )  # fmt: skip
    both = Item(((0, (0,)), (1, (0,))))
    first, alone = measure_item(plan, both)
    with ValueStore(tmp_path / "values.sqlite") as store:
        store.put(first.entries)
    monkeypatch.setattr(
        "app.metrics.distribution.features_of", lambda *_, **__: np.zeros(4, np.float32)
    )
    more = replace(plan, features=True, store=str(tmp_path / "values.sqlite"))

    _, found = measure_item(more, both)

    (key,) = [key for _, key in Keys(more).values(1, found.seen["marks"])]
    assert unpack(dict(found.entries)[key]) == unpack(dict(alone.entries)[key])


def test_keys_are_those_of_the_computer_that_planned_wherever_they_are_made(tmp_path, monkeypatch):
    """A worker with a graphics card must file its values where the plan will look for them."""
    for seed, name in enumerate(("reference", "A")):
        (tmp_path / "case").mkdir(exist_ok=True)
        np.save(tmp_path / "case" / f"{name}.npy", phantom(1, 48, 48, seed=seed)[0])
    pairing = finish(pair(tmp_path))
    ranges = {pairing.pairs[0].reference.modality: IntensityRange(0, 4095, "given")}
    plan = Plan(
        pairing.pairs, ("mse", "lpips-vgg"), ("whole",), (Space(),), ranges, {}, device="auto"
    )
    here = dict(Keys(plan).values(0, ["a", "b", ""]))

    monkeypatch.setattr("app.workflows.measure_keys.ctypes.CDLL", lambda _: object())
    place_of.cache_clear()
    there, place = dict(Keys(plan).values(0, ["a", "b", ""])), place_of("auto")
    place_of.cache_clear()

    assert (there, place) == (here, "cuda")
    on_card = dict(Keys(replace(plan, place="cuda")).values(0, ["a", "b", ""]))
    assert [cell[2] for cell in here if here[cell] != on_card[cell]] == ["lpips-vgg"]
