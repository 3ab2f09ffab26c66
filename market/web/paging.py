"""Long lists come in pages that keep the question in their address."""

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request

PAGE_SIZE = 20


@dataclass(frozen=True)
class Pager:
    """Where in a list the reader is."""

    page: int
    total: int
    path: str
    query: tuple[tuple[str, str], ...]
    size: int = PAGE_SIZE

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        """How many rows come before this page."""
        return (min(self.page, self.pages) - 1) * self.size

    def href(self, page: int) -> str:
        """Return the address of another page of the same question."""
        return f"{self.path}?{urlencode([*self.query, ('page', str(page))])}"


def pager_of(request: Request, total: int, *, size: int = PAGE_SIZE) -> Pager:
    """Read the page number from the address; what is no number is page one."""
    asked = request.query_params.get("page", "1")
    page = int(asked) if asked.isdecimal() and len(asked) < 7 else 1  # noqa: PLR2004
    query = tuple((name, value) for name, value in request.query_params.multi_items() if name != "page")
    pages = max(1, -(-total // size))
    return Pager(page=min(max(page, 1), pages), total=total, path=request.url.path, query=query, size=size)
