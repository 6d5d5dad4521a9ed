"""Start ministack 1.5.33 with what a production CDK application needs and it lacks.

1. CloudFormation handlers for missing types, through the emulator's own service functions.
2. Every other unknown AWS::* type is accepted and *recorded only*: no API serves it. The log says
   `recorded only: TYPE (stack/logical id)`, and GET /_holdfast/report lists them for the rehearsal's report.
3. Repairs of the data plane: ALBs in any region, weighted and sticky target groups, health checks,
   WebSockets, HTTPS listeners behind CloudFront, origin groups, buckets with enforceSSL.
It patches private functions: the version is pinned and each patched symbol is checked at start."""
import asyncio, contextlib, hashlib, http.client, json, logging, os, random, re, sys, threading, time, uuid
from importlib.metadata import version
if version("ministack") != "1.5.33": sys.exit(f"the emulator patches ministack 1.5.33, found {version('ministack')}")
from . import state
state.configure()
from . import memory, recorded
from .patching import patch
from xml.sax.saxutils import escape
from ministack.services import ec2, route53, cloudwatch, waf, backup
from ministack.services.cloudformation import provisioners as P

def _ok(resp):
    status, body = resp[0], resp[2]
    text = body.decode() if isinstance(body, (bytes, bytearray)) else str(body)
    if status >= 300: raise ValueError(text[:400])
    return text
def _one(text, tag):
    m = re.search(rf"<(?:\w+:)?{tag}>([^<]*)<", text); return m.group(1) if m else ""
def _tags(kind, tags):
    out = {"TagSpecification.1.ResourceType": [kind]}
    for i, t in enumerate(tags or [], 1):
        out[f"TagSpecification.1.Tag.{i}.Key"] = [t["Key"]]; out[f"TagSpecification.1.Tag.{i}.Value"] = [str(t["Value"])]
    return out
def _q(**kw): return {k: [str(v)] for k, v in kw.items() if v is not None}
def _bool(v): return str(v).lower() != "false"

# --- EC2 -----------------------------------------------------------------
def eip_c(lid, p, stack):
    x = _ok(ec2._allocate_address({**_q(Domain=p.get("Domain", "vpc")), **_tags("elastic-ip", p.get("Tags"))}))
    ip, a = _one(x, "publicIp"), _one(x, "allocationId")
    return ip, {"AllocationId": a, "PublicIp": ip}
def eip_d(pid, p):
    for a, r in list(ec2._addresses.items()):
        if r["PublicIp"] == pid: ec2._release_address(_q(AllocationId=a))
def nat_c(lid, p, stack):
    x = _ok(ec2._create_nat_gateway({**_q(SubnetId=p.get("SubnetId"), AllocationId=p.get("AllocationId"), ConnectivityType=p.get("ConnectivityType")), **_tags("natgateway", p.get("Tags"))}))
    n = _one(x, "natGatewayId"); return n, {"NatGatewayId": n}
def nat_d(pid, p): ec2._delete_nat_gateway(_q(NatGatewayId=pid))
def fl_c(lid, p, stack):
    x = _ok(ec2._create_flow_logs({**_q(**{"ResourceId.1": p["ResourceId"]}, ResourceType=p["ResourceType"], TrafficType=p.get("TrafficType"), LogDestinationType=p.get("LogDestinationType"), LogDestination=p.get("LogDestination"), LogGroupName=p.get("LogGroupName")), **_tags("vpc-flow-log", p.get("Tags"))}))
    f = _one(x, "item"); return f, {"Id": f}
def fl_d(pid, p): ec2._flow_logs.pop(pid, None)
def _perm(p, direction):
    q = _q(GroupId=p["GroupId"], **{"IpPermissions.1.IpProtocol": p.get("IpProtocol", "-1"), "IpPermissions.1.FromPort": p.get("FromPort"), "IpPermissions.1.ToPort": p.get("ToPort")})
    g = p.get("SourceSecurityGroupId") or p.get("DestinationSecurityGroupId")
    if g: q |= _q(**{"IpPermissions.1.UserIdGroupPairs.1.GroupId": g, "IpPermissions.1.Groups.1.GroupId": g})
    if p.get("CidrIp"): q |= _q(**{"IpPermissions.1.IpRanges.1.CidrIp": p["CidrIp"]})
    if p.get("CidrIpv6"): q |= _q(**{"IpPermissions.1.Ipv6Ranges.1.CidrIpv6": p["CidrIpv6"]})
    return q
def sg_rule(direction):
    auth = ec2._authorize_sg_ingress if direction == "in" else ec2._authorize_sg_egress
    revoke = ec2._revoke_sg_ingress if direction == "in" else ec2._revoke_sg_egress
    def c(lid, p, stack):
        x = _ok(auth(_perm(p, direction))); rid = _one(x, "securityGroupRuleId") or "sgr-" + uuid.uuid4().hex[:17]
        return rid, {"Id": rid}
    def d(pid, p): revoke(_perm(p, direction))
    return {"create": c, "delete": d}

# --- Route 53 health check -------------------------------------------------
_LISTS = {"ChildHealthChecks": "ChildHealthCheck", "Regions": "Region"}
def _xml(tag, v):
    if isinstance(v, dict): return f"<{tag}>" + "".join(_xml(k, x) for k, x in v.items()) + f"</{tag}>"
    if isinstance(v, list): return f"<{tag}>" + "".join(_xml(_LISTS.get(tag, "member"), x) for x in v) + f"</{tag}>"
    return f"<{tag}>{escape(str(v).lower() if isinstance(v, bool) else str(v))}</{tag}>"
