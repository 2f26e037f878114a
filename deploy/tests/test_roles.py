"""Who may do what: a role a function, and nothing more than it needs."""

import re

import pytest
from policies import listed, statements

BASIC = "service-role/AWSLambdaBasicExecutionRole"


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
            elif resource == {"Ref": "CdnPrivateKeySecretArn"}:
                assert statement["Action"] == ["secretsmanager:GetSecretValue"] and name == "MediaFunctionRole"
            elif isinstance(resource, dict) and "MediaBucket" in resource.get("Fn::Sub", ""):
                assert re.fullmatch(r"\$\{MediaBucket\.Arn\}/(media|photos)/\*", resource["Fn::Sub"]), (name, resource)
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


# What functions do to the tables of groups; more than one thinks of comes with the removal of an account.
GROUP_TABLES = {
    "Groups": {"GroupsTable": "BatchGetItem BatchWriteItem DeleteItem GetItem PutItem Query UpdateItem", "DeliveriesTable": "PutItem"},
    "Send": {"GroupsTable": "GetItem UpdateItem", "DeliveriesTable": "PutItem"},
    "Fanout": {"GroupsTable": "GetItem", "DeliveriesTable": "BatchGetItem GetItem PutItem UpdateItem"},
    "Ack": {"DeliveriesTable": "PutItem UpdateItem"},
    "Sync": {"GroupsTable": "GetItem", "DeliveriesTable": "BatchGetItem"},
    "Account": {"GroupsTable": "DeleteItem GetItem PutItem Query UpdateItem", "DeliveriesTable": "PutItem"},
    "Sweep": {"GroupsTable": "DeleteItem GetItem PutItem Query UpdateItem", "DeliveriesTable": "PutItem"},
}


# What functions do to the tables of people and their devices.
PEOPLE_TABLES = {
    "Users": {
        "Authorizer": "GetItem",
        "Connect": "GetItem",
        "Send": "BatchGetItem GetItem",
        "Ack": "BatchGetItem GetItem",
        "Sync": "BatchGetItem",
        "Keys": "GetItem",
        "Devices": "GetItem PutItem",
        "People": "BatchGetItem ConditionCheckItem GetItem PutItem",
        "Presence": "BatchGetItem",
        "Notify": "GetItem PutItem",
        "Groups": "BatchGetItem GetItem",
        "Fanout": "BatchGetItem",
        "Account": "DeleteItem GetItem PutItem UpdateItem",
        "Sweep": "GetItem",
    },
    "Prekeys": {
        "Keys": "BatchWriteItem DeleteItem GetItem PutItem Query",
        "Devices": "BatchWriteItem Query",
        "Account": "BatchWriteItem PutItem Query",
        "Sweep": "BatchWriteItem Query",
    },
    "Contacts": {
        "Send": "BatchGetItem",
        "Ack": "BatchGetItem GetItem",
        "Sync": "BatchGetItem",
        "People": "BatchGetItem DeleteItem PutItem Query UpdateItem",
        "Presence": "BatchGetItem Query",
        "Groups": "BatchGetItem",
        "Fanout": "BatchGetItem",
        "Account": "DeleteItem Query UpdateItem",
        "Sweep": "DeleteItem Query UpdateItem",
    },
    "Subscriptions": {
        "Devices": "BatchWriteItem DeleteItem Query",
        "People": "BatchWriteItem",
        "Presence": "BatchGetItem BatchWriteItem DeleteItem PutItem Query",
        "Account": "BatchWriteItem DeleteItem GetItem Query",
        "Sweep": "BatchWriteItem DeleteItem GetItem Query",
    },
    "Notifications": {
        "Sync": "UpdateItem",
        "Devices": "DeleteItem PutItem",
        "Notify": "BatchGetItem DeleteItem GetItem UpdateItem",
        "Account": "DeleteItem",
        "Sweep": "DeleteItem",
    },
    "Connections": {
        "Connect": "PutItem UpdateItem",
        "Disconnect": "UpdateItem",
        "Send": "BatchGetItem UpdateItem",
        "Ack": "BatchGetItem GetItem UpdateItem",
        "Keys": "GetItem UpdateItem",
        "Devices": "GetItem UpdateItem",
        "Presence": "BatchGetItem",
        "Notify": "BatchGetItem",
        "Fanout": "BatchGetItem GetItem UpdateItem",
        "Account": "DeleteItem GetItem UpdateItem",
        "Sweep": "DeleteItem GetItem UpdateItem",
    },
    "Inbox": {
        "Send": "PutItem",
        "Ack": "BatchWriteItem GetItem PutItem",
        "Sync": "BatchGetItem GetItem Query",
        "Devices": "BatchWriteItem Query",
        "Notify": "BatchGetItem GetItem",
        "Fanout": "BatchWriteItem PutItem",
        "Account": "BatchWriteItem Query",
        "Sweep": "BatchWriteItem Query",
    },
    "Registrations": {
        "Devices": "PutItem",
        "Account": "DeleteItem GetItem PutItem UpdateItem",
    },
    "Limits": {
        "Keys": "GetItem PutItem",
        "People": "PutItem UpdateItem",
        "Media": "PutItem UpdateItem",
        "Groups": "GetItem PutItem",
        "Account": "GetItem PutItem",
    },
    "Cleanups": {
        "Send": "PutItem",
        "Devices": "DeleteItem PutItem",
        "People": "PutItem",
        "Presence": "BatchWriteItem PutItem",
        "Groups": "PutItem",
        "Fanout": "DeleteItem",
        "Account": "DeleteItem PutItem",
        "Sweep": "DeleteItem PutItem Query",
    },
}


