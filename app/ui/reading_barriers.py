"""What must be passed before a screen: the check of the display, a rest, the end of a session."""

from datetime import datetime

from app.ui.reading_session import Screen, SessionLike


class Barriers:
    """Knows which are passed.

    ``rest`` is until when the session that comes next must wait, where it must.
    """

    def __init__(self, session: SessionLike) -> None:
        self._session = session
        self._display_checked = session.plan.display_check == "none"
        self._begun: int | None = None
        self._read_ms = 0
        self.rest: datetime | None = None

    def before(self, session: int) -> Screen | None:
        """Return what stands before a screen of a session, or None.

        Raises
        ------
        BlindReadError
            The record of former sessions cannot be read.
        """
        if not self._display_checked:
            return Screen.DISPLAY
        if self._begun == session:  # a rest that is over stays over, and asking reads every answer
            return None
        self.rest = self._session.rest_until(session)
        if self.rest is not None:
            return Screen.RESTING
        if self._begun not in (None, session):
            return Screen.BREAK
        self._begun = session
        return None

    def begin(self, session: int) -> None:
        """Begin a session after a break."""
        self._begun = session
        self.rested()

    def take_display(self, *, passed: bool) -> bool:
        """Return whether the check of the display lets the reader go on."""
        if passed or self._session.plan.display_check != "required":
            self._display_checked = True
        return self._display_checked

    def add_reading(self, milliseconds: int) -> None:
        """Count time of reading towards the next break."""
        self._read_ms += milliseconds

    def rested(self) -> None:
        """Begin to count anew."""
        self._read_ms = 0

    def break_due(self) -> str:
        """Return the words that propose a break where it is time for one, once; else nothing.

        They go by the time of reading alone, whatever the screens were for.
        """
        minutes = self._session.plan.break_minutes
        if not minutes or self._read_ms < 60000 * minutes:
            return ""
        self._read_ms = 0
        return f"You have read for {minutes:g} minutes. A break does good: P pauses."
