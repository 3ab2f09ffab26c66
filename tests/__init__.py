"""Mirrors the code; the journey tells the story, the contracts hold the repository to its promises."""
