"""`make bench`: every table, one after the other."""

from . import cold_run, engine, million_bars

print("The worker, cold\n")
cold_run.main()
print("\nA million bars, all the way\n")
million_bars.main()
print("\nThe engine\n")
engine.main()
