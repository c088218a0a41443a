"""The fault harness: every money workflow with a fault at each of its outside calls (docs/faults.md)."""
