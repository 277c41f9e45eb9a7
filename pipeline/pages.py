"""What people write about a drop page: the `[page]` table of a calendar, or a file of its own; as values."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from pipeline.entries import Link, Tag, Words
from pipeline.handbook import describe_fields
from pipeline.tables import Problem, Schema, check_table, parse_table, project_error

REGION_PATTERN: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class PageEntries(Schema):
    """Hold what a page says; of a region, what it says otherwise."""

    title: Words | None = Field(None, description="the film's title; without it, that of the package")
    about: Words | None = Field(None, description="what the film is about; a blank line begins a new paragraph")
    language: Tag | None = Field(
        None, description="the language of the page, such as 'de' or 'pt-BR'; without it, English"
    )
    tickets: Link | None = Field(None, description="where tickets are sold")
    shop: Link | None = Field(None, description="where posters, records or books are sold")
    donations: Link | None = Field(None, description="where the film can be supported")
    mailing_list: Link | None = Field(None, description="where people leave their address for news")


class Page(PageEntries):
    """Hold what the pages of a film say."""

    regions: dict[Annotated[str, Field(pattern=REGION_PATTERN, max_length=100)], PageEntries] = Field(
        {}, description="`[page.regions.de]`: what the page of a region says otherwise, by the region's id"
    )

    def of_region(self, region: str) -> PageEntries:
        """Return what the page of a region says; '' is the film without one."""
        own = self.regions.get(region, PageEntries())
        told = {name: getattr(own, name) or getattr(self, name) for name in PageEntries.model_fields}
        return PageEntries.model_construct(**told)


def parse_page(text: str, *, path: Path) -> Page:
    """Read the text of a file that says what a page says. Raises ProjectError that names field, value and allowed."""
    table = parse_table(text, path=path)
    page = (table,) if isinstance(table, Problem) else check_table(Page, table, path=path)
    if not isinstance(page, Page):
        raise project_error(page)
    return page


def describe_page_toml() -> str:
    """Return docs/page-toml.md."""
    return (
        "# page.toml\n\n"
        "What the page of a drop says: poster and title, a countdown in the viewer's own time, the film itself\n"
        "once it is open, and where to go from there. In a calendar it is the table `[page]`, and `matinee drop tend`\n"
        "puts one page for each region at the target; for `matinee publish --page` it is a file of its own.\n\n"
        f"{describe_fields(PageEntries)}"
        "| `[regions.<id>]` | no | what the page of a region says otherwise: any of the above |\n\n"
        "```toml\n"
        'title = "The Red Kite"\n'
        'about = "A boy, a hill, and what the wind brings back."\n'
        'tickets = "https://example.org/tickets"\n'
        'mailing_list = "https://example.org/news"\n\n'
        "[regions.de]\n"
        'title = "Der rote Drachen"\n'
        'language = "de"\n'
        "```\n\n"
        "In a calendar the tables are called `[page]` and `[page.regions.de]`. Words of the page itself are there in\n"
        "German, English, Spanish, French, Italian and Portuguese; a page in another language has English ones.\n\n"
        "A page is one file of HTML, the same for all before, during and after the drop: caches keep it, and\n"
        "it asks nobody but its own server for anything. With `?embed` after its address, or in a frame of another\n"
        "page, it shows the film alone.\n"
    )


if __name__ == "__main__":
    sys.stdout.write(describe_page_toml())
