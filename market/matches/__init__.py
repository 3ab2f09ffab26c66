"""3. Ranked pairs, reasons and shortlists."""
