"""A fictitious district with something at every stage, loaded through the same actions that people use."""

from market.demo.loading import LoadResult, load
from market.demo.people import ACCOUNTS

__all__ = ["ACCOUNTS", "LoadResult", "load"]
