"""The vendor's side of matching: scenes that fit and why, what is missing, saved searches and alerts."""
