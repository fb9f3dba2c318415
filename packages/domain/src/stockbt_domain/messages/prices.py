"""What may be wrong with a price file, and what is odd in one that is not wrong."""

PRICE_FILES = {
    "LINE": "line %(line)s: %(rest)s",
    "MORE_PROBLEMS": "and %(count)s more problems after these %(kept)s",
    "UNKNOWN_TIMEFRAME": "the timeframe %(name)s is not known",
    "EMPTY_FILE": "has no bars",
    "EMPTY_FILE.prices": "the file has a header and no prices",
    "EMPTY_FILE.header": "the header with the columns' names is missing",
    "LINE_TOO_LONG": "longer than %(limit)s bytes",
    "NOT_TEXT": "not UTF-8 text",
    "UNKNOWN_COLUMN": "the column %(name)s is not known",
    "REPEATED_COLUMN": "the column %(name)s is there %(count)s times",
    "MISSING_COLUMN": "the column %(name)s is missing",
    "MISSING_ADJ_CLOSE": "adjusting needs the column Adj Close, which is missing",
    "BLANK_LINE": "blank, with prices after it",
    "BAD_LINE": "cannot be read as CSV: %(detail)s",
    "BAD_LINE.header": "the header cannot be read as CSV: %(detail)s",
    "TOO_MANY_VALUES": "%(count)s values for %(columns)s columns",
    "MISSING_VALUE": "%(name)s is missing",
    "MISSING_VALUE.several": "%(names)s are missing",
    "BAD_DATE.day": "Date %(value)s is not a date as in 2020-01-31",
    "BAD_DATE.time": "Date %(value)s is not a time as in 2020-01-31T14:30:00Z or 2020-01-31 14:30:00",
    "BAD_DATE.year": "Date %(value)s is outside the years %(first)s to %(last)s",
    "REPEATED_DATE": "Date %(value)s repeats the one before",
    "DATE_GOES_BACK": "Date %(value)s comes after %(before)s: dates must increase",
    "NOT_A_NUMBER": "%(name)s %(value)s is not a finite number",
    "NOT_A_NUMBER.scaled": "prices scaled by Adj Close / Close are out of range",
    "NEGATIVE": "%(name)s %(value)s is negative",
    "ZERO_PRICE": "%(name)s is zero",
    "HIGH_BELOW_LOW": "High %(high)s is below Low %(low)s",
}
"""By the code of the problem; LINE has one of the others within it."""

FINDINGS = {
    "FINDING": "%(day)s: %(words)s",
    "FINDING.several": "%(day)s: %(words)s, and %(count)s more like it",
}

PARTS_OF_FINDINGS = {
    "OPEN_OUTSIDE_RANGE": "the open %(price)s lies outside low %(low)s to high %(high)s",
    "CLOSE_OUTSIDE_RANGE": "the close %(price)s lies outside low %(low)s to high %(high)s",
    "GAP": "%(count)s sessions are missing after %(day)s",
    "JUMP": "the close moves by %(percent)s %% in one bar: a split?",
    "ZERO_VOLUME": "the volume is zero",
}
"""By the finding's code: what is odd about its first bar."""
