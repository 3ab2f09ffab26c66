"""Every URL of match-making sessions, with who may enter: a part of ``market.routes``."""

from starlette.routing import BaseRoute

from market.lifecycle import Role
from market.meetings import day_pages, desk_pages, joining, pages, planning, timetable_pages
from market.web.access import ANYONE, get, only, post

OFFICER = only(Role.OFFICER)
STAFF = only(Role.OFFICER, Role.AUDITOR)
BUYER_OR_VENDOR = only(Role.BUYER, Role.VENDOR)
SIDES_OR_STAFF = only(Role.BUYER, Role.VENDOR, Role.OFFICER, Role.AUDITOR)

MEETINGS: tuple[BaseRoute, ...] = (
    get("/sessions", pages.list_sessions, ANYONE),
    get("/sessions/new", planning.show_new_session, OFFICER),
    post("/sessions/new", planning.create_session, OFFICER),
    get("/sessions/{session_id:row}", pages.show_session, ANYONE),
    get("/sessions/{session_id:row}/edit", planning.show_session_form, OFFICER),
    post("/sessions/{session_id:row}/edit", planning.save_session, OFFICER),
    post("/sessions/{session_id:row}/announce", pages.announce_session, OFFICER),
    post("/sessions/{session_id:row}/close-interest", pages.close_interest, OFFICER),
    post("/sessions/{session_id:row}/cancel", pages.cancel_session, OFFICER),
    post("/sessions/{session_id:row}/close", pages.close_session, OFFICER),
    get("/sessions/{session_id:row}/join", joining.show_join, BUYER_OR_VENDOR),
    post("/sessions/{session_id:row}/join", joining.join_session, BUYER_OR_VENDOR),
    post("/sessions/{session_id:row}/interest", joining.state_interest, BUYER_OR_VENDOR),
    post("/sessions/{session_id:row}/withdraw", joining.withdraw_participant, BUYER_OR_VENDOR),
    get("/sessions/{session_id:row}/timetable", timetable_pages.show_timetable, STAFF),
    post("/sessions/{session_id:row}/timetable/make", timetable_pages.ask_timetable, OFFICER),
    post("/sessions/{session_id:row}/timetable/apply", timetable_pages.apply_timetable, OFFICER),
    post("/sessions/{session_id:row}/timetable/publish", timetable_pages.publish_timetable, OFFICER),
    get("/sessions/{session_id:row}/mine", day_pages.show_day, BUYER_OR_VENDOR),
    get("/sessions/{session_id:row}/mine.ics", day_pages.download_day, BUYER_OR_VENDOR),
    get("/sessions/{session_id:row}/meetings/{meeting_id:row}", day_pages.show_meeting, SIDES_OR_STAFF),
    get("/sessions/{session_id:row}/meetings/{meeting_id:row}/invitation.ics", day_pages.download_invitation,
        BUYER_OR_VENDOR),
    post("/sessions/{session_id:row}/meetings/{meeting_id:row}/confirm", day_pages.confirm_meeting, BUYER_OR_VENDOR),
    post("/sessions/{session_id:row}/meetings/{meeting_id:row}/decline", day_pages.decline_meeting, BUYER_OR_VENDOR),
    post("/sessions/{session_id:row}/meetings/{meeting_id:row}/note", day_pages.write_note, BUYER_OR_VENDOR),
    post("/sessions/{session_id:row}/meetings/{meeting_id:row}/absent", day_pages.mark_absent, OFFICER),
    post("/sessions/{session_id:row}/meetings/{meeting_id:row}/move", timetable_pages.move_meeting, OFFICER),
    post("/sessions/{session_id:row}/meetings/{meeting_id:row}/pin", timetable_pages.pin_meeting, OFFICER),
    post("/sessions/{session_id:row}/meetings/{meeting_id:row}/remove", timetable_pages.remove_meeting, OFFICER),
    get("/sessions/{session_id:row}/desk", desk_pages.show_desk, OFFICER),
    post("/sessions/{session_id:row}/desk/{participant_id:row}/arrive", desk_pages.check_in, OFFICER),
    post("/sessions/{session_id:row}/desk/{participant_id:row}/undo", desk_pages.undo_check_in, OFFICER),
    get("/sessions/{session_id:row}/tables", desk_pages.show_tables, STAFF),
)  # fmt: skip
