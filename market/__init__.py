"""The marketplace: its rules and its pages, stage by stage.

1. scenes       a buyer says what is needed, and how success will be measured
2. solutions    a vendor says what it can do, with which models and filings
3. matches      the two are ranked by meaning, with evidence, under the musts
4. challenges   the district publishes a notice with rules, rubric and rounds
5. bids         vendors answer; nobody else reads before the round has closed
6. reviews      experts without a conflict score the rubric
7. awards       one officer proposes, another approves, the public may object
8. grants       public money is committed, reserved, released and paid
9. pilots       the solution proves itself at the buyer's until it is accepted
"""
