"""Every URL, in the order of the lifecycle, each with who may enter."""

from starlette.routing import BaseRoute, Route

from market.accounts import pages as accounts
from market.awards import notices
from market.awards import pages as awards
from market.bids import drafting as bid_drafting
from market.bids import pages as bids
from market.board import pages as board
from market.challenges import drafting as challenge_drafting
from market.challenges import pages as challenges
from market.grants import granting
from market.grants import pages as grants
from market.lifecycle import Role
from market.matches import pages as matches
from market.matches import shortlist_pages, vendor_pages
from market.pilots import pages as pilots
from market.pilots import reporting
from market.reviews import pages as reviews
from market.reviews import panels
from market.scenes import drafting as scene_drafting
from market.scenes import pages as scenes
from market.solutions import drafting as solution_drafting
from market.solutions import pages as solutions
from market.solutions import registry
from market.web import pages as web
from market.web.access import ANYONE, SIGNED_IN, get, only, post
from market.web.live import wait_for_moves

OFFICER = only(Role.OFFICER)
BUYER = only(Role.BUYER)
VENDOR = only(Role.VENDOR)
REVIEWER = only(Role.REVIEWER)
VENDOR_OR_STAFF = only(Role.VENDOR, Role.OFFICER, Role.AUDITOR)
STAFF = only(Role.OFFICER, Role.AUDITOR)
BUYER_OR_OFFICER = only(Role.BUYER, Role.OFFICER)
BUYER_OR_STAFF = only(Role.BUYER, Role.OFFICER, Role.AUDITOR)
BUYER_OR_VENDOR = only(Role.BUYER, Role.VENDOR)
PILOT_PEOPLE = only(Role.BUYER, Role.VENDOR, Role.OFFICER, Role.AUDITOR)

WEB: tuple[BaseRoute, ...] = (
    Route("/livez", web.show_alive),
    Route("/readyz", web.show_ready),
    post("/language", web.choose_language, ANYONE),
    get("/live/{token}", wait_for_moves, ANYONE),
)

ACCOUNTS: tuple[BaseRoute, ...] = (
    get("/sign-in", accounts.show_sign_in, ANYONE),
    post("/sign-in", accounts.sign_in, ANYONE),
    post("/sign-out", accounts.sign_out, ANYONE),
    get("/sign-up", accounts.show_sign_up, ANYONE),
    post("/sign-up", accounts.sign_up, ANYONE),
    get("/account", accounts.show_account, SIGNED_IN),
    post("/account/role", accounts.choose_role, SIGNED_IN),
    post("/account/verify", accounts.verify, SIGNED_IN),
    get("/messages", accounts.show_messages, SIGNED_IN),
    get("/organisations", accounts.list_organisations, STAFF),
    get("/organisations/{organisation_id:int}", accounts.show_organisation, STAFF),
    post("/organisations/{organisation_id:int}/suspend", accounts.suspend, OFFICER),
    post("/organisations/{organisation_id:int}/reinstate", accounts.reinstate, OFFICER),
)

BOARD: tuple[BaseRoute, ...] = (
    get("/", board.show_home, ANYONE),
    get("/desk", board.show_desk, SIGNED_IN),
    get("/audit", board.show_audit, STAFF),
    get("/audit/export", board.export_audit, STAFF),
)

SCENES: tuple[BaseRoute, ...] = (
    get("/scenes", scenes.list_scenes, ANYONE),
    get("/scenes/new", scene_drafting.show_new_scene, BUYER),
    post("/scenes/new", scene_drafting.create_scene, BUYER),
    get("/scenes/{scene_id:int}", scenes.show_scene, ANYONE),
    get("/scenes/{scene_id:int}/edit", scene_drafting.continue_draft, BUYER),
    get("/scenes/{scene_id:int}/edit/check", scene_drafting.show_check, BUYER),
    get("/scenes/{scene_id:int}/edit/{step}", scene_drafting.show_step, BUYER),
    post("/scenes/{scene_id:int}/edit/{step}", scene_drafting.save_step, BUYER),
    post("/scenes/{scene_id:int}/autosave/{step}", scene_drafting.autosave_step, BUYER),
    post("/scenes/{scene_id:int}/submit", scenes.submit_scene, BUYER),
    post("/scenes/{scene_id:int}/recall", scenes.recall_scene, BUYER),
    post("/scenes/{scene_id:int}/return", scenes.return_scene, OFFICER),
    post("/scenes/{scene_id:int}/publish", scenes.publish_scene, OFFICER),
    post("/scenes/{scene_id:int}/withdraw", scenes.withdraw_scene, BUYER),
    post("/scenes/{scene_id:int}/restore", scenes.restore_scene, BUYER),
    post("/scenes/{scene_id:int}/copy", scenes.copy_scene, BUYER),
)

