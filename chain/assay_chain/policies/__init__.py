"""Audit policies as data: what is measured, in which lanes, within which tolerances, and on which terms."""

from assay_chain.policies.loader import load, load_standard, parse
from assay_chain.policies.types import Kind, LaneSpec, Length, PolicySpec, Terms, TermsSpec

__all__ = ["Kind", "LaneSpec", "Length", "PolicySpec", "Terms", "TermsSpec", "load", "load_standard", "parse"]
