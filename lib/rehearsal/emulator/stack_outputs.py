"""Resolves Fn::GetStackOutput in the region that it names: CDK's weak references. ministack ignores the region."""

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, engine, handlers, stacks

from .patching import patch


def _across_regions(resolve):
    def resolve_refs(value, resources, params, conditions, mappings, stack_name, stack_id):
        def plain(part):
            if part is None:
                return None
            return resolve(part, resources, params, conditions, mappings, stack_name, stack_id)

        spec = value.get("Fn::GetStackOutput") if isinstance(value, dict) else None
        if not isinstance(spec, dict):
            return resolve(value, resources, params, conditions, mappings, stack_name, stack_id)
        name, key = plain(spec.get("StackName")), plain(spec.get("OutputName"))
        region = plain(spec.get("Region")) or get_region()
        stack = cloudformation._stacks.get_scoped(get_account_id(), region, str(name))
        for output in (stack or {}).get("Outputs", []):
            if output.get("OutputKey") == key:
                return output.get("OutputValue", "")
        raise ValueError(f"Output '{key}' not found in stack '{name}' ({region})")

    return resolve_refs


def install():
    patch(engine, "_resolve_refs", _across_regions, changesets, handlers, stacks)