SOLUTIONS: tuple[BaseRoute, ...] = (
    get("/solutions", solutions.list_solutions, ANYONE),
    get("/solutions/new", solution_drafting.show_new_solution, VENDOR),
    post("/solutions/new", solution_drafting.create_solution, VENDOR),
    get("/solutions/{solution_id:int}", solutions.show_solution, ANYONE),
    get("/solutions/{solution_id:int}/edit", solution_drafting.continue_draft, VENDOR),
    get("/solutions/{solution_id:int}/edit/check", solution_drafting.show_check, VENDOR),
    get("/solutions/{solution_id:int}/edit/{step}", solution_drafting.show_step, VENDOR),
    post("/solutions/{solution_id:int}/edit/{step}", solution_drafting.save_step, VENDOR),
    post("/solutions/{solution_id:int}/autosave/{step}", solution_drafting.autosave_step, VENDOR),
    post("/solutions/{solution_id:int}/publish", solutions.publish_solution, VENDOR),
    post("/solutions/{solution_id:int}/unpublish", solutions.unpublish_solution, VENDOR),
    post("/solutions/{solution_id:int}/retire", solutions.retire_solution, VENDOR),
    post("/solutions/{solution_id:int}/restore", solutions.restore_solution, VENDOR),
    get("/filings", registry.list_filings, ANYONE),
    get("/filings/lookup", registry.look_up_filing, ANYONE),
)


MATCHES: tuple[BaseRoute, ...] = (
    get("/scenes/{scene_id:int}/matches", matches.show_matches, BUYER_OR_STAFF),
    post("/scenes/{scene_id:int}/matches/rerun", matches.ask_ranking, BUYER_OR_OFFICER),
    get("/scenes/{scene_id:int}/shortlist", shortlist_pages.show_shortlist, BUYER_OR_STAFF),
    post("/scenes/{scene_id:int}/shortlist/{solution_id:int}/add", shortlist_pages.shortlist_solution, BUYER),
    post("/scenes/{scene_id:int}/shortlist/{solution_id:int}/invite", shortlist_pages.invite_vendor, BUYER),
    post("/scenes/{scene_id:int}/shortlist/{solution_id:int}/dismiss", shortlist_pages.dismiss_match, BUYER),
    post("/scenes/{scene_id:int}/shortlist/{solution_id:int}/reconsider", shortlist_pages.reconsider_match, BUYER),
    get("/matches", vendor_pages.show_fitting_scenes, VENDOR),
    get("/matches/{scene_id:int}/{solution_id:int}", vendor_pages.show_pair, SIGNED_IN),
    post("/matches/{scene_id:int}/{solution_id:int}/accept", vendor_pages.accept_invitation, VENDOR),
    post("/matches/{scene_id:int}/{solution_id:int}/decline", vendor_pages.decline_invitation, VENDOR),
)

