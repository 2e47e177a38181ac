"""Run snakemake in forks of a process that has imported it: a dry run then takes a third of the time.

Each line of the standard input is a JSON list of a folder, the words after `snakemake`, the environment and a file for
the output; each line of the standard output is the exit code.
"""

import json
import os
import sys

import jsonschema  # noqa: F401  which workflow/ imports
from snakemake.cli import get_argument_parser, main


def run(folder, words, environment, output):
    """Run snakemake in this process, and end it."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(file, stream)
    sys.argv = ["snakemake", *words]
    code = 1
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    get_argument_parser()  # imports the plugins
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            run(*json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
