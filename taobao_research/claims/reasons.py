"""Sentences that say why a claim has its verdict: the templates, by which stored reasons are told again in Chinese."""

NEEDS = "It would take {needs}."
NOTE_AND_NEEDS = "{note} It would take {needs}."
MOVED = "Under these parameters {found}; under the report's own definitions the verdict is `{expected}`."
UNDER = "{found} under {name}"
DEFINITIONS = {  # alternatives of the ledger in words
    "region_scheme=four-region": "the four-region scheme",
    "region_scheme=three-belt": "the three-belt scheme",
    "method=min": "ranks that skip after a tie (1, 2, 2, 4)",
    "method=dense": "ranks that do not skip after a tie (1, 2, 2, 3)",
}
IMPLIED = "Follows from printed figures, and is not printed itself."
AGREES = "The printed figures agree with each other; they themselves cannot be checked."
RECOMPUTED = "Recomputed from data."

NO_LIST = "No list of {year} is shipped."
NONE_IN_LIST = "None in the list of {year} under these parameters, so no growth."
NO_SHARE = "{place} has no village in the list of {year}, so it has no share."
NO_RANK = "{place} is not in the list of {year}, so it has no rank."
NOT_PUBLISHED = "No published {measure} of {year}."
NO_INCREASE = "No increase over the list of {year}."
NOT_ON_RECORD = "Whether {county} is a poverty county is not on record."
ONLY_A_BOUND = "In the list of {year} {bound}."
NOT_COMPARABLE = "The numbers of {year} and {later} do not compare ({changed})."
NO_OTHER_SOURCE = "No source other than the report gives {column} of {place} in {year}."

RANGE = "{low} to {high}"
OF_SOURCES = "{figures} (sources: {n})"
ALL_AGREE = "all rows agree"
ROWS_DIFFER = "{count} row(s) differ: {rows}"
VALUE_OF = "{place} {count}"

PATTERNS = (
    MOVED,
    NEEDS,
    NOTE_AND_NEEDS,
    NO_LIST,
    NONE_IN_LIST,
    NO_SHARE,
    NO_RANK,
    NO_INCREASE,
    NOT_ON_RECORD,
    ONLY_A_BOUND,
    NOT_COMPARABLE,
    NO_OTHER_SOURCE,
    NOT_PUBLISHED,
    UNDER,
)
