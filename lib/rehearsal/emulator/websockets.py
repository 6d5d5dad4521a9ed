"""Carries WebSockets from a viewer through distribution and balancer to a target; ministack refuses them."""

import asyncio
import contextlib

import wsproto
from ministack import app
from ministack.services import alb, cloudfront
from wsproto import events

from .health import port_of
from .targets import choose_group, choose_target

# of one hop only, or written anew for the next
_HOP = {"host", "upgrade", "connection"} | {
    f"sec-websocket-{name}" for name in ("key", "version", "extensions", "protocol")
}


class _Refused(Exception):
    def __init__(self, status):
        super().__init__(status)
        self.status = status


def _listener(host, path, headers):
    """(host, listener) that the request reaches: through a distribution, or a balancer's own name."""
    port = 80
    label = app._parse_cloudfront_dataplane_host(host)
    if label:
        distribution = cloudfront.find_distribution_for_label(label)
        if not distribution:
            raise _Refused(404)
        config = cloudfront.parse_distribution_dataplane_config(distribution)
        behavior = cloudfront._match_behavior(config, path)
        origin = config["origins"].get(behavior["target_origin_id"]) if behavior else None
        if not origin:
            raise _Refused(502)
        headers.update({name.lower(): value for name, value in origin.get("custom_headers") or []})
        _host, port, _https = cloudfront._origin_connect_target(origin, headers.get("x-forwarded-proto") == "https")
        balancer, host = cloudfront._registered_alb(origin), origin["domain_name"]
    else:
        balancer = alb.find_lb_for_host(host)
    if balancer is None:
        raise _Refused(404)
    listeners = [each for each in alb._listeners.values() if each["LoadBalancerArn"] == balancer["LoadBalancerArn"]]
    on_port = [each for each in listeners if int(each.get("Port", 80)) == int(port)] or listeners
    if not on_port:
        raise _Refused(503)
    return host, on_port[0]


def _actions(listener, path, headers, query):
    """Those of the listener's first rule that matches."""
    rules = [rule for rule in alb._rules.values() if rule.get("ListenerArn") == listener["ListenerArn"]]
    for rule in sorted(rules, key=alb._rule_sort_key):
        conditions = rule.get("Conditions", [])
        if rule.get("IsDefault") or all(alb._match_condition(each, "GET", path, headers, query) for each in conditions):
            return rule.get("Actions") or listener.get("DefaultActions", [])
    return []


def _target(host, path, headers, query):
    """(address, port) of the target; raises _Refused with the status that the viewer gets."""
    host, listener = _listener(host, path, headers)
    for action in _actions(listener, path, {**headers, "host": host}, query):
        if action.get("Type") == "fixed-response":
            raise _Refused(int(action.get("FixedResponseConfig", {}).get("StatusCode", 503)))
        if action.get("Type") == "forward":
            arn, _cookie = choose_group(action, headers)
            target, _cookie = choose_target(arn, headers)
            if not target:
                raise _Refused(503)
            return target["Id"], port_of(alb._tgs[arn], target)
    raise _Refused(502)


async def _refuse(scope, send, status):
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "websocket.http.response.start", "status": status, "headers": []})
    await send({"type": "websocket.http.response.body", "body": b""})


def _upgrade_request(scope, headers):
    target = (scope.get("raw_path") or scope["path"].encode()).decode()
    query = scope.get("query_string", b"").decode()
    passed = [(name.encode(), value.encode("latin-1")) for name, value in headers.items() if name not in _HOP]
    return events.Request(
        host=headers.get("host", ""),
        target=f"{target}?{query}" if query else target,
        subprotocols=scope.get("subprotocols") or [],
        extra_headers=[*passed, (b"x-forwarded-for", b"127.0.0.1")],
    )


async def _to_viewer(scope, send, reader, writer, connection, accepted):
    kinds = {events.TextMessage: ("text", str), events.BytesMessage: ("bytes", bytes)}
    parts = []
    while data := await reader.read(65536):
        connection.receive_data(data)
        for event in connection.events():
            if isinstance(event, events.AcceptConnection):
                await send({"type": "websocket.accept", "subprotocol": event.subprotocol, "headers": []})
                accepted.set()
            elif isinstance(event, events.RejectConnection):
                await _refuse(scope, send, event.status_code)
                return
            elif type(event) in kinds:
                key, kind = kinds[type(event)]
                parts.append(kind(event.data))
                if event.message_finished:
                    await send({"type": "websocket.send", key: kind().join(parts)})
                    parts.clear()
            elif isinstance(event, events.Ping):
                writer.write(connection.send(event.response()))
            elif isinstance(event, events.CloseConnection):
                await send({"type": "websocket.close", "code": event.code or 1000})
                return
    if accepted.is_set():
        await send({"type": "websocket.close", "code": 1011})
    else:
        await _refuse(scope, send, 502)


async def _to_target(receive, writer, connection, accepted):
    await accepted.wait()
    while True:
        message = await receive()
        if message["type"] == "websocket.receive":
            text = message.get("text")
            event = events.BytesMessage(message["bytes"]) if text is None else events.TextMessage(text)
            writer.write(connection.send(event))
        elif message["type"] == "websocket.disconnect":
            with contextlib.suppress(Exception):  # the target may be gone as well
                writer.write(connection.send(events.CloseConnection(code=message.get("code") or 1000)))
            return


async def serve(scope, receive, send):
    """One WebSocket, from its request to its end."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", [])}
    query = cloudfront.parse_qs(scope.get("query_string", b"").decode())
    await receive()
    try:
        address, port = _target(headers.get("host", ""), scope["path"], headers, query)
        reader, writer = await asyncio.open_connection(address, port)
    except (_Refused, OSError) as error:
        await _refuse(scope, send, getattr(error, "status", 502))
        return
    connection = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
    accepted = asyncio.Event()
    try:
        writer.write(connection.send(_upgrade_request(scope, headers)))
        directions = [
            asyncio.create_task(_to_viewer(scope, send, reader, writer, connection, accepted)),
            asyncio.create_task(_to_target(receive, writer, connection, accepted)),
        ]
        await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        for direction in directions:
            direction.cancel()
    finally:
        writer.close()


def is_ours(scope):
    """Whether the request names a distribution or a balancer."""
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"host"), "")
    return bool(app._parse_cloudfront_dataplane_host(host) or alb.find_lb_for_host(host))
