"""8. Funds, ledger, subsidies and tranches."""
