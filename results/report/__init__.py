"""One page: SECTIONS in their order, each one module with its numbers, figure and table, and one template."""

from results.report.report import SECTIONS, build_report, render
from results.report.section import Section

__all__ = ["SECTIONS", "Section", "build_report", "render"]
