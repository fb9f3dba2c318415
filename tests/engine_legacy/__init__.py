"""What the engine must do."""
