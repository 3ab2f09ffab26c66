"""2. The offer, its models and their filings."""
