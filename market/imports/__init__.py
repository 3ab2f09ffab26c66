"""Real files become scenes, solutions and filings."""
