"""Generates a template's secret by the rules it names; ministack's template handler puts punctuation into any."""

import json

from ministack.services import secretsmanager
from ministack.services.cloudformation import provisioners

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


def install():
    patch(provisioners, "_sm_secret_string", _by_its_rules)
