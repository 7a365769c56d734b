"""docs/desk.md says what the desk does: filters, error codes, addresses."""

import re
from pathlib import Path

from desk.accounts import PASSWORD_FILE
from desk.api import MAX_LIMIT
from desk.app import PUBLIC, SIGNED_IN
from desk.errors import CODES
from desk.post_query import NAMES
from desk.throttle import PER_ADDRESS, PER_NAME

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "desk.md").read_text(encoding="utf-8")


def test_every_filter_and_every_error_code_is_documented() -> None:
    for name in NAMES:
        assert f"`{name}`" in DOCS, name
    table = dict(re.findall(r"\| (\d{3}) \| `(\w+)` \|", DOCS))
    codes = {str(status): code for status, (code, _) in CODES.items() if status != 422}  # 422 is answered as 400
    assert table == codes


def test_every_page_and_every_address_for_programs_is_documented() -> None:
    for module in (*PUBLIC, *SIGNED_IN):
        for route in module.router.routes:
            path = route.path  # type: ignore[attr-defined]
            if "GET" not in route.methods or path.startswith(("/static", "/favicon", "/login", "/password")):  # type: ignore[attr-defined]
                continue
            assert re.sub(r"/\{.*", "", path) in DOCS, path


def test_the_figures_of_the_text_are_those_of_the_code() -> None:
    for figure in (f"1 to\n{MAX_LIMIT}", f"{PER_ADDRESS} from one", f"{PER_NAME} of one", PASSWORD_FILE):
        assert figure in DOCS, figure
