"""A migration's operation that adds columns to a table which has rows: each old row gets the value given for it."""

# ruff: noqa: ARG002  # Tortoise passes the states by position

from tortoise.fields.base import Field
from tortoise.migrations.operations import AddField, TortoiseOperation
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State


class AddColumns(TortoiseOperation):
    """Add fields to *model*, each with the SQL of its column.

    Tortoise's own ``AddField`` writes NOT NULL without a default, which fails as soon as the table has a row, and
    copies its picture of all models for every single field.
    """

    def __init__(self, model: str, table: str, columns: dict[str, tuple[Field, str]]) -> None:
        self._model = model
        self._table = table
        self._columns = columns

    def describe(self) -> str:
        """Say what the operation does."""
        return f"Add {', '.join(self._columns)} to {self._model}"

    def state_forward(self, app_label: str, state: State) -> None:
        """Note the fields in *state*."""
        for name, (field, _sql) in self._columns.items():
            AddField(self._model, name, field).state_forward(app_label, state)

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        """Add the columns in one statement."""
        if state_editor:
            await self._alter(state_editor, [f'ADD COLUMN "{name}" {sql}' for name, (_, sql) in self._columns.items()])

    async def database_backward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        """Drop the columns."""
        if state_editor:
            await self._alter(state_editor, [f'DROP COLUMN "{name}"' for name in self._columns])

    async def _alter(self, editor: BaseSchemaEditor, changes: list[str]) -> None:
        await editor.client.execute_script(f'ALTER TABLE "{self._table}" {", ".join(changes)}')
