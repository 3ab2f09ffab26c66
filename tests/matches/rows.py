"""Scenes and solutions in a few words, made as the demonstration makes them: rows that only matching reads."""

from typing import Any

from market.accounts.models import Organisation
from market.core import clock
from market.core.vocabulary import OrganisationKind, RequirementKind
from market.lifecycle import Role, SceneState, SolutionState
from market.scenes.models import Requirement, Scene
from market.solutions.models import Capability, ModelUse, Solution
from tests.factories import make_organisation

STEEL = "钢板表面缺陷在线检测"


async def publish_scene(
    title: str = STEEL,
    *,
    musts: tuple[str, ...] = (),
    wishes: tuple[str, ...] = (),
    organisation: Organisation | None = None,
    **given: Any,
) -> Scene:
    organisation = organisation or await make_organisation(OrganisationKind.BUYER)
    values = {
        "problem": title,
        "state": SceneState.PUBLISHED,
        "published_at": clock.now(),
        "organisation": organisation,
    }
    scene = await Scene.create(title=title, **(values | given))
    await Scene.filter(id=scene.id).update(updated_at=clock.now())  # auto_now knows nothing of a test's clock
    asked = [(text, RequirementKind.MUST) for text in musts] + [(text, RequirementKind.WISH) for text in wishes]
    for position, (text, kind) in enumerate(asked, start=1):
        await Requirement.create(scene=scene, position=position, text=text, kind=kind)
    return scene


async def publish_solution(
    title: str,
    *,
    capabilities: tuple[str, ...] = (),
    models: tuple[str, ...] = (),
    organisation: Organisation | None = None,
    **given: Any,
) -> Solution:
    organisation = organisation or await make_organisation(OrganisationKind.VENDOR)
    values = {"state": SolutionState.PUBLISHED, "published_at": clock.now(), "organisation": organisation}
    solution = await Solution.create(title=title, **(values | given))
    for position, text in enumerate(capabilities, start=1):
        await Capability.create(solution=solution, position=position, text=text)
    for position, number in enumerate(models, start=1):
        await ModelUse.create(solution=solution, position=position, name=f"模型{position}", filing_number=number)
    return solution


async def three_solutions() -> tuple[Solution, Solution, Solution]:
    """One that fits steel, one about paperwork, one about weather."""
    return (
        await publish_solution(
            "金属板材表面缺陷检测系统",
            capabilities=("钢板表面划伤、裂纹的在线识别，误检率低于百分之二", "相机与产线同步，检测延迟一百毫秒"),
        ),
        await publish_solution("政务大厅智能问答", capabilities=("回答办事指南问题", "预审申请材料")),
        await publish_solution("短临降水预报", capabilities=("未来两小时降水逐十分钟更新",)),
    )


__all__ = ["STEEL", "Role", "publish_scene", "publish_solution", "three_solutions"]
