"""The sample events: one for every way a function is called, in the shape AWS sends."""

import json
import re

import pytest

USER_ID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@pytest.fixture(scope="session")
def events(root):
    found = {}
    for file in sorted((root / "events").rglob("*.json")):
        found[f"{file.parent.name}/{file.name}"] = json.loads(file.read_text())
    return found


def of(events, function):
    return [event for name, event in events.items() if name.startswith(f"{function}/")]


def routes_of(expanded):
    """Every route of the socket API with the binary that it leads to, be it SAM's or written out."""
    integrations = expanded.of_type("AWS::ApiGatewayV2::Integration")
    for route in expanded.of_type("AWS::ApiGatewayV2::Route").values():
        (integration,) = set(re.findall(r"\w+Integration", json.dumps(route["Target"])))
        (function,) = set(re.findall(r"\w+(?=Function\b)", json.dumps(integrations[integration]["IntegrationUri"])))
        yield route["RouteKey"], function.lower()


def test_every_folder_is_a_function(events, functions):
    assert {name.split("/")[0] for name in events} == set(functions)


def test_every_socket_route_has_an_event(events, expanded):
    routes = list(routes_of(expanded))
    assert len(routes) > 20
    for route, function in routes:
        frames = [event["requestContext"] for event in of(events, function) if "requestContext" in event]
        assert route in {frame["routeKey"] for frame in frames}, route
    assert of(events, "authorizer")


def test_a_frames_action_is_its_route(events):
    for name, event in socket_events(events).items():
        route = event["requestContext"]["routeKey"]
        if not route.startswith("$"):
            assert json.loads(event["body"])["action"] == route, name


def test_every_http_route_has_an_event(events, functions):
    for name, (_, properties) in functions.items():
        for trigger in properties.get("Events", {}).values():
            if trigger["Type"] == "HttpApi":
                route = f"{trigger['Properties']['Method']} {trigger['Properties']['Path']}"
                assert route in {event["routeKey"] for event in of(events, name)}


def test_every_schedule_has_an_event(events, functions):
    for name, (_, properties) in functions.items():
        if any(trigger["Type"] == "Schedule" for trigger in properties.get("Events", {}).values()):
            assert {event["detail-type"] for event in of(events, name)} == {"Scheduled Event"}


def test_every_queue_has_an_event(events, expanded):
    queues = {}
    for mapping in expanded.of_type("AWS::Lambda::EventSourceMapping").values():
        function = mapping["FunctionName"]["Ref"].removesuffix("Function").lower()
        queues.setdefault(function, set()).add(mapping["EventSourceArn"]["Fn::GetAtt"][0])
    for function, names in queues.items():
        batches = [event["Records"] for event in of(events, function) if "Records" in event]
        found = []
        for batch in batches:
            (arn,) = {record["eventSourceARN"] for record in batch}  # a mapping hands over what is of one queue
            found += [name for name in names if f"-{name}-" in arn]
            for record in batch:
                assert record["eventSource"] == "aws:sqs"
                assert record["messageId"] and json.loads(record["body"])["job"]
        assert len(found) == len(batches) and set(found) == names, function


def socket_events(events):
    return {name: event for name, event in events.items() if "connectionId" in event.get("requestContext", {})}


def test_socket_events_carry_what_handlers_rely_on(events):
    for name, event in socket_events(events).items():
        context = event["requestContext"]
        assert isinstance(context["connectedAt"], int) and isinstance(context["requestTimeEpoch"], int), name
        assert context["connectedAt"] <= context["requestTimeEpoch"], name
        assert (context["eventType"] == "MESSAGE") == ("messageId" in context) == ("body" in event), name


def test_the_authorizers_context_is_text(events):
    for name, event in socket_events(events).items():
        if event.get("type") == "REQUEST":
            assert "authorizer" not in event["requestContext"], name
            continue
        authorizer = event["requestContext"]["authorizer"]
        assert re.fullmatch(USER_ID, authorizer["user_id"]), name
        assert re.fullmatch(r"\d+", authorizer["device_id"]), name
        assert re.fullmatch(r"\d{13}", authorizer["device_created_at"]), name


def test_message_ids_are_of_the_day(events):
    day_ms = 24 * 3600 * 1000
    for event in of(events, "send"):
        for message in json.loads(event["body"])["messages"]:
            hexadecimal = message["message_id"].replace("-", "")
            assert hexadecimal[12] == "7"
            assert abs(int(hexadecimal[:12], 16) - event["requestContext"]["requestTimeEpoch"]) < day_ms


def test_both_ways_of_bringing_a_token_are_there(events):
    for function in ("authorizer", "connect"):
        headers = [event["headers"] for event in of(events, function)]
        assert any("Authorization" in each for each in headers)
        assert any(each.get("Sec-WebSocket-Protocol", "").startswith("heliograph.v1, bearer.") for each in headers)
