"""Checks that operations and options of `aws …` in code type exist, by botocore's models. Calls nothing. Usage: aws_commands.py FILE…"""

import re
import sys

import botocore.session
from botocore import xform_name

# of the CLI itself, and what stands for the negative of a flag
GLOBAL = {"--region", "--query", "--output", "--profile"}
# no operation of the service, but of the CLI
OWN = {"logs tail"}
# the CLI's name → the model's
SERVICES = {"s3api": "s3"}

session = botocore.session.get_session()


def faults(command):
    _, service, operation, *words = command.split(" ")
    if f"{service} {operation}" in OWN:
        return []
    try:
        model = session.get_service_model(SERVICES.get(service, service))
    except botocore.exceptions.UnknownServiceError:
        return [f"no service {service}"]
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in operations:
        return [f"no operation {service} {operation}"]
    shape = model.operation_model(operations[operation]).input_shape
    members = {f"--{xform_name(name, '-')}": member for name, member in (shape.members if shape else {}).items()}
    options = {word for word in words if word.startswith("--")}
    known = set(members) | {f"--no-{name[2:]}" for name, member in members.items() if member.type_name == "boolean"}
    missing = [f"--{xform_name(name, '-')}" for name in (shape.required_members if shape else [])]
    return [f"{service} {operation} has no {option}" for option in sorted(options - known - GLOBAL)] + [
        f"{service} {operation} needs {option}" for option in missing if not options & {option, f"--no-{option[2:]}"}
    ]


def main(paths):
    found = checked = 0
    for path in paths:
        with open(path, encoding="utf8") as file:
            for command in re.findall(r"`(aws [a-z0-9-]+ [^`]+)`", file.read()):
                checked += 1
                for fault in faults(command):
                    found += 1
                    print(f"{path}: {fault}: {command}")
    print(f"{checked} commands, {found} faults")
    return 1 if found or not checked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
