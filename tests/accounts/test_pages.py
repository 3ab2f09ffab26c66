import pytest

from market.accounts import actions
from market.accounts.models import Membership, Organisation, Person, Session
from market.core.errors import NotAllowedError
from market.core.models import AuditEvent
from market.core.vocabulary import OrganisationKind
from market.core.work import unit_of_work
from market.lifecycle import OrganisationState, Role
from tests.browser import Browser
from tests.factories import actor_for, make_code, make_organisation, make_person


async def test_a_buyer_signs_up_and_the_organisation_is_verified_by_its_code(browser: Browser) -> None:
    await browser.in_english()
    await browser.get("/sign-up?kind=buyer")
    page = await browser.submit(
        "/sign-up",
        {"organisation": "临江泵业", "code": make_code(900), "name": "周敏", "email": "Zhou@Example.com",
         "password": "a long password"},
    )  # fmt: skip
    assert page.h1 == "My work"
    organisation = await Organisation.get(uscc=make_code(900))
    assert organisation.state is OrganisationState.VERIFIED
    membership = await Membership.get(organisation_id=organisation.id).select_related("person")
    assert (membership.role, membership.person.email) == (Role.BUYER, "zhou@example.com")
    events = await AuditEvent.all().order_by("number").values_list("event", flat=True)
    assert events == ["sign_up", "verify_organisation"]


async def test_a_wrong_check_digit_is_refused_and_nothing_typed_is_lost(browser: Browser) -> None:
    await browser.in_english()
    await browser.get("/sign-up")
    code = make_code(901)
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    page = await browser.submit(
        "/sign-up",
        {"kind": "vendor", "organisation": "甲公司", "code": wrong, "name": "李想", "email": "li@example.com",
         "password": "a long password"},
        expect=422,
    )  # fmt: skip
    assert "the last character does not check" in page.text
    assert 'value="甲公司"' in page.html
    assert await Person.all().count() == 0


async def test_an_unverified_organisation_is_verified_later(browser: Browser) -> None:
    organisation = await make_organisation(uscc=None, state=OrganisationState.UNVERIFIED, verified_at=None)
    person = await make_person(Role.BUYER, organisation)
    await browser.in_english()
    await browser.sign_in(person.email)
    await browser.get("/account")
    page = await browser.submit("/account/verify", {"code": "123"}, expect=422)
    assert "has 18 characters; this has 3" in page.text
    page = await browser.submit("/account/verify", {"code": make_code(902)})
    assert "Your organisation is verified." in page.text
    await organisation.refresh_from_db()
    assert organisation.state is OrganisationState.VERIFIED


async def test_a_wrong_password_and_an_unknown_address_look_the_same(browser: Browser) -> None:
    person = await make_person(Role.VENDOR)
    await browser.in_english()
    await browser.get("/sign-in")
    known = await browser.submit("/sign-in", {"email": person.email, "password": "wrong password"}, expect=422)
    unknown = await browser.submit("/sign-in", {"email": "nobody@example.com", "password": "wrong"}, expect=422)
    sentence = "The e-mail address or the password is wrong. Check both and try again."
    assert sentence in known.text
    assert sentence in unknown.text
    assert await Session.all().count() == 0


async def test_too_many_attempts_are_refused(browser: Browser) -> None:
    await browser.in_english()
    await browser.get("/sign-in")
    for _attempt in range(10):
        await browser.submit("/sign-in", {"email": "x@example.com", "password": "wrong"}, expect=422)
    page = await browser.submit("/sign-in", {"email": "x@example.com", "password": "wrong"}, expect=429)
    assert "Too many attempts. Wait a minute and try again." in page.text


async def test_attempts_from_one_place_do_not_keep_the_owner_out_elsewhere(
    browser: Browser, another_browser: Browser
) -> None:
    person = await make_person(Role.BUYER)
    browser.client._transport.client = ("203.0.113.9", 1234)  # noqa: SLF001  # where the stranger sits
    await browser.get("/sign-in")
    for _attempt in range(10):
        await browser.submit("/sign-in", {"email": person.email, "password": "wrong"}, expect=422)
    await browser.submit("/sign-in", {"email": person.email, "password": "wrong"}, expect=429)
    page = await another_browser.sign_in(person.email)
    assert page.url.endswith("/desk")


async def test_signing_out_ends_the_session_for_good(browser: Browser) -> None:
    person = await make_person(Role.BUYER)
    await browser.sign_in(person.email)
    token = browser.client.cookies["jiebang_session"]
    await browser.submit("/sign-out", {})
    browser.client.cookies.set("jiebang_session", token)
    page = await browser.get("/desk")
    assert page.url.endswith("/sign-in?next=%2Fdesk")


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_signing_in_never_leads_to_another_site(browser: Browser, target: str) -> None:
    person = await make_person(Role.BUYER)
    await browser.get(f"/sign-in?next={target}")
    page = await browser.submit("/sign-in", {"email": person.email, "password": "a long password"})
    assert page.url.endswith("/desk")


