"""The marketplace's seal, loaded where it is used: what it stands on takes a while to import."""

from chalicelib.contracts.filing import Sealing


def seal(secret: str) -> Sealing:
    """The seal of this deployment."""
    from chalicelib.contracts.seal import Seal  # noqa: PLC0415  # slow to import: only where files are sealed

    return Seal(secret)
