"""What is planned in the clouds, as Terraform shows it: stores in several States, copies, permissions, peerings."""

from __future__ import annotations

import json

from story.common import document

ACCOUNT = "123456789012"

Resource = dict[str, object]


def resource(kind: str, name: str, /, **values: object) -> Resource:
    """A resource that exists already, so that the plan knows its ids."""
    cloud = kind.partition("_")[0]
    provider = f"registry.terraform.io/{'aliyun' if cloud == 'alicloud' else 'hashicorp'}/{cloud}"
    return {"mode": "managed", "type": kind, "name": name, "provider_name": provider, "values": values}


def bucket(name: str, region: str) -> Resource:
    """A bucket of Amazon's."""
    full = f"lumen-{name.replace('_', '-')}"
    return resource("aws_s3_bucket", name, id=full, bucket=full, arn=f"arn:aws:s3:::{full}", region=region)


def network(name: str, region: str, block: str) -> Resource:
    """A private network of Amazon's."""
    arn = f"arn:aws:ec2:{region}:{ACCOUNT}:vpc/vpc-{name}"
    return resource("aws_vpc", name, id=f"vpc-{name}", arn=arn, cidr_block=block)


def peering(name: str, one: str, other: str, region: str) -> Resource:
    """What joins two networks."""
    ends = {"vpc_id": f"vpc-{one}", "peer_vpc_id": f"vpc-{other}", "peer_region": region}
    return resource("aws_vpc_peering_connection", name, id=f"pcx-{name}", **ends)


def role(name: str) -> Resource:
    """Who may do something."""
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    return resource("aws_iam_role", name, id=name, name=name, arn=arn, assume_role_policy=json.dumps(trust))


def may(name: str, principal: str, *permissions: tuple[str, str]) -> Resource:
    """What a role may do with the objects of buckets."""
    statements = [
        {"Effect": "Allow", "Action": action, "Resource": f"arn:aws:s3:::lumen-{where}/*"}
        for action, where in permissions
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return resource("aws_iam_role_policy", name, id=f"{principal}:{name}", role=principal, policy=policy)


ROOT = (
    network("gate", "eu-central-1", "10.90.0.0/16"),
    peering("films_gate", "films", "gate", "eu-central-1"),
    peering("gate_figures", "gate", "figures", "ap-southeast-1"),
    bucket("exchange", "eu-central-1"),
)

EVERYONE = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lumen-trailers/*"}

FILMS = (
    network("films", "eu-central-1", "10.20.0.0/16"),
    bucket("masters", "eu-central-1"),
    bucket("trailers", "eu-central-1"),
    resource(
        "aws_s3_bucket_policy", "trailers", id="lumen-trailers", bucket="lumen-trailers",
        policy=json.dumps({"Version": "2012-10-17", "Statement": [EVERYONE]}),
    ),
    bucket("trailers_copy", "af-south-1"),
    resource(
        "aws_s3_bucket_replication_configuration", "trailers", id="lumen-trailers", bucket="lumen-trailers",
        rule=[{"id": "copy", "status": "Enabled", "destination": [{"bucket": "arn:aws:s3:::lumen-trailers-copy"}]}],
    ),
    bucket("leftovers", "eu-central-1"),
    resource(
        "aws_kms_key", "films", id="key-films", key_id="key-films",
        arn=f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/key-films",
    ),
    resource(
        "aws_db_instance", "viewers", id="viewers", identifier="viewers", storage_encrypted=True,
        arn=f"arn:aws:rds:eu-central-1:{ACCOUNT}:db:viewers", publicly_accessible=False,
        kms_key_id=f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/key-films",
    ),
    resource(
        "aws_dynamodb_table", "sessions", id="sessions", name="sessions",
        arn=f"arn:aws:dynamodb:eu-central-1:{ACCOUNT}:table/sessions",
    ),
    role("editor"),
    may("editor", "editor", ("s3:GetObject", "masters"), ("s3:PutObject", "exchange")),
)  # fmt: skip

FIGURES = (
    network("figures", "ap-southeast-1", "10.91.0.0/16"),
    role("analyst"),
    may("analyst", "analyst", ("s3:GetObject", "exchange")),
)

FACES = (
    resource("alicloud_oss_bucket", "faces", id="lumen-faces", bucket="lumen-faces", location="oss-us-west-1"),
    bucket("faces_copy", "sa-east-1"),
)


def plan() -> dict[str, object]:
    """The plan, as ``terraform show -json`` prints it."""
    modules = {"films": FILMS, "figures": FIGURES, "faces": FACES}
    children = [
        {
            "address": f"module.{name}",
            "resources": [{"address": f"module.{name}.{one['type']}.{one['name']}", **one} for one in resources],
        }
        for name, resources in modules.items()
    ]
    root = [{"address": f"{one['type']}.{one['name']}", **one} for one in ROOT]
    shown = {"root_module": {"resources": root, "child_modules": children}}
    regions = {"aws": "eu-central-1", "alicloud": "us-west-1"}
    providers = {
        name: {"name": name, "expressions": {"region": {"constant_value": region}}} for name, region in regions.items()
    }
    calls = {name: {"source": f"./{name}", "module": {}} for name in modules}
    configuration = {"provider_config": providers, "root_module": {"module_calls": calls}}
    head = {"format_version": "1.2", "terraform_version": "1.9.8"}
    return {**head, "planned_values": shown, "configuration": configuration, "timestamp": "2026-06-01T08:00:00Z"}


def cloud() -> dict[str, bytes]:
    """The file of this part by its path."""
    return {"cloud/plan.json": document(plan())}
