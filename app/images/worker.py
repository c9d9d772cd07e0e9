"""The decoding worker: compressed pixels are decoded in a process of their own.

Every fast decoder crashes on some hostile file. Here the crash ends a helper,
and the program says which file did it. The helper is started once and asked one
frame at a time over its pipes:

    request   4 bytes length, JSON {"path", "frame"}
    answer    4 bytes length, JSON {"dtype", "shape", "photometric"}, the pixels
              or JSON {"what", "remedy"}

A request with a "task" is one for other formats (``app.images.formats.serve``);
its answer may have no pixels.

Nothing is pickled, and the helper imports neither the caller's ``__main__`` nor
Qt. A frozen program starts its helper as ``blindread --decode-worker``.
"""

import atexit
import contextlib
import json
import math
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from app.errors import NotAnImage, WorkerDied

FROZEN_FLAG = "--decode-worker"
TIMEOUT = 4.0
"""Seconds that one frame may take, and some more for a large one."""

STARTUP = 26.0
"""Seconds more for the first frame: the helper has to start."""

_BYTES_PER_SECOND = 2**26

_LENGTH = struct.Struct(">I")
_PLAIN = frozenset("biuf")


def send(pipe: BinaryIO, message: dict[str, Any], payload: bytes = b"") -> None:
    """Write one message and what follows it."""
    text = json.dumps(message).encode()
    pipe.write(_LENGTH.pack(len(text)) + text)
    pipe.write(payload)
    pipe.flush()


def receive(pipe: BinaryIO) -> dict[str, Any]:
    """Read one message.

    Raises
    ------
    EOFError
        The other side is gone.
    """
    size = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))[0]
    message = json.loads(_exactly(pipe, size))
    return dict(message)


def _exactly(pipe: BinaryIO, size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data


class DecoderDied(WorkerDied, NotAnImage):
    """The decoder of one file crashed or hung: it is not read, and the rest goes on."""


class DecodingWorker:
    """One helper process, started when first needed and again after its death.

    Safe to call from any thread: one frame is decoded at a time.
    """

    def __init__(
        self,
        command: Sequence[str] | None = None,
        timeout: float = TIMEOUT,
        startup: float = STARTUP,
    ) -> None:
        self._command = tuple(command or _command())
        self._timeout, self._startup = timeout, startup
        self._new = True
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def decode(self, path: Path, frame: int, bytes_limit: int) -> tuple[NDArray[Any], str]:
        """Return one decoded frame and its photometric interpretation.

        Raises
        ------
        NotAnImage
            The pixels are damaged, or no decoder for them is installed.
        DecoderDied
            The decoder crashed or took longer than the time limit; the next
            call starts a new one.
        WorkerDied
            The helper cannot be started.
        """
        where = f"at frame {frame + 1}"
        answer, pixels = self.ask(path, {"frame": frame}, bytes_limit, where)
        if pixels is None:
            raise NotAnImage(
                f"{path.name}: the decoder gave no pixels {where}.",
                remedy="Copy the file again from its source, or leave it out.",
            )
        return pixels, str(answer["photometric"])

    def ask(
        self, path: Path, request: Mapping[str, Any], bytes_limit: int, where: str
    ) -> tuple[dict[str, Any], NDArray[Any] | None]:
        """Return the helper's answer to one request, and its pixels where there are any.

        ``where`` completes the sentence "the decoder crashed ...".

        Raises
        ------
        NotAnImage, DecoderDied, WorkerDied
            As for ``decode``.
        """
        with self._lock:
            process = self._running()
            seconds = self._timeout + bytes_limit / _BYTES_PER_SECOND
            seconds += self._startup if self._new else 0.0
            late = threading.Event()

            def stop() -> None:
                late.set()
                process.kill()

            timer = threading.Timer(seconds, stop)
            timer.daemon = True
            timer.start()
            try:
                answer = self._ask(process, path, request, bytes_limit)
                self._new = False
                return answer
            except (OSError, EOFError, ValueError) as error:
                self._end(process)
                reason = f"took longer than {seconds:.0f} s" if late.is_set() else "crashed"
                raise DecoderDied(
                    f"{path.name}: the decoder {reason} {where}.",
                    remedy="The file is probably damaged: copy it again, or leave it out.",
                ) from error
            except BaseException as error:
                if not isinstance(error, NotAnImage):  # interrupted midway: the pipe is out of step
                    self._end(process)
                else:
                    self._new = False
                raise
            finally:
                timer.cancel()

    def close(self) -> None:
        """End the helper; the next call starts a new one."""
        with self._lock:
            if self._process is not None:
                self._end(self._process)

    def _ask(
        self,
        process: subprocess.Popen[bytes],
        path: Path,
        request: Mapping[str, Any],
        bytes_limit: int,
    ) -> tuple[dict[str, Any], NDArray[Any] | None]:
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - typing
        send(process.stdin, {"path": str(path.absolute()), **request})  # type: ignore[arg-type]
        answer = receive(process.stdout)  # type: ignore[arg-type]
        if "what" in answer:
            raise NotAnImage(str(answer["what"]), remedy=str(answer["remedy"]))
        if "dtype" not in answer:
            return answer, None
        dtype, shape = np.dtype(str(answer["dtype"])), tuple(int(side) for side in answer["shape"])
        size = dtype.itemsize * math.prod(shape)
        if dtype.kind not in _PLAIN or size > bytes_limit:
            raise ValueError("more pixels than the header declares")
        data = _exactly(process.stdout, size)  # type: ignore[arg-type]
        return answer, np.frombuffer(data, dtype).reshape(shape)

    def _running(self) -> subprocess.Popen[bytes]:
        process = self._process
        if process is not None and process.poll() is None:
            return process
        if process is not None:
            self._end(process)
        try:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=os.name == "posix",
                creationflags=0x08000000 if os.name == "nt" else 0,  # no console window
            )
        except OSError as error:
            raise WorkerDied(
                "The decoder process cannot be started.",
                remedy="Install BlindRead again, or free some memory.",
            ) from error
        self._process, self._new = process, True
        return process

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(OSError):
            process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        self._process = None


