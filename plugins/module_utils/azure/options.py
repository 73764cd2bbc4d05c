# SPDX-License-Identifier: GPL-3.0-or-later
"""Option tables that Azure modules share; the documentation fragment ``azure`` mirrors them."""

from __future__ import annotations

from ..module import Spec, from_environment

CONNECTION: Spec = {
    "cloud": {
        "type": "str",
        "choices": ["AzureCloud", "AzureUSGovernment", "AzureChinaCloud"],
        "default": "AzureCloud",
        "fallback": from_environment("AZURE_CLOUD_ENVIRONMENT"),
    },
    "tenant_id": {"type": "str", "fallback": from_environment("AZURE_TENANT", "AZURE_TENANT_ID")},
    "subscription_id": {"type": "str", "required": True, "fallback": from_environment("AZURE_SUBSCRIPTION_ID")},
    "client_id": {"type": "str", "fallback": from_environment("AZURE_CLIENT_ID")},
    "client_secret": {
        "type": "str",
        "no_log": True,
        "fallback": from_environment("AZURE_SECRET", "AZURE_CLIENT_SECRET"),
    },
    "client_certificate": {"type": "path", "fallback": from_environment("AZURE_CLIENT_CERTIFICATE_PATH")},
    "client_certificate_password": {
        "type": "str",
        "no_log": True,
        "fallback": from_environment("AZURE_CLIENT_CERTIFICATE_PASSWORD"),
    },
    "access_token": {"type": "str", "no_log": True, "fallback": from_environment("AZURE_ACCESS_TOKEN")},
    "login_endpoint": {"type": "str", "fallback": from_environment("AZURE_AUTHORITY_HOST")},
    "resource_manager_endpoint": {"type": "str", "fallback": from_environment("AZURE_RESOURCE_MANAGER_ENDPOINT")},
    "validate_certs": {"type": "bool", "default": True, "fallback": from_environment("AZURE_VALIDATE_CERTS")},
    "ca_path": {"type": "path", "fallback": from_environment("AZURE_CA_PATH")},
    "request_timeout": {"type": "int", "default": 60},
}
WAITING: Spec = {"wait_timeout": {"type": "int", "default": 600}}
TAGS: Spec = {
    "tags": {"type": "dict"},
    "tags_mode": {"type": "str", "choices": ["merge", "exact"], "default": "merge"},
}
