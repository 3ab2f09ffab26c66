"""arq: a sweep finds what is due, a job settles one. A job may run twice, so it re-reads before it acts."""
