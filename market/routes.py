"""Every URL, in the order of the lifecycle, each with who may enter."""

from starlette.routing import BaseRoute, Route

from market.accounts import own_pages as own
from market.accounts import pages as accounts
from market.awards import notices
from market.awards import pages as awards
from market.bids import drafting as bid_drafting
from market.bids import pages as bids
from market.board import funnel_pages
from market.board import pages as board
from market.challenges import drafting as challenge_drafting
from market.challenges import pages as challenges
from market.fitting.routes import FITTING
from market.grants import granting
from market.grants import pages as grants
from market.insight import duplicate_pages as duplicates
from market.insight import exporting as insight_export
from market.insight import index_pages, similar
from market.insight import pages as insight
from market.lifecycle import Role
from market.matches.routes import MATCHES
from market.meetings.routes import MEETINGS
from market.pilots import pages as pilots
from market.pilots import reporting
from market.reviews import pages as reviews
from market.reviews import panels
from market.scenes import drafting as scene_drafting
from market.scenes import pages as scenes
from market.scenes import proposal_pages
from market.search import pages as search
from market.search import profiles
from market.solutions import drafting as solution_drafting
from market.solutions import pages as solutions
from market.solutions import registry
from market.web import pages as web
from market.web.access import ANYONE, EVEN_SUSPENDED, SIGNED_IN, get, only, post
from market.web.live import wait_for_moves

OFFICER = only(Role.OFFICER)
BUYER = only(Role.BUYER)
VENDOR = only(Role.VENDOR)
REVIEWER = only(Role.REVIEWER)
VENDOR_OR_STAFF = only(Role.VENDOR, Role.OFFICER, Role.AUDITOR)
STAFF = only(Role.OFFICER, Role.AUDITOR)
BUYER_OR_VENDOR = only(Role.BUYER, Role.VENDOR)
BUYER_VENDOR_OR_OFFICER = only(Role.BUYER, Role.VENDOR, Role.OFFICER)
BUYER_VENDOR_OR_STAFF = only(Role.BUYER, Role.VENDOR, Role.OFFICER, Role.AUDITOR)

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
    get("/account", own.show_account, SIGNED_IN),
    post("/account/role", own.choose_role, EVEN_SUSPENDED),
    post("/account/verify", own.verify, SIGNED_IN),
    post("/account/colleagues", own.add_colleague, SIGNED_IN),
    post("/account/password", own.change_password, EVEN_SUSPENDED),
    get("/messages", accounts.show_messages, SIGNED_IN),
    get("/organisations", accounts.list_organisations, STAFF),
    get("/organisations/{organisation_id:row}", accounts.show_organisation, STAFF),
    post("/organisations/{organisation_id:row}/suspend", accounts.suspend, OFFICER),
    post("/organisations/{organisation_id:row}/reinstate", accounts.reinstate, OFFICER),
)

BOARD: tuple[BaseRoute, ...] = (
    get("/", board.show_home, ANYONE),
    get("/desk", board.show_desk, SIGNED_IN),
    get("/audit", board.show_audit, STAFF),
    get("/funnel", funnel_pages.show_funnel, STAFF),
    get("/funnel/funnel.csv", funnel_pages.export_funnel, STAFF),
    get("/audit/export", board.export_audit, STAFF),
)

INSIGHT: tuple[BaseRoute, ...] = (
    get("/insight", insight.show_insight, STAFF),
    get("/insight/scenes", insight.show_unserved, STAFF),
    get("/insight/solutions", insight.show_idle, STAFF),
    get("/insight/export.xlsx", insight_export.export_insight, STAFF),
    get("/insight/index", index_pages.show_index, STAFF),
    post("/insight/index/rank-failed", index_pages.rank_failed, OFFICER),
    get("/insight/duplicates", duplicates.list_duplicates, STAFF),
    get("/merges/{merge_id:row}", duplicates.show_pair, BUYER_VENDOR_OR_STAFF),
    post("/merges/{merge_id:row}/propose", duplicates.propose_merge, OFFICER),
    post("/merges/{merge_id:row}/recall", duplicates.recall_merge, OFFICER),
    post("/merges/{merge_id:row}/dismiss", duplicates.dismiss_duplicate, OFFICER),
    post("/merges/{merge_id:row}/accept", duplicates.accept_merge, BUYER_VENDOR_OR_OFFICER),
    post("/merges/{merge_id:row}/decline", duplicates.decline_merge, BUYER_OR_VENDOR),
    get("/scenes/{scene_id:row}/similar", similar.show_similar_scenes, BUYER),
    get("/solutions/{solution_id:row}/similar", similar.show_similar_solutions, VENDOR),
    post("/insight/scenes/{scene_id:row}/ask", insight.ask_vendors, OFFICER),
    post("/insight/scenes/{scene_id:row}/tell", insight.tell_buyer, OFFICER),
)