def hc_c(lid, p, stack):
    body = f'<CreateHealthCheckRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><CallerReference>{uuid.uuid4()}</CallerReference>{_xml("HealthCheckConfig", p["HealthCheckConfig"])}</CreateHealthCheckRequest>'
    h = _one(_ok(route53._create_health_check(body.encode())), "Id"); return h, {"HealthCheckId": h}
def hc_u(pid, old, new, stack):
    c = {k: v for k, v in new["HealthCheckConfig"].items() if k not in ("Type", "RequestInterval", "MeasureLatency")}
    body = '<UpdateHealthCheckRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/">' + "".join(_xml(k, v) for k, v in c.items()) + "</UpdateHealthCheckRequest>"
    _ok(route53._update_health_check(pid, body.encode())); return pid, {"HealthCheckId": pid}
def hc_d(pid, p): route53._delete_health_check(pid)

# --- CloudWatch composite alarm ---------------------------------------------
def ca_c(lid, p, stack):
    name = p.get("AlarmName") or P._physical_name(stack, lid, max_len=255)
    d = {"AlarmName": name, "AlarmRule": p["AlarmRule"], "AlarmDescription": p.get("AlarmDescription", ""), "ActionsEnabled": _bool(p.get("ActionsEnabled", True)), "AlarmActions": p.get("AlarmActions", []), "OKActions": p.get("OKActions", []), "InsufficientDataActions": p.get("InsufficientDataActions", [])}
    _ok(cloudwatch._put_composite_alarm({}, d, False, True))
    return name, {"Arn": cloudwatch._composite_alarms[name]["AlarmArn"]}
def ca_u(pid, old, new, stack): return ca_c(pid, {**new, "AlarmName": pid}, stack)
def ca_d(pid, p): cloudwatch._composite_alarms.pop(pid, None)

# --- WAFv2 association, Backup selection ---------------------------------------
def wa_c(lid, p, stack):
    _ok(waf._associate_web_acl({"WebACLArn": p["WebACLArn"], "ResourceArn": p["ResourceArn"]})); return f'{p["WebACLArn"]}|{p["ResourceArn"]}', {}
def wa_d(pid, p): waf._disassociate_web_acl({"ResourceArn": p["ResourceArn"]})
def bs_c(lid, p, stack):
    j = json.loads(_ok(backup._create_selection(p["BackupPlanId"], {"BackupSelection": p["BackupSelection"]})))
    return f'{j["SelectionId"]}|{p["BackupPlanId"]}', {"SelectionId": j["SelectionId"], "BackupPlanId": p["BackupPlanId"]}
def bs_d(pid, p): backup._selections.pop(pid.split("|")[0], None)

NEW = {
    "AWS::EC2::EIP": {"create": eip_c, "delete": eip_d},
    "AWS::EC2::NatGateway": {"create": nat_c, "delete": nat_d},
    "AWS::EC2::FlowLog": {"create": fl_c, "delete": fl_d},
    "AWS::EC2::SecurityGroupIngress": sg_rule("in"),
    "AWS::EC2::SecurityGroupEgress": sg_rule("out"),
    "AWS::Route53::HealthCheck": {"create": hc_c, "update": hc_u, "delete": hc_d},
    "AWS::CloudWatch::CompositeAlarm": {"create": ca_c, "update": ca_u, "delete": ca_d},
    "AWS::WAFv2::WebACLAssociation": {"create": wa_c, "delete": wa_d},
    "AWS::Backup::BackupSelection": {"create": bs_c, "delete": bs_d},
}
for _t, _h in NEW.items():
    if _t in P._RESOURCE_HANDLERS: sys.exit(f"ministack registers {_t} itself now: remove it from the emulator")
    P._RESOURCE_HANDLERS[_t] = _h

# --- attributes missing from registered types ------------------------------------
def _more(rtype, fn):
    h = P._RESOURCE_HANDLERS[rtype]; c, u = h["create"], h.get("update")
    def create(lid, p, stack):
        pid, a = c(lid, p, stack); return pid, {**fn(pid, p), **a}
    h["create"] = create
    if u:
        def update(pid, old, new, *r, **k):
            pid2, a = u(pid, old, new, *r, **k); return pid2, {**fn(pid2, new), **a}
        h["update"] = update
_more("AWS::EC2::VPC", lambda pid, p: {"CidrBlock": p.get("CidrBlock"), "CidrBlockAssociations": ["vpc-cidr-assoc-" + pid[4:]]})
from ministack.services import ssm as _ssm
for _k in ("al2023-ami-kernel-6.1-arm64", "al2023-ami-kernel-6.1-x86_64", "al2023-ami-kernel-default-arm64"):
    _ssm._PUBLIC_AMI_PARAMETERS.setdefault("/aws/service/ami-amazon-linux-latest/" + _k, "ami-0c2023a1b2c3d4e5f")

# --- metric-math alarms: PutMetricAlarm keeps no Metrics list, so store it beside the record ----
_a = P._RESOURCE_HANDLERS["AWS::CloudWatch::Alarm"]; _ac, _au = _a["create"], _a["update"]
def _plain(p):
    if not p.get("Metrics"): return p
    return {"Threshold": 0, **{k: v for k, v in p.items() if k != "Metrics"}, "MetricName": "__math__", "Namespace": "__math__"}   # an anomaly alarm has no Threshold
