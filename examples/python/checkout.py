"""Purchases at Klarna through the gate, with Python's standard library alone.

    KLARNA_BASE_URL=http://127.0.0.1:50123/<token>/ python3 checkout.py 5

Prints one line of JSON for each purchase. No key is needed: the gate puts the test key in its place.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid

BASE = os.environ["KLARNA_BASE_URL"]
ATTEMPTS = 3
TIMEOUT_S = 10
# A proxy of the environment's would come between: the gate is on this machine.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def klarna(method, path, body=None):
    """Asks Klarna; after a 429 again when it says so, with the same idempotency key."""
    headers = {"Content-Type": "application/json"}
    if method != "GET":
        headers["Klarna-Idempotency-Key"] = str(uuid.uuid4())
    data = None if body is None else json.dumps(body).encode()
    for attempt in range(1, ATTEMPTS + 1):
        request = urllib.request.Request(BASE + path, data, headers, method=method)
        try:
            with OPENER.open(request, timeout=TIMEOUT_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != 429 or attempt == ATTEMPTS:
                raise
            time.sleep(float(error.headers.get("X-Ratelimit-Reset", 1)))
    raise AssertionError("unreachable")


for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 1):
    made = klarna("POST", "v2/payment/requests", {
        "currency": "USD",
        "amount": 1000,
        "customer_interaction_config": {
            "method": "HANDOVER",
            "return_url": "https://shop.example/thanks",
        },
    })
    read = klarna("GET", "v2/payment/requests/" + made["payment_request_id"])
    print(json.dumps({"payment_request_id": read["payment_request_id"], "state": read["state"]}))
