"""Small catalogues with the hashing encoder, and the bundled model where it has been prepared."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from matching.bundled import load_bundled
from matching.documents import Document, Need, Requirement
from matching.encoder import Encoder, EncoderError, Vectors
from matching.hashing import HashingEncoder
from matching.store import Catalogue, Manifest, Snapshots, build_snapshot, texts_to_embed

MODELS_DIR = Path(os.environ.get("JIEBANG_MODELS_DIR", "var/models"))

STEEL = Document(
    7,
    "钢板表面缺陷视觉检测",
    "基于深度学习的钢板表面缺陷在线检测系统。误检率低于百分之一。支持本地部署。",
)
DESK = Document(3, "政务智能问答", "面向办事大厅的问答助手。已完成生成式人工智能备案。支持多轮对话。")
PUMPS = Document(
    5,
    "Predictive maintenance",
    "Predicts bearing failure from vibration.",
    ("Predicts bearing failure two weeks ahead.", "Runs fully on premises."),
)
EMPTY = Document(9, "", "")
DOCUMENTS = (STEEL, DESK, PUMPS, EMPTY)

NEED = Need(
    "轧钢厂表面质量检测",
    "需要在线识别钢板表面缺陷",
    (Requirement(1, "误检率低于百分之二", must=True), Requirement(2, "支持本地部署", must=False)),
)

Publish = Callable[..., Manifest]


def embed(documents: Sequence[Document], encoder: Encoder) -> dict[str, Vectors]:
    texts = texts_to_embed(documents)
    return dict(zip(texts, encoder.encode_passages(list(texts.values())), strict=True))


@pytest.fixture(scope="session", autouse=True)
def _power_stays() -> Iterator[None]:
    """Forcing files to disk guards against power cuts, which no test has; it is what takes the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _handle: None)
        yield


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def publish(tmp_path: Path, encoder: HashingEncoder) -> Publish:
    def publish(documents: Sequence[Document] = DOCUMENTS, *, version: str = "1") -> Manifest:
        return build_snapshot(
            documents,
            embed(documents, encoder),
            directory=tmp_path / "snapshots",
            encoder_name=encoder.name,
            dimension=encoder.dimension,
            catalogue_version=version,
        )

    return publish


@pytest.fixture
def snapshots(tmp_path: Path) -> Snapshots:
    return Snapshots(tmp_path / "snapshots")


@pytest.fixture
def catalogue(publish: Publish, snapshots: Snapshots) -> Catalogue:
    publish()
    current = snapshots.current()
    assert current is not None
    return current


@pytest.fixture(scope="session")
def bundled() -> Encoder:
    try:
        return load_bundled(MODELS_DIR)
    except EncoderError as error:
        pytest.skip(f"{error} Run make setup, or set JIEBANG_MODELS_DIR.")