def _keep(name, p):
    r = cloudwatch._alarms.get(name)
    if r is not None and p.get("Metrics"):
        r["Metrics"] = p["Metrics"]
def alarm_c(lid, p, stack):
    n, a = _ac(lid, _plain(p), stack); _keep(n, p); return n, a
def alarm_u(pid, old, new, *r, **k):
    n, a = _au(pid, _plain(old), _plain(new), *r, **k); _keep(n, new); return n, a
_a.update(create=alarm_c, update=alarm_u)

# --- S3 bucket tags (autoDeleteObjects checks its own tag before emptying) -----------------
from ministack.services import s3 as _s3, rds as _rds, cloudfront as _cf
def _after(rtype, fn):
    h = P._RESOURCE_HANDLERS[rtype]; c, u = h["create"], h.get("update")
    def create(lid, p, stack):
        r = c(lid, p, stack); fn(r[0], p); return r
    h["create"] = create
    if u:
        def update(pid, old, new, *a, **k):
            r = u(pid, old, new, *a, **k); fn(r[0], new); return r
        h["update"] = update
def _s3tags(name, p):
    if p.get("Tags"): _s3._bucket_tags[name] = {t["Key"]: str(t["Value"]) for t in p["Tags"]}
_after("AWS::S3::Bucket", _s3tags)
# --- RDS read replica: link it to its source -------------------------------------------------
def _replica(pid, p):
    src = p.get("SourceDBInstanceIdentifier"); r, s = _rds._instances.get(pid), _rds._instances.get((src or "").split(":")[-1])
    if not (r and s): return
    r["ReadReplicaSourceDBInstanceIdentifier"] = s["DBInstanceIdentifier"]
    for k in ("AllocatedStorage", "Engine", "EngineVersion", "StorageEncrypted", "MasterUsername", "DBName"): r[k] = s.get(k, r.get(k))
    l = s.setdefault("ReadReplicaDBInstanceIdentifiers", [])
    if pid not in l: l.append(pid)
_after("AWS::RDS::DBInstance", _replica)

# --- CloudFront origin groups in the data plane: resolve a group id to its primary, and on a
#     failover status code (or an unreachable primary) ask the next member, as CloudFront does ----
_parse0, _view0 = _cf.parse_distribution_dataplane_config, _cf.handle_viewer_request
_force = __import__("contextvars").ContextVar("origin_member", default=0)
def _groups(dist):
    out, root = {}, _cf._dist_config_el(dist)
    for g in root.iter():
        if g.tag.split("}")[-1] != "OriginGroup": continue
        t = lambda name: [e.text for e in g.iter() if e.tag.split("}")[-1] == name]
        out[t("Id")[0]] = (t("OriginId"), [int(x) for x in t("StatusCode") if x])
    return out
def _parse(dist):
    d = _parse0(dist)
    for gid, (members, _codes) in _groups(dist).items():
        m = members[min(_force.get(), len(members) - 1)] if members else None
        if m in d["origins"]: d["origins"][gid] = d["origins"][m]
    return d
_cf.parse_distribution_dataplane_config = _parse
import inspect as _inspect
if _inspect.iscoroutinefunction(_view0):
    async def _view(dist, *a, **k):
        r = await _view0(dist, *a, **k)
        codes = {c for _m, cs in _groups(dist).values() for c in cs} if isinstance(dist, dict) else set()
        if r[0] in codes:
            tok = _force.set(1)
            try: r = await _view0(dist, *a, **k)
            finally: _force.reset(tok)
        return r
    _cf.handle_viewer_request = _view


# ===== generic repairs ===========================================================================
log = logging.getLogger("plus")
from ministack import app as _app
from ministack.core import iam_evaluator as _iam
from ministack.core.responses import get_account_id, get_region, set_request_region
from ministack.services import alb, stepfunctions as _sfn
from ministack.services import cloudformation as _cfn
from ministack.services.cloudformation import changesets as _chg, engine as _eng, handlers as _hdl, stacks as _stk

# --- Fn::GetStackOutput across regions (CDK's weak references); the emulator ignores Region -------
def _resolve(orig):
    def f(value, resources, params, conditions, mappings, stack_name, stack_id):
        if isinstance(value, dict) and isinstance(value.get("Fn::GetStackOutput"), dict):
            r = lambda v: orig(v, resources, params, conditions, mappings, stack_name, stack_id) if v is not None else None
            spec = value["Fn::GetStackOutput"]; name, out = r(spec.get("StackName")), r(spec.get("OutputName"))
            st = _cfn._stacks.get_scoped(get_account_id(), r(spec.get("Region")) or get_region(), str(name))
            for o in (st or {}).get("Outputs", []):
                if o.get("OutputKey") == out: return o.get("OutputValue", "")
            raise ValueError(f"Output '{out}' not found in stack '{name}' ({r(spec.get('Region')) or get_region()})")
        return orig(value, resources, params, conditions, mappings, stack_name, stack_id)
    return f
_orig, _new = patch(_eng, "_resolve_refs", _resolve)
for _m in (_chg, _hdl, _stk):
    if getattr(_m, "_resolve_refs", None) is _orig: _m._resolve_refs = _new

recorded.install()

# --- S3 behind CloudFront: OAC requests are HTTPS; without s3:ListBucket a missing key is 403, with it 404 ----
def _allows(orig):
    def f(*a):
        tok = _iam._request_origin.set((_iam._request_origin.get()[0], True))
        try: return orig(*a)
        finally: _iam._request_origin.reset(tok)
    return f
