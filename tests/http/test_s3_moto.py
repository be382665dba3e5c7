"""The real S3, STS and Secrets Manager clients over curl against moto, which checks signatures and
permissions once the accounts are made.

Needs the binary s3_probe: S3_PROBE, or build/dev/tests/http/s3_probe.
"""

from __future__ import annotations

import json
import re
from typing import Any, Iterator

import boto3
import pytest
from botocore.config import Config
from cfnlint.decode import cfn_yaml
from moto import settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

from tests.http.probe import S3Probe
from tests.http.region_gate import RegionGate
from tests.support.deploy import TEMPLATE

REGION = "us-east-1"
ROLE_SESSION = "dsql-migrate"
ODD_KEYS = [
    "a b.sql", "a+b.sql", "a//b.sql", "a///b.sql", "~tilde", "100%.sql", "%41.sql", "q?x=1&y=2",
    "h#fragment", "é.sql", "日本語/🦤.sql", "e\u0301.sql", "quote'\"<&>.sql", "semi;colon:at@,.sql",
    "brackets[1](2){3}.sql", "back\\slash", "pipe|caret^tick`", " lead", "tail ", "=equals=",
    "a=b&c.sql", "dots/...sql", "!$*.sql", "./x", "a/../b", "a/./b", "/lead", "../up",
    "..", "a/..",
]  # fmt: skip


class Account:
    """Keys of an IAM user with one inline policy."""

    def __init__(
        self, endpoint: str, name: str, actions: list[str], resources: str | list[str] = "*"
    ) -> None:
        iam = boto3.client("iam", endpoint_url=endpoint, **admin_arguments("none", "none"))
        iam.create_user(UserName=name)
        policy = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": actions, "Resource": resources}]}  # fmt: skip
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
        keys = iam.create_access_key(UserName=name)["AccessKey"]
        self.access_key: str = keys["AccessKeyId"]
        self.secret: str = keys["SecretAccessKey"]


def admin_arguments(access_key: str, secret: str) -> dict[str, Any]:
    return {
        "region_name": REGION,
        "aws_access_key_id": access_key,
        "aws_secret_access_key": secret,
        "config": Config(s3={"addressing_style": "path"}),
    }


def atlas_sum_resources(bucket: str, prefix: str) -> list[str]:
    """What template.yaml lets the function write with WriteAtlasSum."""
    role = cfn_yaml.load(str(TEMPLATE))["Resources"]["MigratorRole"]["Properties"]
    policy = role["Policies"][0]
    choices = (s["Fn::If"] for s in policy["PolicyDocument"]["Statement"] if "Fn::If" in s)
    (statement,) = (choice[1] for choice in choices if choice[0] == "WritesAtlasSum")
    values = {"AWS::Partition": "aws", "MigrationsBucket": bucket, "MigrationsPrefix": prefix}
    resources = [resource["Fn::Sub"] for resource in statement["Resource"]]
    return [re.sub(r"\$\{(.*?)\}", lambda found: values[found[1]], text) for text in resources]


