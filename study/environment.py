"""What a study runs on: versions, machine, commit; and what paths and foreign characters mean there."""

import io
import os
import platform
import re
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

NUMERIC = ("tensorflow", "keras", "numpy")
"""Packages whose versions may change an epoch's numbers."""


_HALF = re.compile("[\ud800-\udfff]")


def whole(text: str) -> str:
    """The text, its half surrogates replaced by U+FFFD: characters that were cut in two, and bytes of the name of
    a file or of the command line that are no UTF-8. Neither a file in UTF-8 nor a database can hold them."""
    return text if text.isascii() else _HALF.sub("\ufffd", text)


def expanded(path: str | Path) -> str:
    """A path with `~` and variables as a shell would have them; an address with `://` as it is."""
    text = str(path)
    return text if "://" in text else os.path.expandvars(os.path.expanduser(text))


def replace_what_cannot_be_shown() -> None:
    """From here on the standard output has a ? for each character that its encoding lacks, instead of an error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


@cache
def environment() -> dict[str, Any]:
    """Versions, machine and git commit, as plain values. What cannot be had is left out."""
    found: dict[str, Any] = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "git_commit": _git_commit(),
    }
    for package in ("architecture-study", *NUMERIC, "optuna", "pandas"):
        try:
            found[package.replace("-", "_")] = version(package)
        except PackageNotFoundError:
            continue
    return {name: value for name, value in found.items() if value}


def numeric_versions() -> dict[str, Any]:
    """The versions that may change an epoch's numbers."""
    return {package: environment().get(package) for package in NUMERIC}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(": ", 1)[1] for line in lines if line.startswith("model name")), platform.processor())


def _git_commit() -> str:
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=12", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