patch(_s3, "_cloudfront_origin_allows", _allows)
def _s3_fetch(orig):
    def f(bucket_name, key, method, headers, source_arn="", oai_id=""):
        r = orig(bucket_name, key, method, headers, source_arn, oai_id)
        if r[0] != 403: return r
        owner = _s3._bucket_owner_account(bucket_name) or get_account_id(); pol = _s3._bucket_policies.get_scoped(owner, None, bucket_name)
        b = _s3._ensure_bucket(bucket_name)
        if not pol or b is None or key in b["objects"]: return r
        ctx = _iam.EvalContext(principal_arn="*", principal_type="Service", principal_account="", action="s3:ListBucket",
                               resource_arn=f"arn:aws:s3:::{bucket_name}", region=get_region(), secure_transport=True,
                               service_context={"aws:sourcearn": source_arn} if source_arn else {})
        if _iam.evaluate_resource_policy(pol, ctx, service="cloudfront.amazonaws.com").decision != "Allow": return r
        return _s3._error("NoSuchKey", "The specified key does not exist.", 404, f"/{bucket_name}/{key}")
    return f
patch(_s3, "serve_cloudfront_origin_fetch", _s3_fetch)

# --- replication rules of a template: the emulator replicates, but its bucket handler drops the property --------
def _replication(pid, p):
    conf = p.get("ReplicationConfiguration")
    if not conf: return _s3._bucket_replication.pop(pid, None)
    def rule(r):
        f = r.get("Filter"); d = r["Destination"]
        x = _xml("ID", r["Id"]) if r.get("Id") else ""
        x += _xml("Priority", r["Priority"]) if "Priority" in r else ""
        x += _xml("Status", r["Status"]) + (_xml("Prefix", r["Prefix"]) if "Prefix" in r and f is None else "")
        if f is not None: x += "<Filter>" + (_xml("Prefix", f.get("Prefix", "")) if not f.get("And") else "<And>" + _xml("Prefix", f["And"].get("Prefix", "")) + "</And>") + "</Filter>"
        if r.get("DeleteMarkerReplication"): x += _xml("DeleteMarkerReplication", r["DeleteMarkerReplication"])
        return f"<Rule>{x}<Destination>{_xml('Bucket', d['Bucket'])}</Destination></Rule>"
    body = f'<ReplicationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Role>{conf["Role"]}</Role>' + "".join(map(rule, conf["Rules"])) + "</ReplicationConfiguration>"
    _ok(_s3._put_bucket_replication(pid, body.encode()))
_after("AWS::S3::Bucket", _replication)

# --- records in a hosted zone that the template only imports: the account would have it, so make it -------------
_rs = P._RESOURCE_HANDLERS["AWS::Route53::RecordSet"]; _rs_create = _rs["create"]
def _record_create(lid, p, stack):
    z = (p.get("HostedZoneId") or "").split("/")[-1]
    if z and z not in route53._zones:
        name = ".".join(p["Name"].rstrip(".").split(".")[-2:]) + "."
        x = _ok(route53._create_hosted_zone(f'<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Name>{name}</Name><CallerReference>{uuid.uuid4()}</CallerReference></CreateHostedZoneRequest>'.encode(), {}))
        made = _one(x, "Id").split("/")[-1]
        route53._zones[z] = {**route53._zones.pop(made), "id": z}; route53._records[z] = route53._records.pop(made)
        log.warning("imported hosted zone made: %s (%s)", z, name)
    return _rs_create(lid, p, stack)
_rs["create"] = _record_create

# --- balancers: any region, alias names, weights, stickiness, ports, health -----------------------
def _any_lb(match):
    for (acct, region, arn), lb in list(alb._lbs._data.items()):
        if acct == get_account_id() and match(lb):
            set_request_region(region); return lb      # listeners, rules and groups are kept per region
def _find_lb(orig):
    def f(host):
        h = host.split(":")[0].lower().rstrip(".").removeprefix("dualstack.")
        return _any_lb(lambda lb: h in (lb["DNSName"].lower(), lb["LoadBalancerName"].lower() + ".alb.localhost")) or _lb_by_alias(h)
    return f
def _lb_by_alias(host, depth=4):
    """The balancer that an alias or CNAME record of a hosted zone leads to."""
    for (acct, _z), records in list(route53._records._data.items()):
        if acct != get_account_id(): continue
        for r in records:
            if (r.get("Name") or "").rstrip(".").lower() != host: continue
            to = (r.get("AliasTarget") or {}).get("DNSName") or next(iter(r.get("ResourceRecords") or []), None) or ""
            to = (to.get("Value") if isinstance(to, dict) else str(to)).rstrip(".").lower().removeprefix("dualstack.")
            lb = _any_lb(lambda lb: lb["DNSName"].lower() == to)
            if lb or (depth and to and to != host and (lb := _lb_by_alias(to, depth - 1))): return lb
    return None
