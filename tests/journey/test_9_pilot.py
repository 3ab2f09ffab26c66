"""The pilot: measured, met milestone by milestone, paid, accepted; and the record of everything holds."""

import orjson

from market.core.audit import verify_audit, verify_export
from market.grants.ledger import verify_ledger
from tests.journey.story import Story, address_of, link_beside, state_of, stats_of
from tests.watching import rows_of

MOVES = """
buyer verify_organisation 3 verified
buyer submit_scene 1 submitted
officer return_scene 1 returned
buyer submit_scene 1 submitted
officer publish_scene 1 published
vendor verify_organisation 4 verified
vendor publish_solution 1 published
vendor verify_organisation 5 verified
vendor publish_solution 2 published
buyer invite_vendor 1 invited
vendor accept_invitation 1 interested
buyer dismiss_match 2 dismissed
buyer reconsider_match 2 shortlisted
buyer submit_scene 2 submitted
officer publish_scene 2 published
officer propose_merge 1 proposed
buyer accept_merge 1 merged
buyer withdraw_scene 2 withdrawn
officer publish_challenge 1 published
officer challenge_scene 1 challenged
officer schedule_round 1 scheduled
clock open_round 1 open
vendor submit_bid 1 submitted
vendor submit_bid 2 submitted
vendor verify_organisation 6 verified
clock close_round 1 closed
clock open_bid 1 opened
clock open_bid 2 opened
clock begin_review 1 in_review
reviewer recuse 6 recused
reviewer accept_assignment 1 accepted
reviewer submit_review 1 submitted
reviewer accept_assignment 2 accepted
reviewer submit_review 2 submitted
reviewer accept_assignment 3 accepted
reviewer submit_review 3 submitted
reviewer accept_assignment 4 accepted
reviewer submit_review 4 submitted
reviewer accept_assignment 5 accepted
reviewer submit_review 5 submitted
reviewer accept_assignment 7 accepted
reviewer submit_review 7 submitted
officer finish_review 1 deciding
officer approve_award 1 approved
officer start_notice 1 in_notice
clock confirm_award 1 confirmed
clock win_bid 1 won
clock pass_over_bid 2 not_selected
clock award_challenge 1 awarded
clock award_scene 1 awarded
vendor start_pilot 1 running
vendor start_scene_pilot 1 piloting
vendor submit_milestone 1 submitted
buyer meet_milestone 1 met
buyer release_tranche 1 released
officer pay_tranche 1 paid
vendor submit_milestone 2 submitted
buyer meet_milestone 2 met
vendor request_acceptance 1 in_acceptance
buyer accept_pilot 1 accepted
buyer accept_scene 1 accepted
buyer release_tranche 2 released
officer pay_tranche 2 paid
officer complete_grant 1 completed
""".strip()
EVIDENCE = "门诊办抽查一千次，挂错号十八次。".encode()


async def test_the_worker_prepares_the_pilot_and_the_vendor_starts_it(story: Story) -> None:
    page = await story.until("vendor", "/pilots", lambda seen: "Triage for outpatients" in seen.text)
    story.note_in("pilot", link_beside(page, "Triage for outpatients"))
    await story["other"].get(story.path("/pilots/{pilot}"), expect=404)
    await story["vendor"].get(story.path("/pilots/{pilot}"))
    page = await story["vendor"].submit(story.path("/pilots/{pilot}/start"))
    assert state_of(page) == "Running"
    page = await story["passer_by"].get(story.path("/scenes/{scene}"))
    assert state_of(page) == "Piloting"


async def test_readings_are_drawn_between_baseline_and_target(story: Story) -> None:
    await read(story, "6.5")
    await story.next_day(7)
    await read(story, "1.8")
    page = await story["buyer"].get(story.path("/pilots/{pilot}"))
    lines = [each for each in page.tree.iter() if each.get("class") == "plot-line"]
    assert [len((each.get("points") or "").split()) for each in lines] == [2]
    assert [each.get("class") for each in page.tree.iter() if each.tag.endswith("circle")] == ["plot-point"] * 2
    assert "Target reached" in page.text