CHALLENGES: tuple[BaseRoute, ...] = (
    get("/challenges", challenges.list_challenges, ANYONE),
    get("/scenes/{scene_id:int}/challenge", challenge_drafting.show_new_challenge, OFFICER),
    post("/scenes/{scene_id:int}/challenge", challenge_drafting.create_challenge, OFFICER),
    get("/challenges/{challenge_id:int}", challenges.show_challenge, ANYONE),
    get("/challenges/{challenge_id:int}/edit", challenge_drafting.show_challenge_form, OFFICER),
    post("/challenges/{challenge_id:int}/edit", challenge_drafting.save_challenge, OFFICER),
    post("/challenges/{challenge_id:int}/publish", challenges.publish_challenge, OFFICER),
    post("/challenges/{challenge_id:int}/cancel", challenges.cancel_challenge, OFFICER),
    post("/challenges/{challenge_id:int}/fail", challenges.fail_challenge, OFFICER),
)

BIDS: tuple[BaseRoute, ...] = (
    get("/bids", bids.list_my_bids, VENDOR),
    get("/rounds/{round_id:int}/bid", bids.show_begin, ANYONE),
    post("/rounds/{round_id:int}/bid", bids.start_bid, VENDOR),
    get("/bids/{bid_id:int}", bids.show_bid, SIGNED_IN),
    get("/bids/{bid_id:int}/edit/{section}", bid_drafting.show_section, VENDOR),
    post("/bids/{bid_id:int}/edit/{section}", bid_drafting.save_section, VENDOR),
    post("/bids/{bid_id:int}/autosave/{section}", bid_drafting.autosave_section, VENDOR),
    get("/bids/{bid_id:int}/files", bid_drafting.show_files, VENDOR),
    post("/bids/{bid_id:int}/files", bid_drafting.attach_file, VENDOR),
    get("/bids/{bid_id:int}/files/{file_id:int}", bids.download_file, SIGNED_IN),
    post("/bids/{bid_id:int}/files/{file_id:int}/remove", bid_drafting.remove_file, VENDOR),
    get("/bids/{bid_id:int}/check", bid_drafting.show_check, VENDOR),
    post("/bids/{bid_id:int}/submit", bid_drafting.submit_bid, VENDOR),
    post("/bids/{bid_id:int}/withdraw", bids.withdraw_bid, VENDOR),
    get("/bids/{bid_id:int}/receipt", bids.show_receipt, VENDOR),
    get("/challenges/{challenge_id:int}/bids", bids.list_opened_bids, STAFF),
)

REVIEWS: tuple[BaseRoute, ...] = (
    get("/reviews", reviews.list_reviews, REVIEWER),
    get("/reviews/{review_id:int}", reviews.show_review, REVIEWER),
    post("/reviews/{review_id:int}/accept", reviews.accept_assignment, REVIEWER),
    post("/reviews/{review_id:int}/recuse", reviews.recuse, REVIEWER),
    post("/reviews/{review_id:int}/draft", reviews.save_draft, REVIEWER),
    post("/reviews/{review_id:int}/scores", reviews.save_review, REVIEWER),
    get("/reviews/{review_id:int}/files/{file_id:int}", reviews.download_file, REVIEWER),
    get("/challenges/{challenge_id:int}/reviews", panels.show_panels, STAFF),
    post("/challenges/{challenge_id:int}/reviews/assign", panels.assign_reviewer, OFFICER),
    post("/challenges/{challenge_id:int}/reviews/draw", panels.draw_panels, OFFICER),
    post("/challenges/{challenge_id:int}/reviews/{review_id:int}/recuse", panels.recuse_reviewer, OFFICER),
)

AWARDS: tuple[BaseRoute, ...] = (
    get("/challenges/{challenge_id:int}/ranking", awards.show_ranking, STAFF),
    post("/challenges/{challenge_id:int}/ranking/close-review", awards.close_review, OFFICER),
    post("/challenges/{challenge_id:int}/ranking/propose", awards.propose_award, OFFICER),
    post("/challenges/{challenge_id:int}/close", awards.close_without_award, OFFICER),
    post("/challenges/{challenge_id:int}/conclude", awards.conclude_challenge, OFFICER),
    get("/awards", awards.list_awards, STAFF),
    get("/awards/{award_id:int}", awards.show_award, STAFF),
    post("/awards/{award_id:int}/approve", awards.approve_award, OFFICER),
    post("/awards/{award_id:int}/reject", awards.reject_award, OFFICER),
    post("/awards/{award_id:int}/objections/{objection_id:int}/uphold", awards.uphold_objection, OFFICER),
    post("/awards/{award_id:int}/objections/{objection_id:int}/dismiss", awards.dismiss_objection, OFFICER),
    get("/notices", notices.list_notices, ANYONE),
    get("/notices/{award_id:int}", notices.show_notice, ANYONE),
    post("/notices/{award_id:int}/objections", notices.raise_objection, SIGNED_IN),
    get("/bids/{bid_id:int}/result", notices.show_result, VENDOR_OR_STAFF),
)

