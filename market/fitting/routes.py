"""Every URL of the vendor's side of matching, with who may enter: a part of ``market.routes``."""

from starlette.routing import BaseRoute

from market.fitting import fitting_pages, gap_pages, search_pages, vendor_pages
from market.lifecycle import Role
from market.web.access import SIGNED_IN, get, only, post

VENDOR = only(Role.VENDOR)

FITTING: tuple[BaseRoute, ...] = (
    get("/matches", fitting_pages.show_fitting_scenes, VENDOR),
    post("/matches/{scene_id:row}/hide", fitting_pages.hide_scene, VENDOR),
    post("/matches/{scene_id:row}/show", fitting_pages.show_scene, VENDOR),
    get("/matches/gaps", gap_pages.show_gaps, VENDOR),
    get("/matches/searches", search_pages.list_searches, VENDOR),
    get("/matches/searches/new", search_pages.show_new_search, VENDOR),
    post("/matches/searches/new", search_pages.create_search, VENDOR),
    post("/matches/searches/restore", search_pages.restore_search, VENDOR),
    get("/matches/searches/{search_id:row}", search_pages.show_search, VENDOR),
    get("/matches/searches/{search_id:row}/edit", search_pages.show_search_form, VENDOR),
    post("/matches/searches/{search_id:row}/edit", search_pages.change_search, VENDOR),
    post("/matches/searches/{search_id:row}/pause", search_pages.pause_search, VENDOR),
    post("/matches/searches/{search_id:row}/resume", search_pages.resume_search, VENDOR),
    post("/matches/searches/{search_id:row}/delete", search_pages.delete_search, VENDOR),
    post("/matches/searches/{search_id:row}/alerts/{alert_id:row}", search_pages.judge_alert, VENDOR),
    get("/matches/{scene_id:row}/{solution_id:row}", vendor_pages.show_pair, SIGNED_IN),
    post("/matches/{scene_id:row}/{solution_id:row}/accept", vendor_pages.accept_invitation, VENDOR),
    post("/matches/{scene_id:row}/{solution_id:row}/decline", vendor_pages.decline_invitation, VENDOR),
)
