"""What searches: these modules alone may use floats, on copies. What they find is valued in whole numbers by `planning.arrays`."""
