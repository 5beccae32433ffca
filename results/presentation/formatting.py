"""Numbers in words, the same wherever they are read."""


def duration(seconds: float) -> str:
    """'1 h 05 min', '3 min 20 s' or '8 s'."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def percent(fraction: float | None) -> str:
    """'86.79 %', or a dash."""
    return "–" if fraction is None else f"{100 * fraction:.2f} %"
