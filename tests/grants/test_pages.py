"""The pages of public money."""

import csv
import io

import pytest

from market.challenges.models import Challenge
from market.core.vocabulary import OrganisationKind
from market.core.work import unit_of_work
from market.grants import ledger
from market.grants.actions import release_tranche
from market.grants.models import AccountKind, Fund, Grant, Tranche
from market.grants.queries import balances_of, tranches_of
from market.lifecycle import GrantState, Role, TrancheState
from tests.browser import Browser
from tests.factories import actor_for, make_challenge, make_funded, make_grant, make_organisation, make_person

NEW_FUND = {
    "code": "ai-2026", "name": "人工智能场景资金", "policy_basis": "区政府〔2026〕3 号文第五条", "project_cap": "300万",
    "organisation_cap": "500万",
}  # fmt: skip


async def sign_in(browser: Browser, role: Role) -> None:
    await browser.in_english()
    await browser.sign_in((await make_person(role, locale="en")).email)


async def available(fund: Fund) -> int:
    return (await balances_of([fund.id]))[fund.id][AccountKind.AVAILABLE]


async def released(grant: Grant) -> Tranche:
    tranche = (await tranches_of(grant.id))[0]
    officer = await actor_for(await make_person(Role.OFFICER))
    async with unit_of_work() as work:
        await release_tranche(tranche, work=work, actor=officer)
    return tranche


async def test_an_officer_creates_a_fund_and_adds_its_budget(browser: Browser) -> None:
    await sign_in(browser, Role.OFFICER)
    page = await browser.get("/funds")
    assert "No funds yet" in page.text
    await browser.get("/funds/new")
    page = await browser.submit("/funds/new", NEW_FUND | {"code": "AI 2026", "project_cap": "0"}, expect=422)
    assert "Use letters, digits and hyphens, for example AI-2026." in page.text
    assert "Enter an amount above zero." in page.text
    page = await browser.submit("/funds/new", NEW_FUND)
    fund = await Fund.get(code="AI-2026")
    assert page.h1 == "人工智能场景资金"
    page = await browser.submit(f"/funds/{fund.id}/budget", {"amount": "1000万", "reason": ""}, expect=422)
    assert "Name the decision that the money comes from." in page.text
    page = await browser.submit(f"/funds/{fund.id}/budget", {"amount": "1000万", "reason": "区财〔2026〕12 号"})
    assert "The budget is added." in page.text
    assert "Treasury −¥10,000,000" in page.text
    assert await available(fund) == 10_000_000_00


async def test_a_budget_form_sent_twice_counts_once(browser: Browser) -> None:
    fund = await make_funded(budget_fen=100)
    await sign_in(browser, Role.OFFICER)
    shown = await browser.get(f"/funds/{fund.id}")
    data = {"amount": "500", "reason": "追加"}
    await browser.submit(f"/funds/{fund.id}/budget", data)
    browser.page = shown
    page = await browser.submit(f"/funds/{fund.id}/budget", data, expect=409)
    assert "Budget was added since you opened this page." in page.text
    assert await available(fund) == 50_100


async def test_caps_are_changed_with_the_decision(browser: Browser) -> None:
    fund = await make_funded()
    await sign_in(browser, Role.OFFICER)
    await browser.get(f"/funds/{fund.id}")
    page = await browser.submit(f"/funds/{fund.id}/caps", {"project_cap": "20万"}, expect=422)
    assert "Name the decision that changes the caps." in page.text
    await browser.submit(f"/funds/{fund.id}/caps", {"project_cap": "20万", "caps_reason": "第 3 次办公会"})
    stored = await Fund.get(id=fund.id)
    assert (stored.project_cap_fen, stored.organisation_cap_fen) == (20_000_000, 10**9)


async def test_an_auditor_reads_and_changes_nothing(browser: Browser) -> None:
    fund = await make_funded()
    await sign_in(browser, Role.AUDITOR)
    page = await browser.get(f"/funds/{fund.id}")
    assert [form.get("action") for form in page.forms() if "/funds" in (form.get("action") or "")] == []
    await browser.get("/funds/new", expect=403)


@pytest.mark.parametrize("role", [Role.BUYER, Role.VENDOR, Role.REVIEWER])
async def test_funds_are_for_staff(browser: Browser, role: Role) -> None:
    fund = await make_funded()
    await sign_in(browser, role)
    for path in ("/funds", f"/funds/{fund.id}", f"/funds/{fund.id}/ledger.csv"):
        await browser.get(path, expect=403)


