"""Briefs, and who fits them and why."""
