"""Image x Image to MetricValue and maps."""