GRANTS: tuple[BaseRoute, ...] = (
    get("/funds", grants.list_funds, STAFF),
    get("/funds/ledger.jsonl", grants.export_ledger, STAFF),
    get("/funds/new", grants.show_new_fund, OFFICER),
    post("/funds/new", grants.create_fund, OFFICER),
    get("/funds/{fund_id:int}", grants.show_fund, STAFF),
    get("/funds/{fund_id:int}/ledger.csv", grants.export_fund, STAFF),
    post("/funds/{fund_id:int}/budget", grants.add_budget, OFFICER),
    post("/funds/{fund_id:int}/caps", grants.change_caps, OFFICER),
    get("/challenges/{challenge_id:int}/fund", granting.show_challenge_fund, STAFF),
    post("/challenges/{challenge_id:int}/fund", granting.commit_fund, OFFICER),
    post("/challenges/{challenge_id:int}/fund/release", granting.release_commitment, OFFICER),
    get("/grants/{grant_id:int}", granting.show_grant, SIGNED_IN),
    post("/grants/{grant_id:int}/tranches/{tranche_id:int}/pay", granting.pay_tranche, OFFICER),
    post("/grants/{grant_id:int}/cancel", granting.cancel_grant, OFFICER),
)

PILOTS: tuple[BaseRoute, ...] = (
    get("/pilots", pilots.list_pilots, PILOT_PEOPLE),
    get("/pilots/{pilot_id:int}", pilots.show_pilot, PILOT_PEOPLE),
    post("/pilots/{pilot_id:int}/start", pilots.start_pilot, BUYER_OR_VENDOR),
    get("/pilots/{pilot_id:int}/readings/new", reporting.show_reading_form, VENDOR),
    post("/pilots/{pilot_id:int}/readings/new", reporting.record_reading, VENDOR),
    get("/pilots/{pilot_id:int}/milestones/{milestone_id:int}", reporting.show_milestone, PILOT_PEOPLE),
    post("/pilots/{pilot_id:int}/milestones/{milestone_id:int}/report", reporting.submit_milestone, VENDOR),
    post("/pilots/{pilot_id:int}/milestones/{milestone_id:int}/meet", reporting.meet_milestone, BUYER),
    post("/pilots/{pilot_id:int}/milestones/{milestone_id:int}/partly", reporting.partly_meet_milestone, BUYER),
    post("/pilots/{pilot_id:int}/milestones/{milestone_id:int}/miss", reporting.miss_milestone, BUYER),
    get("/pilots/{pilot_id:int}/files/{file_id:int}", pilots.download_evidence, PILOT_PEOPLE),
    post("/pilots/{pilot_id:int}/request-acceptance", pilots.request_acceptance, VENDOR),
    get("/pilots/{pilot_id:int}/acceptance", reporting.show_acceptance, BUYER),
    post("/pilots/{pilot_id:int}/acceptance", reporting.accept_pilot, BUYER),
    post("/pilots/{pilot_id:int}/send-back", reporting.send_back_pilot, BUYER),
    post("/pilots/{pilot_id:int}/fail", pilots.fail_pilot, OFFICER),
)


def all_routes() -> list[BaseRoute]:
    """Return every route of the application."""
    return [
        *WEB, *BOARD, *ACCOUNTS, *SCENES, *SOLUTIONS, *MATCHES, *CHALLENGES, *BIDS, *REVIEWS, *AWARDS, *GRANTS, *PILOTS,
    ]  # fmt: skip
