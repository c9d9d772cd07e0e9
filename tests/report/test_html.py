"""The report: complete, self-contained, safe, and marked where it must be."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import SOFTWARE
from app.domain.findings import Best, Findings, Point
from app.domain.result import Estimate
from app.report.figures import forest, nice_ticks, scatter
from app.report.html import render
from app.report.methods import methods_text


def estimate(analysis, quantity, group, value, low=None, high=None, note=""):
    method = "mean; percentile bootstrap over readers and cases, 2000 resamples, seed 0"
    return Estimate(analysis, quantity, group, value, low, high, 0.95, 4, 3, 12, method, note)


@pytest.fixture
def findings():
    key = "mse whole ~ quality"
    return Findings(
        estimates=(
            estimate("scores", "mean quality", "fast", 3.25, 2.9, 3.5),
            estimate("scores", "mean quality", "slow", 4.125, 4.0, 4.25),
            estimate("preference", "rate preference", "fast", 0.25, 0.1, 0.4),
            estimate("preference", "rate preference", "slow", 0.75, 0.6, 0.9),
            estimate("preference", "pair_rate preference", "fast vs slow", 0.25, 0.1, 0.4),
            estimate("association", "srocc", key, -0.5, -0.8, 0.1, "raw sign"),
            estimate("association", "srocc_within_case", key, None, note="raw sign"),
        ),
        points={key: (Point("c1", "fast", 12.0, 3.0), Point("c1", "slow", 4.0, 4.5))},
    )


def test_every_estimate_stands_in_the_page(findings):
    page = render(findings, title="Study", facts={"Protocol": "abc123"})
    for words in ("4.125", "2.900 to 3.500", "−0.500", "−0.800 to 0.100", "fast vs slow", "abc123"):
        assert words in page
    assert page.index(">slow</th>") < page.index(">fast</th>")  # best first
    assert SOFTWARE in page
    assert "SIMULATED" not in page


def test_the_page_needs_nothing_else_and_is_well_formed(findings):
    page = render(findings, title="Study", facts={})
    assert not re.search(r"<script|<link|@import|url\(|src=|https?://", page)
    for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        ElementTree.fromstring(svg)  # noqa: S314 - our own page
    assert page == render(findings, title="Study", facts={})


def test_simulated_scores_are_marked_at_the_top_and_not_in_every_row(findings):
    marked = replace(
        findings,
        simulated=True,
        estimates=tuple(replace(one, note="SIMULATED; raw") for one in findings.estimates),
    )
    page = render(marked, title="Study", facts={})
    assert page.index('class="banner"') < page.index("<h2>")
    assert "<title>Study (SIMULATED)</title>" in page
    assert 'class="note">raw<' in page
    assert methods_text(marked)[0].startswith("All scores are simulated")


def test_names_from_files_cannot_write_into_the_page():
    evil = "<script>alert(1)</script>"
    point = Point(evil, evil, 1.0, 2.0)
    found = Findings(
        (estimate("scores", f"mean {evil}", evil, 1.0, note=evil),),
        {f"psnr whole ~ {evil}": (point, replace(point, score=3.0))},
        (evil,),
    )
    page = render(found, title=evil, facts={evil: evil})
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_missing_number_is_a_dash_and_has_no_mark(findings):
    page = render(findings, title="Study", facts={})
    assert "<td>–</td>" in page
    assert forest("t", [estimate("scores", "mean q", "a", None)]) is None
    assert scatter("m ~ q", (), "", {}) is None


def test_an_empty_study_still_makes_a_page():
    page = render(Findings((), warnings=("There is no score to analyse.",)), title="S", facts={})
    assert "There is no score to analyse." in page


def test_marks_lie_inside_their_figure(findings):
    plot = forest("t", findings.estimates[:2])
    assert plot is not None
    assert [row.label for row in plot.rows] == ["fast", "slow"]  # as they are given
    for row in plot.rows:
        assert 0 <= row.low <= row.x <= row.high <= plot.width
        assert 0 <= row.y <= plot.height


def test_methods_speak_of_what_is_there(findings):
    text = " ".join(methods_text(findings))
    assert "Spearman" in text
    assert "a tie counts one half" in text
    assert "95%, percentile bootstrap over readers and cases, 2000 resamples, seed 0." in text
    assert "Spearman" not in " ".join(methods_text(Findings(findings.estimates[:2])))


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_ticks_enclose_the_range_evenly(low, width):
    ticks = nice_ticks(low, low + width)
    slack = 1e-6 * max(ticks[1] - ticks[0], 1e-9)
    assert ticks[0] <= low + slack
    assert ticks[-1] >= low + width - slack
    assert 2 <= len(ticks) <= 9


def test_ticks_of_zero_to_one_by_hand():
    assert nice_ticks(0.03, 0.97) == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]


def heading_and_order(page, title):
    """The names of the arms below a heading, in their order in table and figure."""
    section = page.partition(f"<h2>{title}</h2>")[2].partition("</section>")[0]
    table = re.findall(r'<th scope="row">(.*?)</th>', section)
    assert re.findall(r"<title>(.*?)</title>", section) in (table, [])
    return table


def test_of_a_ranking_the_arm_of_the_least_places_is_on_top():
    quantity = "mean rank"
    found = Findings(
        (
            estimate("scores", quantity, "best", 1.2, 1.0, 1.4),
            estimate("scores", quantity, "worst", 2.8, 2.6, 3.0),
            estimate("scores", "difference rank", "best - worst", -1.6, -2.0, -1.2),
        ),
        best={
            quantity: Best("lower", value=1, place=True),
            "difference rank": Best("lower", value=1, place=True, order=("best - worst",)),
        },
    )
    page = render(found, title="S", facts={})
    assert heading_and_order(page, "Mean place (1 is best): rank") == ["best", "worst"]
    assert heading_and_order(
        page, "Difference of arms, first minus second (negative where the first is better): rank"
    ) == ["best - worst"]
    methods = " ".join(methods_text(found))
    assert "1 is the best place" in methods
    assert "mid-ranks" in methods


def test_headings_and_methods_say_which_way_a_scale_goes():
    def one(criterion, best):
        quantity = f"mean {criterion}"
        estimates = [estimate("scores", quantity, arm, v) for arm, v in (("b", 1.0), ("a", 2.0))]
        return Findings(tuple(estimates), best={quantity: best})

    lower = one("generated", Best("lower"))
    page = render(lower, title="S", facts={})
    assert heading_and_order(page, "Mean score (lower is better): generated") == ["b", "a"]
    assert "Of generated, lower is better." in methods_text(lower)
    neither = one("finding", Best("neither"))
    page = render(neither, title="S", facts={})
    title = "Mean score (neither more nor less is better): finding"
    assert heading_and_order(page, title) == ["a", "b"]
    assert "No area under a ROC or FROC curve is computed." in " ".join(methods_text(neither))
    near = one("noise", Best("neither", value=7, order=("b", "a")))
    page = render(near, title="S", facts={})
    assert heading_and_order(page, "Mean score (7 is best): noise") == ["b", "a"]
    usual = render(one("quality", Best()), title="S", facts={})
    assert heading_and_order(usual, "Mean score: quality") == ["a", "b"]


def test_rates_that_cannot_be_compared_are_headed_so():
    quantity = "rate preference"
    found = Findings(
        (estimate("preference", quantity, "a", 0.4), estimate("preference", quantity, "b", 0.9)),
        best={quantity: Best("neither", comparable=False, order=("a", "b"))},
    )
    title = "Preference rate (not comparable between arms that met different opponents): preference"
    assert heading_and_order(render(found, title="S", facts={}), title) == ["a", "b"]


def test_what_could_not_be_judged_stands_in_the_report():
    found = Findings(
        (estimate("missing", "cannot_judge quality", "a: motion", 0.25, note="3 of 12"),)
    )
    page = render(found, title="S", facts={})
    assert heading_and_order(page, "Could not be judged: quality") == ["a: motion"]
    assert "3 of 12" in page
    assert "is in no mean" in " ".join(methods_text(found))
