"""What the district sees of supply and demand: where they meet, where they miss each other, what is there twice."""
