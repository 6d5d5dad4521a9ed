"""Buckets that don't answer while a test says so: CloudFront is told 503, as by S3 in a bad hour. No other fault, no other caller."""

from ministack.services import s3

from .patching import patch

PATH = "/_holdfast/failing-buckets/"  # PUT and DELETE a bucket's name below it
_failing = set()


def switch(method, bucket):
    """Whether the method was understood."""
    if method == "PUT":
        _failing.add(bucket)
    elif method == "DELETE":
        _failing.discard(bucket)
    return method in ("PUT", "DELETE")


def _unless_failing(fetch):
    def fetch_from(bucket, key, *rest, **named):
        if bucket in _failing:
            return s3._error("ServiceUnavailable", "Please reduce your request rate.", 503, f"/{bucket}/{key}")
        return fetch(bucket, key, *rest, **named)

    return fetch_from


def install():
    patch(s3, "serve_cloudfront_origin_fetch", _unless_failing)
