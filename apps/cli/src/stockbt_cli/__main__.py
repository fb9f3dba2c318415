"""Run the command line as `python -m stockbt_cli`."""

from .main import main

main()
