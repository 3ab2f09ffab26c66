"""Each constraint of the database, violated once: the code above it may be wrong, the rows may not."""

# ruff: noqa: S608  # table and column names come from the database's own catalogue

import contextlib
import importlib
from pathlib import Path

import pytest
from tortoise import connections
from tortoise.exceptions import BaseORMException, IntegrityError, OperationalError

import market.migrations

SETUP = """
INSERT INTO organisation (id, name, name_en, kind, uscc, region, intro, state, created_at)
  VALUES (1, 'a', '', 'vendor', 'CODE1', '', '', 'verified', now());
INSERT INTO person (id, email, name, password_hash, locale, created_at) VALUES (1, 'a@x.cn', 'a', 'h', 'zh', now());
INSERT INTO scene (id, title, title_en, field, problem, outcome, data_description, data_level, data_access,
                   deployments, serves_public, region, acceptance_test, state, officer_comment, revision, source,
                   created_at, updated_at)
  VALUES (1, 's', '', 'other', '', '', '', 'internal', '', '[]', false, '', '', 'draft', '', 1, '', now(), now());
INSERT INTO solution (id, organisation_id, title, title_en, summary, fields_served, deployments, regions, state,
                      revision, source, created_at, updated_at)
  VALUES (1, 1, 's', '', '', '[]', '[]', '[]', 'draft', 1, '', now(), now());
INSERT INTO match_run (id, scene_id, asked_at, error, encoder, snapshot, catalogue_version, weights, considered)
  VALUES (1, 1, now(), '', '', '', '', '{}', 0);
INSERT INTO fund (id, code, name, name_en, policy_basis, project_cap_fen, organisation_cap_fen, created_at)
  VALUES (1, 'f', 'f', '', '', 100, 100, now());
INSERT INTO account (id, fund_id, kind, balance_fen) VALUES (1, 1, 'source', 0), (2, 1, 'available', 0);
INSERT INTO challenge (id, number, title, title_en, kind, field, summary, rules, grant_fen, state, revision, created_at)
  VALUES (1, 'n', 't', '', 'best_one', 'other', '', '{}', 0, 'draft', 1, now());
INSERT INTO round (id, challenge_id, number, opens_at, closes_at, state)
  VALUES (1, 1, 1, now(), now() + interval '1 hour', 'open');
INSERT INTO bid (id, round_id, organisation_id, approach, team, pledge, state, revision, created_at)
  VALUES (1, 1, 1, '', '', false, 'draft', 1, now());
INSERT INTO criterion (id, challenge_id, position, name, description, dimension, weight)
  VALUES (1, 1, 1, 'c', '', 'performance', 100);
INSERT INTO review (id, bid_id, reviewer_id, state, comment, conflict_reason, revision, assigned_at)
  VALUES (1, 1, 1, 'assigned', '', '', 1, now());
INSERT INTO award (id, challenge_id, bid_id, amount_fen, justification, state, proposed_by_id, proposed_at)
  VALUES (1, 1, 1, 5, '', 'proposed', 1, now());
INSERT INTO grant_award (id, award_id, fund_id, organisation_id, amount_fen, state, reserved_at)
  VALUES (1, 1, 1, 1, 5, 'reserved', now());
INSERT INTO ledger_transaction (id, number, at, kind, memo, subject, subject_id, entries_json, previous_hash, hash)
  VALUES (1, 1, now(), 'budget', '', 'Fund', 1, '[]', '', 'h1');
INSERT INTO ledger_entry (transaction_id, account_id, amount_fen) VALUES (1, 1, -90), (1, 2, 90);
INSERT INTO submission (id, bid_id, version, reference, content, sha256, submitted_at)
  VALUES (1, 1, 1, 'r', '{}', '', now());
UPDATE scene SET source_id = 'a';
UPDATE solution SET source_id = 'a';
INSERT INTO membership (person_id, organisation_id, role, created_at) VALUES (1, 1, 'vendor', now());
INSERT INTO session (id, person_id, membership_id, created_at, expires_at) VALUES ('s', 1, 1, now(), now());
INSERT INTO requirement (scene_id, position, text, kind) VALUES (1, 1, 'r', 'must');
INSERT INTO metric (id, scene_id, position, name, target, unit, direction) VALUES (1, 1, 1, 'm', 1, '', 'higher');
INSERT INTO filing (id, kind, number, jurisdiction, model, entity, filing_number, note, source, source_id)
  VALUES (1, 'k', '', '', 'm', '', '', '', '', 'f1');
INSERT INTO capability (solution_id, position, text) VALUES (1, 1, 'c');
INSERT INTO model_use (solution_id, position, name, filing_number, filing_id) VALUES (1, 1, 'm', '', 1);
INSERT INTO reference (solution_id, position, client, result) VALUES (1, 1, 'c', '');
INSERT INTO text_vector (model, text_hash, vector) VALUES ('m', 'h', '');
INSERT INTO match (run_id, scene_id, solution_id, rank, score, dense, lexical, coverage, evidence, unmet, qualifies)
  VALUES (1, 1, 1, 1, 0.5, 0, 0, 0, '[]', '[]', true);
INSERT INTO shortlisting (scene_id, solution_id, state, reason, created_at) VALUES (1, 1, 'shortlisted', '', now());
INSERT INTO lot (challenge_id, scene_id, position) VALUES (1, 1, 1);
INSERT INTO bid_milestone (bid_id, position, title, due_week, percent) VALUES (1, 1, 'm', 1, 100);
INSERT INTO score (review_id, criterion_id, points, comment) VALUES (1, 1, 50, '');
INSERT INTO ranking (challenge_id, bid_id, rank, score, explanation, computed_at) VALUES (1, 1, 1, 50, '{}', now());
INSERT INTO objection (award_id, name, contact, text, state, answer, raised_at)
  VALUES (1, 'n', 'c', 't', 'raised', '', now());
INSERT INTO tranche (id, grant_id, position, title, due_week, percent, amount_fen, state, payment_reference)
  VALUES (1, 1, 1, 't', 0, 100, 5, 'planned', '');
INSERT INTO pilot (id, award_id, scene_id, buyer_id, vendor_id, state, prepared_at, acceptance_note)
  VALUES (1, 1, 1, 1, 1, 'preparing', now(), '');
INSERT INTO milestone (pilot_id, tranche_id, position, title, state, report, decision_note)
  VALUES (1, 1, 1, 'm', 'scheduled', '', '');
INSERT INTO reading (pilot_id, metric_id, taken_on, value, note, recorded_at) VALUES (1, 1, now(), 1, '', now());
INSERT INTO stored_file (id, subject, subject_id, name, media_type, size, sha256, uploaded_at)
  VALUES (1, 's', 1, 'n', 't', 1, 'h', now());
INSERT INTO file_content (file_id, data) VALUES (1, '');
INSERT INTO audit_event (number, at, role, subject, subject_id, event, source, target, reason, details, previous_hash,
                         hash)
  VALUES (1, now(), 'clock', 'Scene', 1, 'e', '', '', '', '{}', '', 'h');
INSERT INTO merge_proposal (kind, first_id, second_id, likeness, shared, state, reason, answer, found_at)
  VALUES ('scene', 1, 2, 1, 1, 'found', '', '', now());
INSERT INTO duplicate_search (collection, entry_id, looked_at) VALUES ('scenes', 1, now());
INSERT INTO catalogue_text (hash, content) VALUES ('h', '{}');
INSERT INTO catalogue_entry (collection, document_id, text_id, since) VALUES ('solutions', 1, 'h', 1);
INSERT INTO publication (collection, number, at, snapshot, encoder, documents, details)
  VALUES ('solutions', 1, now(), 's', 'e', 1, '{}');
INSERT INTO catalogue_freeze (scene_id, publication, reason, frozen_at, frozen_by_id) VALUES (1, 1, '', now(), 1);
INSERT INTO ranker_version (id, name, content, report, created_at) VALUES (1, 'r', '{}', '{}', now());
INSERT INTO ranker_activation (ranker_id, at, reason) VALUES (1, now(), '');
INSERT INTO feedback (run_id, scene_id, solution_id, kind, reason_code, features, explored, ranker, encoder,
                      catalogue_version, at)
  VALUES (1, 1, 1, 'shortlist', '', '{}', false, '', '', '', now());
INSERT INTO impression (day, scene_id, solution_id, best_rank, explored, views) VALUES (now(), 1, 1, 1, false, 1);
INSERT INTO saved_search (id, person_id, organisation_id, solution_id, name, query, filters, frequency, created_at)
  VALUES (1, 1, 1, 1, 's', '', '{}', 'daily', now());
INSERT INTO search_alert (search_id, scene_id, solution_id, score, found_at) VALUES (1, 1, 1, 0.5, now());
INSERT INTO match_session (id, title, title_en, field, about, about_en, place, place_en, starts_at, slots, slot_minutes,
                           break_minutes, tables, most_meetings, interest_until, state, revision, reason, created_at)
  VALUES (1, 't', '', 'other', '', '', 'p', '', now(), 2, 20, 5, 2, 2, now(), 'draft', 1, '', now());
INSERT INTO participant (id, session_id, organisation_id, side, state, unavailable, code, registered_at)
  VALUES (1, 1, 1, 'buyer', 'registered', '[]', 'C', now());
INSERT INTO interest (participant_id, scene_id, solution_id, level, stated_at) VALUES (1, 1, 1, 'very', now());
INSERT INTO meeting (id, session_id, scene_id, solution_id, buyer_id, vendor_id, slot, table_number, fit, weight, state,
                     pinned, sequence, reason, absent, created_at)
  VALUES (1, 1, 1, 1, 1, 1, 0, 0, 0.5, 1, 'proposed', false, 0, '', '', now());
INSERT INTO meeting_note (meeting_id, side, outcome, next_step, note, written_at)
  VALUES (1, 'buyer', 'continue', '', '', now());
INSERT INTO timetable_run (session_id, asked_at, error, asked_from, plan, result)
  VALUES (1, now(), '', '', '[]', '{}');
"""

