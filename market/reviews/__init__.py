"""6. Assignment, conflicts and scores."""
