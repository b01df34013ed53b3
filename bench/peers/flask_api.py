"""The API with Flask and boto3; run by gunicorn."""

from flask import Flask, Response, jsonify, request

from bench import peers
from bench.peers import figures

app = Flask(__name__)
table = figures.table()


@app.get("/health")
def health() -> Response:
    return jsonify(status="ok")


@app.get("/months")
def months() -> Response:
    return jsonify(figures.months(table))


@app.get(f"/<any({', '.join(peers.FIGURES)}):metric>")
def figure(metric: str) -> Response | tuple[Response, int]:
    try:
        month, year = int(request.args["month"]), int(request.args["year"])
    except (KeyError, ValueError):
        return jsonify(error="month and year are needed"), 400
    answer = figures.figure(table, metric, year, month)
    if answer is None:
        return jsonify(error="no readings"), 404
    return jsonify(answer)
