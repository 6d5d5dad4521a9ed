"""Repairs buckets: tags and replication rules of a template, and what CloudFront is told of a missing key."""

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import s3
from ministack.services.cloudformation import provisioners

from .calls import text_of, xml
from .patching import after, patch


def _keep_tags(name, properties):
    """CDK's autoDeleteObjects looks for its own tag before it empties a bucket."""
    if properties.get("Tags"):
        s3._bucket_tags[name] = {tag["Key"]: str(tag["Value"]) for tag in properties["Tags"]}


def _replication_rule(rule):
    filtered, destination = rule.get("Filter"), rule["Destination"]
    parts = [xml("Priority", rule["Priority"])] if "Priority" in rule else []
    if rule.get("Id"):
        parts.insert(0, xml("ID", rule["Id"]))
    parts.append(xml("Status", rule["Status"]))
    if filtered is None and "Prefix" in rule:
        parts.append(xml("Prefix", rule["Prefix"]))
    if filtered is not None:
        both = filtered.get("And")
        prefix = {"And": {"Prefix": both.get("Prefix", "")}} if both else {"Prefix": filtered.get("Prefix", "")}
        parts.append(xml("Filter", prefix))
    if rule.get("DeleteMarkerReplication"):
        parts.append(xml("DeleteMarkerReplication", rule["DeleteMarkerReplication"]))
    parts.append(xml("Destination", {"Bucket": destination["Bucket"]}))
    return f"<Rule>{''.join(parts)}</Rule>"


def _keep_replication(name, properties):
    """ministack replicates, but its template handler drops the property."""
    config = properties.get("ReplicationConfiguration")
    if not config:
        s3._bucket_replication.pop(name, None)
        return
    rules = "".join(map(_replication_rule, config["Rules"]))
    tag = "ReplicationConfiguration"
    body = f'<{tag} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{xml("Role", config["Role"])}{rules}</{tag}>'
    text_of(s3._put_bucket_replication(name, body.encode()))


def _over_tls(allows):
    """Origin access control signs HTTPS requests, so enforceSSL doesn't refuse them."""

    def allows_over_tls(*arguments):
        token = iam_evaluator._request_origin.set((iam_evaluator._request_origin.get()[0], True))
        try:
            return allows(*arguments)
        finally:
            iam_evaluator._request_origin.reset(token)

    return allows_over_tls


def _may_list(bucket, policy, source_arn):
    context = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action="s3:ListBucket",
        resource_arn=f"arn:aws:s3:::{bucket}",
        region=get_region(),
        secure_transport=True,
        service_context={"aws:sourcearn": source_arn} if source_arn else {},
    )
    found = iam_evaluator.evaluate_resource_policy(policy, context, service="cloudfront.amazonaws.com")
    return found.decision == "Allow"


def _missing_key_as_404(fetch):
    """As in S3: whoever may list the bucket is told 404 of a missing key, anybody else 403."""

    def fetch_as_s3(bucket, key, method, headers, source_arn="", oai_id=""):
        response = fetch(bucket, key, method, headers, source_arn, oai_id)
        if response[0] != 403:
            return response
        owner = s3._bucket_owner_account(bucket) or get_account_id()
        policy = s3._bucket_policies.get_scoped(owner, None, bucket)
        record = s3._ensure_bucket(bucket)
        if not policy or record is None or key in record["objects"] or not _may_list(bucket, policy, source_arn):
            return response
        return s3._error("NoSuchKey", "The specified key does not exist.", 404, f"/{bucket}/{key}")

    return fetch_as_s3


def install():
    after(provisioners._RESOURCE_HANDLERS, "AWS::S3::Bucket", _keep_tags)
    after(provisioners._RESOURCE_HANDLERS, "AWS::S3::Bucket", _keep_replication)
    patch(s3, "_cloudfront_origin_allows", _over_tls)
    patch(s3, "serve_cloudfront_origin_fetch", _missing_key_as_404)
