"""What template.yaml must keep to, whatever is added to it."""

import fnmatch
import re
import subprocess
import sys

import pytest
from policies import listed, statements

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
    "HELIOGRAPH_TABLE_GROUPS",
    "HELIOGRAPH_TABLE_DELIVERIES",
    "HELIOGRAPH_TABLE_MEDIA",
    "HELIOGRAPH_TABLE_CLEANUPS",
    "HELIOGRAPH_MEDIA_BUCKET",
    "HELIOGRAPH_CDN_URL",
    "HELIOGRAPH_CDN_KEY_ID",
    "HELIOGRAPH_CDN_SECRET_ARN",
    "HELIOGRAPH_UPLOADS_PER_DAY",
    "HELIOGRAPH_UPLOAD_BYTES_PER_DAY",
    "HELIOGRAPH_QUEUE_PRESENCE",
    "HELIOGRAPH_QUEUE_NOTIFICATIONS",
    "HELIOGRAPH_QUEUE_FAN_OUT",
    "HELIOGRAPH_QUEUE_RECEIPTS",
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

# queue: who works it off, where what fails goes. A queue that jobs are moved back from holds those of one queue only.
QUEUES = {
    "PresenceQueue": ("PresenceFunction", "DeadLetters"),
    "NotificationsQueue": ("NotifyFunction", "DeadLetters"),
    "FanOutQueue": ("FanoutFunction", "FanOutDeadLetters"),
    "ReceiptsQueue": ("FanoutFunction", "ReceiptsDeadLetters"),
}
DEAD_LETTERS = {dead_letters for _, dead_letters in QUEUES.values()}

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
    "GroupsTable": (True, True, True),
    "DeliveriesTable": (True, True, False),
    "MediaTable": (True, True, False),
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


def test_users_and_groups_outlive_the_stack(expanded):
    for name in ("UsersTable", "GroupsTable"):
        table = expanded["Resources"][name]
        assert table["DeletionPolicy"] == "RetainExceptOnCreate" and table["UpdateReplacePolicy"] == "Retain", name


def test_the_secret_is_generated(expanded):
    (secret,) = expanded.of_type("AWS::SecretsManager::Secret").values()
    assert secret["GenerateSecretString"]["PasswordLength"] >= 64
    assert "SecretString" not in secret


# ── Queues, logs, alarms, outputs ─────────────────────────────────────────────────────────────────────────────────────


def watched_queues(expanded, metric):
    alarms = [alarm for alarm in expanded.of_type("AWS::CloudWatch::Alarm").values() if alarm.get("MetricName") == metric]
    for alarm in alarms:
        assert (alarm["Namespace"], alarm["Statistic"]) == ("AWS/SQS", "Maximum")
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        yield alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0], alarm


def test_every_queue_is_watched_for_what_waits_too_long(expanded):
    watched = dict(watched_queues(expanded, "ApproximateAgeOfOldestMessage"))
    assert set(watched) == set(QUEUES)
    for name, alarm in watched.items():
        assert alarm["Threshold"] <= 300 and alarm["Period"] * alarm["EvaluationPeriods"] <= 300, name
    # It is somebody's message that waits there.
    assert watched["FanOutQueue"]["Threshold"] <= 60


def test_a_single_dead_letter_raises_an_alarm(expanded):
    watched = dict(watched_queues(expanded, "ApproximateNumberOfMessagesVisible"))
    assert set(watched) == DEAD_LETTERS
    assert {alarm["Threshold"] for alarm in watched.values()} == {1}


def test_operators_are_told_what_a_dead_letter_means(root, expanded):
    told = (root / "deploy" / "README.md").read_text()
    assert "### What was set aside" in told
    for name, alarm in watched_queues(expanded, "ApproximateNumberOfMessagesVisible"):
        assert f"| `{name}` |" in told
        assert "deploy/README.md, What was set aside" in alarm["AlarmDescription"], name


def test_every_queue_is_worked_off(expanded):
    mappings = expanded.of_type("AWS::Lambda::EventSourceMapping").values()
    worked = {m["EventSourceArn"]["Fn::GetAtt"][0]: m["FunctionName"]["Ref"] for m in mappings}
    assert worked == {name: function for name, (function, _) in QUEUES.items()}
    assert set(expanded.of_type("AWS::SQS::Queue")) == set(QUEUES) | DEAD_LETTERS
    for mapping in mappings:
        # Connects and sends are to keep most of the thousand that an account has.
        assert 2 <= mapping["ScalingConfig"]["MaximumConcurrency"] <= 100
        assert mapping["BatchSize"] <= 10
        assert "MaximumBatchingWindowInSeconds" not in mapping  # somebody waits
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert sum(mapping["ScalingConfig"]["MaximumConcurrency"] for mapping in mappings) <= 300