VIOLATIONS = {
    "verified_has_code": "UPDATE organisation SET uscc = NULL",
    "budget_ordered": "UPDATE scene SET budget_min_fen = 2, budget_max_fen = 1",
    "duration_positive": "UPDATE scene SET duration_weeks = 0",
    "requirement_has_text": "UPDATE requirement SET text = ' '",
    "price_ordered": "UPDATE solution SET price_min_fen = 2, price_max_fen = 1",
    "delivery_positive": "UPDATE solution SET delivery_weeks = 0",
    "capability_has_text": "UPDATE capability SET text = ''",
    "score_in_range": "INSERT INTO match (run_id, scene_id, solution_id, rank, score, dense, lexical, coverage,"
    " evidence, unmet, qualifies) VALUES (1, 1, 1, 1, 1.5, 0, 0, 0, '[]', '[]', true)",
    "grant_not_negative": "UPDATE challenge SET grant_fen = -1",
    "weight_in_range": "UPDATE criterion SET weight = 101",
    "closes_after_opening": "UPDATE round SET closes_at = opens_at",
    "price_positive": "UPDATE bid SET price_fen = 0",
    "submitted_is_complete": "UPDATE bid SET state = 'submitted'",
    "percent_in_range": "INSERT INTO bid_milestone (bid_id, position, title, due_week, percent)"
    " VALUES (1, 1, 'm', 1, 101)",
    "points_in_range": "INSERT INTO score (review_id, criterion_id, points, comment) VALUES (1, 1, 101, '')",
    "amount_not_negative": "UPDATE award SET amount_fen = -1",
    "two_people_decide": "UPDATE award SET approved_by_id = 1",
    "approved_has_approver": "UPDATE award SET state = 'approved'",
    "notice_has_an_end": "UPDATE award SET state = 'in_notice', approved_by_id = 2, approved_at = now(),"
    " notice_starts_at = now(), notice_ends_at = now()",
    "objector_is_named": "INSERT INTO objection (award_id, name, contact, text, state, answer, raised_at)"
    " VALUES (1, '', 'c', 't', 'raised', '', now())",
    "caps_positive": "UPDATE fund SET project_cap_fen = 0",
    "known_account": "INSERT INTO account (fund_id, kind, balance_fen) VALUES (1, 'pocket', 0)",
    "never_below_zero": "UPDATE account SET balance_fen = -1 WHERE kind = 'available'",
    "entry_moves_money": "INSERT INTO ledger_entry (transaction_id, account_id, amount_fen) VALUES (1, 1, 0)",
    "grant_positive": "UPDATE grant_award SET amount_fen = 0",
    "tranche_in_range": "INSERT INTO tranche (grant_id, position, title, due_week, percent, amount_fen, state,"
    " payment_reference) VALUES (1, 1, 't', 0, 101, 1, 'planned', '')",
    "one_addressee": "INSERT INTO notification (role, text, link, created_at) VALUES ('', '{}', '/', now())",
    "done_or_failed": "INSERT INTO queued_job (name, arguments, asked_at, due_at, attempts, error, done_at, failed_at)"
    " VALUES ('x', '{}', now(), now(), 0, '', now(), now())",
    "two_rows_in_order": "UPDATE merge_proposal SET second_id = 1",
    "known_kind": "UPDATE merge_proposal SET kind = 'bid'",
    "one_of_the_two_stays": "UPDATE merge_proposal SET keep_id = 3",
    "proposed_has_a_side": "UPDATE merge_proposal SET state = 'proposed'",
    "scene_merged_elsewhere": "UPDATE scene SET merged_into_id = id",
    "solution_merged_elsewhere": "UPDATE solution SET merged_into_id = id",
    "valid_for_a_while": "UPDATE catalogue_entry SET until = since",
    "number_positive": "INSERT INTO publication (collection, number, at, snapshot, encoder, documents, details)"
    " VALUES ('solutions', 0, now(), '', '', 1, '{}')",
    "known_feedback": "INSERT INTO feedback (scene_id, solution_id, kind, reason_code, features, explored, ranker,"
    " encoder, catalogue_version, at) VALUES (1, 1, 'like', '', '{}', false, '', '', '', now())",
    "shown_at_a_place": "UPDATE impression SET best_rank = 0",
    "search_has_a_name": "UPDATE saved_search SET name = ''",
    "known_frequency": "UPDATE saved_search SET frequency = 'hourly'",
    "alert_score_in_range": "UPDATE search_alert SET score = 2",
    "lifted_by_somebody": "UPDATE catalogue_freeze SET lifted_at = now()",
    "timetable_has_room": "UPDATE match_session SET most_meetings = 3",
    "interest_before_start": "UPDATE match_session SET interest_until = starts_at + interval '1 minute'",
    "session_has_a_place": "UPDATE match_session SET place = ' '",
    "buyer_or_vendor": "UPDATE participant SET side = 'officer'",
    "known_interest": "UPDATE interest SET level = 'maybe'",
    "place_in_timetable": "UPDATE meeting SET slot = -1",
    "absent_side": "UPDATE meeting SET absent = 'officer'",
    "noting_side": "UPDATE meeting_note SET side = 'officer'",
    "known_outcome": "UPDATE meeting_note SET outcome = 'maybe'",
}


