"""What template.yaml must keep to, whatever is added to it."""

import fnmatch
import re
import subprocess
import sys

import pytest

BASIC = "service-role/AWSLambdaBasicExecutionRole"

# The contract with the functions' Config::from_env.
VARIABLES = {
    "HELIOGRAPH_TABLE_USERS",
    "HELIOGRAPH_TABLE_CONNECTIONS",
    "HELIOGRAPH_TABLE_INBOX",
    "HELIOGRAPH_TABLE_REGISTRATIONS",
    "HELIOGRAPH_TABLE_LIMITS",
    "HELIOGRAPH_TABLE_PREKEYS",
    "HELIOGRAPH_TABLE_CONTACTS",
    "HELIOGRAPH_TABLE_SUBSCRIPTIONS",
    "HELIOGRAPH_TABLE_NOTIFICATIONS",
    "HELIOGRAPH_TABLE_CLEANUPS",
    "HELIOGRAPH_QUEUE_PRESENCE",
    "HELIOGRAPH_QUEUE_NOTIFICATIONS",
    "HELIOGRAPH_PUSH_CONTACT",
    "HELIOGRAPH_PUSH_HOSTS",
    "HELIOGRAPH_SNS_APNS",
    "HELIOGRAPH_SNS_FCM",
    "HELIOGRAPH_REGISTRATIONS_PER_NUMBER",
    "HELIOGRAPH_REGISTRATIONS_PER_ADDRESS",
    "HELIOGRAPH_SENDS_PER_PAIR",
    "HELIOGRAPH_SECRET_ARN",
    "HELIOGRAPH_WS_ENDPOINT",
    "HELIOGRAPH_ISSUER",
    "HELIOGRAPH_SMS",
    "HELIOGRAPH_SMS_SENDER",
    "HELIOGRAPH_LOG",
}

# table: has a sort key, items expire, can be restored to a point in time
TABLES = {
    "UsersTable": (False, False, True),
    "ConnectionsTable": (False, True, False),
    "InboxTable": (True, True, False),
    "RegistrationsTable": (False, True, False),
    "LimitsTable": (False, True, False),
    "PrekeysTable": (True, False, False),
    "ContactsTable": (True, False, False),
    "SubscriptionsTable": (True, True, False),
    "NotificationsTable": (False, False, False),
    "CleanupsTable": (True, False, False),
}


