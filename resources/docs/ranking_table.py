"""Write what every metric says of a published study: python resources/docs/ranking_table.py TABLE.

TABLE is a metrics.csv of that study, all metrics, whole and body, made by

    blindread measure STUDY --reference NDCT --metrics all -o metrics.csv
"""

import sys
from collections import defaultdict
from pathlib import Path

from app.domain.metric import SIGNED, MetricValue
from app.store.tables import read_metrics

TARGET = Path(__file__).with_name("ranking.md")
HEAD = """# What the metrics say of a published study

Thirteen arms of low-dose CT (twelve denoising methods and the low dose itself), fifteen slices
of 512 x 512, against the normal dose, whole image and body in one run:

```
blindread measure STUDY --reference NDCT --metrics all -o metrics.csv
python resources/docs/ranking_table.py metrics.csv
```

Each cell is the rank of an arm by the mean over the slices, **whole image / body**; 1 is best. A
metric that ranks the same arms differently in the body than in the whole image is decided by
what nobody looks at.
"""


def main(table: Path) -> None:
    """Write the page."""
    values = [value for value in read_metrics(table) if value.pooling in ("mean", "distribution")]
    arms = sorted({value.arm for value in values})
    gathered: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    better: dict[str, str] = {}
    for value in values:
        better[value.metric] = value.better
        if value.value is not None:
            size = abs(value.value) if value.metric in SIGNED else value.value
            gathered[value.metric, value.region, value.arm].append(size)
    lines = [HEAD, f"| metric | better | {' | '.join(arms)} |", "|---|---|" + "---|" * len(arms)]
    for metric, way in better.items():
        if not any(gathered[metric, region, arm] for region in REGIONS for arm in arms):
            continue  # defined for a rectangle only, say
        both = (ranks(gathered, metric, region, arms, way) for region in REGIONS)
        cells = zip(*both, strict=True)
        lines.append(f"| `{metric}` | {way} | {' | '.join(' / '.join(c) for c in cells)} |")
    lines += ["", *dominated(values, arms)]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


REGIONS = ("whole", "body")


def ranks(
    gathered: dict[tuple[str, str, str], list[float]],
    metric: str,
    region: str,
    arms: list[str],
    way: str,
) -> list[str]:
    """Return the rank of each arm; a dash where it has no value."""
    means = {
        arm: sum(found) / len(found) for arm in arms if (found := gathered[metric, region, arm])
    }
    ordered = sorted(means.values(), reverse=way == "higher")
    return [str(ordered.index(means[arm]) + 1) if arm in means else "–" for arm in arms]


def dominated(values: list[MetricValue], arms: list[str]) -> list[str]:
    """Return which arms the background decides, by metric."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for value in values:
        if "background-dominated" in value.flags:
            found[value.metric][value.arm] += 1
    lines = [
        "## Decided by the background",
        "",
        "Slices, of fifteen, of which more than a third of the loss lies outside the body:",
        "",
        f"| metric | {' | '.join(arms)} |",
        "|---|" + "---|" * len(arms),
    ]
    for metric, counts in found.items():
        lines.append(f"| `{metric}` | {' | '.join(str(counts.get(a, 0) or '') for a in arms)} |")
    return lines


if __name__ == "__main__":
    main(Path(sys.argv[1]))
