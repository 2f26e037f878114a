"""What roles allow, read out of a template."""


def statements(expanded):
    for name, role in expanded.of_type("AWS::IAM::Role").items():
        for policy in role.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement.get("Fn::If", [None, statement])[1]


def listed(value):
    return value if isinstance(value, list) else [value]
