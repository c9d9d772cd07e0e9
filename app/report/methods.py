"""How each number was made, in sentences for a paper."""

from collections.abc import Sequence

from app import SOFTWARE
from app.domain.findings import Findings
from app.domain.result import Estimate


def methods_text(findings: Findings) -> tuple[str, ...]:
    """Return the methods, one sentence or two for each kind of estimate that is there."""
    quantities = {one.quantity for one in findings.estimates}
    readers = max((one.n_readers for one in findings.estimates), default=0)
    cases = max((one.n_cases for one in findings.estimates), default=0)
    text = []
    if findings.simulated:
        text.append(
            "All scores are simulated: they were drawn by a program from an assumed quality of "
            "each image, and say nothing about images or readers."
        )
    if findings.estimates:
        text.append(f"Up to {_count(readers, 'reader')} scored {_count(cases, 'case')}.")
    if any(quantity.startswith("mean ") for quantity in quantities):
        text.append(
            "Mean score: the presentations of one image to one reader are averaged first; then "
            "every reader and case weighs the same. Higher is better where nothing else is said."
        )
    text += _directions(findings)
    if _differences(findings.estimates, "scores"):
        text.append(
            "Difference of two arms: taken within each reader and case, the first minus the "
            "second, and averaged as the means are, in the same resamples; a reader and case "
            "without a score of both does not count."
        )
    if any(quantity.startswith("rate ") for quantity in quantities):
        text.append(
            "Preference rate: the share of an arm's comparisons in which readers preferred it; a "
            "tie counts one half. The rate of a pair is that of its first arm against its second. "
            "The rate of an arm depends on whom it met; arms that met different opponents cannot "
            "be compared by it."
        )
    if _differences(findings.estimates, "preference"):
        text.append(
            "Difference of two arms that were compared: the mean answer in points of the scale, "
            "positive where the first is better, every reader and case weighing the same."
        )
    if any(quantity.startswith("log_worth ") for quantity in quantities):
        text.append(
            "Worth: the Bradley-Terry model (Biometrika 1952, 39:324) by maximum likelihood, a tie "
            "counting as half a win to each; an arm of a log worth higher by d is preferred with "
            "the odds exp(d), whoever its other opponents were. The first arm by name is 0. All "
            "answers count alike, whichever reader and case they are of."
        )
    if any(quantity.startswith("cannot_judge ") for quantity in quantities):
        text.append(
            "What a reader could not judge has no score and is in no mean: its share is told for "
            "each arm and reason. Means are then of the images that could be judged."
        )
    if "srocc" in quantities:
        text.append(
            "Agreement with readers: Spearman's rank correlation, with mid-ranks for ties, of the "
            "metric's value of an image with the mean of its readers' scores, over all images of "
            "all cases and arms. The sign is raw: for a metric of which lower is better, agreement "
            "is negative. Scores of which lower is better, and places, are negated first. Values "
            "that are infinite or undefined are left out and counted."
        )
    if "srocc_within_case" in quantities:
        text.append(
            "Within cases: the same correlation over the arms of each case alone, averaged over "
            "the cases in which it exists, which alone are counted. It asks whether the metric "
            "ranks the arms of one case as readers do, and is blind to differences between cases."
        )
    text += [
        f"Intervals: {method}." for method in sorted({_interval(one) for one in _with(findings)})
    ]
    if any("no variation in the data" in one.note for one in findings.estimates):
        text.append(
            "Where nothing varies in the data there is no interval: resamples cannot say how much "
            "other readers and cases would."
        )
    if any("Clopper-Pearson" in one.method for one in findings.estimates):
        text.append(
            "A share of 0 or 1 has the exact binomial interval (Clopper & Pearson, Biometrika "
            "1934, 26:404) with the cases as the independent trials; it holds for these readers."
        )
    if any(2 <= one.n_readers < 6 for one in findings.estimates):
        text.append(
            "With few readers a bootstrap over readers gives intervals that are too narrow; they "
            "speak for readers like these."
        )
    text.append(
        "Repeats, catch trials and training are no part of any estimate. No interval is "
        "corrected for multiple comparisons."
    )
    text.append(f"Software: {SOFTWARE}.")
    return tuple(text)


def _directions(findings: Findings) -> list[str]:
    """Return what is better of each criterion of which higher is not."""
    text = []
    for quantity, best in findings.best.items():
        kind, _, criterion = quantity.partition(" ")
        if kind != "mean" or not best.words:
            continue
        if best.place:
            text.append(
                f"Of {criterion}, 1 is the best place. Images that share a place have the mean of "
                "the places that they take (mid-ranks), within each reader and screen, before "
                "anything is averaged."
            )
        elif best.value is not None:
            text.append(
                f"Of {criterion}, {best.words}: nearness is minus the distance from it, and arms "
                "stand in the order of their mean nearness."
            )
        elif best.better == "neither":
            text.append(
                f"Of {criterion}, {best.words}: it is set against no metric, and arms stand in "
                "the order of their names. No area under a ROC or FROC curve is computed."
            )
        else:
            text.append(f"Of {criterion}, {best.words}.")
    return text


def _differences(estimates: Sequence[Estimate], analysis: str) -> bool:
    return any(one.quantity.startswith("difference ") and one.analysis == analysis
               for one in estimates)  # fmt: skip


def _with(findings: Findings) -> list[tuple[float, str]]:
    return [
        (one.level, one.method.partition("; ")[2])
        for one in findings.estimates
        if one.low is not None
    ]


def _interval(level_and_method: tuple[float, str]) -> str:
    level, method = level_and_method
    return f"{level:.0%}, {method}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
