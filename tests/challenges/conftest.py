"""What tests of challenges share with those of matches: an index of one's own."""

from tests.matches.conftest import empty_index

__all__ = ["empty_index"]
