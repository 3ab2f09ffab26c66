"""The worker ranks; buyer and vendor read why, and find each other."""

from xml.etree.ElementTree import Element

from tests.browser import Page, text_of
from tests.journey.story import Story, by_class, items_of, state_of


def cards_of(page: Page) -> dict[str, Element]:
    """Return the cards on a page by their titles."""
    return {text_of(each.find(".//h3")): each for each in page.tree.iter("article")}


def evidence_in(card: Element) -> dict[str, str]:
    """Return requirement → sentence."""
    asked = [text_of(each) for each in card.iter("strong") if not text_of(each).endswith("%")]
    sentences = [text_of(each) for each in card.iter("p") if each.get("class") == "evidence-text"]
    return dict(zip(asked[-len(sentences) :], sentences, strict=True))


async def test_the_worker_ranks_and_gives_evidence_for_each_requirement(story: Story) -> None:
    page = await story.until("buyer", "/scenes/{scene}/matches", lambda seen: len(cards_of(seen)) == 2)
    assert list(cards_of(page)) == ["1. Outpatient triage assistant", "General triage robot"]
    assert evidence_in(cards_of(page)["1. Outpatient triage assistant"]) == {
        "科室推荐准确率不低于百分之九十五": "科室推荐准确率达到百分之九十七，门诊办抽查一千次",
        "支持上海话语音输入": "支持上海话和普通话语音输入",
    }


async def test_the_solution_that_misses_a_must_is_kept_apart(story: Story) -> None:
    page = await story.until("buyer", "/scenes/{scene}/matches", lambda seen: "Rank again" in seen.text)
    apart = next(each for each in page.tree.iter("section") if each.get("id") == "near")
    assert [text_of(each) for each in apart.iter("h3")] == ["General triage robot"]
    assert items_of(page, "Does not qualify because") == [
        "The scene serves the public, and the registry has no entry for 自研小模型."
    ]


async def test_the_buyer_shortlists_and_invites(story: Story) -> None:
    buyer, base = story["buyer"], story.path("/scenes/{scene}/shortlist")
    add, invite = story.path(f"{base}/{{right}}/add"), story.path(f"{base}/{{right}}/invite")
    await story.until("buyer", "/scenes/{scene}/matches", lambda seen: seen.has_form(add))
    await buyer.submit(add)
    await buyer.get(base)
    page = await buyer.submit(invite)
    assert "Invited. The vendor has been told." in page.text


async def test_the_vendor_sees_the_scene_from_its_side_and_is_interested(story: Story) -> None:
    vendor = story["vendor"]
    page = await vendor.get("/matches")
    assert by_class(page, "section")[0].startswith("Invitations to answer")
    page = await vendor.get(page.link("Read and answer"))
    assert (page.h1, page.url.endswith(story.path("/matches/{scene}/{right}"))) == ("Triage for outpatients", True)
    page = await vendor.submit(story.path("/matches/{scene}/{right}/accept"))
    assert state_of(page) == "Interested"
    await story["other"].get(story.path("/matches/{scene}/{right}"), expect=404)
    page = await story["buyer"].get(story.path("/scenes/{scene}/shortlist"))
    assert "Interested" in by_class(page, "tag")
