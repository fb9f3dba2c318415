"""What apps share when they are put together: settings, launchers, engines, the first start, a workbench."""
