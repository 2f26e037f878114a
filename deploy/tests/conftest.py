"""template.yaml as written, and as CloudFormation gets it."""

import copy
import os
import pathlib

import pytest

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samcli.yamlhelper import yaml_parse  # noqa: E402  (SAM reads the region when it is imported)
from samtranslator.translator.transform import transform  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


class NoPolicies:
    """Stands for the list of managed policies that SAM would ask AWS for."""

    def load(self):
        return {"AWSLambdaBasicExecutionRole": BASIC}


class Template(dict):
    """A template's resources, found by type."""

    def of_type(self, wanted):
        return {name: r["Properties"] for name, r in self["Resources"].items() if r["Type"] == wanted}


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def template():
    return Template(yaml_parse((ROOT / "template.yaml").read_text()))


@pytest.fixture(scope="session")
def functions(template):
    """The functions by the name of their folder and binary."""
    found = {}
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            found[resource["Metadata"]["BuildProperties"]["Binary"]] = (logical_id, resource["Properties"])
    return found


@pytest.fixture(scope="session")
def expanded(template):
    packaged = copy.deepcopy(dict(template))
    for resource in packaged["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://code/function.zip"
    return Template(transform(packaged, {}, NoPolicies()))
