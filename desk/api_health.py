"""GET /api/health: sources, processes and open notices."""

from fastapi import APIRouter
from fastapi.responses import Response

from desk.api import as_json
from desk.view import ViewDep
from store.changes import version
from store.notices import find_notices
from store.processes import processes
from store.sources import source_health

router = APIRouter()


@router.get("/api/health")
def api_health(view: ViewDep) -> Response:
    """The same figures as the page 来源健康."""
    with view.desk.store.read() as conn:
        return as_json(
            {
                "version": version(conn),
                "sources": source_health(conn, now=view.desk.now()),
                "processes": processes(conn),
                "notices": find_notices(conn, dismissed=False),
            }
        )
