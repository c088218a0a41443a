"""A second, slow reading of the rules of earnings, written from their text alone: whole histories, exact fractions, nothing folded.

It shares no code with the product, so that what both say is likely to be what the text says.
"""
