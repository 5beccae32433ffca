"""One page: SECTIONS in their order, each one module with its numbers, figure and table, and one template."""

from results.report.page import Section
from results.report.report import SECTIONS, build_report, render

__all__ = ["SECTIONS", "Section", "build_report", "render"]
