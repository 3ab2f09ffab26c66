"""Drafting by description through the browser: propose, tick, change, add, take back; and a language model."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from market.accounts.models import Organisation
from market.core.vocabulary import DataLevel, Deployment
from market.lifecycle import Role, SceneState
from market.scenes.models import Scene
from market.scenes.queries import metrics_of, requirements_of
from market.settings import settings
from tests.browser import Browser, Page
from tests.factories import make_person, make_scene

pytestmark = pytest.mark.usefixtures("db")

KEY = "sk-a-secret-of-this-test"
TEXT = (
    "系统必须识别划伤，漏报率不高于2%。希望支持语音查询。目前靠人眼看。缺陷检出率不低于百分之九十九。"
    "数据须本地部署。预算80万到90万元，试点不超过16周。"
)  # fmt: skip


async def drafting(browser: Browser, **given: Any) -> Scene:
    """The buyer of a draft with three requirements and a metric, but without answers for later steps."""
    empty = {"budget_min_fen": None, "budget_max_fen": None, "duration_weeks": None, "deployments": [],
             "data_description": ""}  # fmt: skip
    scene = await make_scene(state=SceneState.DRAFT, **(empty | given))
    buyer = await make_person(Role.BUYER, await Organisation.get(id=scene.organisation_id))
    await browser.in_english()
    await browser.sign_in(buyer.email)
    await browser.get(f"/scenes/{scene.id}/describe")
    return scene


async def texts(scene: Scene) -> list[tuple[str, str]]:
    return [(each.text, str(each.kind)) for each in await requirements_of(scene.id)]


def ticked(page: Page, action: str) -> dict[str, bool]:
    boxes = [each for each in page.form(action).iter("input") if each.get("type") == "checkbox"]
    return {str(each.get("name")): each.get("checked") is not None for each in boxes}


async def test_propose_change_add_and_take_back(browser: Browser) -> None:
    scene = await drafting(browser)
    before, base = await texts(scene), f"/scenes/{scene.id}/describe"
    page = await browser.submit(base, {"text": TEXT})
    assert await texts(scene) == before  # nothing is saved before it is confirmed
    assert ticked(page, f"{base}/add") == {
        "requirements-0-take": True, "requirements-1-take": True, "requirements-2-take": False,
        "requirements-3-take": True, "metrics-0-take": True, "metrics-1-take": True, "hints-0-take": True,
        "hints-1-take": True, "hints-2-take": True, "hints-3-take": True,
    }  # fmt: skip
    assert "already there" in page.text
    assert "From: “希望支持语音查询”" in page.text
    assert "目前靠人眼看 (tells how things are, asks for nothing)" in page.text
    page = await browser.submit(f"{base}/add", {"requirements-1-text": "希望支持方言语音查询", "metrics-1-take": []})
    assert page.h1 == "Added to the draft"
    assert await texts(scene) == [
        *before, ("系统必须识别划伤，漏报率不高于2%", "must"), ("希望支持方言语音查询", "wish"),
        ("数据须本地部署", "must"),
    ]  # fmt: skip
    assert [(each.name, each.target) for each in await metrics_of(scene.id)][1:] == [("漏报率", 2)]
    saved = await Scene.get(id=scene.id)
    assert (saved.budget_min_fen, saved.budget_max_fen, saved.duration_weeks) == (80_000_000, 90_000_000, 16)
    assert saved.deployments == [Deployment.ON_PREMISES]
    await browser.submit(f"{base}/undo")
    saved = await Scene.get(id=scene.id)
    assert await texts(scene) == before
    assert len(await metrics_of(scene.id)) == 1
    assert (saved.budget_min_fen, saved.budget_max_fen, saved.duration_weeks, saved.deployments) == (
        None, None, None, [],
    )  # fmt: skip


async def test_what_is_filled_in_already_stays(browser: Browser) -> None:
    scene = await drafting(
        browser, budget_max_fen=5_000_000, deployments=[Deployment.EDGE], data_description="图像",
        data_level=DataLevel.PUBLIC,
    )  # fmt: skip
    base = f"/scenes/{scene.id}/describe"
    page = await browser.submit(base, {"text": "预算不超过80万元。数据属于敏感数据，必须本地部署。"})
    assert page.text.count("you have filled this in already; it stays as it is") == 3
    await browser.submit(f"{base}/add", {f"hints-{at}-take": "yes" for at in range(3)})
    saved = await Scene.get(id=scene.id)
    assert (saved.budget_max_fen, saved.deployments, saved.data_level) == (
        5_000_000, [Deployment.EDGE], DataLevel.PUBLIC,
    )  # fmt: skip


async def test_a_wrong_number_is_said_beside_its_field_and_nothing_is_saved(browser: Browser) -> None:
    scene = await drafting(browser)
    before, base = await texts(scene), f"/scenes/{scene.id}/describe"
    await browser.submit(base, {"text": TEXT})
    page = await browser.submit(f"{base}/add", {"metrics-0-take": [], "metrics-1-target": "viel"}, expect=422)
    assert page.link("Enter a number, for example 98.5.") == "#f-metrics-1-target"
    assert await texts(scene) == before
    nothing = {name: [] for name in ticked(page, f"{base}/add")}
    page = await browser.submit(f"{base}/add", nothing, expect=422)
    assert "Tick at least one line, or go back to the draft." in page.text


async def test_somebody_else_saved_meanwhile(browser: Browser) -> None:
    scene = await drafting(browser)
    base = f"/scenes/{scene.id}/describe"
    await browser.submit(base, {"text": TEXT})
    await Scene.filter(id=scene.id).update(revision=9)
    page = await browser.submit(f"{base}/add", expect=422)
    assert "Somebody else saved this scene while you were editing it." in page.text
    page = await browser.submit(f"{base}/add")  # the page now carries the new revision, and what was ticked
    assert page.h1 == "Added to the draft"


async def test_a_receipt_of_another_scene_takes_nothing_back(browser: Browser) -> None:
    scene = await drafting(browser)
    base = f"/scenes/{scene.id}/describe"
    await browser.submit(base, {"text": TEXT})
    await browser.submit(f"{base}/add")
    added = await texts(scene)
    await browser.submit(f"{base}/undo", {"receipt": "x"}, expect=404)
    assert await texts(scene) == added


async def test_without_a_text_and_without_requirements(browser: Browser) -> None:
    scene = await drafting(browser)
    base = f"/scenes/{scene.id}/describe"
    page = await browser.submit(base, {"text": "  "}, expect=422)
    assert "Paste or write the description first." in page.text
    page = await browser.submit(base, {"text": "目前靠人眼看。"})
    assert "No sentence asks for anything." in page.text


class Service:
    """A small OpenAI-compatible server that answers what the test says, and notes what it was asked."""

    def __init__(self) -> None:
        self.answer: Response = PlainTextResponse("", status_code=500)
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def complete(self, request: Request) -> Response:
        self.asked.append((request.headers.get("authorization", ""), await request.json()))
        return self.answer

    def says(self, content: Any) -> None:
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        self.answer = JSONResponse({"choices": [{"message": {"role": "assistant", "content": text}}]})


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    answering = Service()
    app = Starlette(routes=[Route("/v1/chat/completions", answering.complete, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    monkeypatch.setenv("JIEBANG_LLM_BASE_URL", f"http://127.0.0.1:{port}/v1")
    monkeypatch.setenv("JIEBANG_LLM_MODEL", "a-model")
    monkeypatch.setenv("JIEBANG_LLM_API_KEY", KEY)
    settings.cache_clear()
    yield answering
    server.should_exit = True
    await running
    monkeypatch.undo()
    settings.cache_clear()


async def test_a_model_is_asked_only_with_its_own_button(browser: Browser, service: Service) -> None:
    scene = await drafting(browser)
    base = f"/scenes/{scene.id}/describe"
    page = await browser.submit(base, {"text": TEXT})
    assert service.asked == []
    assert "the whole text above is sent to 127.0.0.1:" in page.text
    service.says({
        "requirements": [
            {"text": "识别划伤", "kind": "must", "sentence": "系统必须识别划伤，漏报率不高于2%。"},
            {"text": "支持人脸识别", "kind": "wish", "sentence": "希望支持人脸识别"},
        ],
        "metrics": [{"name": "漏报率", "baseline": None, "target": "2", "unit": "%", "direction": "lower",
                     "sentence": "漏报率不高于2%"}],
    })  # fmt: skip
    page = await post_to_model(browser, base)
    assert ticked(page, f"{base}/add") == {
        "requirements-0-take": True, "requirements-1-take": False, "metrics-0-take": True,
    }  # fmt: skip
    assert "the model's own idea: no sentence of your text says this" in page.text
    [(authorization, body)] = service.asked
    assert (authorization, body["model"], body["messages"][1]["content"]) == (f"Bearer {KEY}", "a-model", TEXT)
    assert body["response_format"]["json_schema"]["strict"] is True
    before = await texts(scene)
    await browser.submit(f"{base}/add")
    assert (await texts(scene))[len(before) :] == [("识别划伤", "must")]


async def post_to_model(browser: Browser, base: str) -> Page:
    """Press the second button of the description's form."""
    assert browser.page is not None
    form = browser.page.form(base)
    form.set("action", f"{base}/model")
    return await browser.submit(f"{base}/model", {"text": TEXT})


