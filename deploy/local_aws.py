"""Runs ministack, a local AWS, as far as template.yaml needs it to behave like AWS.

ministack 1.5.33 expands SAM and runs the real bootstraps, but some of what the template uses is missing or differs.
Each function below adds one such thing, says what AWS does, and names the ministack function it wraps. All of it is
checked at start (`require`): with another ministack the launcher stops instead of quietly doing less.

Configuration is ministack's own, by environment: GATEWAY_PORT, BIND_HOST, AWS_ENDPOINT_URL, AUTH (aws-up.sh sets them).
"""

import calendar
import contextvars
import http.server
import json
import re
import sys
import time

from ministack import app
from ministack.core import iam_actions
from ministack.core import lambda_runtime
from ministack.core.responses import new_uuid
from ministack.services import apigateway, lambda_svc, s3
from ministack.services.cloudformation import engine
from ministack.services.cloudformation import provisioners

HANDLERS = provisioners._RESOURCE_HANDLERS


def require(module, name):
    """The named private function, or a clear end: what is wrapped here must exist."""
    found = getattr(module, name, None)
    if found is None:
        sys.exit(f"deploy/local_aws.py: {module.__name__}.{name} is gone; it fits ministack 1.5.33 (requirements.txt)")
    return found


# ── CloudFormation ────────────────────────────────────────────────────────────────────────────────────────────────────


def add_route_responses():
    """AWS::ApiGatewayV2::RouteResponse, a resource type that ministack's CloudFormation does not know."""
    create_call = require(apigateway, "_create_route_response")
    delete_call = require(apigateway, "_delete_route_response")

    def route_id(properties):
        return properties["RouteId"].split("/")[-1]  # ministack's Ref of a route is "<api>/<route>"

    def create(_logical_id, properties, _stack):
        wanted = {"routeResponseKey": properties["RouteResponseKey"]}
        status, _headers, body = create_call(properties["ApiId"], route_id(properties), wanted)
        if status >= 400:
            raise ValueError(f"AWS::ApiGatewayV2::RouteResponse: {body!r}")
        created = json.loads(body)["routeResponseId"]
        return created, {"RouteResponseId": created}

    def delete(physical_id, properties):
        delete_call(properties["ApiId"], route_id(properties), physical_id)

    HANDLERS["AWS::ApiGatewayV2::RouteResponse"] = {"create": create, "delete": delete}


def import_http_api_bodies():
    """The OpenAPI `Body` that SAM makes of an AWS::Serverless::HttpApi: its routes, integrations and CORS."""
    create_api = HANDLERS["AWS::ApiGatewayV2::Api"]["create"]
    route_of = require(provisioners, "_apigw_v2_route_props")
    integration_of = require(provisioners, "_apigw_v2_integration_props")

    def create(logical_id, properties, stack):
        body = properties.get("Body") or {}
        properties = {**properties, "Name": properties.get("Name") or body.get("info", {}).get("title")}
        if cors := body.get("x-amazon-apigateway-cors"):
            # By the names that ministack reads it by when it answers.
            properties["CorsConfiguration"] = cors
        api_id, attributes = create_api(logical_id, properties, stack)
        for path, operations in (body.get("paths") or {}).items():
            for method, operation in operations.items():
                integration = (operation or {}).get("x-amazon-apigateway-integration")
                if integration:
                    add_route(api_id, method.upper() + " " + path, integration)
        return api_id, attributes

    def add_route(api_id, route_key, integration):
        integration_id, route_id = new_uuid()[:8], new_uuid()[:8]
        wanted = {
            "IntegrationType": integration["type"].upper(),
            "IntegrationUri": integration["uri"],
            "IntegrationMethod": integration["httpMethod"],
            "PayloadFormatVersion": integration["payloadFormatVersion"],
        }
        apigateway._integrations[api_id][integration_id] = {"integrationId": integration_id, **integration_of(wanted)}
        route = route_of({"RouteKey": route_key, "Target": "integrations/" + integration_id})
        apigateway._routes[api_id][route_id] = {"routeId": route_id, **route}

    HANDLERS["AWS::ApiGatewayV2::Api"]["create"] = create


def accept_metric_math_alarms():
    """Alarms over several metrics (`Metrics`), which ministack refuses. Here they are names that never go off."""
    handlers = HANDLERS["AWS::CloudWatch::Alarm"]
    create_alarm, delete_alarm = handlers["create"], handlers["delete"]

    def create(logical_id, properties, stack):
        if "Metrics" not in properties:
            return create_alarm(logical_id, properties, stack)
        return f"{stack}-{logical_id}", {"Arn": f"arn:aws:cloudwatch:local:000000000000:alarm:{stack}-{logical_id}"}

    def delete(physical_id, properties):
        if "Metrics" not in properties:
            delete_alarm(physical_id, properties)

    HANDLERS["AWS::CloudWatch::Alarm"] = {**handlers, "create": create, "delete": delete}


