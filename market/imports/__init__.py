"""Real files become scenes, solutions and filings.

``readers`` turn a file into rows, ``mapping`` guesses which column is which field, ``cleaning`` (with ``amounts`` and
``classification``) turns cells into values, ``scenes``, ``solutions`` and ``filings`` turn a row into a record,
``batches`` writes what is new or changed, ``run`` does all of it and reports.

Rules to keep: the same row a second time changes nothing; a bad row is set aside with its reason and the rest goes in;
what people have moved on (a scene in a challenge, a retired solution) is never changed by a file.
"""
