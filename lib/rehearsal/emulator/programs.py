"""Starts the process of a server in our model of Auto Scaling: HOLDFAST_INSTANCE, a command line. Watches none.

It is given its id, group, port, user data and a folder for logs, and ends at SIGTERM.
"""

import base64
import os
import random
import shlex
import socket
import subprocess

from ministack.core.responses import get_region
from ministack.services import ec2

COMMAND = shlex.split(os.environ.get("HOLDFAST_INSTANCE", ""))
_LOGS = os.environ.get("HOLDFAST_INSTANCE_LOGS", "instances")
_PORTS = range(20_000, 32_000)  # below those that outgoing connections take


def free_port(taken):
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in taken:
            return port


def template_version(group):
    """The number of the version of its launch template that the group starts now, and that version; none without a template."""
    wanted = group.get("LaunchTemplate") or {}
    template = ec2._launch_templates.get(wanted.get("LaunchTemplateId", ""))
    if not template:
        return "", {}
    aliases = {"$Latest": template["LatestVersionNumber"], "$Default": template["DefaultVersionNumber"], "": 1}
    number = str(aliases.get(wanted.get("Version", ""), wanted.get("Version")))
    return number, next((each for each in template["Versions"] if str(each["VersionNumber"]) == number), {})


def start(group_name, instance_id, port, version):
    """The process, which is in the emulator's process group: who ends that one ends it too."""
    logs = os.path.join(_LOGS, group_name, instance_id)
    os.makedirs(logs, exist_ok=True)
    user_data = version.get("LaunchTemplateData", {}).get("UserData", "")
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "AWS_REGION": get_region(),
        "HOLDFAST_INSTANCE_ID": instance_id,
        "HOLDFAST_GROUP": group_name,
        "HOLDFAST_PORT": str(port),
        "HOLDFAST_LOGS": logs,
        "HOLDFAST_USER_DATA": base64.b64decode(user_data).decode(),
    }
    with open(os.path.join(logs, "instance.log"), "ab") as log:
        return subprocess.Popen(COMMAND, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
