"""A second, slow reading of the rules of earnings, written from their text alone: whole histories, exact fractions, nothing folded.

It shares no code with the product, so that what both say is likely to be what the text says. Where the text leaves a choice,
this is how it is read here and there:

- Refunds are parts of what the shopper paid; the base that a line keeps is its base less the same part, rounded per line, and where
  nothing was paid the units returned say what part it is.
- Under `proportional` a show's gross difference x kept / sold stands on the gross of the shows before it and is rounded there, so that
  without refunds both policies give the same cents.
- Amounts per line, with their bounds, are those of the line's own version, in contract-wide sums of later versions too; without bounds
  a line makes its base x the first rate.
- A show is disputed while its end is, or while what was recorded last about one of its deliverables is that the sides do not agree; its
  rows stay as they are. What is found about its end replaces what had been recorded, from the finding on and not before.
- "The returns of the last show in scope close" when those of all of them have: a show neither held nor called off is waited for.
- What a cancellation costs is between the two parties: it is the host's alone, after platform fee and splits, and no flat fee due.
- A contract-wide guarantee is that of the last ordinary show's version. The fees of make-up shows are not given back, and one that was
  not performed in time is not waited for.
- A make-up show that the brand called off, and in whose place no other was booked, is not missing; the test still waits for the deadline.
- `make_up` over the ceiling gives back the whole fee when the make-ups are not performed, as a shortfall does.
- The give-back has one result, on all that was kept: its matured part is the same, though a late sale in it may not have matured.
- What was recorded last about a deliverable counts.
"""
