"""CSV price files to bars, their findings, and the sample instruments."""
