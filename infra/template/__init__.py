"""What the packaged template lacks: `build()` gives the resources that `chalice package --merge-template` merges into it.

Pure data and no I/O, one module for each kind of resource. The same template serves every stage; conditions switch off
what a local stage has no use for.
"""

from typing import Any

from infra.template import buckets, edge, functions, parameters, people, queues, tables, vault, watch


def build() -> dict[str, Any]:
    """The template to merge, as CloudFormation JSON."""
    resources: dict[str, Any] = {}
    for part in (tables, queues, buckets, people, vault, functions, edge, watch):
        resources |= part.resources()
    return {
        "Parameters": parameters.PARAMETERS,
        "Rules": parameters.RULES,
        "Conditions": parameters.CONDITIONS,
        "Globals": functions.GLOBALS,
        "Resources": resources,
        "Outputs": parameters.OUTPUTS,
    }