patch(alb, "find_lb_for_host", _find_lb)
patch(_app, "_is_potential_alb_request", lambda orig: lambda host, path: orig(host, path) or bool(_lb_by_alias(host.split(":")[0].lower())))
patch(_cf, "_registered_alb", lambda orig: lambda origin: orig(origin) or _lb_by_alias(_cf._normalize_origin_host(origin["domain_name"]).lower()))
def _via_alb(orig):
    """As the emulator's, but an HTTPS listener answers an https-only origin (certificates are not checked)."""
    async def f(lb, origin, method, uri, query, headers, body, viewer_is_https, client_ip, viewer_xff):
        _host, port, use_https = _cf._origin_connect_target(origin, viewer_is_https)
        want = "HTTPS" if use_https else "HTTP"
        if not any(l["LoadBalancerArn"] == lb["LoadBalancerArn"] and int(l.get("Port", 0)) == int(port) and l.get("Protocol") == want for l in alb._listeners.values()):
            raise _cf.OriginUnreachable(f"no {want} listener on port {port} of {lb['DNSName']}")
        h = {k.lower(): v for k, v in _cf._origin_request_headers(origin, headers, client_ip, viewer_xff).items()}
        t = origin.get("read_timeout", 30)
        try:
            st, rh, data = await asyncio.wait_for(alb.dispatch_request(lb, method, uri, h, body or b"", _cf.parse_qs(query, keep_blank_values=True), port, client_ip="127.0.0.1", raw_query_string=query), t)
        except asyncio.TimeoutError as e: raise _cf.OriginTimeout(str(e)) from e
        except Exception as e: raise _cf.OriginUnreachable(str(e)) from e
        stream = "text/event-stream" in str(rh.get("content-type", ""))      # passed on as it arrives
        if isinstance(data, _cf.StreamingResponse) and not stream: data = await _cf._collect_streaming_body(data, t)
        return st, http.client.responses.get(st, ""), [(n, v) for n, vs in rh.items() for v in (vs if isinstance(vs, list) else [vs])], data
    return f
patch(_cf, "_fetch_from_alb_origin", _via_alb)

# weighted forward: keep ForwardConfig in the action records (CloudFormation and API) and honour it
def _weights(cfg):
    return [{"TargetGroupArn": g["TargetGroupArn"], "Weight": int(g.get("Weight", 1))} for g in (cfg or {}).get("TargetGroups") or [] if g.get("TargetGroupArn")]
def _cfn_actions(orig):
    def f(props, lb_arn, prop="DefaultActions"):
        out = orig(props, lb_arn, prop)
        for rec, a in zip(out, [a for a in props.get(prop) or [] if isinstance(a, dict)]):
            if isinstance(a.get("ForwardConfig"), dict): rec["ForwardConfig"] = a["ForwardConfig"]
        return out
    return f
patch(P, "_elbv2_listener_actions", _cfn_actions)
def _api_actions(orig):
    def f(params, prefix="DefaultActions"):
        out = orig(params, prefix)
        for i, rec in enumerate(out, 1):
            b = f"{prefix}.member.{i}.ForwardConfig"; groups, j = [], 1
            while (arn := alb._p(params, f"{b}.TargetGroups.member.{j}.TargetGroupArn")):
                groups.append({"TargetGroupArn": arn, "Weight": int(alb._p(params, f"{b}.TargetGroups.member.{j}.Weight", "1"))}); j += 1
            if groups:
                s = f"{b}.TargetGroupStickinessConfig"
                rec["ForwardConfig"] = {"TargetGroups": groups}
                if alb._p(params, f"{s}.Enabled"): rec["ForwardConfig"]["TargetGroupStickinessConfig"] = {"Enabled": alb._p(params, f"{s}.Enabled") == "true", "DurationSeconds": int(alb._p(params, f"{s}.DurationSeconds", "3600"))}
                rec.setdefault("TargetGroupArn", groups[0]["TargetGroupArn"])
        return out
    return f
patch(alb, "_parse_actions", _api_actions)
def _action_xml(orig):
    def f(a):
        x, groups = orig(a), _weights(a.get("ForwardConfig"))
        if not groups and a.get("Type") == "forward" and a.get("TargetGroupArn"): groups = [{"TargetGroupArn": a["TargetGroupArn"], "Weight": 1}]
        if not groups: return x
        if len(groups) > 1: x = re.sub(r"(</Order>)<TargetGroupArn>[^<]*</TargetGroupArn>", r"\1", x)
        st = (a.get("ForwardConfig") or {}).get("TargetGroupStickinessConfig") or {}
        fc = "<ForwardConfig><TargetGroups>" + "".join(f"<member><TargetGroupArn>{g['TargetGroupArn']}</TargetGroupArn><Weight>{g['Weight']}</Weight></member>" for g in groups) + f"</TargetGroups><TargetGroupStickinessConfig><Enabled>{str(st.get('Enabled', False)).lower()}</Enabled></TargetGroupStickinessConfig></ForwardConfig>"
        return x.replace("</member>", fc + "</member>")
    return f
patch(alb, "_action_xml", _action_xml)

def _cookies(headers):
    return dict(p.strip().split("=", 1) for p in (headers.get("cookie") or "").split(";") if "=" in p)
def _choose_group(action, headers):
    """(target group, Set-Cookie) of a forward action: by the group cookie, else by weight."""
    cfg = action.get("ForwardConfig") or {}; groups = _weights(cfg)
    if len(groups) < 2: return action.get("TargetGroupArn") or (groups and groups[0]["TargetGroupArn"]) or "", None
    st = cfg.get("TargetGroupStickinessConfig") or {}; on = str(st.get("Enabled", False)).lower() == "true"
    tag = {hashlib.sha1(g["TargetGroupArn"].encode()).hexdigest()[:20]: g for g in groups}
    seen = tag.get(_cookies(headers).get("AWSALBTG", ""))
    if on and seen and seen["Weight"] > 0: return seen["TargetGroupArn"], None
    if not sum(g["Weight"] for g in groups): return "", None
    arn = random.choices(groups, [g["Weight"] for g in groups])[0]["TargetGroupArn"]
    c = next(k for k, g in tag.items() if g["TargetGroupArn"] == arn)
    return arn, f"AWSALBTG={c}; Max-Age={int(st.get('DurationSeconds', 3600))}; Path=/" if on else None
