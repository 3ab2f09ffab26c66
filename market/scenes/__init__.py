"""1. The need."""
