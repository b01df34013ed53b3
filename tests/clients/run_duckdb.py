"""Run a query with DuckDB and print its rows as JSON. Runs in an environment of its own."""

import json
import sys

import duckdb

if __name__ == "__main__":
    json.dump(duckdb.sql(sys.argv[1]).fetchall(), sys.stdout)