def reaches(expanded, *names):
    """What each function does to some tables."""
    found = {}
    for role, statement in statements(expanded):
        for resource in listed(statement.get("Resource", [])):
            table = resource.get("Fn::GetAtt", [None])[0] if isinstance(resource, dict) else None
            if table in names:
                actions = found.setdefault(role.removesuffix("FunctionRole"), {}).setdefault(table, set())
                actions |= {action.removeprefix("dynamodb:") for action in listed(statement["Action"])}
    return {name: {table: " ".join(sorted(actions)) for table, actions in tables.items()} for name, tables in found.items()}


def test_only_who_works_on_groups_reaches_their_tables(expanded):
    assert reaches(expanded, "GroupsTable", "DeliveriesTable") == GROUP_TABLES


@pytest.mark.parametrize("table", PEOPLE_TABLES)
def test_only_who_works_on_people_reaches_what_is_theirs(expanded, table):
    found = {name: tables[f"{table}Table"] for name, tables in reaches(expanded, f"{table}Table").items()}
    assert found == PEOPLE_TABLES[table]


# What functions do to files, by where they are.
FILES = {
    "Media": {"media": "DeleteObject GetObject PutObject", "photos": "DeleteObject GetObject"},
    "Sweep": {"media": "GetObject", "photos": "DeleteObject PutObject"},
}


def test_only_who_works_on_files_reaches_them(expanded):
    found = {}
    for role, statement in statements(expanded):
        for resource in listed(statement.get("Resource", [])):
            if resource == {"Fn::GetAtt": ["MediaBucket", "Arn"]}:
                # To be told that nothing is there: no address that is signed can list.
                assert listed(statement["Action"]) == ["s3:ListBucket"], role
                assert role.removesuffix("FunctionRole") in FILES
            if isinstance(resource, dict) and "MediaBucket" in str(resource.get("Fn::Sub", "")):
                prefix = resource["Fn::Sub"].split("/")[1]
                actions = found.setdefault(role.removesuffix("FunctionRole"), {}).setdefault(prefix, set())
                actions |= {action.removeprefix("s3:") for action in listed(statement["Action"])}
    assert found == {name: {prefix: set(actions.split()) for prefix, actions in of.items()} for name, of in FILES.items()}
