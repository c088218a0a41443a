"""The pure words of the business: money, access, errors, time and ids. Nothing here does input or output."""
