"""The one place below the shells that looks at the clock."""

from datetime import UTC, datetime


def now() -> str:
    """Return the time as ISO 8601 UTC to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
