"""Hosts as columns, to be searched by the million: built from the tables, kept as files, mapped into memory, asked by briefs.

The answer of a search is the one of an exhaustive scan with `rules` and `score`: the same hosts in the same order with the same whole
millinats. What a snapshot does not know yet lies in an overlay. Modules that need numpy are imported where they are used.
"""
