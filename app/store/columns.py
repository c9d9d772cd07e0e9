"""The columns of every table, in order, and what each of them means."""

PAIRS = {
    "case": "the anatomy, one patient",
    "arm": "what made the image; for a reference its own name",
    "role": "reference or reconstruction; empty where it is not known",
    "series_uid": "SeriesInstanceUID",
    "path": "folder or file, relative to the source",
    "slices": "how many slices the series has",
    "matched_slices": "how many of them have a partner",
    "matched_by": (
        "the rule that paired the series (folder, geometry, source, manifest) and its slices "
        "(position, order), e.g. folder+position"
    ),
    "status": "reference, paired or problem",
    "problem": "why it is not paired and what to do; on a paired row what is worth knowing",
}

METRICS = {
    "case": "the anatomy, one patient; empty for a value of all images of an arm",
    "arm": "what made the reconstruction",
    "slice": (
        "slice, from 1; empty for a value of the volume, of which there are three (pooling in "
        "the parameters): mean and worst of the slices, and volume, as if measured at once"
    ),
    "region": "whole, body, roi:WxH+X+Y in pixels, or mask:NAME",
    "metric": "id of the metric",
    "value": "the metric value; empty where it is not defined (see flags)",
    "unit": "unit of the value; empty for a pure number",
    "better": "higher or lower",
    "space": (
        "intensity space: native, window:CENTER/WIDTH, percentile:LOW/HIGH or minmax of the "
        "reference, zscore, 8bit"
    ),
    "data_range": "width of the intensity range that counts as full scale in the space",
    "parameters": (
        "all parameters of the metric, as JSON; loss_outside_body is the share of the summed "
        "deficit outside the body (for a volume the mean over its slices)"
    ),
    "reference_uid": "SeriesInstanceUID of the reference",
    "reconstruction_uid": "SeriesInstanceUID of the reconstruction",
    "flags": "facts to know beside the value, separated by ';'",
    "software": "program and version that computed the value",
}

LADDER = {
    "case": "whose reference was degraded",
    "slice": "which slice of it, from 1",
    "degradation": "noise, blur, shift, contrast or lesion",
    "level": "how much of it; 0 is the reference itself",
    "level_unit": "unit of the level",
    "region": METRICS["region"],
    "metric": METRICS["metric"],
    "value": METRICS["value"],
    "unit": METRICS["unit"],
    "better": METRICS["better"],
    "response": (
        "how far the value moved, as a share of this metric's largest movement on the whole ladder"
    ),
    "space": METRICS["space"],
    "data_range": METRICS["data_range"],
    "flags": METRICS["flags"],
    "software": METRICS["software"],
}

ANSWERS = {
    "study": "id of the study",
    "protocol_sha256": "hash of the frozen protocol",
    "reader": "code of the reader",
    "session": "sitting of the reader",
    "position": "place of the screen in the reader's schedule, from 1",
    "presentation": "id of the screen",
    "case": "the true case; empty while blind",
    "arm": "the arm judged; while blind, the code of its picture; empty where slot is",
    "slot": (
        "where it stood: A (left), B (right), ...; empty for a comment and for a question about "
        "several images together"
    ),
    "opponent": "for a preference the other arm (while blind, its picture's code); else empty",
    "criterion": "the question; 'comment' for a comment",
    "value": (
        "the score; of a preference positive where 'arm' is better; of marks how many, 0 where "
        "the reader went on without one; empty for a comment and where it cannot be judged"
    ),
    "label": "the score in words",
    "kind": "test, repeat, catch, training or simulated; while blind only simulated or empty",
    "repeat_of": "the screen that this one repeats; empty while blind",
    "shown_at": "when the screen was shown, ISO 8601, UTC",
    "answered_at": "when the answer was given, ISO 8601, UTC",
    "active_ms": "milliseconds of looking, pauses left out",
    "idle_ms": "milliseconds without a sign of the reader",
    "window_center": "window center when the answer was given, in units of the images",
    "window_width": "window width when the answer was given",
    "zoom": "screen pixels to one image pixel",
    "slices_viewed": "how many slices had been looked at",
    "interactions": "how many times the view had been changed",
    "amends": (
        "empty for a first answer; otherwise 'answered_at' of the answer that this one "
        "replaces: the row of the same study, reader, presentation, slot and criterion. "
        "The row that no other amends counts; where two answers carry the same time, the "
        "lower row counts"
    ),
    "comment": (
        "the comment, where empty text withdraws an earlier one; the marks as JSON; or why it "
        "cannot be judged"
    ),
    "display": "screen and its settings",
    "software": "program and version that took the answer",
}

