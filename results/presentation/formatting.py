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


def told_apart(first: float, second: float, digits: int) -> str:
    """'87.5 against 85.5 %': both in percent, with so many digits, or more to tell them apart, two at most."""
    values = (100 * first, 100 * second)
    told = [[f"{value:.{more}f}" for value in values] for more in range(digits, 3)]
    one, other = next((pair for pair in told if pair[0] != pair[1]), told[-1])
    return f"{one} against {other}\u00a0%"
