"""What each event of the audit log is called; moves have their names from the lifecycle table."""

from market.core.text import Text, _
from market.lifecycle import MOVES

_NAMES: dict[str, Text] = {
    "sign_up": _("Signed up"),
    "add_user": _("Account created"),
    "change_password": _("Password changed"),
    "add_organisation": _("Organisation entered"),
    "create_scene": _("Scene drafted"),
    "create_solution": _("Solution drafted"),
    "rank_solutions": _("Solutions ranked"),
    "shortlist_solution": _("Solution shortlisted"),
    "save_search": _("Search saved"),
    "change_search": _("Search changed"),
    "pause_search": _("Search paused"),
    "resume_search": _("Search resumed"),
    "delete_search": _("Search deleted"),
    "ask_vendors": _("Vendors asked"),
    "tell_buyer": _("Buyer told"),
    "create_session": _("Session planned"),
    "change_session": _("Session changed"),
    "close_interest": _("Interest closed"),
    "join_session": _("Registered for a session"),
    "state_interest": _("Interest stated"),
    "forget_absences": _("Absences taken back: other times"),
    "check_in": _("Checked in"),
    "undo_check_in": _("Check-in taken back"),
    "ask_timetable": _("Timetable asked for"),
    "propose_timetable": _("Timetable computed"),
    "fail_timetable": _("Timetable could not be made"),
    "apply_timetable": _("Timetable put in place"),
    "move_meeting": _("Meeting moved"),
    "pin_meeting": _("Meeting pinned or let go"),
    "answer_meeting": _("Meeting answered"),
    "note_outcome": _("Outcome noted"),
    "mark_absent": _("Absence marked"),
    "create_challenge": _("Challenge drafted"),
    "create_fund": _("Fund created"),
    "change_caps": _("Caps changed"),
    "add_budget": _("Budget added"),
    "commit_fund": _("Fund committed"),
    "release_commitment": _("Commitment released"),
    "start_bid": _("Bid begun"),
    "receive_submission": _("Bid received"),
    "store_file": _("File stored"),
    "assign_reviewer": _("Reviewer assigned"),
    "draw_panels": _("Panels drawn by lot"),
    "compute_ranking": _("Ranking computed"),
    "propose_award": _("Award proposed"),
    "raise_objection": _("Objection raised"),
    "reserve_grant": _("Grant reserved"),
    "refuse_grant": _("Grant refused"),
    "prepare_pilot": _("Pilot prepared"),
    "record_reading": _("Reading recorded"),
    "correct_reading": _("Reading corrected"),
    "import_rows": _("Rows imported"),
    "begin_demonstration": _("Demonstration begun"),
    "finish_demonstration": _("Demonstration loaded"),
}
_NAMES |= {move.name: Text(move.label) for move in MOVES}


def name_of(event: str) -> Text:
    """Return the name of an event, or its identifier where it has none yet."""
    return _NAMES.get(event) or Text(event)
