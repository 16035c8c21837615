"""Everything of tenancy as JSON."""

from fastapi import APIRouter

from everlearn.modules.tenancy.rest import access, accounts, teams

router = APIRouter()
for part in (accounts, teams, access):
    router.include_router(part.router)
