"""Numbers in words, the same wherever they are read, and back."""

import re

_UNITS = {"h": 3600, "m": 60, "s": 1}


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


def percent_range(low: float, high: float) -> str:
    """'85.60 to 87.10 %' of accuracies; what a t interval claims below 0 or above 100 % is not shown."""
    return f"{100 * max(low, 0.0):.2f} to {100 * min(high, 1.0):.2f} %"


def seconds_of(duration: object) -> object:
    """'1h30m', '45m', '90s' in seconds; a number is taken as seconds. Raises ValueError for anything else."""
    if isinstance(duration, str):
        if not re.fullmatch(r"(\d+h)?(\d+m)?(\d+s)?", duration) or not duration:
            raise ValueError(f"expected a duration such as 90s, 45m or 1h30m, got {duration!r}")
        return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([hms])", duration))
    return duration


def bytes_of(size: object) -> object:
    """'2GB' or '1500MB' in bytes; a number is taken as bytes. Raises ValueError for anything else."""
    if isinstance(size, str):
        found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([GM])B", size)
        if not found:
            raise ValueError(f"expected a size such as 2GB or 1500MB, got {size!r}")
        return int(float(found[1]) * {"G": 10**9, "M": 10**6}[found[2]])
    return size


def told_apart(first: float, second: float, digits: int) -> str:
    """'87.5 against 85.5 %': both in percent, with so many digits, or more to tell them apart, two at most."""
    values = (100 * first, 100 * second)
    told = [[f"{value:.{more}f}" for value in values] for more in range(digits, 3)]
    one, other = next((pair for pair in told if pair[0] != pair[1]), told[-1])
    return f"{one} against {other}\u00a0%"
