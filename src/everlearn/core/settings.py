"""Settings: from `EVERLEARN_*` variables, then `everlearn.toml`, then these defaults."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class Settings(BaseSettings):
    """Every setting, with its unit and default; docs/reference/settings.md is made from this."""

    model_config = SettingsConfigDict(
        env_prefix="EVERLEARN_", toml_file="everlearn.toml", extra="forbid", frozen=True
    )

    database_url: SecretStr | None = Field(
        None,
        description="DSN of a PostgreSQL 16+ to use; the embedded server when it is not set.",
    )
    read_url: SecretStr | None = Field(
        None,
        description="DSN of a streaming replica of the database; reports and lists are read there "
        "while it is close behind, all else and otherwise on the primary.",
    )
    read_max_lag_s: float = Field(
        5.0, gt=0, description="Seconds the replica may be behind and still be read."
    )
    data_dir: Path = Field(
        default_factory=lambda: user_data_path("everlearn"),
        description="Folder of the embedded server's data, artifacts and keys.",
    )
    archive_url: str | None = Field(
        None,
        description="Where archived rows go, such as s3://bucket/folder (the keys come from the "
        "environment, as AWS tools read them); the folder archive in data_dir when it is not set.",
    )
    archive_query_memory_mb: int = Field(
        1024, ge=64, description="Memory that one query of the archive may take, in MB."
    )
    archive_query_timeout_s: float = Field(
        60.0, gt=0, description="Seconds after which a query of the archive is given up."
    )
    host: str = Field("127.0.0.1", description="Address the server listens on.")
    port: int = Field(8686, ge=0, le=65535, description="Port the server listens on.")
    tenant: str = Field("default", description="Slug of the tenant that the CLI and SDK work for.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe log line that is written."
    )
    log_format: Literal["auto", "console", "json"] = Field(
        "auto", description="Form of log lines; auto is console on a terminal, else JSON."
    )
    pool_size: int = Field(10, ge=1, description="Connections a process keeps to the database.")
    statement_timeout_s: float = Field(
        120.0, gt=0, description="Seconds after which the database gives up a statement."
    )
    lock_timeout_s: float = Field(
        10.0, gt=0, description="Seconds to wait for a lock before a 503."
    )
    max_body_bytes: int = Field(
        16 * 1024 * 1024, gt=0, description="Largest request body that is read, in bytes."
    )
    batch_writers: int = Field(
        4,
        ge=1,
        description="Batches that a process writes at once. It holds four more for each; who sends "
        "another is told to wait (429).",
    )
    threads: int = Field(
        2, ge=1, description="Threads that fitting and scoring use; fixed, so that runs repeat."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, environment, file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Read the settings once a process."""
    return Settings()
