"""Makes balancers serve in every region, by the names of hosted zones, and with the weights of their rules."""

import re
import time

from ministack import app
from ministack.core.responses import get_account_id, set_request_region
from ministack.services import alb
from ministack.services.cloudformation import provisioners

from . import balancer_metrics
from .names import led_to, plain
from .patching import patch
from .targets import choose_group, choose_target, weights


def _find(matches):
    for (account, region, _arn), balancer in list(alb._lbs._data.items()):
        if account == get_account_id() and matches(balancer):
            set_request_region(region)  # listeners, rules and groups are kept per region
            return balancer
    return None


def balancer_by_alias(host):
    """The balancer that a name of a hosted zone leads to now."""
    aim = led_to(host)
    return _find(lambda balancer: balancer["DNSName"].lower() == aim) if aim else None


def _by_any_name(original):
    def find(host):
        name = plain(host.split(":")[0])

        def matches(balancer):
            return name in (balancer["DNSName"].lower(), f"{balancer['LoadBalancerName'].lower()}.alb.localhost")

        return _find(matches) or balancer_by_alias(name)

    return find


def _also_by_alias(original):
    return lambda host, path: original(host, path) or bool(balancer_by_alias(host.split(":")[0].lower()))


def _serve(balancer_arn, forward):
    """Each of its groups is the balancer's, not the first alone: else the others have no metrics."""
    for each in weights(forward):
        group = alb._tgs.get(each["TargetGroupArn"])
        if group and balancer_arn and balancer_arn not in group["LoadBalancerArns"]:
            group["LoadBalancerArns"].append(balancer_arn)


def _keep_forward_of_template(original):
    def actions(properties, balancer_arn, prop="DefaultActions"):
        records = original(properties, balancer_arn, prop)
        listener = alb._listeners.get(properties.get("ListenerArn") or "") or {}
        balancer_arn = balancer_arn or listener.get("LoadBalancerArn")  # a rule's
        given = [action for action in properties.get(prop) or [] if isinstance(action, dict)]
        for record, action in zip(records, given):
            if isinstance(action.get("ForwardConfig"), dict):
                record["ForwardConfig"] = action["ForwardConfig"]
                _serve(balancer_arn, record["ForwardConfig"])
        return records

    return actions


def _forward_parameters(params, base):
    groups = []
    while True:
        member = f"{base}.TargetGroups.member.{len(groups) + 1}"
        arn = alb._p(params, f"{member}.TargetGroupArn")
        if not arn:
            break
        groups.append({"TargetGroupArn": arn, "Weight": int(alb._p(params, f"{member}.Weight", "1"))})
    forward = {"TargetGroups": groups}
    stickiness = f"{base}.TargetGroupStickinessConfig"
    if alb._p(params, f"{stickiness}.Enabled"):
        forward["TargetGroupStickinessConfig"] = {
            "Enabled": alb._p(params, f"{stickiness}.Enabled") == "true",
            "DurationSeconds": int(alb._p(params, f"{stickiness}.DurationSeconds", "3600")),
        }
    return forward


def _keep_forward_of_request(original):
    def actions(params, prefix="DefaultActions"):
        records = original(params, prefix)
        for number, record in enumerate(records, 1):
            forward = _forward_parameters(params, f"{prefix}.member.{number}.ForwardConfig")
            if forward["TargetGroups"]:
                record["ForwardConfig"] = forward
                record.setdefault("TargetGroupArn", forward["TargetGroups"][0]["TargetGroupArn"])
        return records

    return actions


def _show_forward(original):
    def action_xml(action):
        text = original(action)
        groups = weights(action.get("ForwardConfig"))
        if not groups and action.get("Type") == "forward" and action.get("TargetGroupArn"):
            groups = [{"TargetGroupArn": action["TargetGroupArn"], "Weight": 1}]
        if not groups:
            return text
        if len(groups) > 1:
            text = re.sub(r"(</Order>)<TargetGroupArn>[^<]*</TargetGroupArn>", r"\1", text)
        stickiness = (action.get("ForwardConfig") or {}).get("TargetGroupStickinessConfig") or {}
        enabled = str(stickiness.get("Enabled", False)).lower()
        members = "".join(
            f"<member><TargetGroupArn>{each['TargetGroupArn']}</TargetGroupArn><Weight>{each['Weight']}</Weight></member>"
            for each in groups
        )
        sticky = f"<TargetGroupStickinessConfig><Enabled>{enabled}</Enabled></TargetGroupStickinessConfig>"
        forward = f"<ForwardConfig><TargetGroups>{members}</TargetGroups>{sticky}</ForwardConfig>"
        return text.replace("</member>", f"{forward}</member>")

    return action_xml


def _forward(original):
    async def execute(action, method, path, headers, body, query, raw_query_string=None, raw_path=None):
        if (action.get("Type") or "").lower() != "forward":
            return await original(action, method, path, headers, body, query, raw_query_string, raw_path)
        arn, group_cookie = choose_group(action, headers)
        group = alb._tgs.get(arn)
        if not group or group.get("TargetType", "instance") == "lambda" or not alb._targets.get(arn):
            balancer_metrics.count(arn, 503, 0, by_target=False)
            return await alb._forward_to_tg(arn, method, path, headers, body, query, raw_query_string, raw_path)
        target, target_cookie = choose_target(arn, headers)
        begin = time.monotonic()
        status, answer, data = await alb._proxy_http_target(
            target, group, method, raw_path or path, headers, body, query, raw_query_string
        )
        # a target says when it answered; what ministack answers in its place does not
        by_target = any(name.lower() == "date" for name in answer)
        balancer_metrics.count(arn, status, time.monotonic() - begin, by_target)
        added = [cookie for cookie in (group_cookie, target_cookie) if cookie]
        if added:
            own = answer.get("set-cookie") or []
            answer["set-cookie"] = (own if isinstance(own, list) else [own]) + added
        return status, answer, data

    return execute


def install():
    patch(alb, "find_lb_for_host", _by_any_name)
    patch(app, "_is_potential_alb_request", _also_by_alias)
    patch(provisioners, "_elbv2_listener_actions", _keep_forward_of_template)
    patch(alb, "_parse_actions", _keep_forward_of_request)
    patch(alb, "_action_xml", _show_forward)
    patch(alb, "_execute_action", _forward)
