"""What mail says about offers, contracts and amendments. What stands in braces is filled in for each reader."""

from chalicelib.notices.rules import Kind

OFFER_MADE = Kind(
    name="offer_made",
    subject="Offer from {brand}: {title}",
    lines=(
        "{brand} offers {host} {shows}: {title}, first on {starts_at}.",
        "It can be accepted, countered or declined until {ends_at}. After that it expires by itself.",
    ),
    link_label="Read and answer the offer",
)
OFFER_COUNTERED = Kind(
    name="offer_countered",
    subject="Counter-offer: {title}",
    lines=(
        "The other side has put other terms on the table for {title} ({brand} and {host}): {changes}.",
        "They can be accepted, countered or declined until {ends_at}. After that they expire by themselves.",
    ),
    link_label="Read and answer the counter-offer",
)
OFFER_EXPIRES = Kind(
    name="offer_expires",
    subject="Your answer is awaited until {ends_at}",
    lines=("{title} ({brand} and {host}) waits for your answer.", "It expires by itself at {ends_at}, and what is held is freed."),
    link_label="Read and answer the offer",
)
OFFER_ACCEPTED = Kind(
    name="offer_accepted",
    subject="Accepted: {title}",
    lines=("Your terms for {title} ({brand} and {host}) were accepted.", "The contract is drawn up, and both sides are asked to sign it."),
    link_label="See the offer",
)
OFFER_DECLINED = Kind(
    name="offer_declined",
    subject="Declined: {title}",
    lines=("Your terms for {title} ({brand} and {host}) were declined. The time is free again.",),
    link_label="See the offer",
)
OFFER_WITHDRAWN = Kind(
    name="offer_withdrawn",
    subject="Withdrawn: {title}",
    lines=("The offer of {title} ({brand} and {host}) was taken back by the side that made it. There is nothing to answer any more.",),
    link_label="See the offer",
)
OFFER_EXPIRED = Kind(
    name="offer_expired",
    subject="Expired: {title}",
    lines=("Nobody answered the offer of {title} ({brand} and {host}) until {ends_at}, so it has expired. The time is free again.",),
    link_label="See the offer",
)
HOLD_ENDS = Kind(
    name="hold_ends",
    subject="The time for {title} is held until {held_until}",
    lines=("The host's time for {title} ({brand} and {host}) is held until {held_until}. After that anybody may book it.",),
    link_label="See the offer",
)
TO_SIGN = Kind(
    name="contract_to_sign",
    subject="Contract to sign: {title}",
    lines=(
        "The contract between {brand} and {host} for {title} is drawn up. It binds when both have signed.",
        "It can be signed until {ends_at}. After that it lapses by itself and the booked time is freed.",
    ),
    link_label="Read and sign the contract",
    required=True,
)
TO_SIGN_ANEW = Kind(
    name="contract_to_sign_anew",
    subject="Drawn up anew, to be signed: {title}",
    lines=(
        "A show was called off before both sides had signed, so the contract between {brand} and {host} is drawn up anew for {title}.",
        "Whoever had signed signs anew: the earlier document binds nobody.",
        "It can be signed until {ends_at}. After that it lapses by itself and the booked time is freed.",
    ),
    link_label="Read and sign the contract",
    required=True,
)
SIGNATURE_AWAITED = Kind(
    name="signature_awaited",
    subject="To be signed until {ends_at}: {title}",
    lines=(
        "Your signature is missing under the contract between {brand} and {host} for {title}.",
        "Without it the contract lapses at {ends_at}, and the booked time is freed.",
    ),
    link_label="Read and sign the contract",
    required=True,
)
OTHER_SIDE_SIGNED = Kind(
    name="other_side_signed",
    subject="Signed by the other side: {title}",
    lines=("The other side has signed the contract between {brand} and {host} for {title}. Yours can be given until {ends_at}.",),
    link_label="Read and sign the contract",
)
SIGNED = Kind(
    name="contract_signed",
    subject="Booked and signed: {title}",
    lines=(
        "Both sides have signed the contract between {brand} and {host}: {shows}, first on {starts_at}.",
        "The dates are in the calendar file of this mail.",
    ),
    link_label="See the contract",
    required=True,
)
LAPSED = Kind(
    name="contract_lapsed",
    subject="Not signed in time: {title}",
    lines=("The contract between {brand} and {host} for {title} was not signed by both until {ends_at}. It has lapsed; the time is free.",),
    link_label="See the contract",
    required=True,
)
NOT_SIGNED = Kind(
    name="contract_declined",
    subject="Not signed: {title}",
    lines=("The other side does not sign the contract of {brand} with {host} for {title}. The reason is on the page; the time is free.",),
    link_label="See the contract",
    required=True,
)
AMENDMENT_PROPOSED = Kind(
    name="amendment_proposed",
    subject="Amendment to sign: {title}",
    lines=(
        "An amendment of the contract between {brand} and {host} for {title} is proposed: {changes}.",
        "It is in force when both have signed it, at the latest at {ends_at}. After that the terms stay as they are.",
    ),
    link_label="Read and sign the amendment",
    required=True,
)
AMENDMENT_AWAITED = Kind(
    name="amendment_awaited",
    subject="Amendment to be signed until {ends_at}: {title}",
    lines=(
        "Your signature is missing under an amendment of the contract between {brand} and {host} for {title}.",
        "At {ends_at} it lapses by itself, and the terms stay as they are.",
    ),
    link_label="Read and sign the amendment",
    required=True,
)
AMENDED = Kind(
    name="contract_amended",
    subject="Amended: {title}",
    lines=("Version {version} of the contract between {brand} and {host} for {title} is signed by both, for shows from {in_force} on.",),
    link_label="See the contract",
    required=True,
)
AMENDMENT_ENDED = Kind(
    name="amendment_ended",
    subject="Not amended: {title}",
    lines=("Version {version} of the contract between {brand} and {host} for {title} {how}. The terms stay as they are.",),
    link_label="See the contract",
    required=True,
)
