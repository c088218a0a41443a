"""Terms as they come over the border: read strictly, with every unknown or mistyped field named. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from chalicelib.contracts.terms import Terms
from chalicelib.contracts.terms_check import BadTerms, require_sound


def read_terms(raw: Mapping[str, Any]) -> Terms:
    """Sound terms. Raises `BadTerms`: a field that is misspelt is named, because leaving it out silently would change the deal."""
    try:
        terms = msgspec.convert(raw, Terms, strict=True)
    except msgspec.ValidationError as error:
        raise BadTerms(f"The terms cannot be read: {error}.", fields={"terms": str(error)}) from error
    unknown = sorted(_unknown(raw, msgspec.to_builtins(terms), "terms"))
    if unknown:
        raise BadTerms(f"Terms have no field {unknown[0]}.", fields=dict.fromkeys(unknown, "is no field of terms"))
    require_sound(terms)
    return terms


def _unknown(raw: object, known: object, path: str) -> Iterator[str]:
    if isinstance(raw, Mapping) and isinstance(known, Mapping):
        for name, value in raw.items():
            if name not in known:
                yield f"{path}.{name}"
            else:
                yield from _unknown(value, known[name], f"{path}.{name}")
    elif isinstance(raw, list | tuple) and isinstance(known, list | tuple):
        for place, (value, counterpart) in enumerate(zip(raw, known, strict=True)):
            yield from _unknown(value, counterpart, f"{path}.{place}")
