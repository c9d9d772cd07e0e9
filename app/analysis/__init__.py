"""Observations and metric values to Estimate."""
