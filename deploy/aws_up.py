"""Starts a local AWS, deploys template.yaml into it, and prints one line of JSON; called by aws-up.sh.

What `sam package` and `sam deploy` do is done here with the same SAM library, in two seconds instead of twenty: every
`CodeUri` folder becomes the address of an uploaded zip, nothing else changes, and parameters say what is local.
"""

import argparse
import io
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile

import boto3
from samcli.yamlhelper import yaml_parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
STATE = pathlib.Path(os.environ.get("HELIOGRAPH_AWS_STATE") or ROOT / ".run" / "aws")
STACK = "heliograph"
BUCKET = "heliograph-code"
ACCESS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
START_TIMEOUT_S = 30
DEPLOY_TIMEOUT_S = 60


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--functions", type=pathlib.Path, required=True, help="folder of <function>/bootstrap")
    functions = arguments.parse_args().functions

    STATE.mkdir(parents=True, exist_ok=True)
    server, endpoint = start()
    try:
        clients = {name: boto3.client(name, endpoint_url=endpoint, **ACCESS) for name in ("s3", "cloudformation")}
        template = package(clients["s3"], functions)
        push = f"http://127.0.0.1:{free_port()}"
        outputs = deploy(clients["cloudformation"], template, endpoint, push)
    except BaseException:
        os.killpg(server.pid, signal.SIGTERM)
        print(f"the local AWS's log: {STATE / 'ministack.log'}", file=sys.stderr)
        raise

    ready = {
        "ready": True,
        "http": outputs["HttpUrl"],
        "ws": outputs["SocketUrl"].replace("http://", "ws://"),
        "sms": f"{endpoint}/dev/sms",
        "push": push,
        "dynamodb": endpoint,
        "region": ACCESS["region_name"],
        "tables": {
            name.removesuffix("TableName").lower(): value
            for name, value in outputs.items()
            if name.endswith("TableName")
        },
        "bucket": outputs["MediaBucketName"],
        "functions": functions_of(clients["cloudformation"]),
        "pid": server.pid,
    }
    line = json.dumps(ready)
    (STATE / "ready.json").write_text(line + "\n")
    print(line, flush=True)


def start():
    """Starts ministack in a process group of its own; `AUTH` makes it hold every function to its role's policies."""
    endpoint = f"http://127.0.0.1:{(port := free_port())}"
    temporary = STATE / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(STATE),
        "TMPDIR": str(temporary),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "AUTH": "true",
        "AWS_ENDPOINT_URL": endpoint,  # for the functions: the Rust SDK finds no local stack by itself
        "AWS_ACCESS_KEY_ID": ACCESS["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": ACCESS["aws_secret_access_key"],
        "AWS_REGION": ACCESS["region_name"],
        "LOG_LEVEL": os.environ.get("MINISTACK_LOG", "WARNING"),
    }
    with open(STATE / "ministack.log", "wb") as log:
        command = [sys.executable, str(ROOT / "deploy" / "local_aws.py")]
        server = subprocess.Popen(command, env=environment, cwd=STATE, stdout=log, stderr=log, start_new_session=True)
    (STATE / "pid").write_text(str(server.pid))

    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=1):
                return server, endpoint
        except OSError:
            time.sleep(0.05)
    sys.exit(f"the local AWS did not start:\n{(STATE / 'ministack.log').read_text()[-2000:]}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def package(s3, functions):
    """Uploads template.yaml with each function's `CodeUri` replaced by its uploaded zip, as `sam deploy` would; says where."""
    template = yaml_parse((ROOT / "template.yaml").read_text())
    s3.create_bucket(Bucket=BUCKET)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            name = resource["Metadata"]["BuildProperties"]["Binary"]
            s3.put_object(Bucket=BUCKET, Key=f"{name}.zip", Body=zipped(functions / name / "bootstrap"))
            resource["Properties"]["CodeUri"] = f"s3://{BUCKET}/{name}.zip"
    s3.put_object(Bucket=BUCKET, Key="template.json", Body=json.dumps(template).encode())
    return f"{BUCKET}/template.json"


def zipped(bootstrap):
    if not bootstrap.is_file():
        sys.exit(f"{bootstrap} is missing: build the functions, or leave out --functions")
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o755 << 16
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:  # stored, not deflated: it travels through memory only
        file.writestr(entry, stripped(bootstrap))
    return archive.getvalue()


def stripped(bootstrap):
    """A dev build is ten times its size with symbols; what `strip` does not understand stays as it is."""
    copy = STATE / "tmp" / "bootstrap"
    result = subprocess.run(["strip", "-o", copy, bootstrap], capture_output=True, check=False) if shutil.which("strip") else None
    return (copy if result and result.returncode == 0 else bootstrap).read_bytes()


def deploy(cloudformation, template, endpoint, push):
    """Creates the stack and waits for it; returns its outputs."""
    values = {
        "ExecuteApiEndpoint": f"{endpoint}/_aws/execute-api",
        # Every scenario comes from one address, and some send more at once than people do.
        "RegistrationsPerNumber": "0",
        "RegistrationsPerAddress": "0",
        "SendsPerPair": "0",
        "UploadsPerDay": "0",
        "UploadBytesPerDay": "0",
        # Where a test may listen as a push service.
        "PushHosts": push,
    }
    cloudformation.create_stack(
        StackName=STACK,
        TemplateURL=f"{endpoint}/{template}",  # in the request itself it may have 51,200 bytes at most
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    deadline = time.monotonic() + DEPLOY_TIMEOUT_S
    while True:
        stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            break
        if time.monotonic() > deadline:
            sys.exit(f"the stack is still {stack['StackStatus']} after {DEPLOY_TIMEOUT_S} s")
        time.sleep(0.1)
    if stack["StackStatus"] != "CREATE_COMPLETE":
        events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
        failed = [f"{e['LogicalResourceId']}: {e.get('ResourceStatusReason')}" for e in events if "FAILED" in e["ResourceStatus"]]
        sys.exit("\n".join([stack["StackStatus"], *failed]))
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def functions_of(cloudformation):
    """The functions' names on the stack, for those who want to invoke one (a test that will not wait for the schedule)."""
    resources = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    found = [r for r in resources if r["ResourceType"] == "AWS::Lambda::Function"]
    return {r["LogicalResourceId"].removesuffix("Function").lower(): r["PhysicalResourceId"] for r in found}


if __name__ == "__main__":
    main()
