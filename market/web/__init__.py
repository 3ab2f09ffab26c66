"""What every page needs: routing with declared access, rendering, languages, sessions and limits."""
