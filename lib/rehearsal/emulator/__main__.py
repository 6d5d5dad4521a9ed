"""Starts ministack with the repairs of this folder: an AWS account for `cdk deploy`, on this machine and nowhere else.

The repairs patch private functions, so one version is taken and no other; each patched symbol is checked.
"""

import sys
from importlib.metadata import version

from . import state

VERSION = "1.5.33"

if version("ministack") != VERSION:
    sys.exit(f"the emulator: expected ministack {VERSION}, got {version('ministack')}; see requirements.txt")
state.configure()  # before anything imports ministack

from ministack import app

from . import (
    alarms,
    associations,
    balancer,
    balancer_metrics,
    blue_green,
    cloudwatch,
    database_backups,
    databases,
    ec2,
    edge,
    engine_versions,
    failing_buckets,
    fleet_calls,
    fleet_metrics,
    fleet_template,
    fleets,
    gateway,
    health,
    lost_regions,
    memory,
    names,
    operations,
    rds,
    recorded,
    rotation,
    route53,
    s3,
    scaling_policies,
    secretsmanager,
    session_versions,
    stack_outputs,
    stepfunctions,
    targets,
)

REPAIRS = (
    alarms,
    associations,
    balancer,
    blue_green,
    cloudwatch,
    database_backups,
    ec2,
    edge,
    fleet_calls,
    fleet_template,
    gateway,
    lost_regions,
    operations,
    rds,
    engine_versions,  # around what rds repairs
    recorded,
    rotation,
    route53,
    s3,
    scaling_policies,
    secretsmanager,
    session_versions,
    stack_outputs,
    state,
    stepfunctions,
    targets,
    failing_buckets,  # outermost
)

if __name__ == "__main__":
    for repair in REPAIRS:
        repair.install()
    alarms.start()
    balancer_metrics.start()
    databases.start()
    fleet_metrics.start()
    fleets.start()
    health.start()
    memory.start()
    names.start()
    try:
        app.main()
    finally:
        fleets.stop()