SEARCH: tuple[BaseRoute, ...] = (
    get("/search", search.show_search, ANYONE),
    get("/search/suggest", search.suggest, ANYONE),
    get("/profiles/{organisation_id:row}", profiles.show_profile, ANYONE),
)

SCENES: tuple[BaseRoute, ...] = (
    get("/scenes", scenes.list_scenes, ANYONE),
    get("/scenes/new", scene_drafting.show_new_scene, BUYER),
    post("/scenes/new", scene_drafting.create_scene, BUYER),
    get("/scenes/{scene_id:row}", scenes.show_scene, ANYONE),
    get("/scenes/{scene_id:row}/edit", scene_drafting.continue_draft, BUYER),
    get("/scenes/{scene_id:row}/edit/check", scene_drafting.show_check, BUYER),
    get("/scenes/{scene_id:row}/edit/{step}", scene_drafting.show_step, BUYER),
    post("/scenes/{scene_id:row}/edit/{step}", scene_drafting.save_step, BUYER),
    post("/scenes/{scene_id:row}/autosave/{step}", scene_drafting.autosave_step, BUYER),
    get("/scenes/{scene_id:row}/describe", proposal_pages.show_description, BUYER),
    post("/scenes/{scene_id:row}/describe", proposal_pages.propose_rows, BUYER),
    post("/scenes/{scene_id:row}/describe/model", proposal_pages.ask_language_model, BUYER),
    post("/scenes/{scene_id:row}/describe/add", proposal_pages.add_rows, BUYER),
    get("/scenes/{scene_id:row}/describe/added", proposal_pages.show_added, BUYER),
    post("/scenes/{scene_id:row}/describe/undo", proposal_pages.take_back_rows, BUYER),
    post("/scenes/{scene_id:row}/submit", scenes.submit_scene, BUYER),
    post("/scenes/{scene_id:row}/recall", scenes.recall_scene, BUYER),
    post("/scenes/{scene_id:row}/return", scenes.return_scene, OFFICER),
    post("/scenes/{scene_id:row}/publish", scenes.publish_scene, OFFICER),
    post("/scenes/{scene_id:row}/withdraw", scenes.withdraw_scene, BUYER),
    post("/scenes/{scene_id:row}/restore", scenes.restore_scene, BUYER),
    post("/scenes/{scene_id:row}/copy", scenes.copy_scene, BUYER),
)

SOLUTIONS: tuple[BaseRoute, ...] = (
    get("/solutions", solutions.list_solutions, ANYONE),
    get("/solutions/new", solution_drafting.show_new_solution, VENDOR),
    post("/solutions/new", solution_drafting.create_solution, VENDOR),
    get("/solutions/{solution_id:row}", solutions.show_solution, ANYONE),
    get("/solutions/{solution_id:row}/edit", solution_drafting.continue_draft, VENDOR),
    get("/solutions/{solution_id:row}/edit/check", solution_drafting.show_check, VENDOR),
    get("/solutions/{solution_id:row}/edit/{step}", solution_drafting.show_step, VENDOR),
    post("/solutions/{solution_id:row}/edit/{step}", solution_drafting.save_step, VENDOR),
    post("/solutions/{solution_id:row}/autosave/{step}", solution_drafting.autosave_step, VENDOR),
    post("/solutions/{solution_id:row}/publish", solutions.publish_solution, VENDOR),
    post("/solutions/{solution_id:row}/unpublish", solutions.unpublish_solution, VENDOR),
    post("/solutions/{solution_id:row}/retire", solutions.retire_solution, VENDOR),
    post("/solutions/{solution_id:row}/restore", solutions.restore_solution, VENDOR),
    get("/filings", registry.list_filings, ANYONE),
    get("/filings/lookup", registry.look_up_filing, ANYONE),
)