@pytest.mark.parametrize("command", [["cfn-lint", "template.yaml"], ["sam", "validate", "--lint"]])
def test_linters_have_nothing_to_say(root, command):
    tool = [f"{sys.prefix}/bin/{command[0]}", *command[1:]]
    environment = {"PATH": f"{sys.prefix}/bin:/usr/bin:/bin", "AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0"}
    result = subprocess.run(tool, cwd=root, capture_output=True, text=True, env=environment, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


# ── Functions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_folder_is_a_function_and_every_function_a_folder(root, functions):
    folders = {manifest.parent.name for manifest in (root / "functions").glob("*/Cargo.toml")}
    assert folders == set(functions)


def test_a_function_is_built_from_its_folder(template, functions):
    for name, (logical_id, properties) in functions.items():
        assert template["Resources"][logical_id]["Metadata"]["BuildMethod"] == "rust-cargolambda"
        assert properties["CodeUri"] == f"functions/{name}/"
        assert logical_id == f"{name.capitalize()}Function"


def test_functions_run_on_arm_and_the_newest_runtime(expanded):
    for name, function in expanded.of_type("AWS::Lambda::Function").items():
        assert function["Architectures"] == ["arm64"], name
        assert function["Runtime"] == "provided.al2023", name


def test_functions_answer_before_the_gateway_gives_up(functions):
    for name, (_, properties) in functions.items():
        if name != "sweep":
            assert properties.get("Timeout", 10) < 29, name


def test_every_variable_that_is_read_is_set(root, expanded):
    sources = [*(root / "functions").rglob("*.rs"), *(root / "shared").rglob("*.rs")]
    read = {name for source in sources for name in re.findall(r'"(HELIOGRAPH_[A-Z_]+)"', source.read_text())}
    read = {name for name in read if not name.startswith("HELIOGRAPH_TEST_") and not name.endswith("_")}
    for name, function in expanded.of_type("AWS::Lambda::Function").items():
        assert set(function["Environment"]["Variables"]) == VARIABLES, name
    # One machine's queue is a table; AWS has none of that name.
    assert read - {"HELIOGRAPH_TABLE_JOBS"} <= VARIABLES


# ── Permissions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def statements(expanded):
    for name, role in expanded.of_type("AWS::IAM::Role").items():
        for policy in role.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement.get("Fn::If", [None, statement])[1]


def listed(value):
    return value if isinstance(value, list) else [value]


def test_every_function_has_a_role_of_its_own(expanded):
    roles = [function["Role"]["Fn::GetAtt"][0] for function in expanded.of_type("AWS::Lambda::Function").values()]
    assert len(set(roles)) == len(roles)


def test_roles_name_their_actions_and_resources(expanded):
    for name, statement in statements(expanded):
        assert not any("*" in action for action in listed(statement["Action"])), (name, statement)
        if "NotResource" in statement:  # a phone number cannot be named, so SMS is "no topic and no endpoint"
            assert statement["Action"] == ["sns:Publish"] and name == "AccountFunctionRole"
            continue
        for resource in listed(statement["Resource"]):
            if isinstance(resource, dict) and "Fn::If" in resource:  # a parameter's application and its endpoints
                condition, named, otherwise = resource["Fn::If"]
                assert condition in ("HasApns", "HasFcm") and otherwise == {"Ref": "AWS::NoValue"}
                assert re.search(r"(Apns|Fcm)ApplicationArn", str(named)), (name, resource)
            elif isinstance(resource, dict) and "Fn::Sub" in resource:
                # A connection cannot be named either; its API, stage and method can.
                allowed = r"arn:[^*]+:\$\{SocketApi\}/v1/(POST|DELETE)/@connections/\*"
                assert re.fullmatch(allowed, resource["Fn::Sub"]), (name, resource)
            else:
                assert set(resource) == {"Fn::GetAtt"}, (name, resource)


def test_no_other_managed_policy_than_writing_logs(expanded):
    for name, role in expanded.of_type("AWS::IAM::Role").items():
        if name != "GatewayLoggingRole":
            assert [arn.rsplit("policy/")[-1] for arn in role["ManagedPolicyArns"]] == [BASIC], name


# ── APIs ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_exactly_the_replying_routes_have_a_route_response(expanded):
    routes = expanded.of_type("AWS::ApiGatewayV2::Route")
    replying = {name for name, route in routes.items() if route.get("RouteResponseSelectionExpression")}
    responses = expanded.of_type("AWS::ApiGatewayV2::RouteResponse").values()
    assert replying == {response["RouteId"]["Ref"] for response in responses}
    silent = {routes[name]["RouteKey"] for name in set(routes) - replying}
    assert silent == {"$connect", "$disconnect"}


def test_every_route_calls_a_function_that_the_api_may_call(expanded):
    integrations = expanded.of_type("AWS::ApiGatewayV2::Integration")
    allowed = {}
    for permission in expanded.of_type("AWS::Lambda::Permission").values():
        arn = permission["SourceArn"].get("Fn::Sub", "")
        if isinstance(arn, str) and "${SocketApi" in arn:
            assert (permission["Action"], permission["Principal"]) == ("lambda:InvokeFunction", "apigateway.amazonaws.com")
            allowed.setdefault(permission["FunctionName"]["Fn::GetAtt"][0], []).append(arn.rsplit("}/v1/")[-1])
    for name, route in expanded.of_type("AWS::ApiGatewayV2::Route").items():
        assert route["ApiId"] == {"Ref": "SocketApi"}
        (integration,) = set(re.findall(r"\w+Integration", str(route["Target"])))
        assert integrations[integration]["IntegrationType"] == "AWS_PROXY"
        (function,) = set(re.findall(r"\w+Function\b", str(integrations[integration]["IntegrationUri"])))
        assert any(fnmatch.fnmatchcase(route["RouteKey"], pattern) for pattern in allowed[function]), name


def test_only_connect_asks_the_authorizer_and_always(expanded):
    for route in expanded.of_type("AWS::ApiGatewayV2::Route").values():
        assert route.get("AuthorizationType") == ("CUSTOM" if route["RouteKey"] == "$connect" else None)
    (authorizer,) = expanded.of_type("AWS::ApiGatewayV2::Authorizer").values()
    assert "IdentitySource" not in authorizer  # any source named would be demanded of every handshake
    assert "AuthorizerResultTtlInSeconds" not in authorizer


def test_stages_deploy_themselves_are_throttled_and_log_nothing_of_a_person(expanded):
    for name, stage in expanded.of_type("AWS::ApiGatewayV2::Stage").items():
        assert stage["AutoDeploy"] is True, name
        assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"], name
        assert not stage["DefaultRouteSettings"].get("DataTraceEnabled"), name
        logged = set(re.findall(r"\$context\.([\w.]+)", stage["AccessLogSettings"]["Format"]))
        assert logged
        personal = {"connectionId", "authorizer.user_id", "path", "extendedRequestId"}
        assert not logged & personal and not any(field.startswith("identity.") for field in logged), name


# ── Data ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_tables_are_as_the_store_expects_them(expanded):
    tables = expanded.of_type("AWS::DynamoDB::Table")
    assert set(tables) == set(TABLES)
    for name, (sorted_, expires, restorable) in TABLES.items():
        table = tables[name]
        keys = {key["AttributeName"]: key["KeyType"] for key in table["KeySchema"]}
        assert keys == ({"pk": "HASH", "sk": "RANGE"} if sorted_ else {"pk": "HASH"}), name
        assert {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]} == dict.fromkeys(keys, "S")
        ttl = {"AttributeName": "expires_at", "Enabled": True} if expires else None
        assert table.get("TimeToLiveSpecification") == ttl, name
        recovery = table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
        assert recovery is restorable, name
        assert table["BillingMode"] == "PAY_PER_REQUEST", name


