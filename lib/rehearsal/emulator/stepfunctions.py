"""Adds the SDK integrations that a rollout's state machine calls and ministack doesn't know."""

import sys

from ministack.services import stepfunctions

_SERVICES = {
    "elasticloadbalancingv2": ("elasticloadbalancing", "ElasticLoadBalancingV2"),
    "autoscaling": ("autoscaling", "AutoScaling"),
    "cloudformation": ("cloudformation", "CloudFormation"),
}


def install():
    for name, (key, error_prefix) in _SERVICES.items():
        if name in stepfunctions._AWS_SDK_SERVICE_MAP:
            sys.exit(f"the emulator: ministack knows aws-sdk:{name} now, remove it here")
        stepfunctions._AWS_SDK_SERVICE_MAP[name] = {"protocol": "query", "service_key": key}
        stepfunctions._AWS_SDK_ERROR_PREFIX[name] = error_prefix
