"""Liveness for supervisors and load balancers (/healthz): no sign-in, no figures."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from desk.context import DeskDep

router = APIRouter()


@router.get("/healthz")
def healthz(desk: DeskDep) -> JSONResponse:
    """200 when the store answers; 503 with the usual error shape when it does not."""
    desk.store.ping()
    return JSONResponse({"state": "ok"})
