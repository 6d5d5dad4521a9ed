"""Generates a template's secret by the rules it names, without punctuation in any, and refers to it by its ARN, as CloudFormation does."""

import json

from ministack.services import secretsmanager
from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks

from .calls import text_of
from .patching import patch


def _by_its_rules(original):
    def secret_string(properties):
        rules = properties.get("GenerateSecretString")
        if not rules or properties.get("SecretString"):
            return original(properties)
        password = json.loads(text_of(secretsmanager._get_random_password(rules)))["RandomPassword"]
        if "SecretStringTemplate" not in rules:
            return password
        return json.dumps({**json.loads(rules["SecretStringTemplate"]), rules["GenerateStringKey"]: password})

    return secret_string


def _by_arn(resolve):
    def resolve_refs(value, resources, *rest):
        made = resources.get(value["Ref"]) if isinstance(value, dict) and isinstance(value.get("Ref"), str) else None
        if made and made.get("ResourceType") == "AWS::SecretsManager::Secret" and made.get("Attributes"):
            return made["Attributes"]["Arn"]
        return resolve(value, resources, *rest)

    return resolve_refs


def install():
    patch(engine, "_resolve_refs", _by_arn, changesets, handlers, stacks)
    patch(provisioners, "_sm_secret_string", _by_its_rules)
