"""The data dictionary in the documentation is the one that the program writes."""

from app.store.tables import data_dictionary
from tests.conftest import PROJECT


def as_markdown() -> str:
    """Return the data dictionary as the documentation shows it."""
    lines = ["# The tables", ""]
    lines += [
        "UTF-8 CSV: comma, header, ISO 8601 UTC times, `.` decimals, `inf`, empty for not given.",
        "`blindread export` writes this beside the tables, as `data_dictionary.csv`.",
    ]
    table = ""
    for name, column, meaning in data_dictionary():
        if name != table:
            lines += ["", f"## {name}", "", "| column | meaning |", "|---|---|"]
            table = name
        lines.append(f"| `{column}` | {meaning} |")
    return "\n".join(lines) + "\n"


def test_the_documented_tables_are_the_written_ones():
    """To renew: python -m tests.store.test_data_dictionary."""
    documented = PROJECT / "resources" / "docs" / "tables.md"
    assert documented.read_text(encoding="utf-8") == as_markdown()


if __name__ == "__main__":
    (PROJECT / "resources" / "docs" / "tables.md").write_text(as_markdown(), encoding="utf-8")
