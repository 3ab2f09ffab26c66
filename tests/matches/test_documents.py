"""What of a solution and of a scene is read: the title in both languages among it."""

import pytest

from market.catalogue.catalogues import SCENES, SOLUTIONS, build_index, catalogue_of
from market.catalogue.documents import scene_documents, solution_documents
from market.catalogue.encoders import current_encoder
from matching.documents import Need
from tests.matches.rows import publish_scene, publish_solution

pytestmark = pytest.mark.usefixtures("db", "empty_index")
NEED = Need("Seals on certificates", "We want the tampering of certificates to be found.")


async def test_an_english_need_finds_the_chinese_solution_by_its_english_title() -> None:
    await publish_solution("短临降水预报模型", title_en="Nowcasting of rain", capabilities=("预报未来两小时降水。",))
    wanted = await publish_solution(
        "票证防伪核验", title_en="Detecting tampered certificates", capabilities=("核对印章与编号。",)
    )
    await build_index()
    catalogue = await catalogue_of(SOLUTIONS)
    assert catalogue is not None
    first, second = catalogue.rank(NEED, await current_encoder())
    assert (first.document_id, second.lexical) == (wanted.id, 0)
    assert first.lexical > 0


async def test_an_english_title_is_read_and_not_quoted() -> None:
    await publish_solution("票证核验", title_en="Tampered certificates", capabilities=("核对印章。",))
    await publish_scene("票证核验", title_en="Certificates", problem="假证多。", musts=("核对印章。",))
    (offer,), (wanted,) = await solution_documents(), await scene_documents()
    assert (offer.quotable(), offer.passages()) == (("核对印章。",), ("票证核验", "Tampered certificates 核对印章。"))
    assert (wanted.quotable(), wanted.text) == (("核对印章。",), "Certificates\n假证多。")


async def test_a_new_english_title_is_read_at_the_next_refresh() -> None:
    scene = await publish_scene("票证核验", musts=("核对印章。",))
    await build_index()
    await type(scene).filter(id=scene.id).update(title_en="Tampered certificates", revision=2)
    await build_index()
    catalogue = await catalogue_of(SCENES)
    assert catalogue is not None
    assert catalogue.corpus.holds("tamper")