CHALLENGES: tuple[BaseRoute, ...] = (
    get("/challenges", challenges.list_challenges, ANYONE),
    get("/scenes/{scene_id:row}/challenge", challenge_drafting.show_new_challenge, OFFICER),
    post("/scenes/{scene_id:row}/challenge", challenge_drafting.create_challenge, OFFICER),
    get("/challenges/{challenge_id:row}", challenges.show_challenge, ANYONE),
    get("/challenges/{challenge_id:row}/edit", challenge_drafting.show_challenge_form, OFFICER),
    post("/challenges/{challenge_id:row}/edit", challenge_drafting.save_challenge, OFFICER),
    post("/challenges/{challenge_id:row}/publish", challenges.publish_challenge, OFFICER),
    post("/challenges/{challenge_id:row}/cancel", challenges.cancel_challenge, OFFICER),
    post("/challenges/{challenge_id:row}/fail", challenges.fail_challenge, OFFICER),
    post("/challenges/{challenge_id:row}/freeze", challenges.freeze_catalogue, OFFICER),
    post("/challenges/{challenge_id:row}/unfreeze", challenges.lift_freeze, OFFICER),
)

BIDS: tuple[BaseRoute, ...] = (
    get("/bids", bids.list_my_bids, VENDOR),
    get("/rounds/{round_id:row}/bid", bids.show_begin, ANYONE),
    post("/rounds/{round_id:row}/bid", bids.start_bid, VENDOR),
    get("/bids/{bid_id:row}", bids.show_bid, SIGNED_IN),
    get("/bids/{bid_id:row}/edit/{section}", bid_drafting.show_section, VENDOR),
    post("/bids/{bid_id:row}/edit/{section}", bid_drafting.save_section, VENDOR),
    post("/bids/{bid_id:row}/autosave/{section}", bid_drafting.autosave_section, VENDOR),
    get("/bids/{bid_id:row}/files", bid_drafting.show_files, VENDOR),
    post("/bids/{bid_id:row}/files", bid_drafting.attach_file, VENDOR),
    get("/bids/{bid_id:row}/files/{file_id:row}", bids.download_file, SIGNED_IN),
    post("/bids/{bid_id:row}/files/{file_id:row}/remove", bid_drafting.remove_file, VENDOR),
    get("/bids/{bid_id:row}/check", bid_drafting.show_check, VENDOR),
    post("/bids/{bid_id:row}/submit", bid_drafting.submit_bid, VENDOR),
    post("/bids/{bid_id:row}/withdraw", bids.withdraw_bid, VENDOR),
    get("/bids/{bid_id:row}/receipt", bids.show_receipt, VENDOR),
    get("/challenges/{challenge_id:row}/bids", bids.list_opened_bids, STAFF),
)

REVIEWS: tuple[BaseRoute, ...] = (
    get("/reviews", reviews.list_reviews, REVIEWER),
    get("/reviews/{review_id:row}", reviews.show_review, REVIEWER),
    post("/reviews/{review_id:row}/accept", reviews.accept_assignment, REVIEWER),
    post("/reviews/{review_id:row}/recuse", reviews.recuse, REVIEWER),
    post("/reviews/{review_id:row}/draft", reviews.save_draft, REVIEWER),
    post("/reviews/{review_id:row}/scores", reviews.save_review, REVIEWER),
    get("/reviews/{review_id:row}/files/{file_id:row}", reviews.download_file, REVIEWER),
    get("/challenges/{challenge_id:row}/reviews", panels.show_panels, STAFF),
    post("/challenges/{challenge_id:row}/reviews/assign", panels.assign_reviewer, OFFICER),
    post("/challenges/{challenge_id:row}/reviews/draw", panels.draw_panels, OFFICER),
    post("/challenges/{challenge_id:row}/reviews/{review_id:row}/recuse", panels.recuse_reviewer, OFFICER),
)

