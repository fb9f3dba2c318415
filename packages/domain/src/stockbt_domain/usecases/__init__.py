"""The use cases: functions that take the workbench of their app, or the ports that they need, by keyword."""
