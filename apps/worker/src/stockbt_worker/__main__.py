"""Run the worker as `python -m stockbt_worker`."""

from .main import main

main()
