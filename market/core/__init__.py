"""What every stage stands on: moves, work, audit, errors, permissions, jobs, clock, money, files."""