async def test_a_form_without_its_token_or_from_elsewhere_is_refused(browser: Browser) -> None:
    person = await make_person(Role.BUYER)
    await browser.sign_in(person.email)
    answer = await browser.client.post("/account/role", data={"membership": "1"})
    assert answer.status_code == 403
    await browser.get("/account")
    browser.client.headers["sec-fetch-site"] = "cross-site"
    await browser.submit("/sign-out", {}, expect=403)


async def test_staff_suspend_and_reinstate_and_nobody_else_sees_the_register(browser: Browser) -> None:
    organisation = await make_organisation(name="乙公司")
    officer, buyer = await make_person(Role.OFFICER), await make_person(Role.BUYER)
    await browser.in_english()
    await browser.sign_in(officer.email)
    page = await browser.get("/organisations?q=乙公司")
    assert f"/organisations/{organisation.id}" in page.links()
    base = f"/organisations/{organisation.id}"
    await browser.get(base)
    await browser.submit(f"{base}/suspend", {"reason": ""}, expect=400)
    await browser.get(base)
    await browser.submit(f"{base}/suspend", {"reason": "forged licence"})
    await organisation.refresh_from_db()
    assert organisation.state is OrganisationState.SUSPENDED
    await browser.submit(f"{base}/reinstate", {"reason": "cleared"})
    await browser.sign_in(buyer.email)
    page = await browser.get("/organisations", expect=403)
    assert "This page is not for your role." in page.text


async def test_knowing_a_code_lets_nobody_into_an_organisation(browser: Browser) -> None:
    """A unified social credit code is public: it must not open a competitor's sealed bids."""
    organisation = await make_organisation(OrganisationKind.VENDOR)
    await browser.in_english()
    await browser.get("/sign-up?kind=vendor")
    page = await browser.submit(
        "/sign-up",
        {"kind": "vendor", "organisation": "别人", "code": organisation.uscc, "name": "外人",
         "email": "stranger@example.com", "password": "a long password"},
        expect=422,
    )  # fmt: skip
    assert "This organisation is already here. Ask a colleague who has an account to add you" in page.text
    assert await Membership.filter(organisation_id=organisation.id).count() == 0
    assert await Person.all().count() == 0


async def test_a_colleague_is_let_in_by_somebody_of_the_organisation(
    browser: Browser, another_browser: Browser
) -> None:
    vendor = await make_person(Role.VENDOR)
    await browser.in_english()
    await browser.sign_in(vendor.email)
    await browser.get("/account")
    page = await browser.submit(
        "/account/colleagues", {"name": "同事", "email": "new@example.com", "password": "short"}, expect=422
    )
    assert "Choose a password of at least 10 characters." in page.text
    assert 'value="new@example.com"' in page.html
    await browser.submit(
        "/account/colleagues", {"name": "同事", "email": "new@example.com", "password": "seven blue pumps"}
    )
    page = await another_browser.sign_in("new@example.com", "seven blue pumps")
    assert page.url.endswith("/desk")
    membership = await Membership.get(person__email="new@example.com")
    own = await Membership.get(person_id=vendor.id)
    assert (membership.organisation_id, membership.role) == (own.organisation_id, Role.VENDOR)


async def test_an_officer_lets_nobody_into_a_vendor_or_the_district(browser: Browser) -> None:
    """With an account of a vendor an officer could read its sealed bids, with a second officer's approve alone."""
    officer, vendor = await make_person(Role.OFFICER), await make_organisation(OrganisationKind.VENDOR)
    district = await Organisation.get(kind=OrganisationKind.DISTRICT)
    actor = await actor_for(officer)
    await browser.in_english()
    await browser.sign_in(officer.email)
    assert not (await browser.get("/account")).has_form("/account/colleagues")
    reasons = ((vendor, "You do not act for this organisation."), (district, "made by the system's administrator"))
    for organisation, reason in reasons:
        async with unit_of_work() as work:
            with pytest.raises(NotAllowedError, match=reason):
                await actions.add_person(
                    organisation, name="x", email="x@example.com", password="seven blue pumps", work=work, actor=actor
                )
    assert await Person.filter(email="x@example.com").count() == 0


async def test_a_changed_password_signs_every_other_device_out(browser: Browser, another_browser: Browser) -> None:
    person = await make_person(Role.BUYER)
    await browser.in_english()
    await another_browser.sign_in(person.email)
    await browser.sign_in(person.email)
    await browser.get("/account")
    page = await browser.submit("/account/password", {"current": "wrong", "new": "seven blue pumps"}, expect=422)
    assert "This is not your current password." in page.text
    page = await browser.submit("/account/password", {"current": "a long password", "new": "seven blue pumps"})
    assert "Your password is changed. Every other device is signed out." in page.text
    page = await another_browser.get("/desk")
    assert "/sign-in" in page.url
    page = await another_browser.sign_in(person.email, "seven blue pumps")
    assert page.url.endswith("/desk")
