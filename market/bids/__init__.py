"""5. Sealed offers, receipts and opening."""
