"""What the rules need of the code: settings, costs, code versions, logs."""
