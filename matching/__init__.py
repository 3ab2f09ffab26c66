"""Text → vectors → ranked ids with evidence. Knows no rows, requests or jobs."""