class Cloud:
    """moto with an administrator, a reader, and accounts that lack something."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self.url = f"http://{address[0]}:{address[1]}"
        self.admin = Account(self.url, "admin", ["*"])
        self.reader = Account(self.url, "reader", ["s3:ListBucket", "s3:GetObject"])
        self.lister = Account(self.url, "lister", ["s3:ListBucket"])
        self.nobody = Account(self.url, "nobody", ["ec2:DescribeInstances"])
        self.writer = Account(self.url, "writer", ["s3:PutObject"], atlas_sum_resources("b-*", "m/"))
        self.assumer = Account(self.url, "assumer", ["sts:AssumeRole"])

    def client(self, service: str) -> Any:
        arguments = admin_arguments(self.admin.access_key, self.admin.secret)
        return boto3.client(service, endpoint_url=self.url, **arguments)

    def probe(self, account: Account, endpoint: str | None = None, **variables: str) -> S3Probe:
        return S3Probe(endpoint or self.url, account.access_key, account.secret, **variables)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        made = Cloud(server.get_host_and_port())
        # From here on moto checks signatures and permissions.
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
        ActionAuthenticatorMixin.request_count = 0
        yield made
    finally:
        settings.INITIAL_NO_AUTH_ACTION_COUNT = float("inf")
        server.stop()


@pytest.fixture
def bucket(cloud: Cloud, request: pytest.FixtureRequest) -> str:
    name = "b-" + request.node.name.replace("_", "-").lower()[:55].rstrip("-")
    cloud.client("s3").create_bucket(Bucket=name)
    return name


def put(cloud: Cloud, bucket: str, objects: dict[str, str], **arguments: Any) -> None:
    s3 = cloud.client("s3")
    for key, body in objects.items():
        s3.put_object(Bucket=bucket, Key=key, Body=body.encode(), **arguments)


def read_all(probe: S3Probe, bucket: str, prefix: str = "") -> dict[str, str]:
    probe.run(op="list", bucket=bucket, prefix=prefix)
    answer = probe.run(op="get", bucket=bucket)
    return {content["key"]: content["body"] for content in answer["contents"]}


def error_of(answer: dict[str, Any]) -> dict[str, Any]:
    assert "error" in answer, answer
    return answer["error"]


def test_moto_checks_signatures_here(cloud: Cloud, bucket: str) -> None:
    wrong = boto3.client("s3", endpoint_url=cloud.url, **admin_arguments(cloud.admin.access_key, "x"))
    with pytest.raises(Exception, match="SignatureDoesNotMatch"):
        wrong.list_objects_v2(Bucket=bucket)


def test_a_prefix_is_listed_and_read_in_order(cloud: Cloud, bucket: str) -> None:
    files = {"m/2_b.sql": "two", "m/10_c.sql": "ten", "m/1_a.sql": "öne"}
    put(cloud, bucket, {**files, "m/": "", "other.sql": "x"})
    with cloud.probe(cloud.reader) as probe:
        found = read_all(probe, bucket, "m/")
    assert found == files
    assert list(found) == ["m/10_c.sql", "m/1_a.sql", "m/2_b.sql"]


@pytest.mark.parametrize("key", ODD_KEYS)
def test_an_odd_key_is_listed_and_read(cloud: Cloud, key: str) -> None:
    name = f"odd-keys-{ODD_KEYS.index(key)}"
    cloud.client("s3").create_bucket(Bucket=name)
    put(cloud, name, {key: f"body of {key}"})
    with cloud.probe(cloud.reader) as probe:
        assert read_all(probe, name) == {key: f"body of {key}"}


def test_more_than_a_thousand_objects_come_page_by_page(cloud: Cloud, bucket: str) -> None:
    expected = {f"m/{i:04d} é.sql": f"{i}" for i in range(2105)}
    backend = s3_backends["123456789012"]["aws"]  # 2,105 signed requests would take 20 s
    for key, body in expected.items():
        backend.put_object(bucket, key, body.encode())
    with cloud.probe(cloud.reader) as probe:
        assert read_all(probe, bucket, "m/") == expected


def test_an_empty_prefix_is_an_empty_listing(cloud: Cloud, bucket: str) -> None:
    with cloud.probe(cloud.reader) as probe:
        assert probe.run(op="list", bucket=bucket, prefix="nothing/") == {"objects": []}
        assert probe.run(op="get", bucket=bucket) == {"contents": []}


# Of "123456789": the check values of the CRC catalogue, and sha1sum's and sha256sum's.
CHECKSUMS = {
    "CRC32": "y/Q5Jg==",
    "CRC32C": "4waSgw==",
    "CRC64NVME": "rosUhgp5mIg=",
    "SHA1": "98O8HYCOBHMq32eZZczDTKeuNEE=",
    "SHA256": "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
}


@pytest.mark.parametrize("algorithm", CHECKSUMS)
def test_a_checksum_is_asked_for_and_checked(cloud: Cloud, algorithm: str) -> None:
    name = f"checksums-{algorithm.lower()}"
    cloud.client("s3").create_bucket(Bucket=name)

    def put_with(value: str) -> None:
        arguments = {"ChecksumAlgorithm": algorithm, f"Checksum{algorithm}": value}
        put(cloud, name, {"a.sql": "123456789"}, **arguments)

    put_with(CHECKSUMS[algorithm])
    with cloud.probe(cloud.reader) as probe:
        assert read_all(probe, name) == {"a.sql": "123456789"}
        put_with("AAAA" + CHECKSUMS[algorithm][4:])  # moto believes the uploader
        probe.run(op="list", bucket=name, prefix="")
        error = error_of(probe.run(op="get", bucket=name))
    assert error["kind"] == "corrupt"
    assert f"s3://{name}/a.sql: its bytes do not match its {algorithm.lower()} checksum" in (
        error["message"]
    )


def test_a_wrong_secret_is_refused_and_not_leaked(cloud: Cloud, bucket: str) -> None:
    wrong = "wrong/secret+" + cloud.reader.secret
    with S3Probe(cloud.url, cloud.reader.access_key, wrong) as probe:
        error = error_of(probe.run(op="list", bucket=bucket, prefix="m/"))
    assert error["kind"] == "access_denied"
    assert error["code"] == "SignatureDoesNotMatch"
    assert error["message"] == (
        f"S3 list of s3://{bucket}/m/: HTTP 403 SignatureDoesNotMatch. The secret does not belong "
        "to the access key: check AWS_SECRET_ACCESS_KEY"
    )
    assert wrong not in probe.output
    assert "Signature=" not in probe.output and "X-Amz-" not in probe.output


def test_an_unknown_access_key_is_refused(cloud: Cloud, bucket: str) -> None:
    with S3Probe(cloud.url, "AKIAUNKNOWN000000000", "x") as probe:
        error = error_of(probe.run(op="list", bucket=bucket, prefix=""))
    assert (error["kind"], error["code"]) == ("access_denied", "InvalidAccessKeyId")
    assert "check AWS_ACCESS_KEY_ID" in error["message"]


def test_a_missing_list_permission_is_named(cloud: Cloud, bucket: str) -> None:
    with cloud.probe(cloud.nobody) as probe:
        error = error_of(probe.run(op="list", bucket=bucket, prefix="m/"))
    assert (error["kind"], error["status"], error["code"]) == ("access_denied", 403, "AccessDenied")
    assert f"s3:ListBucket on the bucket {bucket}" in error["message"]


def test_a_missing_get_permission_is_named(cloud: Cloud, bucket: str) -> None:
    put(cloud, bucket, {"a.sql": "x"})
    with cloud.probe(cloud.lister) as probe:
        assert len(probe.run(op="list", bucket=bucket, prefix="")["objects"]) == 1
        error = error_of(probe.run(op="get", bucket=bucket))
    assert (error["kind"], error["code"]) == ("access_denied", "AccessDenied")
    assert f"s3:GetObject on {bucket}/*" in error["message"]


def test_a_missing_bucket_is_named(cloud: Cloud) -> None:
    with cloud.probe(cloud.admin) as probe:
        error = error_of(probe.run(op="list", bucket="nobody-made-this", prefix=""))
    assert (error["kind"], error["code"]) == ("not_found", "NoSuchBucket")
    assert "s3://nobody-made-this/" in error["message"]


def test_an_object_deleted_after_the_listing_is_named(cloud: Cloud, bucket: str) -> None:
    put(cloud, bucket, {"a.sql": "x", "b.sql": "y"})
    with cloud.probe(cloud.reader) as probe:
        probe.run(op="list", bucket=bucket, prefix="")
        cloud.client("s3").delete_object(Bucket=bucket, Key="b.sql")
        error = error_of(probe.run(op="get", bucket=bucket))
    assert error["kind"] == "changed"
    assert f"s3://{bucket}/b.sql: it was deleted since it was listed" in error["message"]


def test_an_object_replaced_after_the_listing_is_named(cloud: Cloud, bucket: str) -> None:
    put(cloud, bucket, {"a.sql": "x", "b.sql": "y"})
    with cloud.probe(cloud.reader) as probe:
        probe.run(op="list", bucket=bucket, prefix="")
        put(cloud, bucket, {"a.sql": "z"})
        error = error_of(probe.run(op="get", bucket=bucket))
    assert (error["kind"], error["status"]) == ("changed", 412)
    assert f"s3://{bucket}/a.sql: it was replaced since it was listed" in error["message"]


def test_a_versioned_bucket_gives_the_version_read(cloud: Cloud, bucket: str) -> None:
    s3 = cloud.client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    put(cloud, bucket, {"a.sql": "old"})
    newest = s3.put_object(Bucket=bucket, Key="a.sql", Body=b"new")["VersionId"]
    with cloud.probe(cloud.reader) as probe:
        probe.run(op="list", bucket=bucket, prefix="")
        content = probe.run(op="get", bucket=bucket)["contents"][0]
    assert (content["body"], content["version_id"]) == ("new", newest)


def test_a_sum_is_put_where_none_is_and_in_the_place_of_the_one_that_was_listed(
    cloud: Cloud, bucket: str
) -> None:
    key = "m/7 ä/atlas.sum"
    s3 = cloud.client("s3")

    def etag() -> str:
        return s3.head_object(Bucket=bucket, Key=key)["ETag"]

    def put_sum(etag: str, body: str) -> dict[str, Any]:
        return probe.run(op="put", bucket=bucket, key=key, etag=etag, body=body)

    with cloud.probe(cloud.writer) as probe:
        assert put_sum("", "first\n") == {}
        first = etag()
        assert put_sum(first, "second\n") == {}
        for taken in (first, ""):
            error = error_of(put_sum(taken, "third\n"))
            assert (error["kind"], error["status"]) == ("changed", 412)
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"second\n"
        assert put_sum(etag(), "") == {}


@pytest.mark.parametrize("key", ["atlas.sum", "m/1_a.sql", "m/xatlas.sum", "m/atlas.sum/x"])
def test_what_the_template_grants_is_to_write_sums_and_nothing_else(cloud: Cloud, key: str) -> None:
    name = "b-" + key.replace("/", "-").replace("_", "-")
    cloud.client("s3").create_bucket(Bucket=name)
    with cloud.probe(cloud.writer) as probe:
        assert probe.run(op="put", bucket=name, key="m/atlas.sum", etag="", body="x") == {}
        error = error_of(probe.run(op="put", bucket=name, key=key, etag="", body="x"))
    assert (error["kind"], error["code"]) == ("access_denied", "AccessDenied")
    assert f"s3:PutObject on {name}/{key}, and kms:GenerateDataKey" in error["message"]


@pytest.mark.parametrize("how", ["malformed", "redirect"])
def test_a_wrong_region_is_corrected_once(cloud: Cloud, how: str) -> None:
    name = f"wrong-region-{how}"
    cloud.client("s3").create_bucket(Bucket=name)
    put(cloud, name, {"a.sql": "x"})
    with RegionGate(cloud.address, "eu-west-1", how) as gate:
        with cloud.probe(cloud.reader, gate.url) as probe:
            assert read_all(probe, name) == {"a.sql": "x"}
    asked = [("HEAD", "us-east-1")] if how == "redirect" else []
    assert gate.seen == [("GET", "us-east-1"), *asked, ("GET", "eu-west-1"), ("GET", "eu-west-1")]


def test_throttling_and_an_error_with_status_200_are_retried(cloud: Cloud, bucket: str) -> None:
    put(cloud, bucket, {"a.sql": "x"})
    with RegionGate(cloud.address, REGION) as gate:
        gate.failures = [
            (503, "<Error><Code>ServiceUnavailable</Code></Error>"),
            (200, "<?xml version='1.0'?>\n<Error><Code>InternalError</Code></Error>"),
        ]
        with cloud.probe(cloud.reader, gate.url) as probe:
            assert read_all(probe, bucket) == {"a.sql": "x"}
    assert len(gate.seen) == 4


def test_nothing_listening_is_a_network_error(cloud: Cloud) -> None:
    with RegionGate(cloud.address, REGION) as gate:
        address = gate.url
    with cloud.probe(cloud.reader, address) as probe:
        error = error_of(probe.run(op="list", bucket="bucket", prefix=""))
    assert error["kind"] == "network"
    assert "?" not in error["message"]


def make_role(cloud: Cloud, name: str, external_id: str) -> str:
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole",
         "Condition": {"StringEquals": {"sts:ExternalId": external_id}}}]}  # fmt: skip
    iam = cloud.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": "*"}]}  # fmt: skip
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    return role["Arn"]


def test_an_assumed_role_reads_what_its_caller_may_not(cloud: Cloud, bucket: str) -> None:
    put(cloud, bucket, {"a.sql": "x"})
    arn = make_role(cloud, "reading-role", "ext+id")
    with cloud.probe(cloud.assumer) as probe:
        error_of(probe.run(op="list", bucket=bucket, prefix=""))
        answer = probe.run(
            op="assume_role", role_arn=arn, external_id="ext+id", session_name=ROLE_SESSION
        )
        assert answer["access_key"].startswith("ASIA") and answer["expires"]
        assert read_all(probe, bucket) == {"a.sql": "x"}


def test_a_role_that_may_not_be_assumed_is_named(cloud: Cloud) -> None:
    arn = make_role(cloud, "closed-role", "x")
    with cloud.probe(cloud.nobody) as probe:
        error = error_of(
            probe.run(op="assume_role", role_arn=arn, external_id="", session_name=ROLE_SESSION)
        )
    assert (error["kind"], error["code"]) == ("access_denied", "AccessDenied")
    assert arn in error["message"] and "sts:AssumeRole" in error["message"]


def test_sts_refuses_a_wrong_secret(cloud: Cloud) -> None:
    with S3Probe(cloud.url, cloud.assumer.access_key, "wrong-secret") as probe:
        error = error_of(
            probe.run(
                op="assume_role",
                role_arn="arn:aws:iam::123456789012:role/any",
                external_id="",
                session_name=ROLE_SESSION,
            )
        )
    assert (error["kind"], error["code"]) == ("access_denied", "SignatureDoesNotMatch")
    assert "wrong-secret" not in probe.output


@pytest.mark.parametrize("text", ['{"username":"u","password":"pä\\"ss"}', 'pä"ss'])
def test_a_secrets_password_is_read(cloud: Cloud, text: str) -> None:
    name = f"db/password{len(text)}"
    arn = cloud.client("secretsmanager").create_secret(Name=name, SecretString=text)["ARN"]
    with cloud.probe(cloud.admin) as probe:
        assert probe.run(op="secret", id=name) == {"password": 'pä"ss'}
        assert probe.run(op="secret", id=arn) == {"password": 'pä"ss'}


def test_a_missing_secret_is_named(cloud: Cloud) -> None:
    with cloud.probe(cloud.admin) as probe:
        error = error_of(probe.run(op="secret", id="db/none"))
    assert (error["kind"], error["code"]) == ("not_found", "ResourceNotFoundException")
    assert "db/none" in error["message"]


def test_a_secret_that_may_not_be_read_is_named(cloud: Cloud) -> None:
    cloud.client("secretsmanager").create_secret(Name="db/closed", SecretString="hidden-value")
    with cloud.probe(cloud.nobody) as probe:
        error = error_of(probe.run(op="secret", id="db/closed"))
    assert error["kind"] == "access_denied"
    assert "hidden-value" not in probe.output
