"""A sample study from public images and simulated reconstructions, for demonstration only."""

from app.images.sample.build import build_sample

__all__ = ["build_sample"]
