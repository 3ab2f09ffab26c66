"""7. Decision, approvals, public notice and objections."""
