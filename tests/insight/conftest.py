"""An index of one's own for each test, as in the tests of matches."""

from tests.matches.conftest import empty_index

__all__ = ["empty_index"]
