"""The home page, everybody's desk and the audit log."""
