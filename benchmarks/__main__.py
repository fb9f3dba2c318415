"""`make bench`: every table, one after the other."""

from . import averages, cold_run, engine, million_bars, scale

print("The worker, cold\n")
cold_run.main()
print("\nA million bars, all the way\n")
million_bars.main()
print("\nThe engine\n")
engine.main()
averages.main()
print("\nA million runs on MySQL (Docker)\n")
scale.main()
