"""Compiled loops of the classic metrics.

Each file stands alone: no kernel calls one of another file, because numba's cache
looks at the file of a kernel only and would keep stale code. They read float64
planes in C order and any mask as booleans; nothing here knows a metric's name.
"""
