"""What is searched and matched: documents and facts, their vectors, and every index that was published."""
