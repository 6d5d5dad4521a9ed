"""Adds the network resources whose API ministack serves but whose CloudFormation types it lacks."""

import uuid

from ministack.services import ec2
from ministack.services.cloudformation import provisioners

from .calls import element, query, tag_parameters, text_of
from .patching import add_handlers


def _create_address(logical_id, properties, stack):
    parameters = query(Domain=properties.get("Domain", "vpc"))
    text = text_of(ec2._allocate_address({**parameters, **tag_parameters("elastic-ip", properties.get("Tags"))}))
    address = element(text, "publicIp")
    return address, {"AllocationId": element(text, "allocationId"), "PublicIp": address}


def _delete_address(physical_id, properties):
    for allocation, record in list(ec2._addresses.items()):
        if record["PublicIp"] == physical_id:
            ec2._release_address(query(AllocationId=allocation))


def _create_nat_gateway(logical_id, properties, stack):
    parameters = query(**{name: properties.get(name) for name in ("SubnetId", "AllocationId", "ConnectivityType")})
    text = text_of(ec2._create_nat_gateway({**parameters, **tag_parameters("natgateway", properties.get("Tags"))}))
    gateway = element(text, "natGatewayId")
    return gateway, {"NatGatewayId": gateway}


def _delete_nat_gateway(physical_id, properties):
    ec2._delete_nat_gateway(query(NatGatewayId=physical_id))


def _create_flow_log(logical_id, properties, stack):
    names = ("ResourceType", "TrafficType", "LogDestinationType", "LogDestination", "LogGroupName")
    parameters = query(**{"ResourceId.1": properties["ResourceId"]}, **{name: properties.get(name) for name in names})
    text = text_of(ec2._create_flow_logs({**parameters, **tag_parameters("vpc-flow-log", properties.get("Tags"))}))
    flow_log = element(text, "item")
    return flow_log, {"Id": flow_log}


def _delete_flow_log(physical_id, properties):
    ec2._flow_logs.pop(physical_id, None)


def _permission(properties):
    prefix = "IpPermissions.1"
    parameters = {
        "GroupId": properties["GroupId"],
        f"{prefix}.IpProtocol": properties.get("IpProtocol", "-1"),
        f"{prefix}.FromPort": properties.get("FromPort"),
        f"{prefix}.ToPort": properties.get("ToPort"),
    }
    peer = properties.get("SourceSecurityGroupId") or properties.get("DestinationSecurityGroupId")
    if peer:
        parameters[f"{prefix}.UserIdGroupPairs.1.GroupId"] = peer
        parameters[f"{prefix}.Groups.1.GroupId"] = peer
    if properties.get("CidrIp"):
        parameters[f"{prefix}.IpRanges.1.CidrIp"] = properties["CidrIp"]
    if properties.get("CidrIpv6"):
        parameters[f"{prefix}.Ipv6Ranges.1.CidrIpv6"] = properties["CidrIpv6"]
    return query(**parameters)


def _group_rule(authorize, revoke):
    def create(logical_id, properties, stack):
        text = text_of(authorize(_permission(properties)))
        rule = element(text, "securityGroupRuleId") or f"sgr-{uuid.uuid4().hex[:17]}"
        return rule, {"Id": rule}

    def delete(physical_id, properties):
        revoke(_permission(properties))

    return {"create": create, "delete": delete}


def install():
    add_handlers(
        provisioners._RESOURCE_HANDLERS,
        {
            "AWS::EC2::EIP": {"create": _create_address, "delete": _delete_address},
            "AWS::EC2::NatGateway": {"create": _create_nat_gateway, "delete": _delete_nat_gateway},
            "AWS::EC2::FlowLog": {"create": _create_flow_log, "delete": _delete_flow_log},
            "AWS::EC2::SecurityGroupIngress": _group_rule(ec2._authorize_sg_ingress, ec2._revoke_sg_ingress),
            "AWS::EC2::SecurityGroupEgress": _group_rule(ec2._authorize_sg_egress, ec2._revoke_sg_egress),
        },
    )
