"""Estimates to HTML and figures; computes nothing."""
