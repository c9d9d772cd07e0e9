"""How arms are told apart in plots: a colour and a symbol for each, in the order of the list."""

COLORS = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#a08cff", "#8c8c8c", "#b8a800")
"""After Okabe and Ito (2008): told apart with any kind of colour vision, on dark and light."""

SYMBOLS = ("o", "s", "t1", "d", "t", "+", "x", "star")
"""pyqtgraph's names."""

SIGNS = ("●", "■", "▲", "◆", "▼", "+", "×", "★")
"""The same symbols as letters, for a legend in words."""


def color_of(place: int) -> str:
    """Return the colour of an arm by its place in the list, from 0."""
    return COLORS[place % len(COLORS)]


def symbol_of(place: int) -> str:
    """Return the symbol of an arm; with more arms than colours no two look alike soon."""
    return SYMBOLS[(place + place // len(SYMBOLS)) % len(SYMBOLS)]


def sign_of(place: int) -> str:
    """Return the symbol of an arm as a letter."""
    return SIGNS[(place + place // len(SIGNS)) % len(SIGNS)]
