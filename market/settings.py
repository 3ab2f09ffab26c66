"""Environment variables become one frozen Settings, checked once at start."""

from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything the program reads from its environment; a wrong value stops it at once with the reason."""

    model_config = SettingsConfigDict(
        env_prefix="JIEBANG_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    redis_url: str | None = Field(default=None, validation_alias="REDIS_URL")
    data_dir: Path = Path("var")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    origin: str | None = None
    secret_key: SecretStr | None = None
    secure_cookies: bool = False
    encoder: str = "bundled"
    embed_threads: int = Field(default=2, ge=1, le=64)
    reranker: str = ""
    vector_index: Literal["faiss", "milvus", "pgvector"] = "faiss"
    milvus_uri: str = ""
    demonstration: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    database_pool: int = Field(default=20, ge=2, le=200)
    sweep_seconds: int = Field(default=5, ge=1, le=60)
    login_attempts_per_minute: int = Field(default=10, ge=1, le=1000)
    max_upload_mb: int = Field(default=20, ge=1, le=1024)
    # A vendor that nobody knows is not chosen for that reason alone: two of the first ten places go to such vendors
    # where their score is within this margin of the tenth. Every place so given is marked, stored and counted.
    exploration_slots: int = Field(default=2, ge=0, le=5)
    exploration_margin: float = Field(default=0.05, ge=0, le=0.5)
    llm_base_url: str | None = None
    llm_model: str | None = None
    llm_api_key: SecretStr | None = None

    @field_validator("origin")
    @classmethod
    def _origin_has_no_path(cls, value: str | None) -> str | None:
        if value and (not value.startswith(("http://", "https://")) or value.count("/") != 2):  # noqa: PLR2004
            raise ValueError("must look like https://jiebang.example.gov.cn, with no path")
        return value

    @model_validator(mode="after")
    def _milvus_has_an_address(self) -> Self:
        if self.vector_index == "milvus" and not self.milvus_uri:
            raise ValueError(
                "JIEBANG_VECTOR_INDEX is milvus: set JIEBANG_MILVUS_URI too, for example http://milvus:19530"
            )
        return self

    @property
    def public_origin(self) -> str:
        """The address people use, without a path: for checking where a form came from and for links in messages."""
        return self.origin or f"http://{'127.0.0.1' if self.host == '0.0.0.0' else self.host}:{self.port}"  # noqa: S104


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Read the environment once. Tests call ``settings.cache_clear()`` after changing it."""
    return Settings()
