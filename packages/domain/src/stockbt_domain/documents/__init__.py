"""What the interfaces give: runs, tables, lists, rules, datasets and presets as JSON has them."""
