"""How figures look: colours, symbols, layout, and other people's text made safe for plotly.

Colours are Okabe and Ito's, which colour-blind readers tell apart (Okabe and Ito 2008, Color Universal Design);
symbols differ too. Backgrounds are transparent, and the page sets the colour of text and grid for light and dark.
"""

import html
import textwrap
from collections.abc import Iterable

import plotly.graph_objects as go

from search_spaces import BOOK_IDS

BLUE, ORANGE, VERMILLION, GREEN, PURPLE, SKY, GREY = (
    "#0072B2",
    "#E69F00",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#808080",
)
FONT = "system-ui, -apple-system, Segoe UI, Roboto, sans-serif"
COLOURS = dict(zip(BOOK_IDS, (BLUE, ORANGE, VERMILLION, GREEN), strict=True))
SYMBOLS = dict(zip(COLOURS, ("circle", "square", "triangle-up", "cross"), strict=True))


def lay_out(figure: go.Figure, height: int, x_title: str, y_title: str = "") -> None:
    """What all figures share; `height` is in pixels, the width is the page's."""
    figure.update_layout(
        template="none",
        height=height,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 13, "color": GREY},
        margin={"l": 52 if y_title else 8, "r": 12, "t": 8, "b": 48},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}},
        hoverlabel={"align": "left", "namelength": -1, "font": {"family": FONT, "size": 13}},
        hovermode="closest",
        showlegend=True,
    )
    lines = {"gridcolor": "rgba(128,128,128,0.25)", "zeroline": False, "automargin": True}
    figure.update_xaxes(title={"text": x_title, "standoff": 8, "font": {"size": 13}}, **lines)
    figure.update_yaxes(title={"text": y_title, "standoff": 8, "font": {"size": 13}}, **lines)


def colour_of(reference: str) -> str:
    """The colour of a network of the book, or of one that was found."""
    return COLOURS.get(reference, PURPLE)


def percents(values: Iterable[float]) -> list[float]:
    """Fractions as percent, plain numbers for plotly's JSON."""
    return [round(100 * float(value), 4) for value in values]


def in_words(parameter: str) -> str:
    """The name of a parameter for reading."""
    return parameter.replace("_", " ").replace("lstm", "LSTM")


def safe(text: object) -> str:
    """Other people's text for plotly: wrapped, and no tag in it is one."""
    return "<br>".join(html.escape(line) for line in textwrap.wrap(str(text), 60)) or " "
