"""What providers tell us: no session and no CSRF token, a signature instead."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from connectors.sms_callbacks import MOST_BYTES, Taken
from review_ui.errors import TooLarge
from review_ui.signing_in import SiteDep

router = APIRouter()

SAID = {
    Taken.YES: "taken",
    Taken.UNREADABLE: "This is no form that the SMS provider posts.",
    Taken.NOT_SIGNED: "This is not signed with our secret, or too long ago.",
}


@router.post("/api/v1/callbacks/sms")
async def sms(request: Request, site: SiteDep) -> Response:
    """What became of an SMS, or what a patient answered. Told twice it is one telling, and answered alike."""
    if site.sms_callbacks is None:
        return JSONResponse({"error": SAID[Taken.NOT_SIGNED]}, Taken.NOT_SIGNED.value)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise TooLarge(f"At most {MOST_BYTES // 1024} kB are taken here.")
    taken = await run_in_threadpool(
        site.sms_callbacks.take,
        query=request.url.query,
        timestamp=request.headers.get("x-timestamp", ""),
        signature=request.headers.get("x-signature", ""),
        body=body,
        now=site.clock(),
    )
    return JSONResponse({"taken" if taken is Taken.YES else "error": SAID[taken]}, taken.value)
