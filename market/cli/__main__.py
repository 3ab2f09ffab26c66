"""``python -m market.cli`` is ``jiebang``."""

from market.cli import main

if __name__ == "__main__":
    main()
