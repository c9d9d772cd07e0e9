"""Frozen facts, with nothing but the standard library and NumPy."""
