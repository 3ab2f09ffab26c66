"""Every URL of matches, with who may enter: a part of ``market.routes``."""

from starlette.routing import BaseRoute

from market.lifecycle import Role
from market.matches import compare_pages, exposure_pages, ranker_pages, run_pages, shortlist_pages, team_pages
from market.matches import pages as matches
from market.web.access import get, only, post

OFFICER = only(Role.OFFICER)
BUYER = only(Role.BUYER)
VENDOR = only(Role.VENDOR)
STAFF = only(Role.OFFICER, Role.AUDITOR)
BUYER_OR_OFFICER = only(Role.BUYER, Role.OFFICER)
BUYER_OR_STAFF = only(Role.BUYER, Role.OFFICER, Role.AUDITOR)

MATCHES: tuple[BaseRoute, ...] = (
    get("/scenes/{scene_id:row}/matches", matches.show_matches, BUYER_OR_STAFF),
    post("/scenes/{scene_id:row}/matches/rerun", matches.ask_ranking, BUYER_OR_OFFICER),
    post("/scenes/{scene_id:row}/matches/freeze", matches.freeze_catalogue, OFFICER),
    post("/scenes/{scene_id:row}/matches/unfreeze", matches.lift_freeze, OFFICER),
    get("/scenes/{scene_id:row}/runs", run_pages.show_runs, BUYER_OR_STAFF),
    get("/scenes/{scene_id:row}/runs/{run_id:row}", run_pages.show_run, BUYER_OR_STAFF),
    get("/scenes/{scene_id:row}/runs/{run_id:row}/again", run_pages.rerun, STAFF),
    get("/scenes/{scene_id:row}/runs/{run_id:row}/run.json", run_pages.export_run, BUYER_OR_STAFF),
    get("/scenes/{scene_id:row}/runs/{run_id:row}/pairs.csv", run_pages.export_pairs, BUYER_OR_STAFF),
    get("/scenes/{scene_id:row}/compare", compare_pages.show_comparison, BUYER_OR_STAFF),
    get("/scenes/{scene_id:row}/compare.xlsx", compare_pages.download_comparison, BUYER_OR_STAFF),
    get("/scenes/{scene_id:row}/teams", team_pages.show_teams, BUYER_OR_STAFF),
    post("/scenes/{scene_id:row}/teams/shortlist", team_pages.shortlist_team, BUYER),
    get("/scenes/{scene_id:row}/shortlist", shortlist_pages.show_shortlist, BUYER_OR_STAFF),
    post("/scenes/{scene_id:row}/shortlist/{solution_id:row}/add", shortlist_pages.shortlist_solution, BUYER),
    post("/scenes/{scene_id:row}/shortlist/{solution_id:row}/invite", shortlist_pages.invite_vendor, BUYER),
    post("/scenes/{scene_id:row}/shortlist/{solution_id:row}/dismiss", shortlist_pages.dismiss_match, BUYER),
    post("/scenes/{scene_id:row}/shortlist/{solution_id:row}/reconsider", shortlist_pages.reconsider_match, BUYER),
    get("/rankers", ranker_pages.show_rankers, STAFF),
    post("/rankers/{ranker_id:row}/use", ranker_pages.use_ranker, OFFICER),
    get("/exposure", exposure_pages.show_exposure, STAFF),
    get("/exposure/exposure.csv", exposure_pages.export_exposure, STAFF),
)