def _tg_attr(arn, key, default): return next((a["Value"] for a in alb._tg_attrs.get(arn, []) if a.get("Key") == key), default)
def _choose_target(arn, headers):
    """(target, Set-Cookie): healthy ones first (all when none is, as the balancer fails open), sticky by AWSALB."""
    tg = alb._tgs.get(arn); all_ = alb._targets.get(arn, [])
    if not tg or not all_: return None, None
    ok = [t for t in all_ if _state(tg, t) != "unhealthy"] or all_
    if str(_tg_attr(arn, "stickiness.enabled", "false")).lower() != "true": return random.choice(ok), None
    tag = lambda t: hashlib.sha1(f"{arn}|{t['Id']}|{t.get('Port')}".encode()).hexdigest()[:24]
    t = next((t for t in ok if tag(t) == _cookies(headers).get("AWSALB", "")), None) or random.choice(ok)
    return t, f"AWSALB={tag(t)}; Max-Age={_tg_attr(arn, 'stickiness.lb_cookie.duration_seconds', '86400')}; Path=/"
def _run_action(orig):
    async def f(action, method, path, headers, body, query, raw_query_string=None, raw_path=None):
        if (action.get("Type") or "").lower() != "forward": return await orig(action, method, path, headers, body, query, raw_query_string, raw_path)
        arn, c1 = _choose_group(action, headers); tg = alb._tgs.get(arn)
        if not tg or tg.get("TargetType", "instance") == "lambda" or not alb._targets.get(arn):
            return await alb._forward_to_tg(arn, method, path, headers, body, query, raw_query_string, raw_path)
        t, c2 = _choose_target(arn, headers)
        st, h, data = await alb._proxy_http_target(t, tg, method, raw_path or path, headers, body, query, raw_query_string)
        add = [c for c in (c1, c2) if c]
        if add:
            had = h.get("set-cookie") or []; h["set-cookie"] = (had if isinstance(had, list) else [had]) + add
        return st, h, data
    return f
patch(alb, "_execute_action", _run_action)

# targets are Id + port, so several local processes can serve one group
def _same(a, b): return a["Id"] == b["Id"] and ("Port" not in b or a.get("Port") == b["Port"])
def _reg(orig):
    def f(params):
        arn = alb._p(params, "TargetGroupArn")
        if arn not in alb._tgs: return orig(params)
        have = alb._targets.setdefault(arn, [])
        for t in alb._parse_targets_param(params):
            if not any(_same(x, t) for x in have): have.append(t)
        return alb._empty("RegisterTargets")
    return f
def _dereg(orig):
    def f(params):
        arn = alb._p(params, "TargetGroupArn")
        if arn not in alb._tgs: return orig(params)
        gone = alb._parse_targets_param(params)
        alb._targets[arn] = [x for x in alb._targets.get(arn, []) if not any(_same(x, t) for t in gone)]
        return alb._empty("DeregisterTargets")
    return f
patch(alb, "_register_targets", _reg); patch(alb, "_deregister_targets", _dereg)

# real health checks of registered targets, with the group's own path, interval and thresholds (seconds / HOLDFAST_HEALTH_SPEED)
_SPEED = float(os.environ.get("HOLDFAST_HEALTH_SPEED", "5"))
_health = {}    # (group, id, port) -> [state, successes, failures, next probe, reason]
def _key(tg, t): return tg["TargetGroupArn"], t["Id"], int(t.get("Port") or tg.get("Port") or 80)
def _state(tg, t): return _health.get(_key(tg, t), ["initial"])[0]
def _probe(tg, t):
    port = tg.get("HealthCheckPort") or "traffic-port"; port = _key(tg, t)[2] if port == "traffic-port" else int(port)
    try:
        c = http.client.HTTPConnection(t["Id"], port, timeout=float(tg.get("HealthCheckTimeoutSeconds") or 5))
        try:
            c.request("GET", tg.get("HealthCheckPath") or "/", headers={"User-Agent": "ELB-HealthChecker/2.0"}); st = c.getresponse().status
        finally: c.close()
    except Exception as e: return False, type(e).__name__
    m = tg.get("Matcher"); m = m.get("HttpCode") if isinstance(m, dict) else m
    ok = any(lo <= st <= hi for lo, hi in ((int(p.split("-")[0]), int(p.split("-")[-1])) for p in str(m or "200").split(",")))
    return ok, f"codes: [{st}]"
