"""What is said of a run: how far it is, which products are complete at its end, and what failed where."""

import time

from wfimosaic.workflow.job_requests import average_size
from wfimosaic.workflow.progress import Progress
from wfimosaic.workflow.remaining_jobs import list_remaining_when_read
from wfimosaic.workflow.run_summary import run_summary
from wfimosaic.workflow.settings import check_writable
from wfimosaic.workflow.slurm_status import check_status_command, slurm_config

START = time.time()


# After jobs that end, a line says what is done and how long the rest may take.
if workflow.is_main_process:
    members = [member for product in PRODUCTS.values() for member in product.members]
    sizes = {path: found.size for path, found in REMOTE.items()}
    megapixels = average_size({member.path for member in members}, sizes)
    jobs = [stems for field in FIELDS.values() for stems in field.exposures.values()]
    in_job = sum(map(len, jobs)) / len(jobs)
    progress = Progress(len(members) / len(PRODUCTS), megapixels, logger.info, in_job)
    logger.addHandler(progress)


def summary(succeeded=False):
    """What a run has made, and what failed where."""
    files = {name: product_files(name) for name in PRODUCTS}
    fields = {name: field.products_of for name, field in FIELDS.items()}
    return run_summary(files, LOGS, START, succeeded, fields, products_of_copies())


onstart:
    try:
        check_writable(RESULTS)
        if workflow.executor_plugin.name == "slurm":
            status_command = workflow.executor_settings.status_command
            check_status_command(status_command, slurm_config())
    except InputError as error:
        raise WorkflowError(str(error)) from None
    # Snakemake 9.27 looks for ready jobs once a second for each job that has ever run, which takes a
    # core for itself in long runs; only its limit of 100 job starts in a second needs that.
    workflow.scheduler.job_rate_limiter = None
    list_remaining_when_read(workflow.scheduler)


onsuccess:
    logger.info(summary(succeeded=True))


onerror:
    logger.info(summary())
