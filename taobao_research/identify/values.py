"""What a cell says, as SQL that DuckDB and Spark both read: cleaned text, money, yes or no, whole numbers.

Each expression is NULL where the cell says nothing that can be used. Nothing here depends on the engine: no backslash
(Spark takes it for an escape), STRING for text, TRY_CAST where a cast may fail.
"""

from taobao_research.identify.records import DECIMAL, FLAG, REAL, TEXT, WHOLE

MOST_CNY = 10**12  # yuan a year of one shop; beyond it is a slip of units, and sums stay far from any limit
MONEY = "DECIMAL(18, 2)"

_FULL = "".join(chr(code) for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0) not in "'\\")
_HALF = "".join(chr(ord(each) - 0xFEE0) for each in _FULL)
_SPACES = "\u3000\u00a0\t\r\n\v\f\u0085\u1680\u2028\u2029\u202f\u205f" + "".join(map(chr, range(0x2000, 0x200B)))
_CONTROL = "".join(chr(code) for code in (*range(1, 0x20), *range(0x7F, 0xA0)) if chr(code) not in _SPACES)
_NOTHING = f"\u200b\u200c\u200d\ufeff{_CONTROL}"  # no width: taken out
_UNUSUAL = f"[\uff01-\uff5e{_SPACES}{_NOTHING}]"
YES, NO = ("1", "1.0", "true", "t", "yes", "y", "是"), ("0", "0.0", "false", "f", "no", "n", "否")


def cleaned(column: str) -> str:
    """Full-width letters, digits and spaces as the usual ones, invisible ones out, no space around; '' for none."""
    table = f"'{_FULL}{_SPACES}{_NOTHING}', '{_HALF}{' ' * len(_SPACES)}'"
    text = f"CAST({column} AS STRING)"
    odd = f"regexp_like({text}, '{_UNUSUAL}')"  # most cells have none, and translate is slow
    return f"coalesce(trim(CASE WHEN {odd} THEN translate({text}, {table}) ELSE {text} END), '')"


def odd(columns: tuple[str, ...]) -> str:
    """Whether any of these cells (columns of text) is not as ``cleaned`` would leave it; one look for all of them."""
    text = f"concat_ws('|', {', '.join(f'CAST({column} AS STRING)' for column in columns)})"
    absent = " OR ".join(f"{column} IS NULL" for column in columns)
    return f"({absent} OR regexp_like({text}, '{_UNUSUAL}|^ | $|[|] | [|]'))"


def money(column: str, kind: str) -> str:
    """Yuan as an exact number, with at most two decimals; NULL for what is none.

    A real number is taken only if it is the one nearest to a number with two decimals.
    """
    if kind == WHOLE:
        return column
    if kind == REAL:
        exact = f"CAST({column} AS DOUBLE) = round(CAST({column} AS DOUBLE), 2)"
    elif kind == DECIMAL:
        exact = f"{column} = round({column}, 2)"
    elif kind == TEXT:
        exact = f"regexp_like({cleaned(column)}, '^[+-]?[0-9]{{1,15}}([.][0-9]{{1,2}}0*)?$')"
        column = cleaned(column)
    else:
        return "CAST(NULL AS DECIMAL(18, 2))"
    return f"TRY_CAST(CASE WHEN {exact} THEN {column} END AS {MONEY})"


def yuan(amount: str) -> str:
    """An exact number of yuan as text, with the fen where there are any.

    >>> import duckdb
    >>> duckdb.sql(f"SELECT {yuan('10000000.00')}, {yuan('9999999.99')}").fetchall()[0]
    ('10000000', '9999999.99')
    """
    return f"regexp_replace(CAST({amount} AS STRING), '[.]00$', '')"


def unlike_formula(column: str) -> str:
    """Text that no spreadsheet program executes, as ``cells.safe`` writes it: a negative number stays one."""
    begins = f"regexp_like({column}, '^[=+@-].') AND NOT regexp_like({column}, '^-[0-9]*[.]?[0-9]*$')"
    return f"CASE WHEN {begins} THEN concat(chr(39), {column}) ELSE {column} END"


def flag(column: str, kind: str) -> str:
    """TRUE, FALSE or NULL."""
    if kind == FLAG:
        return column
    if kind == TEXT:
        words = [", ".join(f"'{word}'" for word in group) for group in (YES, NO)]
        text = f"lower({cleaned(column)})"
        return f"CASE WHEN {text} IN ({words[0]}) THEN TRUE WHEN {text} IN ({words[1]}) THEN FALSE END"
    return f"CASE WHEN {column} = 1 THEN TRUE WHEN {column} = 0 THEN FALSE END"


def whole(column: str, kind: str, digits: int) -> str:
    """A whole number that is not negative, of at most so many digits."""
    if kind == WHOLE:
        return f"CASE WHEN {column} BETWEEN 0 AND {10**digits - 1} THEN CAST({column} AS BIGINT) END"
    if kind == TEXT:
        text = cleaned(column)
        number = f"regexp_replace({text}, '[.]0+$', '')"  # 1500.0: how pandas writes whole numbers with gaps among them
        return f"TRY_CAST(CASE WHEN regexp_like({text}, '^[0-9]{{1,{digits}}}([.]0+)?$') THEN {number} END AS BIGINT)"
    if kind in (REAL, DECIMAL):
        within = f"{column} BETWEEN 0 AND {10 ** min(digits, 15) - 1} AND {column} = floor({column})"
        return f"TRY_CAST(CASE WHEN {within} THEN {column} END AS BIGINT)"
    return "CAST(NULL AS BIGINT)"


def identity(column: str, kind: str) -> str:
    """A shop's identity: a whole number as it is, anything else as cleaned text; NULL for none."""
    return column if kind == WHOLE else f"nullif({cleaned(column)}, '')"