def _health_loop():
    while True:
        for tg in list(alb._tgs._data.values()):
            if tg.get("TargetType", "instance") == "lambda" or str(tg.get("HealthCheckEnabled", True)).lower() == "false": continue
            for (acct, arn), targets in list(alb._targets._data.items()):
                if arn != tg["TargetGroupArn"]: continue
                for t in list(targets):
                    s = _health.setdefault(_key(tg, t), ["initial", 0, 0, 0, ""])
                    if s[3] > time.time(): continue
                    s[3] = time.time() + float(tg.get("HealthCheckIntervalSeconds") or 30) / _SPEED
                    ok, why = _probe(tg, t)
                    s[1], s[2], s[4] = (s[1] + 1, 0, "") if ok else (0, s[2] + 1, why)
                    if ok and (s[0] == "initial" or s[1] >= int(tg.get("HealthyThresholdCount") or 5)): s[0] = "healthy"
                    if not ok and (s[0] == "initial" or s[2] >= int(tg.get("UnhealthyThresholdCount") or 2)): s[0] = "unhealthy"
        time.sleep(0.25)
def _describe_health(orig):
    def f(params):
        arn = alb._p(params, "TargetGroupArn"); tg = alb._tgs.get(arn)
        if not tg: return orig(params)
        want = alb._parse_targets_param(params); x = ""
        for t in alb._targets.get(arn, []):
            if want and not any(_same(t, w) for w in want): continue
            s = _health.get(_key(tg, t), ["initial", 0, 0, 0, ""])
            why = f"<Reason>Target.FailedHealthChecks</Reason><Description>{escape(s[4])}</Description>" if s[0] == "unhealthy" else ""
            x += f"<member><Target><Id>{t['Id']}</Id><Port>{_key(tg, t)[2]}</Port></Target><TargetHealth><State>{s[0]}</State>{why}</TargetHealth></member>"
        return alb._xml(200, "DescribeTargetHealth", f"<TargetHealthDescriptions>{x}</TargetHealthDescriptions>")
    return f
patch(alb, "_describe_target_health", _describe_health)

# --- CloudFront: the site's own names (Host: www.example.test) --------------------------------------
def _label(orig):
    def f(host):
        l = orig(host)
        if l: return l
        h = host.split(":")[0].lower()
        for d in _cf._distributions.values():
            if any(h == (a or "").lower() for a in _cf._get_distribution_aliases(d)): return d["DomainName"].split(".")[0]
        return None
    return f
patch(_app, "_parse_cloudfront_dataplane_host", _label)

# --- Step Functions SDK integrations that a rollout machine uses -----------------------------------
for _k, _v in {"elasticloadbalancingv2": ("elasticloadbalancing", "ElasticLoadBalancingV2"), "autoscaling": ("autoscaling", "AutoScaling"), "cloudformation": ("cloudformation", "CloudFormation")}.items():
    if _k in _sfn._AWS_SDK_SERVICE_MAP: sys.exit(f"ministack knows aws-sdk:{_k} now: remove it from the emulator")
    _sfn._AWS_SDK_SERVICE_MAP[_k] = {"protocol": "query", "service_key": _v[0]}; _sfn._AWS_SDK_ERROR_PREFIX[_k] = _v[1]

# --- alarms: the emulator sends no "CloudWatch Alarm State Change" event -----------------------------
from ministack.services import eventbridge as _eb
def _alarm_event(orig):
    def f(alarm, old_state, new_state, reason):
        if old_state != new_state:
            now = time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime())
            _eb._put_events({"Entries": [{"Source": "aws.cloudwatch", "DetailType": "CloudWatch Alarm State Change", "Resources": [alarm.get("AlarmArn", "")], "Detail": json.dumps({
                "alarmName": alarm.get("AlarmName", ""), "state": {"value": new_state, "reason": reason, "timestamp": now}, "previousState": {"value": old_state},
                "configuration": {"description": alarm.get("AlarmDescription", "")}}, default=str)}]}, allow_aws_source=True)
        return orig(alarm, old_state, new_state, reason)
    return f
patch(cloudwatch, "_dispatch_alarm_actions", _alarm_event)

# --- WebSockets through CloudFront and balancer to a target -----------------------------------------
def _ws_route(host, path, headers, query):
    """(target, target group) for an upgrade request, or an HTTP status."""
    label = _app._parse_cloudfront_dataplane_host(host); port = 80
    if label:
        dist = _cf.find_distribution_for_label(label)
        if not dist: return 404
        parsed = _cf.parse_distribution_dataplane_config(dist); b = _cf._match_behavior(parsed, path)
        origin = parsed["origins"].get(b["target_origin_id"]) if b else None
        if not origin: return 502
        for n, v in origin.get("custom_headers") or []: headers[n.lower()] = v
        _h, port, _tls = _cf._origin_connect_target(origin, headers.get("x-forwarded-proto") == "https")
        lb = _cf._registered_alb(origin); host = origin["domain_name"]
    else: lb = alb.find_lb_for_host(host)
    if lb is None: return 404
    ls = [l for l in alb._listeners.values() if l["LoadBalancerArn"] == lb["LoadBalancerArn"]]
    ls = [l for l in ls if int(l.get("Port", 80)) == int(port)] or ls
    if not ls: return 503
    for r in sorted((r for r in alb._rules.values() if r.get("ListenerArn") == ls[0]["ListenerArn"]), key=alb._rule_sort_key):
        if r.get("IsDefault") or all(alb._match_condition(c, "GET", path, {**headers, "host": host}, query) for c in r.get("Conditions", [])):
            for a in r.get("Actions") or ls[0].get("DefaultActions", []):
                if a.get("Type") == "forward":
                    arn, _c = _choose_group(a, headers); t, _c = _choose_target(arn, headers)
                    return (t, alb._tgs[arn]) if t else 503
                if a.get("Type") == "fixed-response": return int(a.get("FixedResponseConfig", {}).get("StatusCode", 503))
    return 502
