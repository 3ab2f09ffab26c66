"""One search box over scenes, solutions, challenges, organisations and the registry of models."""
