"""Finished work, kept while a long measurement runs, so that it can go on."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO

from app.errors import StoreError


class Journal:
    """An append-only file of finished work items beside the table to come.

    One JSON object a line; the first names the settings under which the work
    was done. A journal of other settings, or a damaged last line, is set aside
    without harm: those items are simply done again.
    """

    def __init__(self, path: Path, settings: Mapping[str, object], *, resume: bool) -> None:
        self._path = path
        self._settings = json.loads(json.dumps(settings))
        self.finished: dict[str, object] = self._read() if resume else {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(path.name + ".new")
            with fresh.open("w", encoding="utf-8") as file:
                file.write(json.dumps({"settings": self._settings}) + "\n")
                for key, value in self.finished.items():
                    file.write(json.dumps({"key": key, "value": value}) + "\n")
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
            self._file: IO[str] = path.open("a", encoding="utf-8")
        except OSError as error:
            raise StoreError(
                f"{path} cannot be written: {error.strerror}.",
                remedy="Choose another place for the result with -o.",
            ) from error

    def _read(self) -> dict[str, object]:
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
            if not lines or json.loads(lines[0]).get("settings") != self._settings:
                return {}
        except (OSError, ValueError, AttributeError):
            return {}
        finished: dict[str, object] = {}
        for line in lines[1:]:
            try:
                entry = json.loads(line)
                finished[entry["key"]] = entry["value"]
            except (ValueError, KeyError, TypeError):
                break  # a line cut short by a kill; what follows is done again
        return finished

    def add(self, key: str, value: object) -> None:
        """Keep one finished item; it is in the operating system's hands on return."""
        try:
            self._file.write(json.dumps({"key": key, "value": value}) + "\n")
            self._file.flush()
        except OSError as error:
            raise StoreError(
                f"{self._path} cannot be written: {error.strerror}.",
                remedy="Make room on the disk, then run again with --resume.",
            ) from error

    def discard(self) -> None:
        """Remove the journal once the whole table is written."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