def leave_identity_sources_out():
    """An authorizer without identity sources is asked about every handshake; ministack would default to Authorization."""
    handlers = HANDLERS["AWS::ApiGatewayV2::Authorizer"]
    create_authorizer = handlers["create"]

    def create(logical_id, properties, stack):
        return create_authorizer(logical_id, {"IdentitySource": [], **properties}, stack)

    HANDLERS["AWS::ApiGatewayV2::Authorizer"] = {**handlers, "create": create}


def give_parameters_to_sam():
    """SAM resolves parameters while it expands; ministack hands it none, so their defaults would be baked in."""
    expand = require(engine, "_apply_transforms")

    def expand_with_values(template, provided_params=None, previous_params=None):
        parameters = {name: dict(spec) for name, spec in (template.get("Parameters") or {}).items()}
        for given in provided_params or []:
            if given.get("Key") in parameters and "Value" in given:
                parameters[given["Key"]]["Default"] = given["Value"]
        return expand({**template, "Parameters": parameters}, provided_params, previous_params)

    for name, module in list(sys.modules.items()):
        if name.startswith("ministack.") and getattr(module, "_apply_transforms", None) is expand:
            module._apply_transforms = expand_with_values


# ── Sockets ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def reply_only_through_route_responses():
    """A route without a route response answers nothing on AWS; ministack sends whatever the function returned."""
    invoke = require(apigateway, "_invoke_ws_lambda")
    responses = require(apigateway, "_route_responses")

    async def invoke_and_maybe_reply(api_id, account, region, route, stage, connection, event_type, *rest, **more):
        answer = await invoke(api_id, account, region, route, stage, connection, event_type, *rest, **more)
        if event_type == "MESSAGE" and not responses.get(api_id, {}).get(route["routeId"]):
            return None
        return answer

    apigateway._invoke_ws_lambda = invoke_and_maybe_reply


def keep_connected_at():
    """`connectedAt` is when the socket opened, in every event of its life; ministack gives the time of the event."""
    context_of = require(apigateway, "_ws_request_context")
    opened = {}

    def context(api_id, route_key, stage, connection_id, event_type, *rest):
        made = context_of(api_id, route_key, stage, connection_id, event_type, *rest)
        made["connectedAt"] = opened.setdefault(connection_id, made["connectedAt"])
        made["requestTime"] = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
        made["messageDirection"] = "IN"
        if event_type == "DISCONNECT":
            opened.pop(connection_id, None)
        return made

    apigateway._ws_request_context = context


def say_401_for_unauthorized():
    """An authorizer that fails with the message "Unauthorized" makes a 401; any other failure a 500."""
    authorize = require(apigateway, "_authorize_ws_connect")
    function_of = require(lambda_svc, "_get_func_record_for_ref_in_scope")
    record_of = require(lambda_svc, "_execution_record_for_config")
    execute = require(lambda_svc, "_execute_function_with_config_scope")
    lambda_of = require(apigateway, "_extract_lambda_ref_from_integration_uri")
    run = require(apigateway, "run_reentrant")
    failure = contextvars.ContextVar("authorizer_failure")

    async def invoke(authorizer, event, account_id, region):
        uri = authorizer.get("authorizerUri", "")
        code, config, _name = function_of(lambda_of(uri), account_id=account_id, region=region)
        if code is None or config is None:
            return None
        result = await run(execute, record_of(code, config), event, thread_name="ministack-apigw-authorizer")
        answer = (result or {}).get("body")
        if isinstance(answer, (str, bytes)):
            answer = json.loads(answer)
        if not result or result.get("error"):
            failure.get({})["message"] = (answer or {}).get("errorMessage")
            return None
        return answer if isinstance(answer, dict) else None

    async def authorize_or_401(*arguments):
        failed = {}
        failure.set(failed)
        refusal, context = await authorize(*arguments)
        if failed.get("message") == "Unauthorized":
            return (401, "Unauthorized"), None
        return refusal, context

    apigateway._invoke_request_authorizer_lambda = invoke
    apigateway._authorize_ws_connect = authorize_or_401


