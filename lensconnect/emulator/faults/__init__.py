"""Planned faults and how they change responses and frames."""
