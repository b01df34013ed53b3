"""How large what is deployed is: each function's zip, and the image over its base."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from bench.processes import FOLDER, ROOT
from bench.results import CannotStart, Result

MEGABYTE = 1_000_000
# What ecs/Dockerfile puts over its base, named there in the same order.
COPIED = ("functions/adapters", "functions/aquasense", "functions/query", "ecs/api")


def measure() -> list[Result]:
    """Zips as `sam build` makes them, and the image's own layers."""
    return [*_zips(), _image()]


def _zips() -> list[Result]:
    build = FOLDER / "build"
    env = dict(os.environ)
    env["PATH"] = f"{ROOT / '.venv/bin'}:{ROOT / '.venv-sam/bin'}:{env.get('PATH', '')}"
    env["SAM_CLI_TELEMETRY"] = "0"
    _run(["sam", "build", "--build-dir", str(build), "--cache-dir", str(FOLDER / "cache")], env)
    found = []
    for folder in sorted(path for path in build.glob("*Function") if path.is_dir()):
        archive = FOLDER / f"{folder.name}.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
            for file in sorted(folder.rglob("*")):
                if file.is_file():
                    zipped.write(file, file.relative_to(folder))
        size = archive.stat().st_size / MEGABYTE
        found.append(Result(f"zip of {folder.name}", [size], 5.0, " MB"))
        archive.unlink()
    if not found:
        raise CannotStart("sam build left no function")
    return found


def _image() -> Result:
    """The bytes that the image's own layers add, put together as ecs/Dockerfile does."""
    app = FOLDER / "app"
    shutil.rmtree(app, ignore_errors=True)
    requirements = ROOT / "ecs" / "requirements.txt"
    _run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--require-hashes", "--only-binary", ":all:", "--target", str(app / "packages"),
         "--requirement", str(requirements)],
        dict(os.environ),
    )  # fmt: skip
    for folder in COPIED:
        shutil.copytree(
            ROOT / folder, app / Path(folder).name, ignore=shutil.ignore_patterns("__pycache__")
        )
    _run(
        [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash",
         str(app)],
        dict(os.environ),
    )  # fmt: skip
    size = sum(file.stat().st_size for file in app.rglob("*") if file.is_file()) / MEGABYTE
    shutil.rmtree(app)
    return Result(
        "image over its base", [size], 80.0, " MB",
        note="what its layers hold, before compression; no Docker is needed to add it up",
    )  # fmt: skip


def _run(command: list[str], env: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = " / ".join((done.stderr or done.stdout).strip().splitlines()[-3:])
        raise CannotStart(f"{command[0]} failed: {said}")
