"""What the database itself refuses: Tortoise does not create constraints with a model, so they are written here.

Checks, partial indexes, rows that never change (audit events, submissions, the ledger), balances, and the notice
that lets a waiting page update itself.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

CHECKS = (
    ("organisation", "verified_has_code", "state <> 'verified' OR uscc IS NOT NULL"),
    ("scene", "budget_ordered", "budget_min_fen >= 0 AND budget_max_fen >= budget_min_fen"),
    ("scene", "duration_positive", "duration_weeks > 0"),
    ("requirement", "requirement_has_text", "btrim(text) <> ''"),
    ("solution", "price_ordered", "price_min_fen >= 0 AND price_max_fen >= price_min_fen"),
    ("solution", "delivery_positive", "delivery_weeks > 0"),
    ("capability", "capability_has_text", "btrim(text) <> ''"),
    ("match", "score_in_range", "score >= 0 AND score <= 1 AND rank > 0"),
    ("challenge", "grant_not_negative", "grant_fen >= 0"),
    ("criterion", "weight_in_range", "weight BETWEEN 1 AND 100"),
    ("round", "closes_after_opening", "closes_at > opens_at"),
    ("bid", "price_positive", "price_fen > 0"),
    ("bid", "submitted_is_complete",
     "state IN ('draft', 'withdrawn') OR (price_fen IS NOT NULL AND pledge AND submitted_at IS NOT NULL)"),
    ("bid_milestone", "percent_in_range", "percent BETWEEN 0 AND 100 AND due_week >= 0"),
    ("score", "points_in_range", "points BETWEEN 0 AND 100"),
    ("award", "amount_not_negative", "amount_fen >= 0"),
    ("award", "two_people_decide", "approved_by_id <> proposed_by_id"),
    ("award", "approved_has_approver",
     "state IN ('proposed', 'rejected') OR (approved_by_id IS NOT NULL AND approved_at IS NOT NULL)"),
    ("award", "notice_has_an_end", "state <> 'in_notice' OR notice_ends_at > notice_starts_at"),
    ("objection", "objector_is_named", "btrim(name) <> '' AND btrim(contact) <> ''"),
    ("fund", "caps_positive", "project_cap_fen > 0 AND organisation_cap_fen > 0"),
    ("account", "known_account", "kind IN ('source', 'available', 'committed', 'reserved', 'payable', 'paid')"),
    ("account", "never_below_zero", "kind = 'source' OR balance_fen >= 0"),
    ("ledger_entry", "entry_moves_money", "amount_fen <> 0"),
    ("grant_award", "grant_positive", "amount_fen > 0"),
    ("tranche", "tranche_in_range", "amount_fen >= 0 AND percent BETWEEN 0 AND 100"),
    ("notification", "one_addressee",
     "num_nonnulls(person_id, organisation_id) + (role <> '')::int = 1"),
    ("queued_job", "done_or_failed", "done_at IS NULL OR failed_at IS NULL"),
)

INDEXES = (
    "CREATE UNIQUE INDEX award_one_live_per_bid ON award (bid_id) WHERE state NOT IN ('rejected', 'revoked')",
    "CREATE INDEX queued_job_waiting ON queued_job (due_at) WHERE done_at IS NULL AND failed_at IS NULL",
    "CREATE INDEX scene_of_organisation ON scene (organisation_id)",
    "CREATE INDEX solution_of_organisation ON solution (organisation_id)",
    "CREATE INDEX match_by_rank ON match (scene_id, qualifies, rank)",
    "CREATE INDEX match_of_solution ON match (solution_id, qualifies)",
    "CREATE INDEX match_of_run ON match (run_id)",
    "CREATE INDEX match_run_of_scene ON match_run (scene_id)",
    "CREATE INDEX shortlisting_of_solution ON shortlisting (solution_id)",
    "CREATE INDEX round_due ON round (closes_at) WHERE state IN ('scheduled', 'open')",
    "CREATE INDEX bid_of_organisation ON bid (organisation_id)",
    "CREATE INDEX review_of_reviewer ON review (reviewer_id)",
    "CREATE INDEX award_of_challenge ON award (challenge_id)",
    "CREATE INDEX entry_of_transaction ON ledger_entry (transaction_id)",
    "CREATE INDEX entry_of_account ON ledger_entry (account_id)",
    "ALTER TABLE challenge ADD CONSTRAINT challenge_fund FOREIGN KEY (fund_id) REFERENCES fund (id) ON DELETE RESTRICT",
)

UNCHANGING = ("audit_event", "submission", "ledger_transaction", "ledger_entry")

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is a record: it is never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

NOTIFY_MOVED = """
CREATE FUNCTION notify_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('moved', NEW.subject || ':' || NEW.subject_id);
    RETURN NULL;
END $$
"""

# An update locks the account's row, so two transactions cannot both spend the same fen; the check refuses the second.
KEEP_BALANCE = """
CREATE FUNCTION keep_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE account SET balance_fen = balance_fen + NEW.amount_fen WHERE id = NEW.account_id;
    RETURN NULL;
END $$
"""

# Deferred to commit: only then are all sides of the transaction there.
SUM_TO_ZERO = """
CREATE FUNCTION sum_to_zero() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    which integer := CASE TG_TABLE_NAME WHEN 'ledger_transaction' THEN (to_jsonb(NEW) ->> 'id')::integer
                                        ELSE (to_jsonb(NEW) ->> 'transaction_id')::integer END;
    total numeric;
    sides integer;
BEGIN
    SELECT coalesce(sum(amount_fen), 0), count(*) INTO total, sides FROM ledger_entry WHERE transaction_id = which;
    IF total <> 0 OR sides < 2 THEN
        RAISE EXCEPTION 'ledger transaction % does not sum to zero', which USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""


def _forward() -> list[str]:
    checks = [f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({rule})" for table, name, rule in CHECKS]
    guards = [
        statement
        for table in UNCHANGING
        for statement in (
            f"CREATE TRIGGER {table}_never_changes BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        )
    ]
    return [
        *checks,
        *INDEXES,
        REFUSE_CHANGE,
        *guards,
        NOTIFY_MOVED,
        "CREATE TRIGGER audit_event_is_told AFTER INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION notify_moved()",
        KEEP_BALANCE,
        "CREATE TRIGGER entry_keeps_balance AFTER INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION keep_balance()",
        SUM_TO_ZERO,
        *(
            f"CREATE CONSTRAINT TRIGGER {table}_sums_to_zero AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION sum_to_zero()"
            for table in ("ledger_transaction", "ledger_entry")
        ),
    ]


class Migration(migrations.Migration):
    """Add what the database itself refuses."""

    dependencies = [("market", "0001_initial")]

    # One operation: before each one Tortoise copies its picture of every model, which takes a tenth of a second.
    operations = [ops.RunSQL(_forward())]
