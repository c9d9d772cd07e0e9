"""Design, schedule, blinding and unblinding; no clock, no files, no pixels."""