ESTIMATES = {
    "analysis": "which analysis",
    "quantity": (
        "what was estimated, and of which criterion: mean (of the scores), difference (of two "
        "arms, first minus second), rate and pair_rate (of comparisons won), log_worth "
        "(Bradley-Terry), cannot_judge (share of answers that could not be given); or srocc and "
        "srocc_within_case"
    ),
    "group": (
        "of which arm, metric or pair: 'A - B' of a difference, 'A vs B' of a pair_rate, "
        "'ARM: REASON' of a cannot_judge, 'METRIC REGION ~ CRITERION' of a correlation"
    ),
    "value": "the estimate; empty where it is not defined (see note)",
    "low": "lower end of the interval; empty where there is none (see note)",
    "high": "upper end of the interval",
    "level": "confidence level of the interval",
    "n_cases": "number of cases that it rests on",
    "n_readers": "number of readers",
    "n": "number of scores or pairs that went in",
    "method": "how estimate and interval were computed",
    "note": "what to know beside the value",
}

SCHEDULE = {
    "reader": "code of the reader",
    "position": "place of the screen in the reader's schedule, from 1",
    "presentation": "id of the screen",
    "case": "the true case",
    "arms": "the arms in the order of their slots, separated by '|'",
    "kind": "test, repeat, catch, training or simulated",
    "repeat_of": "the screen that this one repeats",
}

AUDIT = {
    "seq": "number of the record in the ledger",
    "at": "when, ISO 8601, UTC",
    "reader": "code of the reader, where it concerns one",
    "what": (
        "what happened; 'head of the record' in the last row, which is no event: 'seq' is the "
        "number of records, answers too"
    ),
    "details": (
        "facts about it, as JSON; of the unblinding key_json and key_sealed, the SHA-256 of the "
        "key's files; of the head the hash of the last record: kept elsewhere, it shows later, "
        "with 'blindread study verify --head', that nothing was cut or replaced"
    ),
}

MARKS = {
    "case": "the anatomy, one patient",
    "arm": "what made the reconstruction that is marked",
    "reference_uid": METRICS["reference_uid"],
    "reconstruction_uid": METRICS["reconstruction_uid"],
    "sop_instance_uid": "SOPInstanceUID of the reconstruction's slice; empty where it is no DICOM",
    "slice": "slice of the reference, from 1",
    "row": (
        "row of the middle of the mark, in pixels of the reference from the upper edge of the "
        "image; the middle of the first row is 0.5"
    ),
    "column": "column of the middle of the mark, likewise from the left edge",
    "shape": "point, ellipse or box",
    "height": "height of the ellipse or box in pixels; empty for a point",
    "width": "width of the ellipse or box in pixels; empty for a point",
    "x_mm": (
        "x of the middle of the mark in the patient's coordinates (DICOM PS3.3 C.7.6.2), in mm; "
        "empty where the images do not say where they lie"
    ),
    "y_mm": "y of it",
    "z_mm": "z of it",
    "type": "added (not in the reference), lost (only in the reference) or distorted",
    "severity": "1 mild, 2 moderate, 3 severe; empty where not given",
    "note": "what the person wrote",
    "author": "who made or last changed the mark",
    "made_at": "when it was made, ISO 8601, UTC",
    "id": "id of the mark; in a DICOM SR its tracking UID is 2.25 and this as a decimal number",
}

ODDITIES = {
    "table": "scores or key: which of the two it is about",
    "row": "row as a spreadsheet numbers it, the headings being row 1; empty where no row shows it",
    "column": "heading of the column",
    "value": "what stands there",
    "kind": (
        "outside its scale, label, duplicate, missing, text (a number not written as one), not a "
        "number, anchor (not at its fixed value) or unread (asked for, and nobody scored it)"
    ),
    "what": "what is odd about it",
    "nearest": "what may have been meant; never put in its place unasked",
    "decision": "what a person decided in the mapping; empty: left out",
}

TABLES = {
    "pairs": PAIRS,
    "metrics": METRICS,
    "ladder": LADDER,
    "marks": MARKS,
    "responses": ANSWERS,
    "observations": ANSWERS,
    "estimates": ESTIMATES,
    "schedule": SCHEDULE,
    "audit": AUDIT,
    "oddities": ODDITIES,
}
