"""What the reports must say."""
