"""FastAPI with OpenVINO and Pillow, for `compare.py`: uvicorn peer_fastapi:app --workers 2

APUS_PEER_POOL is the number of threads of a worker, by default 1; FastAPI's own pool has 40.
"""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI, HTTPException, Request

from peer import Classifier

app = FastAPI()
classifier = Classifier()
# More threads than processors only take turns. The event loop stays free.
pool = ThreadPoolExecutor(int(os.environ.get("APUS_PEER_POOL", "1")))


@app.get("/ready")
def ready() -> bool:
    return True


@app.post("/classify")
async def classify(request: Request) -> list[dict]:
    contents = await request.body()
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, classifier, contents)
    except OSError as error:
        raise HTTPException(400, "not an image") from error
