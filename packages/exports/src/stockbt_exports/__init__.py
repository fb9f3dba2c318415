"""A finished run as files: CSV tables, Parquet, an HTML report, and an archive that repeats it."""
