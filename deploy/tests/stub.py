"""A function for all of the template's triggers, for testing the local stack without building anything.

It speaks Lambda's runtime API, says what it was called with, and tries a write that only some roles allow.
"""

import json
import os
import urllib.request

import boto3

RUNTIME = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"


class Failure(Exception):
    """Reported to Lambda with its text as errorMessage."""


def handle(event):
    context = event.get("requestContext", {})
    headers = {name.lower(): value for name, value in event.get("headers", {}).items()}
    if event.get("type") == "REQUEST":
        return authorize(event, headers.get("authorization") or headers.get("sec-websocket-protocol", ""))
    if context.get("eventType") == "CONNECT":
        if headers.get("authorization") == "refuse in connect":
            return {"statusCode": 403}
        asked = "sec-websocket-protocol" in headers
        return {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "heliograph.v1"} if asked else {}}
    if context.get("eventType") == "MESSAGE":
        return {"statusCode": 200, "body": json.dumps({**context, "put": try_to_put()})}
    if "http" in context:
        boto3.client("sns").publish(PhoneNumber="+46701234567", Message="Your code is 123456. Tell nobody.")
        return {"statusCode": 202, "body": json.dumps({"route": event["routeKey"], **(event.get("pathParameters") or {})})}
    return {}


def authorize(event, token):
    if not token:
        raise Failure("Unauthorized")
    if token == "fail":
        raise Failure("unavailable")
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": "Deny" if token == "revoked" else "Allow",
        "Resource": event["methodArn"],
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "alice", "policyDocument": policy, "context": {"user_id": "alice", "device_id": "1"}}


def try_to_put():
    """Whether the function's role lets it put into the inbox."""
    table = boto3.client("dynamodb")
    try:
        table.put_item(TableName=os.environ["HELIOGRAPH_TABLE_INBOX"], Item={"pk": {"S": "p"}, "sk": {"S": "s"}})
    except table.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return "done"


def post(path, answer):
    request = urllib.request.Request(f"{RUNTIME}/{path}", data=json.dumps(answer).encode(), method="POST")
    urllib.request.urlopen(request).read()


while True:
    invocation = urllib.request.urlopen(f"{RUNTIME}/next")
    request_id = invocation.headers["Lambda-Runtime-Aws-Request-Id"]
    try:
        answer = handle(json.loads(invocation.read()))
    except Failure as failure:
        post(f"{request_id}/error", {"errorType": "Failure", "errorMessage": str(failure)})
    else:
        post(f"{request_id}/response", answer)