async def read(story: Story, value: str) -> None:
    vendor = story["vendor"]
    await vendor.get(story.path("/pilots/{pilot}/readings/new"))
    page = await vendor.submit(story.path("/pilots/{pilot}/readings/new"), {"value": value})
    assert "The reading is recorded." in page.text


async def test_a_milestone_with_evidence_is_met_and_its_tranche_released_and_paid(story: Story) -> None:
    await meet(story, "1. 两家医院上线")
    page = await story["officer"].get(story.path("/funds/{fund}"))
    assert stats_of(page)["Waiting to be paid"] == "¥300,000"
    await pay(story, "BANK-0001")
    page = await story["officer"].get(story.path("/funds/{fund}"))
    assert (stats_of(page)["Reserved for winners"], stats_of(page)["Already paid"]) == ("¥450,000", "¥300,000")


async def meet(story: Story, title: str) -> None:
    """Report a milestone with a file; let the buyer read the file and confirm."""
    vendor, buyer = story["vendor"], story["buyer"]
    address = link_beside(await vendor.get(story.path("/pilots/{pilot}")), title)
    await vendor.get(address)
    await vendor.submit(f"{address}/report", {"report": "已上线，见附件。"}, files={"files": ("抽查.txt", EVIDENCE)})
    page = await buyer.get(address)
    file = await buyer.client.get(page.link("抽查.txt"))
    assert file.content == EVIDENCE
    page = await buyer.submit(f"{address}/meet")
    assert state_of(page) == "Met"


async def pay(story: Story, reference: str) -> None:
    """Record the payment of the tranche that waits."""
    officer = story["officer"]
    page = await officer.get(story.path("/grants/{grant}"))
    action = next(each.get("action", "") for each in page.forms() if (each.get("action") or "").endswith("/pay"))
    field = next(each.get("name", "") for each in page.form(action).iter("input") if each.get("type") == "text")
    await officer.submit(action, {field: reference})


async def test_the_buyer_accepts_and_the_last_tranche_is_paid(story: Story) -> None:
    await meet(story, "2. 连续运行四周")
    page = await story["officer"].get(story.path("/grants/{grant}"))
    assert not [each for each in page.forms() if (each.get("action") or "").endswith("/pay")]
    await story["vendor"].get(story.path("/pilots/{pilot}"))
    await story["vendor"].submit(story.path("/pilots/{pilot}/request-acceptance"))
    await story["buyer"].get(story.path("/pilots/{pilot}/acceptance"))
    page = await story["buyer"].submit(story.path("/pilots/{pilot}/acceptance"), {"note": "四周达标，同意验收。"})
    assert state_of(page) == "Accepted"
    await pay(story, "BANK-0002")
    page = await story["officer"].get(story.path("/funds/{fund}"))
    assert stats_of(page) == {
        "Available": "¥4,250,000", "Committed to challenges": "¥0", "Reserved for winners": "¥0",
        "Waiting to be paid": "¥0", "Already paid": "¥750,000",
    }  # fmt: skip
    page = await story["vendor"].get(story.path("/grants/{grant}"))
    assert [row[4] for row in rows_of(page) if len(row) == 7] == ["BANK-0001", "BANK-0002"]
    page = await story["passer_by"].get(story.path("/scenes/{scene}"))
    assert state_of(page) == "Accepted"


async def test_audit_log_and_ledger_are_sound_and_tell_each_move_once(story: Story) -> None:
    auditor = story["auditor"]
    await auditor.sign_in(address_of("auditor"))
    page = await auditor.get("/audit?check=1")
    assert "events are as they were written." in page.text
    lines = (await auditor.client.get("/audit/export")).content.splitlines()
    assert (verify_export(lines).sound, (await verify_audit()).sound, (await verify_ledger()).sound) == (True,) * 3
    events = [orjson.loads(line) for line in lines]
    moves = [
        f"{each['role']} {each['event']} {each['subject_id']} {each['target']}" for each in events if each["target"]
    ]
    assert moves == MOVES.split("\n")
