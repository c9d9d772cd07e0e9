"""What the page on importing shows is what the program reads and says."""

import re

import pytest

from app.cli.importing import oddity_lines
from app.domain.score_sheet import Correction
from app.resources import resource
from app.store.score_mapping_file import read_mapping
from app.workflows.import_scores import open_scores, take_scores
from tests.conftest import PROJECT

PAGE = (PROJECT / "resources" / "docs" / "importing.md").read_text(encoding="utf-8")


def test_the_mapping_on_the_page_can_be_read(tmp_path):
    example = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    path = tmp_path / "mapping.yaml"
    path.write_text(example[1], encoding="utf-8")

    mapping = read_mapping(path)

    assert mapping.columns == {"reader": "reader", "case": "set", "arm": "code"}
    assert mapping.labels == {"Set112": "set12"}
    assert mapping.corrections == (
        Correction(405, "structure_preservation", "6", 5.0, "asked the reader"),
    )


@pytest.mark.shared
def test_the_slips_on_the_page_are_those_that_the_command_lists(shared):
    folder = shared / "data" / "ldct-reader-study"
    opened = open_scores(
        folder / "reader_scores.csv",
        key=folder / "answer_key.csv",
        protocol=resource("studies", "ldct.yaml"),
    )

    told = [line.strip() for line in oddity_lines(take_scores(opened).oddities)]

    assert told == re.findall(r"^problem: .*$", PAGE, re.MULTILINE)