def test_users_outlive_the_stack(expanded):
    users = expanded["Resources"]["UsersTable"]
    assert users["DeletionPolicy"] == "RetainExceptOnCreate" and users["UpdateReplacePolicy"] == "Retain"


def test_the_secret_is_generated(expanded):
    (secret,) = expanded.of_type("AWS::SecretsManager::Secret").values()
    assert secret["GenerateSecretString"]["PasswordLength"] >= 64
    assert "SecretString" not in secret


# ── Queues, logs, alarms, outputs ─────────────────────────────────────────────────────────────────────────────────────


def test_every_queue_is_watched_for_what_waits_too_long(expanded):
    alarms = expanded.of_type("AWS::CloudWatch::Alarm").values()
    watched = {
        alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for alarm in alarms
        if alarm.get("MetricName") in ("ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible")
    }
    assert watched == set(expanded.of_type("AWS::SQS::Queue"))


def test_a_queue_stays_invisible_for_six_times_its_functions_timeout(expanded):
    functions, queues = expanded.of_type("AWS::Lambda::Function"), expanded.of_type("AWS::SQS::Queue")
    read = {mapping["EventSourceArn"]["Fn::GetAtt"][0] for mapping in expanded.of_type("AWS::Lambda::EventSourceMapping").values()}
    assert read == set(queues) - {"DeadLetters"}
    for mapping in expanded.of_type("AWS::Lambda::EventSourceMapping").values():
        queue = queues[mapping["EventSourceArn"]["Fn::GetAtt"][0]]
        timeout = functions[mapping["FunctionName"]["Ref"]]["Timeout"]
        assert queue["VisibilityTimeout"] >= 6 * timeout
        assert queue["RedrivePolicy"]["maxReceiveCount"] <= 5
        assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadLetters", "Arn"]}
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_what_is_called_on_a_schedule_leaves_its_failures_somewhere(expanded):
    failures = {"Fn::GetAtt": ["DeadLetters", "Arn"]}
    kept = {c["FunctionName"]["Ref"]: c for c in expanded.of_type("AWS::Lambda::EventInvokeConfig").values()}
    for rule in expanded.of_type("AWS::Events::Rule").values():
        for target in rule["Targets"]:
            assert target["DeadLetterConfig"]["Arn"] == failures
            function = target["Arn"]["Fn::GetAtt"][0]
            assert kept[function]["DestinationConfig"]["OnFailure"]["Destination"] == failures


def test_dead_letters_are_kept_as_long_as_sqs_can(expanded):
    assert expanded.of_type("AWS::SQS::Queue")["DeadLetters"]["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_every_log_ends_someday(expanded):
    groups = expanded.of_type("AWS::Logs::LogGroup")
    for name, group in groups.items():
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name
    used = [f["LoggingConfig"]["LogGroup"]["Ref"] for f in expanded.of_type("AWS::Lambda::Function").values()]
    stages = expanded.of_type("AWS::ApiGatewayV2::Stage").values()
    used += [stage["AccessLogSettings"]["DestinationArn"]["Fn::GetAtt"][0] for stage in stages]
    assert sorted(used) == sorted(groups)


def test_alarms_watch_every_function(expanded):
    def watched(kind):
        found = []
        for name, alarm in expanded.of_type("AWS::CloudWatch::Alarm").items():
            metrics = [m["MetricStat"]["Metric"] for m in alarm.get("Metrics", []) if "MetricStat" in m]
            assert len(metrics) < 10, name  # CloudWatch's limit for one alarm, with the sum
            found += [m["Dimensions"][0]["Value"]["Ref"] for m in metrics if m["Namespace"] == "AWS/Lambda" and m["MetricName"] == kind]
        return sorted(found)

    functions = set(expanded.of_type("AWS::Lambda::Function"))
    assert watched("Throttles") == sorted(functions)
    # Every refused token is an error to Lambda; the authorizer is watched by what it logs.
    assert watched("Errors") == sorted(functions - {"AuthorizerFunction"})


def test_every_alarm_tells_the_topic_and_says_what_it_means(expanded):
    for name, alarm in expanded.of_type("AWS::CloudWatch::Alarm").items():
        assert alarm["AlarmActions"]["Fn::If"][0] == "HasAlarmTopic", name
        assert alarm["AlarmDescription"] and alarm["TreatMissingData"], name


def test_outputs_say_where_clients_go(template):
    def text(output):
        return template["Outputs"][output]["Value"]["Fn::If"][2]["Fn::Sub"]

    assert text("SocketUrl").startswith("wss://") and text("HttpUrl").startswith("https://")
    named = {name.removesuffix("Name") for name in template["Outputs"] if name.endswith("TableName")}
    assert named == set(TABLES)
