"""Series by series from an archive to a shelf, counting what came and what did not."""

from collections.abc import Callable, Sequence

from app.archive.base import Archive, Listed
from app.archive.download import Shelf
from app.archive.search import instances
from app.domain.archived import ArchivedSeries, Fetched
from app.domain.progress import Progress


class Transfer:
    """One fetch; ``run`` waits for the archive, ``tell`` hears of every instance."""

    def __init__(self, archive: Archive, shelf: Shelf, tell: Callable[[Progress], None]) -> None:
        self._archive, self._shelf, self._tell = archive, shelf, tell
        self._new = self._already = self._total = 0
        self._problems: list[str] = []

    def run(self, series: Sequence[ArchivedSeries]) -> Fetched:
        """Fetch every series; what is already on the shelf is passed over.

        Raises
        ------
        ArchiveError
            The archive fails, or sends other images than asked for.
        StoreError
            The disk refused.
        """
        self._shelf.sweep()
        listed = []
        for done, one in enumerate(series):
            self._tell(Progress(done, len(series), "listing images"))
            listed.append(instances(self._archive, one))
        self._total = sum(
            len(every) or one.instances for one, every in zip(series, listed, strict=True)
        )
        for one, every in zip(series, listed, strict=True):
            self._copy(one, every)
        folders = dict.fromkeys(
            str(self._shelf.folder(one)) for one in series if self._shelf.there(one)
        )
        return Fetched(tuple(folders), self._new, self._already, tuple(self._problems))

    def _copy(self, series: ArchivedSeries, listed: Sequence[Listed]) -> None:
        there = self._shelf.there(series)
        missing = [one for one in listed if one.uid not in there]
        self._already += len(listed) - len(missing)
        name = self._shelf.folder(series).name
        self._show(name)
        if listed and not missing:
            return
        kept: set[str] = set()

        def keep(uid: str, data: bytes) -> None:
            kept.add(uid)
            if uid in there:
                self._already += 1
            else:
                self._shelf.keep(series, uid, data)
                self._new += 1
            self._show(name)

        whole = len(missing) == len(listed)
        self._archive.retrieve(series, missing, keep, whole=whole)
        promised = len(missing) if listed else series.instances
        lost = len([one for one in missing if one.uid not in kept]) or promised - len(kept)
        if lost > 0 or not kept:
            self._problems.append(
                f"{name}: {max(lost, 0) or 'all'} of {promised} images did not come. "
                "Fetch again, or ask the archive's administrator."
            )

    def _show(self, name: str) -> None:
        done = self._new + self._already
        self._tell(Progress(done, max(self._total, done), name))
