"""The deployed code of Primetime."""
