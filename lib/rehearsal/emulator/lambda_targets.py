"""Registers the functions that a template names as targets of a balancer, which ministack leaves out."""

from ministack.services import alb
from ministack.services.cloudformation import provisioners

from .patching import after


def _register(arn, properties):
    if properties.get("TargetType") == "lambda":
        alb._targets[arn] = [{"Id": target["Id"]} for target in properties.get("Targets") or []]


def install():
    after(provisioners._RESOURCE_HANDLERS, "AWS::ElasticLoadBalancingV2::TargetGroup", _register)
