"""The API with Flask and boto3; run by gunicorn."""

import threading

from flask import Flask, Response, jsonify, request

from bench import peers
from bench.peers import figures

app = Flask(__name__)
# boto3 resources are not thread-safe: one for each of gunicorn's threads.
local = threading.local()


@app.get("/health")
def health() -> Response:
    return jsonify(status="ok")


@app.get(f"/<any({', '.join(peers.FIGURES)}):metric>")
def figure(metric: str) -> Response | tuple[Response, int]:
    try:
        month, year = int(request.args["month"]), int(request.args["year"])
    except (KeyError, ValueError):
        return jsonify(error="month and year are needed"), 400
    if not hasattr(local, "table"):
        local.table = figures.table()
    answer = figures.figure(local.table, metric, year, month)
    if answer is None:
        return jsonify(error="no readings"), 404
    return jsonify(answer)
