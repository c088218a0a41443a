"""All approved hosts: read whole while they are few; of many, shows and account are those of the snapshot's records.

Records follow each change within seconds, and spare most of the reading. Before there is a snapshot every host is read whole.
"""

from collections.abc import Iterator
from itertools import chain

from chalicelib.directory.rules import Profile
from chalicelib.matching.candidates import Candidates
from chalicelib.matching.indexing import NoVersionYet
from chalicelib.matching.rules import Candidate
from chalicelib.matching.snapshot.records import HostRecord


def everybody(candidates: Candidates, records: Iterator[HostRecord]) -> Iterator[tuple[Profile, Candidate]]:
    """The hosts beside their profiles; `records` are none where all are to be read whole."""
    try:
        first = next(records, None)
    except NoVersionYet:
        first = None
    if first is None:
        yield from ((profile, candidates.known(profile)) for profile in candidates.directory.hosts())
        return
    for record in chain((first,), records):
        profile = candidates.directory.approved_host(record.creator_id)
        if profile is not None:
            yield profile, candidates.known(profile, record)
