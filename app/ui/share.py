"""Carrying away: pictures of the view, the view itself, contact sheets and films."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage

from app.domain.view import View
from app.errors import StoreError
from app.report.captions import caption_lines, file_stem
from app.store.files import atomic_write
from app.store.png_texts import with_texts
from app.ui.actions import Action
from app.ui.context import Context
from app.ui.drawings import Drawings
from app.ui.inspect_model import InspectModel
from app.ui.jobs import LatestJob, one_step
from app.ui.pane_grid import PaneGrid
from app.ui.picture import Recorded, arrange, as_pixels, as_png, as_svg, record
from app.ui.share_caption import caption_of
from app.ui.share_dialogs import (
    CineDialog,
    SheetDialog,
    ask_picture,
    ask_view_to_open,
    ask_view_to_save,
)
from app.ui.view_record import ViewOpener, seen_view


class Share(QObject):
    """Everything that leaves the Inspect room as a file or through the clipboard.

    ``drawn`` tells what lies over the planes now, for what is painted away from the screen.

    Signals
    -------
    told(str)
        Good news, one sentence.
    failed(BlindReadError)
        What happened and what to do.
    """

    told = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        context: Context,
        model: InspectModel,
        panes: PaneGrid,
        drawn: Callable[[], Drawings] = Drawings,
    ) -> None:
        super().__init__(panes)
        self._model, self._panes, self._drawn = model, panes, drawn
        self.caption = True
        self.doubled = False
        self.view_inside = True
        self._dialogs: list[SheetDialog | CineDialog] = []
        self.opener = ViewOpener(context, model, panes)
        self._writing = LatestJob(self)
        self._writing.ready.connect(lambda path, _: self.told.emit(f"Saved {path}."))
        for part in (self._writing, self.opener):
            part.failed.connect(self.failed)

    @property
    def able(self) -> bool:
        """Whether there is something to carry away."""
        return self._model.view is not None

    # ---- pictures ------------------------------------------------------------------------

    def picture(self) -> QImage:
        """Return the panes in view with their caption, as it is chosen."""
        return as_pixels(arrange(self._panes, self._lines()), 2 if self.doubled else 1)

    def copy(self) -> None:
        """Put the picture on the clipboard."""
        if self.able:
            QGuiApplication.clipboard().setImage(self.picture())
            self.told.emit("The picture is on the clipboard.")

    def save(self) -> None:
        """Ask where to, and save the picture as PNG or SVG."""
        if not self.able:
            return
        target = ask_picture(self._panes, self._suggested(".png"))
        if target is not None:
            self.save_picture(target)

    def save_picture(self, target: Path) -> None:
        """Save the picture, PNG or SVG by its suffix; ``told`` follows.

        A PNG keeps the view inside, if that is chosen, which ``open_view`` brings back.
        """
        lines, view = self._lines(), seen_view(self._model, self._panes)
        kind = target.suffix.lower()
        if kind == ".svg":
            recorded = record(arrange(self._panes, lines), 2 if self.doubled else 1)
            work = partial(_write_svg, target, recorded, self._title())
            self._writing.request(target, one_step(work))
        elif kind == ".png":
            texts = {"Title": self._title(), "Description": "\n".join(self._caption())}
            inside = view if self.view_inside else None
            work = partial(_write_png, target, self.picture(), texts, inside)
            self._writing.request(target, one_step(work))
        else:
            self.failed.emit(
                StoreError(
                    f"A picture cannot be saved as {target.name}.",
                    remedy="Name a .png or an .svg file.",
                )
            )

    def _caption(self) -> tuple[str, ...]:
        caption = caption_of(self._model, self._panes)
        return caption_lines(caption) if caption is not None else ()

    def _lines(self) -> tuple[str, ...]:
        return self._caption() if self.caption else ()

    def _title(self) -> str:
        return next(iter(self._caption()), "")

    def _suggested(self, suffix: str, *more: str) -> Path:
        """Return a file beside the cases, never among them."""
        model, pair = self._model, self._model.pair
        number = model.number_of(model.state.slice)
        named = (pair.case, pair.arm, f"slice {number}") if pair is not None else ()
        source = model.source or Path.home()
        folder = source.parent
        return folder / f"{file_stem(*named, *more)}{suffix}"

    # ---- the view ------------------------------------------------------------------------

    def save_view(self) -> None:
        """Ask where to, and save the view itself."""
        view = seen_view(self._model, self._panes)
        if view is None:
            return
        target = ask_view_to_save(self._panes, self._suggested(".json", "view"))
        if target is not None:
            self._writing.request(target, one_step(partial(_write_view, view, target)))

    def open_view(self, path: Path | None = None) -> None:
        """Open a view file, or the view inside a picture; without a path, ask for it."""
        start = self._model.source.parent if self._model.source is not None else Path.home()
        chosen = path or ask_view_to_open(self._panes, start)
        if chosen is not None:
            self.opener.open_file(chosen)

    # ---- sheets and films ----------------------------------------------------------------

    def contact_sheet(self) -> None:
        """Open the dialog of the contact sheet."""
        if self._model.can_export and self._model.pairing is not None:
            target = self._suggested(".pdf", "worst")
            self._show(SheetDialog(self._model, target, self._drawn, self._panes))

    def cine(self) -> None:
        """Open the dialog of the film."""
        if self.able:
            target, work = self._suggested(".mp4"), self._model.work
            self._show(CineDialog(self._model, self._panes, target, work, self._drawn))

    def _show(self, dialog: SheetDialog | CineDialog) -> None:
        dialog.told.connect(self.told)
        dialog.finished.connect(partial(self._forget, dialog))
        self._dialogs.append(dialog)
        dialog.show()

    def _forget(self, dialog: SheetDialog | CineDialog, *_: object) -> None:
        self._dialogs.remove(dialog)

    # ---- what can be done ----------------------------------------------------------------

    def actions(self) -> tuple[Action, ...]:
        """Return what can be carried away."""

        def able() -> bool:
            return self.able

        def turn(name: str) -> None:
            setattr(self, name, not getattr(self, name))

        return (
            Action(
                "share.copy",
                "Copy the picture",
                "Share",
                self.copy,
                ("Ctrl+C",),
                "Put the panes in view, with their caption, on the clipboard",
                enabled=able,
            ),
            Action(
                "share.save",
                "Save the picture…",
                "Share",
                self.save,
                ("Ctrl+S",),
                "Save the panes in view as PNG or SVG",
                enabled=able,
            ),
            Action(
                "share.caption",
                "Caption below pictures",
                "Share",
                partial(turn, "caption"),
                ("Ctrl+Shift+C",),
                "Case, arm, slice, window and metric values below what is copied",
                checked=lambda: self.caption,
            ),
            Action(
                "share.double",
                "Pictures at twice the size",
                "Share",
                partial(turn, "doubled"),
                ("Ctrl+Shift+D",),
                "Twice as many pixels each way, for print",
                checked=lambda: self.doubled,
            ),
            Action(
                "share.inside",
                "Keep the view inside PNG pictures",
                "Share",
                partial(turn, "view_inside"),
                ("Ctrl+Shift+I",),
                "A saved PNG can be opened as a view; it then names the folder of the cases",
                checked=lambda: self.view_inside,
            ),
            Action(
                "share.view",
                "Save the view…",
                "Share",
                self.save_view,
                ("Ctrl+Shift+S",),
                "Save a small file that opens exactly this view again",
                enabled=able,
            ),
            Action(
                "share.open-view",
                "Open a view…",
                "File",
                self.open_view,
                ("Ctrl+Shift+V",),
                "Open a view that was saved, alone or inside a picture",
            ),
            Action(
                "share.sheet",
                "Contact sheet of the worst slices…",
                "Share",
                self.contact_sheet,
                ("Ctrl+Shift+W",),
                "The worst slices by a metric, as PDF or PNG; needs metric values",
                enabled=lambda: self._model.can_export,
            ),
            Action(
                "share.cine",
                "Film of the slices…",
                "Share",
                self.cine,
                ("Ctrl+Shift+K",),
                "The panes in view through the slices, or a flicker, as MP4 or GIF",
                enabled=able,
            ),
        )

    def stop(self) -> None:
        """Wait for what is being written; for when the window closes."""
        for dialog in self._dialogs:
            dialog.stop()
        self._writing.stop()
        self.opener.stop()


def _write_png(target: Path, picture: QImage, texts: dict[str, str], view: View | None) -> None:
    if view is not None:
        from app.store import view_file  # it needs pydantic, a window does not

        texts = {**texts, view_file.KEY: view_file.text_for(view, target)}
    atomic_write(target, with_texts(as_png(picture), texts))


def _write_view(view: View, target: Path) -> None:
    from app.store.view_file import write_view

    write_view(view, target)


def _write_svg(target: Path, recorded: Recorded, title: str) -> None:
    atomic_write(target, as_svg(recorded, title))
