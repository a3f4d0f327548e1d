"""Builds what `compare` runs, and says where it is."""
import os
import subprocess
from dataclasses import dataclass

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BENCH = os.path.join(ROOT, "build", "bench")
HOOK = os.path.join(ROOT, "tests", "bench", "chat77_wire.h")


class Trouble(Exception):
    """What went wrong, in one sentence for people."""


@dataclass
class Programs:
    chat77d: str
    load: str
    floor: str


def build_preset(preset, targets):
    folder = os.path.join(ROOT, "build", preset)
    log = folder + ".compare.log"
    os.makedirs(folder, exist_ok=True)
    steps = [["cmake", "--build", folder, "--target", *targets]]
    if not os.path.exists(os.path.join(folder, "build.ninja")):
        steps.insert(0, ["cmake", "--preset", preset])
    environment = dict(os.environ)
    environment.setdefault("CCACHE_BASEDIR", ROOT)
    environment.setdefault("CCACHE_NOHASHDIR", "1")
    environment.setdefault("CCACHE_IGNOREOPTIONS", "-Werror")
    with open(log, "w", encoding="utf-8") as out:
        for step in steps:
            if subprocess.run(step, cwd=ROOT, stdout=out, env=environment,
                              stderr=subprocess.STDOUT).returncode:
                raise Trouble(f"building {' '.join(targets)} failed; see {log}.")


def build(preset="bench", chat77d=None, skip=False):
    """The programs of build/PRESET; chat77d may be another build."""
    if not skip:
        build_preset(preset, ["load", "floor"] + ([] if chat77d else ["chat77d"]))
    folder = os.path.join(ROOT, "build", preset, "bin")
    os.makedirs(BENCH, exist_ok=True)  # stores and results are kept there
    programs = Programs(
        os.path.abspath(chat77d) if chat77d else os.path.join(folder, "chat77d"),
        os.path.join(folder, "load"), os.path.join(folder, "floor"))
    for program in vars(programs).values():
        if not os.access(program, os.X_OK):
            raise Trouble(f"there is no program {program}; leave out "
                          "--no-build to have it built.")
    return programs