def test_a_queue_stays_invisible_for_six_times_its_functions_timeout(expanded):
    functions, queues = expanded.of_type("AWS::Lambda::Function"), expanded.of_type("AWS::SQS::Queue")
    for name, (function, _) in QUEUES.items():
        assert queues[name]["VisibilityTimeout"] >= 6 * functions[function]["Timeout"], name


def test_what_fails_five_times_is_set_aside(expanded):
    queues = expanded.of_type("AWS::SQS::Queue")
    for name, (_, dead_letters) in QUEUES.items():
        redrive = queues[name]["RedrivePolicy"]
        assert redrive == {"deadLetterTargetArn": {"Fn::GetAtt": [dead_letters, "Arn"]}, "maxReceiveCount": 5}, name
        assert queues[name]["MessageRetentionPeriod"] < queues[dead_letters]["MessageRetentionPeriod"], name


def test_queues_are_standard_and_encrypted(expanded):
    for name, queue in expanded.of_type("AWS::SQS::Queue").items():
        assert not queue.get("FifoQueue"), name
        assert queue["SqsManagedSseEnabled"] is True, name


def test_a_function_reads_its_queues_and_no_other(expanded):
    read, named = {}, {}
    for role, statement in statements(expanded):
        for queue in named_queues(statement):
            if "sqs:ReceiveMessage" in statement["Action"]:
                assert set(statement["Action"]) == {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
                read.setdefault(queue, []).append(role.removesuffix("Role"))
            else:
                assert statement["Action"] in ("sqs:SendMessage", ["sqs:SendMessage"]), (role, queue)
                named.setdefault(queue, set()).add(role.removesuffix("FunctionRole"))
    assert read == {name: [function] for name, (function, _) in QUEUES.items()}
    assert named["FanOutQueue"] == {"Send", "Groups", "Account", "Sweep"}
    assert named["ReceiptsQueue"] == {"Ack", "Fanout"}


def named_queues(statement):
    resources = listed(statement.get("Resource", []))
    arns = [resource["Fn::GetAtt"][0] for resource in resources if isinstance(resource, dict) and "Fn::GetAtt" in resource]
    return [arn for arn in arns if arn in QUEUES]


def test_fanout_has_ended_when_the_sweep_queues_anew(expanded):
    # PENDING_MS of shared/domain/src/tables/cleanups.rs.
    assert expanded.of_type("AWS::Lambda::Function")["FanoutFunction"]["Timeout"] < 30


def test_what_is_called_on_a_schedule_leaves_its_failures_somewhere(expanded):
    failures = {"Fn::GetAtt": ["DeadLetters", "Arn"]}
    kept = {c["FunctionName"]["Ref"]: c for c in expanded.of_type("AWS::Lambda::EventInvokeConfig").values()}
    for rule in expanded.of_type("AWS::Events::Rule").values():
        for target in rule["Targets"]:
            assert target["DeadLetterConfig"]["Arn"] == failures
            function = target["Arn"]["Fn::GetAtt"][0]
            assert kept[function]["DestinationConfig"]["OnFailure"]["Destination"] == failures


def test_dead_letters_are_kept_as_long_as_sqs_can(expanded):
    queues = expanded.of_type("AWS::SQS::Queue")
    assert {queues[name]["MessageRetentionPeriod"] for name in DEAD_LETTERS} == {14 * 24 * 3600}


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
    dead = {name.removesuffix("Url") for name in template["Outputs"] if name.endswith("DeadLettersUrl")}
    assert dead == DEAD_LETTERS


# ── Actions ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_action_of_the_protocol_has_a_route(root, expanded):
    sources = (root / "shared" / "protocol" / "src" / "request").rglob("*.rs")
    actions = {action for source in sources for action in re.findall(r'request!\(\w+, "([\w.]+)"\)', source.read_text())}
    routes = {route["RouteKey"] for route in expanded.of_type("AWS::ApiGatewayV2::Route").values()}
    assert len(actions) > 30
    assert actions == {route for route in routes if not route.startswith("$")}


# ── Files ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_files_are_nobodys_but_the_buckets_encrypted_and_reached_by_tls_only(expanded):
    (bucket,) = expanded.of_type("AWS::S3::Bucket").values()
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    (policy,) = expanded.of_type("AWS::S3::BucketPolicy").values()
    tls = policy["PolicyDocument"]["Statement"][0]
    assert (tls["Effect"], tls["Principal"], tls["Action"]) == ("Deny", "*", "s3:*")
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert expanded["Resources"]["MediaBucketPolicy"]["Condition"] == "IsOnAws"


def test_files_go_after_30_days_photos_stay_and_parts_go_after_one(expanded):
    (bucket,) = expanded.of_type("AWS::S3::Bucket").values()
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert (rules["media-goes"]["Prefix"], rules["media-goes"]["ExpirationInDays"]) == ("media/", 30)
    assert rules["parts-go"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert len(rules) == 2 and {rule["Status"] for rule in rules.values()} == {"Enabled"}


def test_browsers_may_make_the_accounts_calls(expanded):
    """As of heliographd: tests/tests/heliographd/browsers.rs."""
    (api,) = (it for it in expanded.of_type("AWS::ApiGatewayV2::Api").values() if "Body" in it)
    rule = api["Body"]["x-amazon-apigateway-cors"]
    assert (rule["allowOrigins"], rule["allowMethods"]) == (["*"], ["GET", "POST", "DELETE"])
    assert (rule["allowHeaders"], "allowCredentials" in rule) == (["authorization", "content-type"], False)


def test_browsers_may_send_and_read_what_it_takes(expanded):
    (bucket,) = expanded.of_type("AWS::S3::Bucket").values()
    (rule,) = bucket["CorsConfiguration"]["CorsRules"]
    assert set(rule["AllowedMethods"]) == {"GET", "HEAD", "PUT"}
    assert set(rule["AllowedHeaders"]) == {"content-type", "if-none-match", "range", "x-amz-*"}
    assert {"ETag", "Content-Range"} <= set(rule["ExposedHeaders"])


def test_a_cdn_is_there_only_with_a_key_and_serves_signed_addresses_only(expanded):
    cdn = {name: r for name, r in expanded["Resources"].items() if r["Type"].startswith("AWS::CloudFront::")}
    assert len(cdn) == 4 and {resource["Condition"] for resource in cdn.values()} == {"HasCdn"}
    distribution = cdn["Cdn"]["Properties"]["DistributionConfig"]
    assert distribution["DefaultCacheBehavior"]["TrustedKeyGroups"] == [{"Ref": "CdnKeyGroup"}]
    assert distribution["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "https-only"
    (origin,) = distribution["Origins"]
    assert origin["OriginAccessControlId"] == {"Fn::GetAtt": ["CdnAccess", "Id"]}
    access = cdn["CdnAccess"]["Properties"]["OriginAccessControlConfig"]
    assert (access["SigningBehavior"], access["SigningProtocol"]) == ("always", "sigv4")
    assert cdn["CdnKeyGroup"]["Properties"]["KeyGroupConfig"]["Items"] == [{"Ref": "CdnKey"}]
    # A page of another origin asks before it asks for a range.
    assert "OPTIONS" in distribution["DefaultCacheBehavior"]["AllowedMethods"]
    assert {"OriginRequestPolicyId", "ResponseHeadersPolicyId"} <= set(distribution["DefaultCacheBehavior"])


def test_a_cdn_reads_by_the_buckets_leave_and_only_the_media_function_signs_for_it(expanded):
    (policy,) = expanded.of_type("AWS::S3::BucketPolicy").values()
    condition, allowed, nothing = policy["PolicyDocument"]["Statement"][1]["Fn::If"]
    assert (condition, nothing) == ("HasCdn", {"Ref": "AWS::NoValue"})
    assert (allowed["Principal"], allowed["Action"]) == ({"Service": "cloudfront.amazonaws.com"}, "s3:GetObject")
    assert "distribution/${Cdn}" in str(allowed["Condition"]["StringEquals"]["aws:SourceArn"])
    readers = set()
    for name, role in expanded.of_type("AWS::IAM::Role").items():
        for statement in [statement for policy in role.get("Policies", []) for statement in policy["PolicyDocument"]["Statement"]]:
            if "CdnPrivateKeySecretArn" in str(statement):
                assert statement["Fn::If"][0] == "HasCdn"
                assert statement["Fn::If"][1]["Action"] == ["secretsmanager:GetSecretValue"]
                readers.add(name)
    assert readers == {"MediaFunctionRole"}


def test_a_cdn_that_is_off_is_nowhere(expanded):
    assert expanded["Conditions"]["HasCdn"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "CdnPublicKey"}, ""]}]}
    assert expanded["Parameters"]["CdnPublicKey"]["Default"] == ""
    variables = expanded.of_type("AWS::Lambda::Function")["MediaFunction"]["Environment"]["Variables"]
    for name in ("HELIOGRAPH_CDN_URL", "HELIOGRAPH_CDN_KEY_ID"):
        assert variables[name]["Fn::If"][0] == "HasCdn" and variables[name]["Fn::If"][2] == "", name