@pytest.fixture
async def rows(db: object) -> None:
    await connections.get("default").execute_script(SETUP)


def declared_checks() -> set[str]:
    folder = Path(market.migrations.__file__).parent
    modules = [importlib.import_module(f"market.migrations.{path.stem}") for path in folder.glob("0*.py")]
    return {name for module in modules for _table, name, _rule in getattr(module, "CHECKS", ())}


def test_every_check_has_a_violation_here() -> None:
    assert set(VIOLATIONS) == declared_checks()


@pytest.mark.parametrize("name", sorted(VIOLATIONS))
async def test_check(rows: None, name: str) -> None:
    with pytest.raises(BaseORMException, match=name):
        await connections.get("default").execute_script(VIOLATIONS[name])


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("audit_event", "id"), ("submission", "id"), ("ledger_transaction", "id"), ("ledger_entry", "id"),
        ("ranker_version", "id"), ("ranker_activation", "id"), ("feedback", "id"), ("catalogue_text", "hash"),
        ("publication", "id"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
async def test_records_never_change(rows: None, table: str, key: str, statement: str) -> None:
    with pytest.raises(BaseORMException, match="never changed or deleted"):
        await connections.get("default").execute_script(statement.format(table, key))


async def test_a_ledger_transaction_sums_to_zero(rows: None) -> None:
    with pytest.raises(BaseORMException, match="does not sum to zero"):
        await connections.get("default").execute_script(
            "INSERT INTO ledger_entry (transaction_id, account_id, amount_fen) VALUES (1, 2, 10)"
        )


async def test_the_database_keeps_the_balance(rows: None) -> None:
    balances = await connections.get("default").execute_query_dict("SELECT kind, balance_fen FROM account ORDER BY id")
    assert balances == [{"kind": "source", "balance_fen": -90}, {"kind": "available", "balance_fen": 90}]


async def test_a_live_award_is_the_only_one_for_its_bid(rows: None) -> None:
    with pytest.raises(BaseORMException, match="award_one_live_per_bid"):
        await connections.get("default").execute_script(
            "SELECT setval('award_id_seq', 100);"
            "INSERT INTO award (challenge_id, bid_id, amount_fen, justification, state, proposed_by_id, proposed_at)"
            " VALUES (1, 1, 1, '', 'proposed', 1, now())"
        )


async def test_no_row_is_there_twice(rows: None) -> None:
    """Every unique constraint, violated by the same row once more under another id."""
    client = connections.get("default")
    unique = await client.execute_query_dict(
        """SELECT DISTINCT t.relname AS name FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
           JOIN pg_namespace n ON n.oid = t.relnamespace
           WHERE n.nspname = 'public' AND i.indisunique AND NOT i.indisprimary
             AND t.relname <> 'tortoise_migrations' ORDER BY 1"""
    )
    kept = []
    for table in [row["name"] for row in unique]:
        columns = await client.execute_query_dict(
            "SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1", [table]
        )
        names = ", ".join(f'"{row["name"]}"' for row in columns if row["name"] != "id")
        assert await client.execute_query_dict(f"SELECT 1 FROM {table} LIMIT 1"), f"no row of {table} to repeat"
        again = f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} LIMIT 1"
        with contextlib.suppress(IntegrityError):
            await client.execute_script(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000); {again}")
            kept.append(table)
    assert kept == []


async def test_no_row_points_to_one_that_is_not_there(rows: None) -> None:
    """Every foreign key, violated by an id that nothing has."""
    client = connections.get("default")
    keys = await client.execute_query_dict(
        """SELECT t.relname AS name, a.attname AS field FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
           JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]
           WHERE c.contype = 'f' ORDER BY 1, 2"""
    )
    kept = []
    for key in keys:
        assert await client.execute_query_dict(f"SELECT 1 FROM {key['name']} LIMIT 1"), f"no row of {key['name']}"
        with contextlib.suppress(IntegrityError, OperationalError):
            await client.execute_script(f'UPDATE {key["name"]} SET "{key["field"]}" = 987654')
            kept.append((key["name"], key["field"]))
    assert kept == []
