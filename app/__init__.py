"""BlindRead: measure generated medical images and have them read blinded."""

__version__ = "0.1.0"
SOFTWARE = f"blindread {__version__}"
