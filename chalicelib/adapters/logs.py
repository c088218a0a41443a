"""Structured logs: one JSON object a line on standard error, with what happened and the ids to find it again, never secrets."""

import logging
import sys

from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

ROOT = "primetime"


def configure() -> None:
    """Send everything of ours from INFO on to standard error; Chalice leaves all below ERROR out."""
    logger = logging.getLogger(ROOT)
    if logger.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LambdaPowertoolsFormatter())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
