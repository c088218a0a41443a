"""The books: double entry, append only, one transaction for one business fact."""
