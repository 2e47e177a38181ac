"""The demo: simulated exposures of a field whose truth is known.

Needs nothing; makes the members of config/demo_asn.json.
"""


rule simulate_demo:
    """Simulate the members of the demo's association."""
    output:
        DEMO_MEMBERS,
    log:
        f"{LOGS}/simulate_demo.log",
        times=f"{BENCHMARKS}/simulate_demo.tsv",
    conda:
        "../../envs/mosaic.yaml"
    threads: 16
    resources:
        mem_mb=memory("simulate_demo"),
        runtime=runtime("simulate_demo"),
    params:
        settings={"shape": [1000, 1000]},
        code=code_version("simulate_demo"),
    script:
        "../../scripts/simulate_demo.py"
