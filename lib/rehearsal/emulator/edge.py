"""Makes CloudFront's data plane find its own names, origin groups and balancers, which ministack leaves out."""

import asyncio
import contextvars
import http.client

from ministack import app
from ministack.services import alb, cloudfront

from .balancer import balancer_by_alias
from .patching import patch

_member = contextvars.ContextVar("member of the origin group that is asked", default=0)


def _own_name(element):
    return element.tag.split("}")[-1]


def _origin_groups(distribution):
    """Group id → (origin ids in order, statuses at which the next one is asked)."""
    groups = {}
    for group in cloudfront._dist_config_el(distribution).iter():
        if _own_name(group) == "OriginGroup":
            texts = {}
            for element in group.iter():
                texts.setdefault(_own_name(element), []).append(element.text)
            groups[texts["Id"][0]] = (texts["OriginId"], {int(code) for code in texts.get("StatusCode", []) if code})
    return groups


def _with_origin_groups(parse):
    """A group's id leads to the member that is asked now."""

    def parsed(distribution):
        config = parse(distribution)
        for group, (origins, _statuses) in _origin_groups(distribution).items():
            origin = origins[min(_member.get(), len(origins) - 1)]
            if origin in config["origins"]:
                config["origins"][group] = config["origins"][origin]
        return config

    return parsed


def _statuses_of_group(distribution, path):
    """Those at which a request for the path goes to the second origin; none without a group."""
    behavior = cloudfront._match_behavior(cloudfront.parse_distribution_dataplane_config(distribution), path)
    return _origin_groups(distribution).get(behavior and behavior["target_origin_id"], ((), ()))[1]


def _with_failover(handle):
    async def handle_request(distribution, method, path, *rest, **named):
        response = await handle(distribution, method, path, *rest, **named)
        if response[0] not in _statuses_of_group(distribution, path):
            return response
        token = _member.set(1)
        try:
            return await handle(distribution, method, path, *rest, **named)
        finally:
            _member.reset(token)

    return handle_request


def _with_viewer_address(handle):
    """CloudFront says who asks, whatever the viewer claims; the origin request policy decides whether the origin hears."""

    async def handle_request(distribution, method, path, uri, query, headers, body, parameters, client_ip="127.0.0.1"):
        told = {**headers, "cloudfront-viewer-address": f"{client_ip}:443"}
        return await handle(distribution, method, path, uri, query, told, body, parameters, client_ip)

    return handle_request


def _also_by_alias(original):
    def registered(origin):
        return original(origin) or balancer_by_alias(cloudfront._normalize_origin_host(origin["domain_name"]).lower())

    return registered


def _listeners(balancer):
    return [each for each in alb._listeners.values() if each["LoadBalancerArn"] == balancer["LoadBalancerArn"]]


def _plain_inside(connect_target):
    """An internal balancer is a VPC origin, whose protocol stands in a resource that is only recorded: HTTP."""

    def target(origin, viewer_is_https):
        host, port, https = connect_target(origin, viewer_is_https)
        balancer = cloudfront._registered_alb(origin)
        if balancer is None or balancer.get("Scheme") != "internal":
            return host, port, https
        plain = next((int(each["Port"]) for each in _listeners(balancer) if each.get("Protocol") == "HTTP"), None)
        return (host, plain, False) if plain else (host, port, https)

    return target


def _from_balancer(_original):
    """As ministack's, but HTTPS listeners answer too (no certificate is checked) and streams pass as they come."""

    async def fetch(balancer, origin, method, uri, query, headers, body, viewer_is_https, client_ip, viewer_xff):
        _host, port, https = cloudfront._origin_connect_target(origin, viewer_is_https)
        protocol = "HTTPS" if https else "HTTP"
        found = [(int(each.get("Port", 0)), each.get("Protocol")) for each in _listeners(balancer)]
        if (int(port), protocol) not in found:
            raise cloudfront.OriginUnreachable(f"no {protocol} listener on port {port} of {balancer['DNSName']}")
        sent = cloudfront._origin_request_headers(origin, headers, client_ip, viewer_xff)
        timeout = origin.get("read_timeout", 30)
        request = alb.dispatch_request(
            balancer,
            method,
            uri,
            {name.lower(): value for name, value in sent.items()},
            body or b"",
            cloudfront.parse_qs(query, keep_blank_values=True),
            port,
            client_ip="127.0.0.1",
            raw_query_string=query,
        )
        try:
            status, answer, data = await asyncio.wait_for(request, timeout)
        except asyncio.TimeoutError as error:
            raise cloudfront.OriginTimeout(str(error)) from error
        except Exception as error:
            raise cloudfront.OriginUnreachable(str(error)) from error
        streamed = "text/event-stream" in str(answer.get("content-type", ""))
        if isinstance(data, cloudfront.StreamingResponse) and not streamed:
            data = await cloudfront._collect_streaming_body(data, timeout)
        lists = [(name, values if isinstance(values, list) else [values]) for name, values in answer.items()]
        pairs = [(name, value) for name, values in lists for value in values]
        return status, http.client.responses.get(status, ""), pairs, data

    return fetch


def _also_public_names(parse_host):
    """A distribution answers to its aliases (`Host: www.example.com`), as after DNS led there."""

    def label(host):
        found = parse_host(host)
        if found:
            return found
        name = host.split(":")[0].lower()
        for distribution in cloudfront._distributions.values():
            if name in [(alias or "").lower() for alias in cloudfront._get_distribution_aliases(distribution)]:
                return distribution["DomainName"].split(".")[0]
        return None

    return label


def _without_redirect(check):
    """Browsers find no certificate on *.cloudfront.localhost; https-only behaviours stay refused."""

    def checked(behavior, *rest):
        return None if behavior.get("viewer_protocol_policy") == "redirect-to-https" else check(behavior, *rest)

    return checked


def install():
    patch(cloudfront, "parse_distribution_dataplane_config", _with_origin_groups)
    patch(cloudfront, "handle_viewer_request", _with_viewer_address)
    patch(cloudfront, "handle_viewer_request", _with_failover)
    patch(cloudfront, "_registered_alb", _also_by_alias)
    patch(cloudfront, "_origin_connect_target", _plain_inside)
    patch(cloudfront, "_fetch_from_alb_origin", _from_balancer)
    patch(cloudfront, "_check_viewer_protocol_policy", _without_redirect)
    patch(app, "_parse_cloudfront_dataplane_host", _also_public_names)
