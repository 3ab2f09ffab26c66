"""The ranking for the terminal."""

import json

import pytest

from market.core.errors import MarketError, NotFoundError
from market.core.vocabulary import Deployment
from market.matches.explain import match_in_terminal
from tests.matches.rows import STEEL, publish_scene, publish_solution, three_solutions

pytestmark = pytest.mark.usefixtures("db", "empty_index")


async def test_the_terminal_shows_ranks_evidence_and_what_does_not_qualify() -> None:
    steel, *_others = await three_solutions()
    scene = await publish_scene(musts=("误检率低于百分之二",), deployments=[Deployment.EDGE])
    far = await publish_solution(STEEL, deployments=[Deployment.API])
    result = await match_in_terminal(str(scene.id), 2)
    text = str(result)
    assert text.startswith(f"#{scene.id} {STEEL}\n\n  1. ")
    assert text.index(steel.title) < text.index("Near, but does not qualify:")
    assert "[must] 误检率低于百分之二\n             → 钢板表面划伤、裂纹的在线识别，误检率低于百分之二" in text
    assert "does not qualify: The scene needs Edge device; the solution offers API call." in text
    values = json.loads(json.dumps(result.as_json()))
    assert [(each["id"], each["qualifies"]) for each in values["solutions"]][::2] == [
        (steel.id, True), (far.id, False),
    ]  # fmt: skip
    assert (values["considered"], values["up_to_date"], values["encoder"]) == (4, True, "hashing-512-1")
    assert values["solutions"][0]["evidence"][0]["requirement"] == "误检率低于百分之二"


async def test_a_scene_is_found_by_number_or_words() -> None:
    scene = await publish_scene(STEEL, title_en="Steel plates")
    assert (await match_in_terminal("steel PLATES", 3)).scene.id == scene.id
    assert "No published solution was found." in str(await match_in_terminal("钢板", 3))
    for reference in ("999999999999", "没有的词", " "):
        with pytest.raises(NotFoundError, match="There is no scene"):
            await match_in_terminal(reference, 3)
    await publish_scene("钢板与焊缝")
    with pytest.raises(MarketError, match=r"Several scenes fit “钢板”; give a number: #1 .*; #2 钢板与焊缝"):
        await match_in_terminal("钢板", 3)
