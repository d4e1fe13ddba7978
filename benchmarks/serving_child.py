"""A server in a process of its own: our pages over a record, or one route that answers "ok". Prints its address once it listens."""

import sys


def pages(url: str) -> None:
    """The site as `triage serve --no-jobs` runs it."""
    from cli.serving import run_server
    from review_ui.context import Site
    from store.database import Database
    from store.lanes import load_lanes

    run_server(Site(Database(url), load_lanes()), "127.0.0.1", 0, assistant=None, ready=_say)


def ok() -> None:
    """The least that FastAPI and uvicorn can do."""
    import socket

    import uvicorn
    from fastapi import FastAPI

    app = FastAPI(openapi_url=None)

    @app.get("/ok")
    def answer() -> str:
        return "ok"

    listening = socket.create_server(("127.0.0.1", 0))
    _say(f"http://127.0.0.1:{listening.getsockname()[1]}")
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)).run(sockets=[listening])


def _say(address: str) -> None:
    print(address, flush=True)


if __name__ == "__main__":
    ok() if sys.argv[1] == "ok" else pages(sys.argv[2])