def _command() -> tuple[str, ...]:
    if getattr(sys, "frozen", False):
        return sys.executable, FROZEN_FLAG
    return sys.executable, "-P", "-m", "app.images.worker"


def _environment() -> dict[str, str]:
    import app

    environment = dict(os.environ)
    if app.__file__ and not getattr(sys, "frozen", False):
        root = str(Path(app.__file__).resolve().parents[1])
        old = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join([root, old] if old else [root])
    return environment | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


_shared = DecodingWorker()
_inherited: list[DecodingWorker] = []


def _forget() -> None:
    """Start afresh in a forked process: the helper and its lock belong to the parent."""
    global _shared
    _inherited.append(_shared)  # kept, so that nothing of the parent's is ended or warned about
    _shared = DecodingWorker()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


@atexit.register
def close() -> None:
    """End the shared helper."""
    _shared.close()


def decode(path: Path, frame: int, bytes_limit: int) -> tuple[NDArray[Any], str]:
    """Decode one frame in the shared helper; see DecodingWorker.decode."""
    return _shared.decode(path, frame, bytes_limit)


def ask(
    path: Path, request: Mapping[str, Any], bytes_limit: int, where: str
) -> tuple[dict[str, Any], NDArray[Any] | None]:
    """Ask the shared helper; see DecodingWorker.ask."""
    return _shared.ask(path, request, bytes_limit, where)


def main() -> None:
    """Answer requests on standard input until it ends."""
    from app.images.decoders import answer, prepare_process

    source = os.fdopen(os.dup(0), "rb")
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a decoder prints must not end up among the pixels
    prepare_process()
    while True:
        try:
            request = receive(source)
        except (EOFError, KeyboardInterrupt):
            return
        path = Path(str(request["path"]))
        if "task" in request:
            from app.images.formats.serve import answer as answer_task

            message, payload = answer_task(path, request)
        else:
            message, payload = answer(path, int(request["frame"]))
        try:
            send(target, message, payload)
        except OSError:
            return


if __name__ == "__main__":
    main()