def let_connect_answer_the_handshake():
    """$connect's answer is the handshake's: its status when it refuses, its Sec-WebSocket-Protocol when it accepts."""
    invoke = require(apigateway, "_invoke_ws_lambda")
    serve = require(apigateway, "handle_websocket")
    connect_answer = contextvars.ContextVar("connect_answer")

    async def invoke_and_keep(api_id, account, region, route, stage, connection, event_type, *rest, **more):
        answer = await invoke(api_id, account, region, route, stage, connection, event_type, *rest, **more)
        if event_type == "CONNECT":
            connect_answer.get({}).update(answer or {})
        return answer

    async def serve_with_answer(scope, receive, send, *rest, **more):
        answer = {}
        connect_answer.set(answer)
        answered = False

        async def send_answer(message):
            nonlocal answered
            if message["type"] == "websocket.accept":
                answered = True
                headers = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
                if protocol := headers.get("sec-websocket-protocol"):
                    message = {**message, "subprotocol": protocol}
            elif message["type"] == "websocket.close" and not answered and answer.get("statusCode"):
                answered = True
                status = int(answer["statusCode"])
                start = {"status": 502 if status == 500 else status, "headers": [(b"content-type", b"application/json")]}
                await send({"type": "websocket.http.response.start", **start})
                message = {"type": "websocket.http.response.body", "body": str(answer.get("body") or "").encode()}
            await send(message)

        return await serve(scope, receive, send_answer, *rest, **more)

    apigateway._invoke_ws_lambda = invoke_and_keep
    apigateway.handle_websocket = serve_with_answer


# ── Functions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def invoke_without_waiting():
    """An invocation costs 100 ms of waiting in ministack: 50 for log lines that may come, 40 for a delayed ACK.

    Lines that come later than this are kept with the next invocation's.
    """
    drain = require(lambda_runtime.ProvidedWorker, "_drain_stderr_bounded")

    def drain_at_once(worker, first_line_wait=0.002, **more):
        return drain(worker, first_line_wait=min(first_line_wait, 0.002), **more)

    lambda_runtime.ProvidedWorker._drain_stderr_bounded = drain_at_once
    http.server.BaseHTTPRequestHandler.disable_nagle_algorithm = True  # its header and body are two writes


# ── Queues ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def allow_batches_as_their_single_calls():
    """`sqs:SendMessage` allows SendMessageBatch, too; ministack asks for an action that IAM does not have."""
    action_of = require(iam_actions, "extract_iam_action")

    def action(service, *rest, **more):
        name = action_of(service, *rest, **more)
        return name.removesuffix("Batch") if service == "sqs" and name else name

    iam_actions.extract_iam_action = action


# ── Files ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def hold_requests_to_what_was_signed():
    """S3 refuses `x-amz-*` headers that a signed address does not name, signatures of version 2, and those in a header that
    are older than 15 minutes; of several ranges it answers with the whole object."""
    verify, value, error = (require(s3, name) for name in ("_verify_presigned_sigv4", "_qp", "_error"))

    def verify_all(method, path, headers, query):
        if value(query, "AWSAccessKeyId", ""):
            return error("InvalidRequest", "The authorization mechanism you have provided is not supported.", 400, path)
        signed_at = headers.get("x-amz-date", "")
        if "authorization" in headers and signed_at:
            age_s = time.time() - calendar.timegm(time.strptime(signed_at, "%Y%m%dT%H%M%SZ"))
            if abs(age_s) > 900:
                return error("RequestTimeTooSkewed", "The difference between the request time and now is too large.", 403, path)
        signed = value(query, "X-Amz-SignedHeaders", "").split(";")
        unsigned = [name for name in headers if name.lower().startswith("x-amz-") and name.lower() not in signed]
        if value(query, "X-Amz-Signature", "") and unsigned:
            return error("AccessDenied", "There were headers present in the request which were not signed", 403, path)
        if "," in headers.get("range", ""):
            del headers["range"]
        return verify(method, path, headers, query)

    s3._verify_presigned_sigv4 = verify_all


# ── Phones ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def serve_codes():
    """`GET /dev/sms?phone_number=…` → `{"code"}`, as heliographd --dev answers: the last code sent to that phone by SNS."""
    sms_messages = require(app, "_handle_sns_sms_messages_request")

    async def code_or_messages(method, path, headers, query):
        if path != "/dev/sms" or method != "GET":
            return await sms_messages(method, path, headers, query)
        phone = "+" + "".join(query.get("phone_number", [])).strip().removeprefix("+")  # an unescaped + arrives as a space
        listed = await sms_messages("GET", app._SNS_SMS_PATH, headers, {"phoneNumber": phone})
        texts = [sent["Message"] for sent in json.loads(listed[2])["sms_messages"][phone]]
        codes = re.findall(r"\b\d{6}\b", texts[-1]) if texts else []
        answer = (200, {"code": codes[0]}) if codes else (404, {"error": "no code was sent to this number"})
        return answer[0], {"Content-Type": "application/json"}, json.dumps(answer[1]).encode()

    app._handle_sns_sms_messages_request = code_or_messages


if __name__ == "__main__":
    add_route_responses()
    import_http_api_bodies()
    accept_metric_math_alarms()
    leave_identity_sources_out()
    give_parameters_to_sam()
    keep_connected_at()
    say_401_for_unauthorized()
    reply_only_through_route_responses()
    let_connect_answer_the_handshake()
    invoke_without_waiting()
    allow_batches_as_their_single_calls()
    hold_requests_to_what_was_signed()
    serve_codes()
    sys.exit(app.main())