async def test_the_ledger_is_handed_out_as_a_table(browser: Browser) -> None:
    fund = await make_funded(budget_fen=123_45)
    await sign_in(browser, Role.AUDITOR)
    answer = await browser.client.get(f"/funds/{fund.id}/ledger.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["kind"], row["account"], row["amount_yuan"]) for row in rows] == [
        ("add_budget", "Treasury", "-123.45"), ("add_budget", "Available", "123.45")
    ]  # fmt: skip


async def test_the_exported_ledger_proves_itself(browser: Browser) -> None:
    await make_grant()
    await sign_in(browser, Role.AUDITOR)
    await browser.get("/funds")
    answer = await browser.client.get("/funds/ledger.jsonl")
    report = ledger.verify_export(answer.content.splitlines())
    assert (report.sound, report.checked) == (True, 3)


async def test_an_officer_commits_a_fund_and_gives_it_back(browser: Browser) -> None:
    challenge = await make_challenge(publish=False)
    await Challenge.all().update(fund_id=None)
    small, fund = await make_funded(budget_fen=100), await make_funded()
    await sign_in(browser, Role.OFFICER)
    path = f"/challenges/{challenge.id}/fund"
    page = await browser.get(path)
    assert "The grant of ¥1,000,000 is more than the ¥1 that this fund has available." in page.text
    page = await browser.submit(path, {"fund": fund.id})
    assert "The money is committed to this challenge." in page.text
    assert (await Challenge.get(id=challenge.id)).fund_id == fund.id
    page = await browser.get(path)
    assert not page.has_form(path)
    await browser.submit(f"{path}/release")
    assert (await Challenge.get(id=challenge.id)).fund_id is None
    assert [await available(each) for each in (small, fund)] == [100, 10**9]


async def test_a_payment_needs_its_reference(browser: Browser) -> None:
    grant = await make_grant()
    tranche = await released(grant)
    await sign_in(browser, Role.OFFICER)
    page = await browser.get("/funds")
    assert page.link("上线") == f"/grants/{grant.id}"
    await browser.get(f"/grants/{grant.id}")
    action = f"/grants/{grant.id}/tranches/{tranche.id}/pay"
    page = await browser.submit(action, {f"reference-{tranche.id}": ""}, expect=422)
    assert "Enter the reference of the payment, as it stands on the bank's receipt." in page.text
    page = await browser.submit(action, {f"reference-{tranche.id}": "国库 2026-1101"})
    assert "国库 2026-1101" in page.text
    assert not page.has_form(action)
    assert (await Tranche.get(id=tranche.id)).state is TrancheState.PAID


async def test_an_officer_cancels_a_grant_with_a_reason(browser: Browser) -> None:
    grant = await make_grant()
    await sign_in(browser, Role.OFFICER)
    await browser.get(f"/grants/{grant.id}")
    page = await browser.submit(f"/grants/{grant.id}/cancel", {"reason": "企业放弃"})
    assert "企业放弃" in page.text
    assert (await Grant.get(id=grant.id)).state is GrantState.CANCELLED


async def test_who_sees_a_grant(browser: Browser) -> None:
    buyers, vendors = await make_organisation(OrganisationKind.BUYER), await make_organisation(OrganisationKind.VENDOR)
    buyer, vendor = await make_person(Role.BUYER, buyers), await make_person(Role.VENDOR, vendors)
    grant = await make_grant(buyer=await actor_for(buyer), vendor=await actor_for(vendor))
    seen = {}
    for name, person in (
        ("buyer", buyer), ("vendor", vendor), ("auditor", await make_person(Role.AUDITOR)),
        ("another vendor", await make_person(Role.VENDOR)), ("another buyer", await make_person(Role.BUYER)),
        ("reviewer", await make_person(Role.REVIEWER)),
    ):  # fmt: skip
        await browser.sign_in(person.email)
        answer = await browser.client.get(f"/grants/{grant.id}")
        seen[name] = (answer.status_code, "/pay" in answer.text)
    assert seen == {
        "buyer": (200, False), "vendor": (200, False), "auditor": (200, False), "another vendor": (404, False),
        "another buyer": (404, False), "reviewer": (404, False),
    }  # fmt: skip