AWARDS: tuple[BaseRoute, ...] = (
    get("/challenges/{challenge_id:row}/ranking", awards.show_ranking, STAFF),
    post("/challenges/{challenge_id:row}/ranking/close-review", awards.close_review, OFFICER),
    post("/challenges/{challenge_id:row}/ranking/propose", awards.propose_award, OFFICER),
    post("/challenges/{challenge_id:row}/close", awards.close_without_award, OFFICER),
    post("/challenges/{challenge_id:row}/conclude", awards.conclude_challenge, OFFICER),
    get("/awards", awards.list_awards, STAFF),
    get("/awards/{award_id:row}", awards.show_award, STAFF),
    post("/awards/{award_id:row}/approve", awards.approve_award, OFFICER),
    post("/awards/{award_id:row}/reject", awards.reject_award, OFFICER),
    post("/awards/{award_id:row}/objections/{objection_id:row}/uphold", awards.uphold_objection, OFFICER),
    post("/awards/{award_id:row}/objections/{objection_id:row}/dismiss", awards.dismiss_objection, OFFICER),
    get("/notices", notices.list_notices, ANYONE),
    get("/notices/{award_id:row}", notices.show_notice, ANYONE),
    post("/notices/{award_id:row}/objections", notices.raise_objection, EVEN_SUSPENDED),
    get("/bids/{bid_id:row}/result", notices.show_result, VENDOR_OR_STAFF),
)

GRANTS: tuple[BaseRoute, ...] = (
    get("/funds", grants.list_funds, STAFF),
    get("/funds/ledger.jsonl", grants.export_ledger, STAFF),
    get("/funds/new", grants.show_new_fund, OFFICER),
    post("/funds/new", grants.create_fund, OFFICER),
    get("/funds/{fund_id:row}", grants.show_fund, STAFF),
    get("/funds/{fund_id:row}/ledger.csv", grants.export_fund, STAFF),
    post("/funds/{fund_id:row}/budget", grants.add_budget, OFFICER),
    post("/funds/{fund_id:row}/caps", grants.change_caps, OFFICER),
    get("/challenges/{challenge_id:row}/fund", granting.show_challenge_fund, STAFF),
    post("/challenges/{challenge_id:row}/fund", granting.commit_fund, OFFICER),
    post("/challenges/{challenge_id:row}/fund/release", granting.release_commitment, OFFICER),
    get("/grants/{grant_id:row}", granting.show_grant, SIGNED_IN),
    post("/grants/{grant_id:row}/tranches/{tranche_id:row}/pay", granting.pay_tranche, OFFICER),
    post("/grants/{grant_id:row}/cancel", granting.cancel_grant, OFFICER),
)

PILOTS: tuple[BaseRoute, ...] = (
    get("/pilots", pilots.list_pilots, BUYER_VENDOR_OR_STAFF),
    get("/pilots/{pilot_id:row}", pilots.show_pilot, BUYER_VENDOR_OR_STAFF),
    post("/pilots/{pilot_id:row}/start", pilots.start_pilot, BUYER_OR_VENDOR),
    get("/pilots/{pilot_id:row}/readings/new", reporting.show_reading_form, VENDOR),
    post("/pilots/{pilot_id:row}/readings/new", reporting.record_reading, VENDOR),
    get("/pilots/{pilot_id:row}/milestones/{milestone_id:row}", reporting.show_milestone, BUYER_VENDOR_OR_STAFF),
    post("/pilots/{pilot_id:row}/milestones/{milestone_id:row}/report", reporting.submit_milestone, VENDOR),
    post("/pilots/{pilot_id:row}/milestones/{milestone_id:row}/meet", reporting.meet_milestone, BUYER),
    post("/pilots/{pilot_id:row}/milestones/{milestone_id:row}/partly", reporting.partly_meet_milestone, BUYER),
    post("/pilots/{pilot_id:row}/milestones/{milestone_id:row}/miss", reporting.miss_milestone, BUYER),
    get("/pilots/{pilot_id:row}/files/{file_id:row}", pilots.download_evidence, BUYER_VENDOR_OR_STAFF),
    post("/pilots/{pilot_id:row}/request-acceptance", pilots.request_acceptance, VENDOR),
    get("/pilots/{pilot_id:row}/acceptance", reporting.show_acceptance, BUYER),
    post("/pilots/{pilot_id:row}/acceptance", reporting.accept_pilot, BUYER),
    post("/pilots/{pilot_id:row}/send-back", reporting.send_back_pilot, BUYER),
    post("/pilots/{pilot_id:row}/fail", pilots.fail_pilot, OFFICER),
)


def all_routes() -> list[BaseRoute]:
    """Return every route of the application."""
    return [
        *WEB, *BOARD, *INSIGHT, *SEARCH, *ACCOUNTS, *SCENES, *SOLUTIONS, *MATCHES, *FITTING, *MEETINGS, *CHALLENGES,
        *BIDS, *REVIEWS, *AWARDS, *GRANTS, *PILOTS,
    ]  # fmt: skip