@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse("no", status_code=500), PlainTextResponse("no JSON"), JSONResponse({"choices": []}),
        JSONResponse({"choices": [{"message": {"content": "sorry"}}]}),
        JSONResponse({"choices": [{"message": {"content": '{"requirements": [], "metrics": [], "more": 1}'}}]}),
    ],
    ids=["failure", "no-json", "no-choice", "prose", "another-shape"],
)  # fmt: skip
async def test_without_a_usable_answer_the_sentences_serve(
    browser: Browser, service: Service, answer: Response, caplog: pytest.LogCaptureFixture
) -> None:
    scene = await drafting(browser)
    service.answer = answer
    with caplog.at_level(logging.DEBUG):
        page = await post_to_model(browser, f"/scenes/{scene.id}/describe")
    assert "The language model did not give a usable answer." in page.text
    assert "From: “希望支持语音查询”" in page.text
    assert KEY not in page.html
    assert KEY not in caplog.text
    assert "识别划伤" not in caplog.text


async def test_a_service_that_is_away_is_a_message(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIEBANG_LLM_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("JIEBANG_LLM_MODEL", "a-model")
    settings.cache_clear()
    scene = await drafting(browser)
    page = await post_to_model(browser, f"/scenes/{scene.id}/describe")
    assert "The language model did not give a usable answer." in page.text
    monkeypatch.undo()
    settings.cache_clear()


async def test_without_a_setting_there_is_no_such_button(browser: Browser) -> None:
    scene = await drafting(browser)
    assert browser.page is not None
    assert "language model" not in browser.page.text
    form = browser.page.form(f"/scenes/{scene.id}/describe")
    form.set("action", f"/scenes/{scene.id}/describe/model")
    await browser.submit(f"/scenes/{scene.id}/describe/model", {"text": TEXT}, expect=404)
