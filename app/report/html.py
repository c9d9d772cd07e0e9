"""The report: one HTML page that needs nothing else, for the screen and for paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app import SOFTWARE
from app.domain.findings import Best, Findings
from app.domain.result import Estimate
from app.report.figures import Forest, forest, legend_of, scatter
from app.report.methods import methods_text
from app.resources import resource

NOTHING = "–"
MOST_ROWS = 30
"""A figure of more rows shows nothing that the table does not."""


@dataclass(frozen=True, slots=True)
class Section:
    """One quantity: its heading, its figure and its estimates."""

    title: str
    column: str
    figure: Forest | None
    estimates: tuple[Estimate, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """One metric against one criterion: over images, and within cases."""

    group: str
    over_images: Estimate | None
    within_cases: Estimate | None

    @property
    def n(self) -> int:
        """How many images."""
        either = self.over_images or self.within_cases
        return either.n if either else 0

    @property
    def note(self) -> str:
        """The notes of both, each said once."""
        notes = [tell(one) for one in (self.over_images, self.within_cases) if one]
        return "; ".join(dict.fromkeys(part for note in notes for part in note.split("; ") if part))


def render(findings: Findings, *, title: str, facts: Mapping[str, str]) -> str:
    """Return the report of one study as a self-contained HTML page.

    Parameters
    ----------
    findings
        What the analysis found; nothing is computed here.
    title
        The title of the study.
    facts
        What else belongs on the page, name and value: protocol, files, dates.

    Returns
    -------
    str
        HTML with its style and figures inside; no script, no link to load.
        The same input gives the same text.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(resource("report")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=number, interval=interval, tell=tell)
    legend = legend_of(findings.points)
    agreements = _agreements(findings.estimates)
    captions = {one.group: _caption(one) for one in agreements}
    plots = [
        scatter(key, points, captions.get(key, ""), legend)
        for key, points in findings.points.items()
    ]
    return environment.get_template("report.html.j2").render(
        title=title,
        facts=facts,
        simulated=findings.simulated,
        warnings=findings.warnings,
        sections=_sections(findings),
        agreements=agreements,
        plots=[plot for plot in plots if plot],
        legend=tuple(legend.values()),
        methods=methods_text(findings),
        software=SOFTWARE,
    )


def number(value: float | None) -> str:
    """Write a number with three decimals and a true minus, or a dash for none."""
    if value is None:
        return NOTHING
    return f"{value:.3f}".replace("-", "−")


def interval(estimate: Estimate) -> str:
    """Write an interval, or a dash where there is none."""
    if estimate.low is None or estimate.high is None:
        return NOTHING
    return f"{number(estimate.low)} to {number(estimate.high)}"


def tell(estimate: Estimate) -> str:
    """Return the note without the mark that the page's banner already carries."""
    return "; ".join(part for part in estimate.note.split("; ") if part != "SIMULATED")


def _sections(findings: Findings) -> list[Section]:
    found: dict[str, list[Estimate]] = {}
    for one in findings.estimates:
        if one.analysis in ("scores", "preference", "missing"):
            found.setdefault(one.quantity, []).append(one)
    return [_section(quantity, own, findings.best_of(quantity)) for quantity, own in found.items()]


def _section(quantity: str, estimates: Sequence[Estimate], best: Best) -> Section:
    kind, _, criterion = quantity.partition(" ")
    said = best.words_of_difference if kind == "difference" else best.words
    words = f" ({said})" if said else ""
    if kind == "cannot_judge":
        return Section(f"Could not be judged: {criterion}", "Arm", None, tuple(estimates))
    ranked = best.first(estimates)
    kinds: dict[str, tuple[str, str, float | None]] = {
        "mean": ("Mean place" if best.place else "Mean score", "Arm", None),
        "rate": ("Preference rate", "Arm", 0.5),
        "log_worth": ("Worth by Bradley-Terry, logarithm", "Arm", 0.0),
        "difference": ("Difference of arms, first minus second", "Arms", 0.0),
    }
    what, column, reference = kinds.get(kind, ("Pair by pair", "Pair", 0.5))
    title = f"{what}{words}: {criterion}"
    few = kind == "mean" or len(ranked) <= MOST_ROWS
    figure = forest(title, ranked, reference=reference) if few else None
    return Section(title, column, figure, ranked)


def _agreements(estimates: Sequence[Estimate]) -> list[Agreement]:
    found: dict[str, dict[str, Estimate]] = {}
    for one in estimates:
        if one.analysis == "association":
            found.setdefault(one.group, {})[one.quantity] = one
    return [
        Agreement(group, own.get("srocc"), own.get("srocc_within_case"))
        for group, own in found.items()
    ]


def _caption(agreement: Agreement) -> str:
    over = agreement.over_images
    if over is None or over.value is None:
        return "no correlation"
    bounds = "" if over.low is None else f" ({interval(over)})"
    return f"ρ = {number(over.value)}{bounds}"
