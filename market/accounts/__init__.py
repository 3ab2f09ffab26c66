"""People, organisations, sessions and roles."""
