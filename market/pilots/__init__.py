"""9. Milestones, metrics, evidence and acceptance."""
