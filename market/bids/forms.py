"""What a vendor typed in one section of a bid → its content, or messages beside the fields."""

from market.bids.actions import BidContent, MilestoneLine
from market.core.text import _
from market.web.forms import Form

MILESTONES = ("title", "due_week", "percent")
LONGEST_WEEKS = 260
_WHOLE = 100


def read_section(form: Form, section: str, solution_ids: set[int]) -> BidContent:
    """Return what the section holds; an unfinished draft is fine, what cannot be read is an error."""
    if section == "approach":
        return BidContent(approach=form.text("approach", longest=20_000), team=form.text("team", longest=10_000))
    if section == "pledge":
        return BidContent(pledge=form.ticked("pledge"))
    if section == "solution":
        chosen = form.raw("solution")
        if chosen and not (chosen.isdecimal() and int(chosen) in solution_ids):
            form.error("solution", _("Choose one of your published solutions."))
            return BidContent()
        return BidContent(solution_id=int(chosen) if chosen else None)
    return _read_price(form)


def _read_price(form: Form) -> BidContent:
    price = form.yuan("price")
    if price == 0:
        form.error("price", _("Enter a price above zero."))
    weeks = form.whole("delivery_weeks", low=1, high=LONGEST_WEEKS)
    lines = []
    for index, row in enumerate(form.rows_to_show("milestones", MILESTONES, asked=False)):
        if not any(row.values()):
            continue
        key = f"milestones-{index}"
        title = form.text(f"{key}-title", missing=_("Say what is delivered."), longest=200)
        due = form.whole(f"{key}-due_week", missing=_("Enter the week."), low=0, high=LONGEST_WEEKS)
        percent = form.whole(f"{key}-percent", missing=_("Enter the share in percent."), low=0, high=_WHOLE)
        lines.append(MilestoneLine(title=title, due_week=due or 0, percent=percent or 0))
    return BidContent(price_fen=price, delivery_weeks=weeks, milestones=lines)
