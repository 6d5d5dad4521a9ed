"""Rotates a secret as Secrets Manager does, by four calls of its function; ministack moves labels and calls nobody. No schedule ever begins one here."""

import contextvars
import json
import logging
import threading
import uuid

from ministack.core.responses import json_response
from ministack.services import lambda_svc, secretsmanager
from ministack.services.cloudformation import provisioners

from .calls import text_of
from .patching import add_handlers, patch

log = logging.getLogger("holdfast")

_STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


def _call_each(arn, event):
    name, qualifier = lambda_svc._resolve_name_and_qualifier(arn)
    record, _config = lambda_svc._get_func_record_for_qualifier(name, qualifier)
    for step in _STEPS:
        result = lambda_svc._execute_function(record, {**event, "Step": step})
        if result.get("error"):
            log.warning("rotation of %s ended at %s: %s", event["SecretId"], step, json.dumps(result.get("body")))
            return


def _rotate(original):
    def rotate(data):
        _name, secret = secretsmanager._resolve(data.get("SecretId"))
        arn = data.get("RotationLambdaARN") or (secret or {}).get("RotationLambdaARN")
        if not secret or not arn or secret.get("DeletedDate") or secretsmanager._is_replica(secret):
            return original(data)  # which says what is wrong
        secret.update(RotationEnabled=True, RotationLambdaARN=arn)
        token = data.get("ClientRequestToken") or str(uuid.uuid4())
        for version in secret["Versions"].values():
            version["Stages"] = [stage for stage in version["Stages"] if stage != "AWSPENDING"]
        secret["Versions"][token] = {"SecretString": None, "SecretBinary": None, "CreatedDate": 0, "Stages": ["AWSPENDING"]}
        event = {"SecretId": secret["ARN"], "ClientRequestToken": token}
        run = contextvars.copy_context().run  # account and region of this request
        threading.Thread(target=run, args=(_call_each, arn, event), daemon=True).start()
        return json_response({"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": token})

    return rotate


def _schedule(properties):
    _name, secret = secretsmanager._resolve(properties["SecretId"])
    if not secret:
        raise ValueError(f"AWS::SecretsManager::RotationSchedule: expected the secret {properties['SecretId']}, got none")
    rules = properties.get("RotationRules")
    secret.update(RotationEnabled=True, RotationLambdaARN=properties["RotationLambdaARN"], RotationRules=rules)
    return secret["ARN"]


def _unschedule(_physical_id, properties):
    _name, secret = secretsmanager._resolve(properties["SecretId"])
    if secret:
        secret.update(RotationEnabled=False, RotationLambdaARN=None, RotationRules=None)


def _protect(properties):
    policy = json.dumps(properties["ResourcePolicy"])
    text_of(secretsmanager._put_resource_policy({"SecretId": properties["SecretId"], "ResourcePolicy": policy}))
    return properties["SecretId"]


def install():
    patch(secretsmanager, "_rotate_secret", _rotate)
    add_handlers(
        provisioners._RESOURCE_HANDLERS,
        {
            "AWS::SecretsManager::RotationSchedule": {
                "create": lambda _logical_id, properties, _stack: (_schedule(properties), {}),
                "update": lambda _physical_id, _old, new, *_rest, **_named: (_schedule(new), {}),
                "delete": _unschedule,
            },
            "AWS::SecretsManager::ResourcePolicy": {
                "create": lambda _logical_id, properties, _stack: (_protect(properties), {}),
                "update": lambda _physical_id, _old, new, *_rest, **_named: (_protect(new), {}),
                "delete": lambda physical_id, _properties: secretsmanager._delete_resource_policy({"SecretId": physical_id}),
            },
        },
    )