async def _ws(scope, receive, send):
    import wsproto, wsproto.events as ev
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope.get("headers", [])}
    qs = scope.get("query_string", b"").decode()
    await receive()
    route = _ws_route(headers.get("host", ""), scope["path"], headers, _cf.parse_qs(qs))
    async def refuse(code):
        if "websocket.http.response" in scope.get("extensions", {}):
            await send({"type": "websocket.http.response.start", "status": code, "headers": []}); await send({"type": "websocket.http.response.body", "body": b""})
        else: await send({"type": "websocket.close", "code": 1008})
    if isinstance(route, int): return await refuse(route)
    t, tg = route
    try: rd, wr = await asyncio.open_connection(t["Id"], _key(tg, t)[2])
    except OSError: return await refuse(502)
    try:
        skip = {"host", "upgrade", "connection", "sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-protocol"}
        extra = [(k.encode(), v.encode("latin-1")) for k, v in headers.items() if k not in skip] + [(b"x-forwarded-for", b"127.0.0.1")]
        ws = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
        wr.write(ws.send(ev.Request(host=headers.get("host", ""), target=(scope.get("raw_path") or scope["path"].encode()).decode() + (f"?{qs}" if qs else ""), subprotocols=scope.get("subprotocols") or [], extra_headers=extra)))
        accepted = asyncio.Event()
        async def down():
            buf = ""; bbuf = b""
            while data := await rd.read(65536):
                ws.receive_data(data)
                for e in ws.events():
                    if isinstance(e, ev.AcceptConnection): await send({"type": "websocket.accept", "subprotocol": e.subprotocol, "headers": []}); accepted.set()
                    elif isinstance(e, ev.RejectConnection): await refuse(e.status_code); return
                    elif isinstance(e, ev.TextMessage):
                        buf += e.data
                        if e.message_finished: await send({"type": "websocket.send", "text": buf}); buf = ""
                    elif isinstance(e, ev.BytesMessage):
                        bbuf += bytes(e.data)
                        if e.message_finished: await send({"type": "websocket.send", "bytes": bbuf}); bbuf = b""
                    elif isinstance(e, ev.Ping): wr.write(ws.send(e.response()))
                    elif isinstance(e, ev.CloseConnection): await send({"type": "websocket.close", "code": e.code or 1000}); return
            if accepted.is_set(): await send({"type": "websocket.close", "code": 1011})
            else: await refuse(502)
        async def up():
            await accepted.wait()
            while True:
                m = await receive()
                if m["type"] == "websocket.receive": wr.write(ws.send(ev.TextMessage(m["text"]) if m.get("text") is not None else ev.BytesMessage(m["bytes"])))
                elif m["type"] == "websocket.disconnect":
                    with contextlib.suppress(Exception): wr.write(ws.send(ev.CloseConnection(code=m.get("code") or 1000)))
                    return
        tasks = [asyncio.create_task(down()), asyncio.create_task(up())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for k in tasks: k.cancel()
    finally: wr.close()
def _asgi(orig):
    async def f(scope, receive, send):
        if scope["type"] == "websocket":
            host = next((v.decode("latin-1") for k, v in scope["headers"] if k.lower() == b"host"), "")
            if _app._parse_cloudfront_dataplane_host(host) or alb.find_lb_for_host(host): return await _ws(scope, receive, send)
        if scope["type"] == "http" and scope["path"] == "/_holdfast/report":
            body = json.dumps({"recorded_only": recorded.RECORDED}, indent=1).encode()
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
            return await send({"type": "http.response.body", "body": body})
        return await orig(scope, receive, send)
    return f
patch(_app, "app", _asgi)

# --- viewers: no TLS here, so a page is served where CloudFront would first redirect to HTTPS ----------
def _viewer_policy(orig):
    """Browsers have no certificate to meet on *.cloudfront.localhost; https-only behaviours stay refused."""
    def f(behavior, method, viewer_is_https, *rest):
        if behavior.get("viewer_protocol_policy") == "redirect-to-https":
            return None
        return orig(behavior, method, viewer_is_https, *rest)
    return f
patch(_cf, "_check_viewer_protocol_policy", _viewer_policy)

# --- VPC origins: an internal balancer is spoken to over its own HTTP listener ---------------------------
def _vpc_origin_target(orig):
    """(host, port, https) of an origin; the protocol of a VPC origin stands in a resource that is recorded only."""
    def f(origin, viewer_is_https):
        host, port, https = orig(origin, viewer_is_https)
        lb = _cf._registered_alb(origin)
        if lb is None or lb.get("Scheme") != "internal":
            return host, port, https
        listeners = [l for l in alb._listeners.values() if l["LoadBalancerArn"] == lb["LoadBalancerArn"]]
        http = next((int(l["Port"]) for l in listeners if l.get("Protocol") == "HTTP"), None)
        return (host, http, False) if http else (host, port, https)
    return f
patch(_cf, "_origin_connect_target", _vpc_origin_target)

# --- /health is the application's own path; the emulator answers at /_ministack/health -------------------
if "/health" not in _app._HEALTH_PATHS:
    sys.exit("the emulator leaves /health alone now: remove the repair")
_app._HEALTH_PATHS = tuple(path for path in _app._HEALTH_PATHS if path != "/health")

if __name__ == "__main__":
    threading.Thread(target=_health_loop, daemon=True).start()
    state.install(recorded.RECORDED, recorded.revive)
    memory.start()
    _app.main()
