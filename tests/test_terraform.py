"""Terraform: what a plan or a state shows of stores and of ways that data could take, and nothing of its secrets."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import networkx
import pytest
from conftest import Run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading import SHARED, formats_of, read

from comity.enrich.parties import register_matcher
from comity.errors import EvidenceError
from comity.evidence import terraform
from comity.evidence.base import Reading
from comity.evidence.terraform import edges as terraform_edges
from comity.evidence.terraform import regions as terraform_regions
from comity.evidence.terraform.regions import OPERATORS, region
from comity.evidence.terraform.stores import store_types
from comity.profile import JURISDICTIONS

REAL = SHARED / "terraform"
TABLES = Path(terraform.__file__).parent


def resource(address: str, **values: Any) -> dict[str, Any]:
    """A resource as states and plans show it; `a.b[0]` and `a.b["key"]` are instances."""
    path, _, index = address.rpartition("[") if address.endswith("]") else (address, "", "")
    kind, name = path.removeprefix("data.").split(".")[-2:]
    made = {"address": address, "mode": "data" if path.startswith("data.") else "managed", "type": kind, "name": name}
    return {**made, "values": values, **({"index": json.loads(index[:-1])} if index else {})}


def state(folder: Path, *resources: dict[str, Any], name: str = "state.json") -> Path:
    content = {
        "format_version": "1.0",
        "terraform_version": "1.9.8",
        "values": {"root_module": {"resources": resources}},
    }
    return written(folder, name, content)


def plan(folder: Path, *resources: dict[str, Any], **more: Any) -> Path:
    root = {"resources": resources, **more.pop("root", {})}
    return written(folder, "plan.json", {"format_version": "1.2", "planned_values": {"root_module": root}, **more})


def configuration(*blocks: dict[str, Any], provider: str = "aws", region: Any = None, **root: Any) -> dict[str, Any]:
    """A configuration whose only provider has a region (a constant, or an expression)."""
    setting = {"constant_value": region} if isinstance(region, str) else region
    return {
        "provider_config": {provider: {"name": provider, "expressions": {"region": setting} if setting else {}}},
        "root_module": {"resources": list(blocks), **root},
    }


def block(address: str, provider: str = "aws", **expressions: Any) -> dict[str, Any]:
    made = resource(address)
    keys = ("mode", "type", "name")
    return {**{key: made[key] for key in keys}, "provider_config_key": provider, "expressions": expressions}


def ref(*names: str) -> dict[str, Any]:
    return {"references": list(names)}


def written(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def stores(path: Path) -> dict[str, dict[str, Any]]:
    """The stores of a file by name, without what all of them have."""
    facts, _ = read(path)
    drop = ("kind", "file", "position", "name")
    return {f["name"]: {k: v for k, v in f.items() if k not in drop} for f in facts if f["kind"] == "store"}


def edges(path: Path) -> set[tuple[str, str, str]]:
    """Where data could move: start, end, by."""
    return {(f["start"], f["end"], f["by"]) for f in read(path)[0] if f["kind"] == "path"}


def graph(path: Path) -> networkx.DiGraph:
    """The steps as a graph in which `internet` leads nowhere."""
    return networkx.DiGraph([(start, end) for start, end, _ in edges(path) if start != "internet"])


def reaches(path: Path, start: str, end: str) -> bool:
    made = graph(path)
    return start in made and end in made and networkx.has_path(made, start, end)


def only_note(path: Path, beginning: str) -> str:
    (found,) = [note for note in read(path)[1].notes if note.startswith(beginning)]
    return found


# --- where a resource stands


def test_a_bucket_of_each_cloud_rests_where_its_region_is(tmp_path: Path) -> None:
    path = state(
        tmp_path,
        resource("aws_s3_bucket.a", bucket="a", region="sa-east-1"),
        resource("google_storage_bucket.b", name="b", location="ASIA-SOUTH1"),
        resource("azurerm_storage_account.c", name="c", location="South Africa North", account_replication_type="ZRS"),
        resource("alicloud_oss_bucket.d", bucket="d", location="oss-ap-southeast-5"),
        resource("tencentcloud_cbs_storage.e", availability_zone="ap-seoul-1"),
        resource("huaweicloud_obs_bucket.f", bucket="f", region="la-south-2"),
    )
    found = stores(path)
    assert {name: fact["place"] for name, fact in found.items()} == {
        "aws_s3_bucket.a": "BR",
        "google_storage_bucket.b": "IN",
        "azurerm_storage_account.c": "ZA",
        "alicloud_oss_bucket.d": "ID",
        "tencentcloud_cbs_storage.e": "KR",
        "huaweicloud_obs_bucket.f": "CL",
    }
    operators = [fact["operator.name"] for fact in found.values()]
    assert operators == [OPERATORS[cloud] for cloud in ("aws", "google", "azurerm", "alicloud", "tencentcloud",
                                                        "huaweicloud")]  # fmt: skip


@pytest.mark.parametrize(
    ("cloud", "text", "place"),
    [
        ("aws", "eu-central-1", "DE"),
        ("aws", "eu-central-1a", "DE"),
        ("aws", "us-east-1-bue-1a", "AR"),  # a Local Zone may stand in another State than its region
        ("aws", "us-east-1-xyz-1a", None),
        ("aws", "us-gov-west-1", "US"),
        ("aws", "eusc-de-east-1", "DE"),
        ("google", "europe-west3-b", "DE"),
        ("google", "europe-west12", "IT"),
        ("google", "projects/p/instanceConfigs/regional-asia-northeast3", "KR"),
        ("google", "EU", "EU"),
        ("google", "ASIA", None),
        ("azurerm", "Southeast Asia", "SG"),
        ("azurerm", "chinanorth3", "CN"),
        ("alicloud", "cn-hangzhou-h", "CN"),
        ("alicloud", "cn-shanghai-MAZ4(a,b)", "CN"),
        ("alicloud", "cn-hongkong-b", "HK"),
        ("alicloud", "ap-southeast-6a", "PH"),
        ("tencentcloud", "ap-guangzhou-3", "CN"),
        ("tencentcloud", "na-siliconvalley-2", "US"),
        ("huaweicloud", "cn-north-12", "CN"),
        ("huaweicloud", "cn-north-1a", "CN"),
        ("huaweicloud", "cn-north-77", None),
        ("huaweicloud", "af-north-1", "EG"),
    ],
)
def test_zones_follow_from_their_region(cloud: str, text: str, place: str | None) -> None:
    found = region(cloud, text)
    assert (found.place if found else None) == place


def test_the_table_of_regions_holds_together() -> None:
    with (TABLES / "regions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    regions = {(row["cloud"], row["region"]): row for row in rows}
    assert len(regions) == len(rows)
    assert {row["cloud"] for row in rows} == set(OPERATORS)
    for row in rows:
        assert row["jurisdictions"]
        assert set(row["jurisdictions"].split()) <= JURISDICTIONS
        assert row["source"].startswith("https://")
        assert not row["pair"] or (row["cloud"], row["pair"]) in regions
    # Two regions are paired one way only; all others are paired with each other.
    one_way = {r["region"] for r in rows if r["pair"] and regions[r["cloud"], r["pair"]]["pair"] != r["region"]}
    assert one_way == {"brazilsouth", "brazilsoutheast", "westindia", "westus3", "usgovarizona"}


def test_operators_are_spelled_as_the_register_of_parties_spells_them() -> None:
    names = {known.operator for known in terraform_regions._regions().values()}
    assert set(OPERATORS.values()) < names
    assert names <= set(register_matcher().by_name)


def test_regions_in_mainland_china_are_run_by_others(tmp_path: Path) -> None:
    path = state(
        tmp_path,
        resource("aws_s3_bucket.bj", bucket="a", region="cn-north-1"),
        resource("aws_s3_bucket.nx", bucket="b", region="cn-northwest-1"),
        resource("azurerm_managed_disk.sh", location="China East 2"),
        resource("aws_s3_bucket.somewhere", bucket="c"),
        resource("aws_s3_bucket.partition", bucket="d", arn="arn:aws:s3:::d"),
    )
    assert [fact.get("operator.name") for fact in stores(path).values()] == [
        "Beijing Sinnet Technology Co., Ltd.",
        "Ningxia Western Cloud Data Technology Co., Ltd.",
        "Shanghai Blue Cloud Technology Co., Ltd.",
        None,  # which of the three it is, the file does not show
        "Amazon Web Services, Inc.",
    ]


def test_a_region_that_no_table_has_is_told_and_not_guessed(tmp_path: Path) -> None:
    path = state(
        tmp_path, resource("aws_ebs_volume.v", availability_zone="xx-moon-1a", arn="arn:aws:ec2:ca-west-1:1:v")
    )
    assert "place" not in stores(path)["aws_ebs_volume.v"]
    assert only_note(path, "regions") == "regions that are not known: aws xx-moon-1a 1"


@pytest.mark.parametrize(
    ("region", "variables", "default", "place"),
    [
        ("ap-northeast-3", {}, None, "JP"),
        (ref("var.where"), {"where": {"value": "me-central-1"}}, "us-east-1", "AE"),
        (ref("var.where"), {}, "il-central-1", "IL"),
        (ref("var.where.at", "var.where"), {"where": {"value": {"at": "eu-west-2"}}}, None, None),
        (ref("local.where"), {}, None, None),
        (None, {}, None, None),
    ],
)
def test_the_region_of_a_plan_is_its_provider_s(
    tmp_path: Path, region: Any, variables: dict[str, Any], default: str | None, place: str | None
) -> None:
    made = configuration(
        block("aws_sqs_queue.q"), region=region, variables={"where": {"default": default} if default else {}}
    )
    path = plan(tmp_path, resource("aws_sqs_queue.q", name="q"), configuration=made, variables=variables)
    assert stores(path)["aws_sqs_queue.q"].get("place") == place


def test_what_only_applying_will_tell_is_not_known(tmp_path: Path) -> None:
    # The region is set by another resource: the provider's own says nothing of it.
    made = configuration(
        block("aws_sqs_queue.q", region=ref("random_shuffle.r.result", "random_shuffle.r")), region="eu-west-1"
    )
    changes = [{"address": "aws_sqs_queue.q", "change": {"actions": ["create"], "after_unknown": {"region": True}}}]
    path = plan(tmp_path, resource("aws_sqs_queue.q"), configuration=made, resource_changes=changes)
    assert stores(path) == {"aws_sqs_queue.q": {}}


def test_a_module_has_the_provider_that_was_passed_to_it(tmp_path: Path) -> None:
    providers = {
        "aws": {"name": "aws", "expressions": {"region": {"constant_value": "eu-north-1"}}},
        "aws.south": {"name": "aws", "alias": "south", "expressions": {"region": {"constant_value": "af-south-1"}}},
        "module.copy:aws": {"name": "aws", "module_address": "module.copy"},
    }
    calls = {
        name: {"module": {"resources": [block("aws_sqs_queue.q", key)]}}
        for name, key in (("main", "aws"), ("backup", "aws.south"), ("copy", "module.copy:aws"))
    }
    children = [
        {"address": f"module.{name}", "resources": [resource(f"module.{name}.aws_sqs_queue.q", name=name)]}
        for name in calls
    ]
    made = {"provider_config": providers, "root_module": {"module_calls": calls}}
    found = stores(plan(tmp_path, root={"child_modules": children}, configuration=made))
    assert [fact.get("place") for fact in found.values()] == [
        "SE",
        "ZA",
        None,
    ]  # two could have been passed to the last


def test_a_plan_within_plans_keeps_instances_apart(tmp_path: Path) -> None:
    inner = {"resources": [block("aws_s3_bucket.b"), block("aws_s3_bucket_acl.a", bucket=ref("aws_s3_bucket.b.id"))]}
    children = [
        {
            "address": f'module.site["{name}"]',
            "resources": [
                resource(f'module.site["{name}"].aws_s3_bucket.b', bucket=name),
                resource(f'module.site["{name}"].aws_s3_bucket_acl.a', acl=acl),
            ],
        }
        for name, acl in (("one.x", "public-read"), ("two", "private"))
    ]
    made = configuration(region="eu-south-2", module_calls={"site": {"module": inner}})
    found = stores(plan(tmp_path, root={"child_modules": children}, configuration=made))
    assert {name: fact.get("public") for name, fact in found.items()} == {
        'module.site["one.x"].aws_s3_bucket.b': True,
        'module.site["two"].aws_s3_bucket.b': None,
    }


# --- copies


def test_copies_of_aws(tmp_path: Path) -> None:
    arn = "arn:aws:rds:eu-west-3:111122223333:db:main"
    path = state(
        tmp_path,
        resource("aws_s3_bucket.here", id="here", bucket="here", region="eu-west-3", arn="arn:aws:s3:::here"),
        resource("aws_s3_bucket.there", id="there", bucket="there", region="ap-south-2", arn="arn:aws:s3:::there"),
        resource(
            "aws_s3_bucket_replication_configuration.r", bucket="here",
            rule=[{"destination": [{"bucket": f"arn:aws:s3:::{name}"}]} for name in ("there", "out")],
        ),
        resource("aws_db_instance.main", identifier="main", arn=arn),
        resource("aws_db_instance.replica", replicate_source_db=arn, arn="arn:aws:rds:ca-central-1:111122223333:db:r"),
        resource("aws_db_instance_automated_backups_replication.b", source_db_instance_arn=arn, region="eu-west-2"),
        resource("aws_dynamodb_table.t", name="t", region="mx-central-1", replica=[
            {"region_name": "sa-east-1"}, {"region_name": "us-west-2"}]),
        resource("aws_dynamodb_table.alone", name="alone", region="mx-central-1", replica=[]),
        resource("aws_rds_cluster.one", global_cluster_identifier="g", region="il-central-1"),
        resource("aws_rds_cluster.two", global_cluster_identifier="g", region="eu-south-1"),
    )  # fmt: skip
    found = {name.split("aws_")[1]: fact.get("replicas") for name, fact in stores(path).items()}
    assert found == {
        "s3_bucket.here": None,  # one of two destinations lies nobody knows where
        "s3_bucket.there": None,
        "db_instance.main": ["CA", "GB"],
        "db_instance.replica": None,
        "db_instance_automated_backups_replication.b": None,
        "dynamodb_table.t": ["BR", "US"],
        "dynamodb_table.alone": [],
        "rds_cluster.one": ["IT"],
        "rds_cluster.two": ["IL"],
    }
    assert ("aws_s3_bucket.here", "aws_s3_bucket.there", "network") in edges(path)
    assert ("aws_db_instance.main", "aws_db_instance.replica", "network") in edges(path)
    assert ("aws_rds_cluster.two", "aws_rds_cluster.one", "network") in edges(path)


def test_copies_of_google(tmp_path: Path) -> None:
    path = state(
        tmp_path,
        resource("google_storage_bucket.one", name="one", location="EUROPE-WEST6"),
        resource("google_storage_bucket.union", name="union", location="EU"),
        resource("google_storage_bucket.dual", name="dual", location="EUR4"),
        resource("google_storage_bucket.made", name="made", location="US",
                 custom_placement_config=[{"data_locations": ["US-EAST1", "US-WEST1"]}]),
        resource("google_storage_bucket.asia", name="asia", location="ASIA"),
        resource("google_sql_database_instance.main", name="main", region="southamerica-west1"),
        resource("google_sql_database_instance.r", name="r", region="northamerica-south1", master_instance_name="main"),
        resource("google_bigtable_instance.t", cluster=[{"zone": "asia-east1-a"}, {"zone": "asia-southeast2-b"}]),
        resource("google_secret_manager_secret.auto", secret_id="s", replication=[{"auto": [{}]}]),
        resource("google_secret_manager_secret.u", secret_id="u", replication=[
            {"user_managed": [{"replicas": [{"location": "europe-north2"}, {"location": "europe-central2"}]}]}]),
        resource("google_firestore_database.f", name="f", location_id="eur3"),
    )  # fmt: skip
    found = {name.partition(".")[2]: (f.get("place"), f.get("replicas")) for name, f in stores(path).items()}
    assert found == {
        "one": ("CH", []),
        "union": ("EU", ["EU"]),
        "dual": ("FI", ["NL"]),
        "made": ("US", ["US"]),
        "asia": (None, None),
        "main": ("CL", ["MX"]),
        "r": ("MX", None),
        "t": ("TW", ["ID"]),
        "auto": (None, None),
        "u": ("SE", ["PL"]),
        "f": ("BE", ["NL"]),
    }


def test_copies_of_azure(tmp_path: Path) -> None:
    path = state(
        tmp_path,
        resource("azurerm_storage_account.gone", name="a", location="brazilsouth", account_replication_type="RAGRS"),
        resource("azurerm_storage_account.stays", name="b", location="brazilsouth", account_replication_type="LRS"),
        resource("azurerm_storage_account.alone", name="c", location="italynorth", account_replication_type="GRS"),
        resource("azurerm_cosmosdb_account.c", location="norwayeast", geo_location=[
            {"location": "norwayeast"}, {"location": "Sweden Central"}, {"location": "polandcentral"}]),
        resource("azurerm_container_registry.r", location="japaneast", georeplications=[{"location": "koreacentral"}]),
        resource("azurerm_postgresql_flexible_server.p", location="eastasia", geo_redundant_backup_enabled=True),
        resource("azurerm_mssql_server.s", id="/s/one", name="s", location="uaenorth"),
        resource("azurerm_mssql_server.t", id="/s/two", name="t", location="southindia"),
        resource("azurerm_mssql_database.d", id="/d", server_id="/S/ONE", storage_account_type="Local"),
        resource("azurerm_mssql_failover_group.g", server_id="/s/one", partner_server=[{"id": "/s/two"}],
                 databases=["/d"]),
    )  # fmt: skip
    found = {name.rpartition(".")[2]: (f.get("place"), f.get("replicas")) for name, f in stores(path).items()}
    assert found == {
        "gone": ("BR", ["US"]),  # the pair of this region lies abroad
        "stays": ("BR", []),
        "alone": ("IT", None),  # this region has no pair
        "c": ("NO", ["PL", "SE"]),
        "r": ("JP", ["KR"]),
        "p": ("HK", ["SG"]),
        "d": ("AE", ["IN"]),
    }


def test_copies_of_alibaba_tencent_and_huawei(tmp_path: Path) -> None:
    path = state(
        tmp_path,
        resource("alicloud_oss_bucket.b", id="b", bucket="b", location="oss-eu-central-1"),
        resource("alicloud_oss_bucket_replication.r", bucket="b",
                 destination=[{"bucket": "far", "location": "oss-me-central-1"}]),
        resource("alicloud_db_instance.m", id="rm-1", zone_id="ap-southeast-7a"),
        resource("alicloud_db_readonly_instance.r", id="rr-1", zone_id="ap-southeast-3b", master_db_instance_id="rm-1"),
        resource("tencentcloud_cos_bucket.c", id="c-125", bucket="c-125", region="ap-jakarta",
                 replica_rules=[{"destination_bucket": "qcs::cos:ap-bangkok::d-125"}]),
        resource("tencentcloud_mysql_instance.m", id="cdb-1", region="ap-mumbai"),
        resource("tencentcloud_mysql_dr_instance.d", availability_zone="ap-tokyo-2", master_instance_id="cdb-1"),
        resource("huaweicloud_obs_bucket.o", id="o", bucket="o", region="tr-west-1"),
        resource("huaweicloud_obs_bucket.p", id="p", bucket="p", region="sa-peru-1"),
        resource("huaweicloud_obs_bucket_replication.r", bucket="o", destination_bucket="p"),
        resource("huaweicloud_rds_instance.m", id="rds-1", region="af-south-1"),
        resource("huaweicloud_rds_cross_region_backup_strategy.s", instance_id="rds-1",
                 destination_region="af-north-1"),
    )  # fmt: skip
    found = {name: fact.get("replicas") for name, fact in stores(path).items() if "replicas" in fact}
    assert found == {
        "alicloud_oss_bucket.b": ["SA"],
        "alicloud_db_instance.m": ["MY"],
        "tencentcloud_cos_bucket.c": ["TH"],
        "tencentcloud_mysql_instance.m": ["JP"],
        "huaweicloud_obs_bucket.o": ["PE"],
        "huaweicloud_rds_instance.m": ["EG"],
    }


# --- encryption and keys


def test_keys_are_held_where_the_file_shows_them(tmp_path: Path) -> None:
    path = state(
        tmp_path,
        resource("aws_ebs_volume.own", encrypted=True, region="eu-west-1",
                 kms_key_id="arn:aws:kms:eu-central-2:111122223333:key/mrk-1"),
        resource("aws_ebs_volume.provider", encrypted=True, region="eu-west-1",
                 kms_key_id="arn:aws:kms:eu-west-1:111122223333:alias/aws/ebs"),
        resource("aws_ebs_volume.plain", encrypted=False, region="eu-west-1", kms_key_id=""),
        resource("aws_ebs_volume.unsaid", region="eu-west-1"),
        resource("google_storage_bucket.g", name="g", location="us-east4", encryption=[
            {"default_kms_key_name": "projects/p/locations/northamerica-northeast2/keyRings/r/cryptoKeys/k"}]),
        resource("azurerm_key_vault.v", id="/v", location="francecentral", vault_uri="https://v.vault.azure.net/"),
        resource("azurerm_storage_account.a", id="/a", name="a", location="westeurope",
                 customer_managed_key=[{"key_vault_key_id": "https://v.vault.azure.net/keys/k/1"}]),
        resource("alicloud_kms_key.k", id="key-1", region="cn-hongkong"),
        resource("alicloud_ecs_disk.d", zone_id="cn-shenzhen-e", encrypted=True, kms_key_id="key-1"),
        resource("tencentcloud_postgresql_instance.p", availability_zone="eu-frankfurt-1", need_support_tde=1,
                 kms_region="eu-moscow", kms_key_id="abc"),
        resource("huaweicloud_evs_volume.e", region="ap-southeast-5", kms_id="0b6f"),
        resource("alicloud_oss_bucket.o", bucket="o", server_side_encryption_rule=[{"sse_algorithm": "AES256"}]),
    )  # fmt: skip
    found = {n.rpartition(".")[2]: (f.get("encrypted"), f.get("keys_in")) for n, f in stores(path).items()}
    assert found == {
        "own": (True, "CH"),
        "provider": (True, None),
        "plain": (False, None),
        "unsaid": (None, None),
        "g": (True, "CA"),
        "v": (True, None),
        "a": (True, "FR"),
        "d": (True, "HK"),
        "p": (True, "RU"),
        "e": (True, None),  # a key of the customer's, but not in the file
        "o": (True, None),
    }


def test_a_key_that_is_made_by_the_same_plan_is_found_by_reference(tmp_path: Path) -> None:
    inner = {
        "resources": [block("aws_kms_key.k", "aws.far")],
        "outputs": {"arn": {"expression": ref("aws_kms_key.k.arn")}},
    }
    made = configuration(
        block("aws_s3_bucket.b"),
        block(
            "aws_s3_bucket_server_side_encryption_configuration.e",
            bucket=ref("aws_s3_bucket.b.id", "aws_s3_bucket.b"),
            rule=[{"apply_server_side_encryption_by_default": [{"kms_master_key_id": ref("module.keys.arn")}]}],
        ),
        region="eu-north-1",
        module_calls={"keys": {"module": inner}},
    )
    made["provider_config"]["aws.far"] = {
        "name": "aws",
        "expressions": {"region": {"constant_value": "ap-southeast-6"}},
    }
    rule = [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}]}]
    key = {"address": "module.keys", "resources": [resource("module.keys.aws_kms_key.k")]}
    path = plan(
        tmp_path,
        resource("aws_s3_bucket.b", bucket="b"),
        resource("aws_s3_bucket_server_side_encryption_configuration.e", rule=rule),
        root={"child_modules": [key]},
        configuration=made,
    )
    assert stores(path)["aws_s3_bucket.b"] == {
        "place": "SE",
        "operator.name": "Amazon Web Services, Inc.",
        "encrypted": True,
        "keys_in": "NZ",
    }


# --- open to everyone

OPEN_POLICY = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}


@pytest.mark.parametrize(
    ("beside", "public"),
    [
        ([], None),
        ([("acl", {"acl": "public-read"})], True),
        ([("acl", {"acl": "private"})], None),  # a policy that is not in the file may open it
        ([("policy", OPEN_POLICY)], True),
        ([("policy", {**OPEN_POLICY, "Principal": {"AWS": ["*"]}})], True),
        ([("policy", {**OPEN_POLICY, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}})], None),
        ([("policy", {**OPEN_POLICY, "Effect": "Deny"})], None),
        ([("policy", OPEN_POLICY), ("block", {"ignore_public_acls": True, "restrict_public_buckets": True})], False),
        ([("policy", OPEN_POLICY), ("block", {"block_public_policy": True})], True),  # blocks new policies only
        ([("acl", {"acl": "public-read"}), ("block", {"ignore_public_acls": True})], None),
        ([("acl", {"acl": "private"}), ("policy", {**OPEN_POLICY, "Principal": "arn:aws:iam::9:root"})], False),
    ],
)  # fmt: skip
def test_a_bucket_has_two_doors_and_a_lock(tmp_path: Path, beside: list[Any], public: bool | None) -> None:
    kinds = {"acl": "aws_s3_bucket_acl", "policy": "aws_s3_bucket_policy", "block": "aws_s3_bucket_public_access_block"}
    others = [
        resource(
            f"{kinds[kind]}.x", bucket="b", **({"policy": json.dumps({"Statement": v})} if kind == "policy" else v)
        )
        for kind, v in beside
    ]
    path = state(tmp_path, resource("aws_s3_bucket.b", id="b", bucket="b", region="eu-west-2"), *others)
    assert stores(path)["aws_s3_bucket.b"].get("public") is public
    assert (("aws_s3_bucket.b", "internet", "iam") in edges(path)) == any(
        kind == "policy" and v in (OPEN_POLICY, {**OPEN_POLICY, "Principal": {"AWS": ["*"]}}) for kind, v in beside
    )


def test_public_or_not_in_every_cloud(tmp_path: Path) -> None:
    everyone = [{"ip_configuration": [{"ipv4_enabled": True, "authorized_networks": [{"value": "0.0.0.0/0"}]}]}]
    path = state(
        tmp_path,
        resource("aws_db_instance.open", publicly_accessible=True),
        resource("aws_db_instance.shut", publicly_accessible=False),
        resource("google_storage_bucket.open", name="g1", location="EU"),
        resource("google_storage_bucket_iam_member.m", bucket="b/g1", role="roles/storage.objectViewer",
                 member="allUsers"),
        resource("google_storage_bucket.shut", name="g2", location="EU", public_access_prevention="enforced"),
        resource("google_storage_bucket.unsaid", name="g3", location="EU", public_access_prevention="inherited"),
        resource("google_sql_database_instance.open", settings=everyone),
        resource("google_sql_database_instance.shut", settings=[{"ip_configuration": [{"ipv4_enabled": False}]}]),
        resource("azurerm_storage_account.open", id="/o", name="o", public_network_access_enabled=True),
        resource("azurerm_storage_container.c", storage_account_name="o", container_access_type="blob"),
        resource("azurerm_storage_account.shut", id="/s", name="s", allow_nested_items_to_be_public=False),
        resource("azurerm_storage_account.unsaid", id="/u", name="u", public_network_access_enabled=True),
        resource("azurerm_mssql_server.s", id="/sql", public_network_access_enabled=True),
        resource("azurerm_mssql_firewall_rule.r", server_id="/sql", start_ip_address="0.0.0.0",
                 end_ip_address="255.255.255.255"),
        resource("azurerm_mssql_database.open", server_id="/sql"),
        resource("alicloud_oss_bucket.open", id="1", bucket="ali-1", acl="public-read-write"),
        resource("alicloud_oss_bucket.shut", id="2", bucket="ali-2", acl="public-read"),
        resource("alicloud_oss_bucket_public_access_block.b", bucket="ali-2", block_public_access=True),
        resource("alicloud_db_instance.open", security_ips=["10.0.0.0/8", "0.0.0.0/0"]),
        resource("tencentcloud_cos_bucket.open", id="c-1", bucket="c-1", acl="public-read"),
        resource("tencentcloud_mysql_instance.open", internet_service=1),
        resource("tencentcloud_mysql_instance.shut", internet_service=0),
        resource("huaweicloud_obs_bucket.open", id="h-1", bucket="h-1", acl="private", policy=json.dumps({"Statement": [
            {"Effect": "Allow", "Principal": {"ID": ["*"]}, "Action": ["GetObject"], "Resource": ["h-1/*"]}]})),
        resource("huaweicloud_obs_bucket.shut", id="h-2", bucket="h-2", acl="private", policy=""),
        resource("huaweicloud_swr_repository.open", is_public=True),
    )  # fmt: skip
    expected = {"open": True, "shut": False, "unsaid": None}
    for name, fact in stores(path).items():
        assert fact.get("public") is expected[name.rpartition(".")[2]], name


def test_a_reachable_database_is_not_open_where_its_group_admits_few(tmp_path: Path) -> None:
    def found(*cidrs: str) -> Any:
        rule = {"cidr_blocks": list(cidrs), "ipv6_cidr_blocks": [], "security_groups": [], "self": False}
        path = state(
            tmp_path,
            resource("aws_db_instance.d", publicly_accessible=True, vpc_security_group_ids=["sg-1"]),
            resource("aws_security_group.g", id="sg-1", ingress=[rule], egress=[]),
        )
        return stores(path)["aws_db_instance.d"].get("public")

    assert found("0.0.0.0/0") is True
    assert found("198.51.100.0/24") is None


# --- the network


def rule(**more: Any) -> dict[str, Any]:
    return {"cidr_blocks": [], "ipv6_cidr_blocks": [], "security_groups": [], "self": False, **more}


def three_tiers(folder: Path) -> Path:
    """A web server that everyone reaches, which reaches the api, which reaches the database; a lone batch machine."""
    everyone = rule(cidr_blocks=["0.0.0.0/0"])
    return state(
        folder,
        resource("aws_vpc.main", id="vpc-1", arn="arn:aws:ec2:eu-west-1:1:vpc/vpc-1", cidr_block="10.0.0.0/16"),
        resource("aws_subnet.a", id="subnet-1", vpc_id="vpc-1", cidr_block="10.0.1.0/24"),
        resource("aws_security_group.web", id="sg-web", vpc_id="vpc-1", ingress=[everyone], egress=[everyone]),
        resource("aws_security_group.api", id="sg-api", vpc_id="vpc-1", ingress=[rule(security_groups=["sg-web"])]),
        resource("aws_security_group.db", id="sg-db", vpc_id="vpc-1", ingress=[], egress=[]),
        resource("aws_security_group_rule.api_db", type="ingress", security_group_id="sg-db",
                 source_security_group_id="sg-api", cidr_blocks=None),
        resource("aws_instance.web", id="i-1", subnet_id="subnet-1", vpc_security_group_ids=["sg-web"]),
        resource("aws_instance.api", id="i-2", subnet_id="subnet-1", vpc_security_group_ids=["sg-api"]),
        resource("aws_instance.batch", id="i-3", subnet_id="subnet-1", vpc_security_group_ids=["sg-db"]),
        resource("aws_db_instance.d", identifier="d", vpc_security_group_ids=["sg-db"], publicly_accessible=False,
                 region="eu-west-1"),
    )  # fmt: skip


def test_what_groups_admit_is_a_graph(tmp_path: Path) -> None:
    path = three_tiers(tmp_path)
    assert reaches(path, "aws_db_instance.d", "internet")
    ways = list(networkx.all_shortest_paths(graph(path), "aws_db_instance.d", "internet"))
    assert [
        "aws_db_instance.d", "aws_security_group.db", "aws_instance.api", "aws_security_group.api",
        "aws_instance.web", "aws_security_group.web", "internet",
    ] in ways  # fmt: skip
    assert {len(way) for way in ways} == {7}
    facts = {(f["start"], f["end"]): f for f in read(path)[0] if f["kind"] == "path"}
    step = facts["aws_security_group.api", "aws_db_instance.d"]
    assert step["through"] == ["aws_security_group.db", "aws_security_group_rule.api_db"]
    assert step["to"] == "IE"
    assert terraform.where(step["position"]) == "resource 6"


def test_members_of_one_group_do_not_reach_each_other_by_it(tmp_path: Path) -> None:
    path = three_tiers(tmp_path)
    made = graph(path)
    made.remove_nodes_from(["aws_instance.api"])
    assert not networkx.has_path(made, "aws_db_instance.d", "aws_instance.batch")
    own = resource("aws_security_group.g", id="sg-1", ingress=[rule(self=True)])
    members = [resource(f"aws_instance.i[{n}]", vpc_security_group_ids=["sg-1"]) for n in range(2)]
    assert reaches(state(tmp_path, own, *members), "aws_instance.i[0]", "aws_instance.i[1]")


def test_ranges_mean_subnets_of_the_same_network_and_of_its_peers(tmp_path: Path) -> None:
    def file(*links: dict[str, Any]) -> Path:
        return state(
            tmp_path,
            *(resource(f"aws_vpc.{name}", id=f"vpc-{name}", region=where) for name, where in
              (("home", "eu-south-1"), ("peer", "ap-southeast-7"), ("far", "sa-east-1"))),
            *(resource(f"aws_subnet.{name}", id=f"subnet-{name}", vpc_id=f"vpc-{name}", cidr_block=f"10.{n}.0.0/24")
              for n, name in enumerate(("home", "peer", "far"))),
            resource("aws_security_group.g", id="sg-1", vpc_id="vpc-home", ingress=[rule(cidr_blocks=["10.0.0.0/8"])]),
            resource("aws_security_group.out", id="sg-2", vpc_id="vpc-home",
                     egress=[rule(cidr_blocks=["203.0.113.0/24"])]),
            *links,
        )  # fmt: skip

    group = "aws_security_group.g"
    assert {start for start, end, _ in edges(file()) if end == group} == {"aws_subnet.home"}
    assert ("aws_security_group.out", "203.0.113.0/24", "network") in edges(file())
    peering = resource("aws_vpc_peering_connection.p", vpc_id="vpc-home", peer_vpc_id="vpc-peer")
    path = file(peering, resource("aws_vpc_peering_connection.q", vpc_id="vpc-peer", peer_vpc_id="vpc-far"))
    assert {start for start, end, _ in edges(path) if end == group} == {"aws_subnet.home", "aws_subnet.peer"}
    assert ("aws_vpc.home", "aws_vpc.peer", "network") in edges(path)
    fact = next(f for f in read(path)[0] if f.get("start") == "aws_vpc.home")
    assert (fact["from"], fact["to"], fact["through"]) == ("IT", "TH", ["aws_vpc_peering_connection.p"])
    hub = [
        resource(f"aws_ec2_transit_gateway_vpc_attachment.{name}", vpc_id=f"vpc-{name}", transit_gateway_id="tgw-1")
        for name in ("home", "far")
    ]
    path = file(*hub, resource("aws_ec2_transit_gateway.t", id="tgw-1"))
    assert {start for start, end, _ in edges(path) if end == group} == {"aws_subnet.home", "aws_subnet.far"}


def test_what_lies_outside_the_file_is_called_by_its_id(tmp_path: Path) -> None:
    path = state(
        tmp_path,
        resource("aws_vpc.a", id="vpc-a", region="eu-west-1"),
        resource("aws_vpc_peering_connection.p", vpc_id="vpc-a", peer_vpc_id="vpc-z", peer_region="af-south-1"),
    )
    (fact,) = [f for f in read(path)[0] if f.get("end") == "vpc-z"]
    assert (fact["from"], fact["to"]) == ("IE", "ZA")


def test_peerings_of_other_clouds(tmp_path: Path) -> None:
    path = state(
        tmp_path,
        resource("google_compute_network.a", name="a", self_link="https://www.googleapis.com/compute/v1/projects/p/global/networks/a"),
        resource("google_compute_network.b", name="b", id="projects/p/global/networks/b"),
        resource("google_compute_network_peering.p", network="projects/p/global/networks/a",
                 peer_network="https://www.googleapis.com/compute/v1/projects/p/global/networks/b"),
        resource("alicloud_vpc.a", id="vpc-1", region="cn-qingdao"),
        resource("alicloud_vpc_peer_connection.p", vpc_id="vpc-1", accepting_vpc_id="vpc-2",
                 accepting_region_id="us-west-1"),
        resource("tencentcloud_vpc.a", id="vpc-3", region="ap-singapore"),
        resource("tencentcloud_ccn_attachment.c", ccn_id="ccn-1", instance_id="vpc-3", instance_region="ap-singapore"),
        resource("huaweicloud_vpc.a", id="uuid-1", region="ru-moscow-1"),
        resource("huaweicloud_vpc.b", id="uuid-2", region="me-east-1"),
        resource("huaweicloud_vpc_peering_connection.p", vpc_id="uuid-1", peer_vpc_id="uuid-2"),
    )  # fmt: skip
    found = edges(path)
    for start, end in (
        ("google_compute_network.a", "google_compute_network.b"),
        ("alicloud_vpc.a", "vpc-2"),
        ("tencentcloud_vpc.a", "ccn-1"),
        ("huaweicloud_vpc.a", "huaweicloud_vpc.b"),
    ):
        assert {(start, end, "network"), (end, start, "network")} <= found


@pytest.mark.parametrize(
    ("cloud", "group", "rule"),
    [
        ("aws", "aws_security_group", ("aws_vpc_security_group_ingress_rule", {"referenced_security_group_id": "g-2"})),
        ("alicloud", "alicloud_security_group", ("alicloud_security_group_rule", {
            "type": "ingress", "source_security_group_id": "g-2", "policy": "accept"})),
        ("tencentcloud", "tencentcloud_security_group", ("tencentcloud_security_group_rule_set", {
            "ingress": [{"action": "ACCEPT", "source_security_id": "g-2"}]})),
        ("huaweicloud", "huaweicloud_networking_secgroup", ("huaweicloud_networking_secgroup_rule", {
            "direction": "ingress", "remote_group_id": "g-2", "action": "allow"})),
    ],
)  # fmt: skip
def test_security_groups_of_every_cloud(tmp_path: Path, cloud: str, group: str, rule: tuple[str, Any]) -> None:
    groups = [resource(f"{group}.{name}", id=id) for name, id in (("in", "g-1"), ("from", "g-2"))]
    kind, values = rule
    path = state(tmp_path, *groups, resource(f"{kind}.r", security_group_id="g-1", **values))
    ends = (f"{group}.from", f"{group}.in", "network")
    assert ends in edges(path)
    text = json.dumps(values).replace('"accept"', '"drop"').replace('"ACCEPT"', '"DROP"').replace('"allow"', '"deny"')
    path = state(tmp_path, *groups, resource(f"{kind}.r", security_group_id="g-1", **json.loads(text)))
    assert (ends in edges(path)) == (cloud == "aws")  # whose rules only ever allow


def test_a_firewall_rule_of_google_is_the_group_of_its_targets(tmp_path: Path) -> None:
    def machine(name: str, *tags: str) -> dict[str, Any]:
        return resource(f"google_compute_instance.{name}", zone="asia-northeast3-a", tags=list(tags),
                        network_interface=[{"network": "net"}])  # fmt: skip

    path = state(
        tmp_path,
        resource("google_compute_network.n", name="net"),
        *(machine("web", "web"), machine("db", "db"), machine("other")),
        resource("google_compute_firewall.open", network="net", direction="INGRESS", source_ranges=["0.0.0.0/0"],
                 target_tags=["web"], allow=[{"protocol": "tcp"}]),
        resource("google_compute_firewall.inner", network="net", direction="INGRESS", source_tags=["web"],
                 target_tags=["db"], allow=[{"protocol": "tcp"}]),
        resource("google_compute_firewall.deny", network="net", direction="INGRESS", source_ranges=["0.0.0.0/0"],
                 allow=[], deny=[{"protocol": "all"}]),
        resource("google_compute_firewall.off", network="net", direction="INGRESS", source_ranges=["0.0.0.0/0"],
                 disabled=True, allow=[{"protocol": "all"}]),
    )  # fmt: skip
    assert reaches(path, "google_compute_instance.db", "internet")
    assert not any("google_compute_instance.other" in edge for edge in edges(path))


def test_subnets_of_azure_see_each_other_unless_a_group_denies_it(tmp_path: Path) -> None:
    def file(*rules: dict[str, Any]) -> Path:
        return state(
            tmp_path,
            resource("azurerm_virtual_network.one", id="/v1", name="one", location="swedencentral"),
            resource("azurerm_virtual_network.two", id="/v2", name="two", location="mexicocentral"),
            resource("azurerm_virtual_network_peering.p", virtual_network_name="one", remote_virtual_network_id="/v2"),
            resource("azurerm_subnet.a", id="/a", virtual_network_name="one", address_prefixes=["10.1.0.0/24"]),
            resource("azurerm_subnet.b", id="/b", virtual_network_name="two", address_prefixes=["10.2.0.0/24"]),
            resource("azurerm_network_interface.n", id="/n", ip_configuration=[{"subnet_id": "/a"}]),
            resource("azurerm_linux_virtual_machine.m", location="swedencentral", network_interface_ids=["/n"]),
            resource("azurerm_network_security_group.g", id="/g", name="g", security_rule=list(rules)),
            resource("azurerm_subnet_network_security_group_association.x", subnet_id="/b",
                     network_security_group_id="/g"),
        )  # fmt: skip

    def said(access: str, prefix: str, priority: int, ports: str = "*") -> tuple[dict[str, Any], dict[str, Any]]:
        """What is said of what comes in, and the same of what goes out: an answer goes the other way."""
        both = {"access": access, "priority": priority, "protocol": "*", "destination_port_range": ports}
        return (
            {**both, "direction": "Inbound", "source_address_prefix": prefix},
            {**both, "direction": "Outbound", "destination_address_prefix": prefix},
        )

    machine, other = "azurerm_linux_virtual_machine.m", "azurerm_subnet.b"
    assert reaches(file(), machine, other)
    (step,) = [f for f in read(file())[0] if (f.get("start"), f.get("end")) == ("azurerm_subnet.a", other)]
    assert (step["from"], step["to"]) == ("SE", "MX")
    assert step["through"] == ["azurerm_network_security_group.g", "azurerm_virtual_network_peering.p"]
    assert not reaches(file(*said("Deny", "10.1.0.0/16", 100)), machine, other)
    assert not reaches(file(*said("Deny", "VirtualNetwork", 100)), machine, other)
    assert reaches(file(said("Deny", "10.1.0.0/16", 100)[0]), machine, other)  # it may still answer
    assert reaches(file(*said("Deny", "10.1.0.0/16", 100, ports="22")), machine, other)
    assert reaches(file(*said("Deny", "*", 200), *said("Allow", "10.1.0.0/24", 100)), machine, other)
    assert not reaches(file(*said("Deny", "*", 100), *said("Allow", "10.1.0.0/24", 200)), machine, other)
    assert ("internet", other, "network") in edges(file(*said("Allow", "Internet", 100)))
    assert not any("internet" in edge for edge in edges(file(*said("Deny", "*", 100), *said("Allow", "*", 200))))


def test_a_disk_leads_to_the_machine_that_has_it(tmp_path: Path) -> None:
    path = state(
        tmp_path,
        resource("aws_instance.i", id="i-1", region="me-south-1"),
        resource("aws_ebs_volume.v", id="vol-1", availability_zone="me-south-1a"),
        resource("aws_volume_attachment.a", instance_id="i-1", volume_id="vol-1"),
    )
    assert reaches(path, "aws_ebs_volume.v", "aws_instance.i")
    assert reaches(path, "aws_instance.i", "aws_ebs_volume.v")


# --- permissions


def allow(action: Any, target: Any, **more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": action, "Resource": target, **more}]})  # fmt: skip


def test_a_role_stands_for_the_machines_that_run_with_it(tmp_path: Path) -> None:
    path = state(
        tmp_path,
        resource("aws_s3_bucket.in", id="in", bucket="in", arn="arn:aws:s3:::in", region="eu-west-1"),
        resource("aws_s3_bucket.out", id="out", bucket="out", arn="arn:aws:s3:::out", region="us-east-2"),
        resource("aws_iam_role.r", id="r", name="r", arn="arn:aws:iam::111122223333:role/r",
                 assume_role_policy=allow("sts:AssumeRole", "*", Principal={"Service": "ec2.amazonaws.com"})),
        resource("aws_iam_instance_profile.p", id="p", name="p", role="r"),
        resource("aws_instance.i", id="i-1", iam_instance_profile="p", region="eu-west-1"),
        resource("aws_iam_role_policy.read", role="r", policy=allow(["s3:Get*", "s3:List*"], ["arn:aws:s3:::in/*"])),
        resource("aws_iam_policy.write", id="arn:w", arn="arn:w", policy=allow("s3:PutObject", "arn:aws:s3:::o*")),
        resource("aws_iam_role_policy_attachment.a", role="r", policy_arn="arn:w"),
    )  # fmt: skip
    found = edges(path)
    assert ("aws_s3_bucket.in", "aws_instance.i", "iam") in found
    assert ("aws_iam_role.r", "aws_s3_bucket.out", "iam") in found
    assert not any(start == "aws_s3_bucket.out" for start, _, _ in found)
    way = networkx.shortest_path(graph(path), "aws_s3_bucket.in", "aws_s3_bucket.out")
    assert way[1] == "aws_instance.i"
    assert way[-2] == "aws_iam_role.r"
    (fact,) = [f for f in read(path)[0] if (f.get("start"), f.get("end")) == ("aws_iam_role.r", "aws_s3_bucket.out")]
    assert fact["through"] == ["aws_iam_policy.write", "aws_iam_role_policy_attachment.a"]
    assert fact["to"] == "US"


@pytest.mark.parametrize(
    ("policy", "ways"),
    [
        (allow("s3:GetObject", "arn:aws:s3:::b/*"), "read"),
        (allow("s3:PutObject", "arn:aws:s3:::b/in/*"), "write"),
        (allow("*", "*"), "read write"),
        (allow("s3:ListBucket", "arn:aws:s3:::b"), ""),
        (allow("s3:GetObject", "arn:aws:s3:::bb/*"), ""),
        (allow("dynamodb:*", "*"), ""),
        (allow(["s3:Get?bject"], ["arn:*:s3:::?/*"]), "read"),
        (json.dumps({"Statement": [json.loads(allow("s3:*", "*"))["Statement"][0],
                                   {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}]}), ""),
        (json.dumps({"Statement": [json.loads(allow("s3:*", "*"))["Statement"][0],
                                   {"Effect": "Deny", "Action": "s3:*", "Resource": "*",
                                    "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}), "read write"),
        (json.dumps({"Statement": {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}}), ""),
        (json.dumps({"Statement": {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::b/*"}}), ""),
        ("not a policy", ""),
        ('{"Statement": "odd"}', ""),
        ("[" * 50_000, ""),
    ],
)  # fmt: skip
def test_what_a_policy_lets_data_do(tmp_path: Path, policy: str, ways: str) -> None:
    path = state(
        tmp_path,
        resource("aws_s3_bucket.b", id="b", bucket="b", arn="arn:aws:s3:::b"),
        resource("aws_iam_user.u", name="u"),
        resource("aws_iam_user_policy.p", user="u", policy=policy),
    )
    named = {("aws_s3_bucket.b", "aws_iam_user.u"): "read", ("aws_iam_user.u", "aws_s3_bucket.b"): "write"}
    assert sorted(named[start, end] for start, end, _ in edges(path)) == ways.split()


def test_other_accounts_are_ends_of_their_own_and_persons_are_not_named(tmp_path: Path) -> None:
    names = ("444455556666:root", "444455556666:role/etl", "444455556666:user/jane.doe", "111122223333:root")
    principals = [f"arn:aws:iam::{name}" for name in names]
    policy = allow(
        "s3:GetObject", "arn:aws:s3:::b/*", Principal={"AWS": principals, "Service": "logging.s3.amazonaws.com"}
    )
    path = state(
        tmp_path,
        resource("aws_s3_bucket.b", id="b", bucket="b", arn="arn:aws:s3:::b"),
        resource("aws_sqs_queue.q", arn="arn:aws:sqs:eu-west-1:111122223333:q"),  # whose account is our own
        resource("aws_s3_bucket_policy.p", bucket="b", policy=policy),
        resource("google_storage_bucket.g", name="g", location="EU"),
        resource("google_storage_bucket_iam_binding.b", bucket="g", role="roles/storage.objectAdmin", members=[
            "user:jane.doe@lumen.example", "group:ops@lumen.example", "domain:partner.example"]),
    )  # fmt: skip
    ends = {end for start, end, _ in edges(path) if start in ("aws_s3_bucket.b", "google_storage_bucket.g")}
    assert ends == {
        "arn:aws:iam::444455556666:root", "arn:aws:iam::444455556666:role/etl", "arn:aws:iam::444455556666:user/1",
        "user:2@lumen.example", "group:ops@lumen.example", "domain:partner.example",
    }  # fmt: skip
    assert "jane" not in json.dumps(read(path)[0], default=str)


def test_a_trusted_account_reads_what_the_role_reads(tmp_path: Path) -> None:
    trust = {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
            "Action": "sts:AssumeRole",
        }
    }
    path = state(
        tmp_path,
        resource("aws_sqs_queue.q", arn="arn:aws:sqs:ap-south-1:111122223333:q"),
        resource("aws_iam_role.r", name="r", assume_role_policy=json.dumps(trust),
                 managed_policy_arns=["arn:aws:iam::aws:policy/AmazonSQSFullAccess"]),
    )  # fmt: skip
    assert ("aws_sqs_queue.q", "arn:aws:iam::444455556666:root", "iam") in edges(path)


def test_a_policy_document_of_a_plan_is_read_from_its_configuration(tmp_path: Path) -> None:
    statement = {
        "actions": {"constant_value": ["dynamodb:Query"]},
        "resources": ref("aws_dynamodb_table.t.arn", "aws_dynamodb_table.t"),
    }
    made = configuration(
        block("aws_dynamodb_table.t"),
        block("aws_iam_role.r"),
        block("data.aws_iam_policy_document.d", statement=[statement]),
        block(
            "aws_iam_role_policy.p", role=ref("aws_iam_role.r.id"), policy=ref("data.aws_iam_policy_document.d.json")
        ),
        block("aws_iam_role_policy.q", role=ref("aws_iam_role.r.id"), policy=ref("aws_dynamodb_table.t.arn")),
        region="ap-northeast-2",
    )
    path = plan(
        tmp_path,
        resource("aws_dynamodb_table.t", name="t"),
        resource("aws_iam_role.r"),
        resource("data.aws_iam_policy_document.d"),
        resource("aws_iam_role_policy.p"),
        resource("aws_iam_role_policy.q"),
        configuration=made,
    )
    assert edges(path) == {("aws_dynamodb_table.t", "aws_iam_role.r", "iam")}
    assert only_note(path, "policies") == "policies whose text is known only after apply: 1"


def test_permissions_of_google_and_azure(tmp_path: Path) -> None:
    account = "etl@p.iam.gserviceaccount.com"
    path = state(
        tmp_path,
        resource("google_bigquery_dataset.d", dataset_id="d", project="p", location="asia-southeast1"),
        resource("google_bigquery_dataset.other", dataset_id="o", project="q", location="asia-southeast1"),
        resource("google_service_account.s", email=account),
        resource("google_compute_instance.i", service_account=[{"email": account}], zone="us-south1-a"),
        resource("google_project_iam_member.m", project="p", role="roles/bigquery.dataViewer",
                 member=f"serviceAccount:{account}"),
        resource("google_project_iam_member.n", project="p", role="roles/bigquery.jobUser",
                 member="group:all@x.example"),
        resource("azurerm_storage_account.a", id="/subscriptions/1/resourceGroups/g/providers/a", location="ukwest"),
        resource("azurerm_user_assigned_identity.u", id="/u", principal_id="pid"),
        resource("azurerm_linux_virtual_machine.m", identity=[{"identity_ids": ["/u"]}], location="eastus2"),
        resource("azurerm_role_assignment.r", scope="/subscriptions/1/resourcegroups/G", principal_id="pid",
                 role_definition_name="Storage Blob Data Reader"),
        resource("azurerm_role_assignment.control", scope="/subscriptions/1", principal_id="pid",
                 role_definition_name="Reader"),
    )  # fmt: skip
    assert edges(path) == {
        ("google_bigquery_dataset.d", "google_compute_instance.i", "iam"),
        ("azurerm_storage_account.a", "azurerm_linux_virtual_machine.m", "iam"),
    }


def test_permissions_of_alibaba_tencent_and_huawei(tmp_path: Path) -> None:
    path = state(
        tmp_path,
        resource("alicloud_oss_bucket.b", id="ab", bucket="ab"),
        resource("alicloud_ram_role.r", role_name="r", id="r"),
        resource("alicloud_ram_policy.p", policy_name="p", policy_document=json.dumps({"Version": "1", "Statement": [
            {"Effect": "Allow", "Action": "oss:GetObject", "Resource": "acs:oss:*:*:ab/*"}]})),
        resource("alicloud_ram_role_policy_attachment.x", role_name="r", policy_name="p", policy_type="Custom"),
        resource("alicloud_instance.i", id="i", role_name="r"),
        resource("tencentcloud_cos_bucket.b", id="tb-125", bucket="tb-125"),
        resource("tencentcloud_cam_role.r", id="4611", name="r"),
        resource("tencentcloud_cam_policy.p", id="26800", document=json.dumps({"version": "2.0", "statement": [
            {"effect": "allow", "action": ["name/cos:PutObject"],
             "resource": ["qcs::cos:ap-seoul:uid/125:tb-125/*"]}]})),
        resource("tencentcloud_cam_role_policy_attachment.x", role_id="4611", policy_id="26800"),
        resource("huaweicloud_obs_bucket.b", id="hb", bucket="hb"),
        resource("huaweicloud_identity_group.g", id="g-1"),
        resource("huaweicloud_identity_role.r", id="role-1", policy=json.dumps({"Version": "1.1", "Statement": [
            {"Effect": "Allow", "Action": ["obs:object:GetObject"], "Resource": ["OBS:*:*:object:hb/*"]}]})),
        resource("huaweicloud_identity_group_role_assignment.x", group_id="g-1", role_id="role-1"),
    )  # fmt: skip
    assert edges(path) == {
        ("alicloud_oss_bucket.b", "alicloud_instance.i", "iam"),
        ("tencentcloud_cam_role.r", "tencentcloud_cos_bucket.b", "iam"),
        ("huaweicloud_obs_bucket.b", "huaweicloud_identity_group.g", "iam"),
    }


# --- what is counted, what is refused


def test_every_resource_is_accounted_for(tmp_path: Path) -> None:
    path = state(
        tmp_path,
        resource("aws_s3_bucket.b", bucket="b"),
        resource("aws_iam_role.r", name="r"),
        resource("digitalocean_spaces_bucket.d", region="ams3"),
        resource("aws_shiny_new_database.n"),
        resource("google_bigquery_table.t"),
        resource("data.aws_caller_identity.me", account_id="1"),
        {"mode": "managed", "type": "aws_sqs_queue", "name": "odd", "values": "?"},
    )
    _, reading = read(path)
    assert (reading.read, reading.skipped) == (5, 1)
    assert [(skip.where, skip.why) for skip in reading.skips] == [
        ("resource 6", "`aws_sqs_queue.odd` has no attributes that can be read")
    ]
    assert reading.notes == [
        "resources of types that hold no data or are not known: 4",
        "parts of stores, which have no fact of their own: google_bigquery_table 1",
        "types that may hold data and are not read as stores: aws_shiny_new_database 1, digitalocean_spaces_bucket 1",
        "providers that are not read: digitalocean",
    ]


def test_what_a_plan_destroys_is_not_read(tmp_path: Path) -> None:
    changes = [{"address": "aws_s3_bucket.old", "change": {"actions": ["delete"]}},
               {"address": "aws_s3_bucket.new", "change": {"actions": ["delete", "create"]}}]  # fmt: skip
    path = plan(tmp_path, resource("aws_s3_bucket.new", bucket="new"), resource_changes=changes)
    assert list(stores(path)) == ["aws_s3_bucket.new"]
    assert only_note(path, "resources that the plan") == "resources that the plan destroys, not read: 1"


def stored(folder: Path, *instances: dict[str, Any], **more: Any) -> Path:
    entry = {
        "mode": "managed",
        "type": "aws_sqs_queue",
        "name": "q",
        "provider": "p",
        "instances": list(instances),
        **more,
    }
    content = {
        "version": 4,
        "terraform_version": "1.9.8",
        "serial": 3,
        "lineage": "x",
        "outputs": {},
        "resources": [entry],
    }
    return written(folder, "terraform.tfstate", content)


def test_a_stored_state_has_the_addresses_that_terraform_prints(tmp_path: Path) -> None:
    attributes = {"arn": "arn:aws:sqs:ap-east-2:1:q"}
    path = stored(
        tmp_path,
        {"attributes": attributes, "index_key": 0},
        {"attributes": attributes, "index_key": 0, "deposed": "00000001"},
        {"attributes": attributes, "index_key": "a.b@c.example"},
        {"attributes_flat": {"arn": "arn:aws:sqs:ap-east-2:1:q"}},
        module='module.m["x"]',
    )
    facts, reading = read(path)
    assert [fact["name"] for fact in facts] == [
        'module.m["x"].aws_sqs_queue.q[0]',
        'module.m["x"].aws_sqs_queue.q[0] (deposed)',
        'module.m["x"].aws_sqs_queue.q["2@c.example"]',  # the mailbox of a person is no name for a store
    ]
    assert {fact["place"] for fact in facts} == {"TW"}
    assert (reading.read, reading.skipped) == (3, 1)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_any_unicode_will_do(tmp_path: Path, encoding: str) -> None:
    path = state(tmp_path, resource("aws_s3_bucket.ü", bucket="b"))
    path.write_text(json.dumps(json.loads(path.read_text()), ensure_ascii=False), encoding=encoding)
    assert list(stores(path)) == ["aws_s3_bucket.ü"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"format_version":"1.0","values":{"root_module":{"resources":[{', "is no JSON: "),
        ('{"format_version":"2.0","planned_values":{}}', "has format_version `2.0`; known are 0 and 1"),
        ('{"version":3,"terraform_version":"0.11","serial":1,"lineage":"x","modules":[]}', "is a state of version `3`"),
        ('{"format_version":"1.0","values":' + "[" * 100_000, "is nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_so(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content)
    with pytest.raises(EvidenceError) as error:
        read(path)
    assert words in str(error.value)


def test_what_is_not_terraform_s_is_left_to_others(tmp_path: Path) -> None:
    contents = [
        'resource "aws_s3_bucket" "b" {}',
        '{"format_version":"1.0","provider_schemas":{}}',
        '{"format_version":"1.0","valid":true,"diagnostics":[]}',
        '{"version":4,"resources":[]}',
        '{"configuration":{"a":1}}',
        '["format_version"]',
    ]
    for number, content in enumerate(contents):
        path = tmp_path / str(number)
        path.write_text(content)
        assert terraform not in formats_of(path), content
    empty = tmp_path / "empty.json"
    empty.write_text('{"format_version":"1.0"}')
    assert read(empty) == ([], Reading("terraform"))


def test_a_plan_sorted_by_another_tool_is_still_a_plan(tmp_path: Path) -> None:
    made = configuration(*(block(f"aws_sqs_queue.q{n}") for n in range(2_000)), region="eu-west-1")
    path = plan(tmp_path, resource("aws_sqs_queue.q1"), configuration=made)
    path.write_text(json.dumps(json.loads(path.read_text()), sort_keys=True))
    assert stores(path)["aws_sqs_queue.q1"]["place"] == "IE"


def test_modules_may_be_nested_deeply(tmp_path: Path) -> None:
    depth = 150
    module: dict[str, Any] = {}
    for n in range(depth, 0, -1):
        address = ".".join(f"module.m{k}" for k in range(n))
        module = {"address": address, "child_modules": [module] if module else [], "resources": [
            resource(f"{address}.aws_sqs_queue.q", region="eu-west-1")]}  # fmt: skip
    assert len(stores(plan(tmp_path, root={"child_modules": [module]}))) == depth


def test_more_steps_than_fit_are_told_and_the_stores_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terraform_edges, "MOST", 10)
    monkeypatch.setattr(terraform, "MOST", 10)
    path = three_tiers(tmp_path)
    facts, reading = read(path)
    assert [fact["name"] for fact in facts] == ["aws_db_instance.d"]
    assert [skip.why for skip in reading.skips] == [
        "it shows more than 10 steps that data could take: none of them is read"
    ]


def test_in_large_files_members_of_a_group_are_taken_to_reach_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = three_tiers(tmp_path)
    exact = graph(path)
    monkeypatch.setattr(terraform_edges, "EXACT", -1)
    coarse = graph(path)
    assert {("aws_security_group.db", "aws_instance.batch")} <= set(coarse.edges)
    for node in exact:
        assert networkx.descendants(exact, node) <= networkx.descendants(coarse, node)


#: Values in which nothing is as the providers' schemas have it.
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
    | st.sampled_from(["arn:aws:s3:::b", "0.0.0.0/0", "eu-west-1", "sg-1", '{"Statement":[1]}', "b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["id", "bucket", "ingress", "policy", "rule", "cidr_blocks", "region", "access", "expressions", "references"]),
        inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
ATTRIBUTES = sorted(
    {part for row in store_types().values() for column in (row.places, row.replicas, row.keys, row.open, row.encrypted)
     for path in column.split("|") for part in path.partition("=")[0].split(".")[:1] if part}
    | {"id", "bucket", "policy", "ingress", "egress", "security_group_id", "vpc_id", "role", "members", "rule", "scope"}
)  # fmt: skip
TYPES = [*store_types(), "aws_security_group", "aws_security_group_rule", "aws_s3_bucket_policy", "aws_iam_role",
         "aws_iam_role_policy", "google_compute_firewall", "google_storage_bucket_iam_binding", "azurerm_subnet",
         "azurerm_network_security_group", "azurerm_role_assignment", "aws_vpc_peering_connection"]  # fmt: skip


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(TYPES), st.dictionaries(st.sampled_from(ATTRIBUTES), ODD)), max_size=6), ODD)
def test_odd_attributes_never_stop_the_reading(tmp_path: Path, drawn: list[Any], odd: Any) -> None:
    resources = [resource(f"{kind}.r{n}", **values) for n, (kind, values) in enumerate(drawn)]
    path = plan(tmp_path, *resources, configuration=odd, variables=odd, prior_state=odd, resource_changes=odd)
    assert len(stores(path)) == sum(kind in store_types() for kind, _ in drawn)


# --- secrets

SECRETS = [f"s3cr3t-{n}" for n in range(9)]


def full_of_secrets(folder: Path) -> Path:
    policy = allow("s3:GetObject", "arn:aws:s3:::b/*", Sid=SECRETS[0], Principal="*", Note=SECRETS[1])
    return state(
        folder,
        resource("aws_db_instance.d", password=SECRETS[2], username="root", identifier="d", region="eu-west-1"),
        resource("aws_s3_bucket.b", id="b", bucket="b", tags={"token": SECRETS[3]}, region=SECRETS[4]),
        resource("aws_s3_bucket_policy.p", bucket="b", policy=policy),
        resource("aws_instance.i", user_data=SECRETS[5], vpc_security_group_ids=["sg-1"]),
        resource("aws_security_group.g", id="sg-1", description=SECRETS[6], ingress=[rule(cidr_blocks=["0.0.0.0/0"])]),
        resource("aws_secretsmanager_secret_version.v", secret_string=SECRETS[7]),
        resource("google_redis_instance.r", auth_string=SECRETS[8], region="us-east1"),
    )


def test_nothing_secret_is_kept(tmp_path: Path, comity: Callable[..., Run]) -> None:
    path = full_of_secrets(tmp_path)
    facts, reading = read(path)
    said = json.dumps([facts, reading.notes, [skip.why for skip in reading.skips]], default=str)
    assert not [secret for secret in SECRETS if secret in said]
    for arguments in ((), ("--format", "json")):
        run = comity("check", path, *arguments, "--fail-on", "never")
        assert "terraform" in run.out
        assert not [secret for secret in SECRETS if secret in run.out + run.err]


def test_a_damaged_file_tells_no_secret_either(tmp_path: Path, comity: Callable[..., Run]) -> None:
    path = full_of_secrets(tmp_path)
    path.write_text(path.read_text()[:-40])
    run = comity("check", path)
    assert run.code == 2
    assert "is no JSON" in run.out + run.err
    assert not [secret for secret in SECRETS if secret in run.out + run.err]


# --- real files


def real_documents() -> Iterator[tuple[Path, Any]]:
    """Every file of the real ones that is a whole document of Terraform's, by plain means."""
    for path in sorted(REAL.glob("*")) if REAL.is_dir() else ():
        try:
            content = json.loads(path.read_bytes())
        except ValueError:
            continue
        if isinstance(content, dict):
            yield path, content


def walk(module: Any) -> Iterator[Any]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from walk(child)


def managed(content: Any) -> list[tuple[str, Any]]:
    """Type and attributes of every managed instance of a document."""
    shown = content.get("planned_values") or content.get("values")
    if shown:
        return [(r["type"], r.get("values") or {}) for r in walk(shown["root_module"]) if r["mode"] == "managed"]
    return [
        (r["type"], i["attributes"]) for r in content["resources"] if r["mode"] == "managed" for i in r["instances"]
    ]


needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not here")


@needs_real
def test_exactly_the_documents_of_terraform_are_recognised() -> None:
    documents = {path for path, _ in real_documents()} | {REAL / "driftctl__v4__invalid.tfstate"}
    assert len(documents) == 65
    claimed = {
        path for path in SHARED.rglob("*") if path.is_file() and path.stat().st_size and terraform in formats_of(path)
    }
    assert claimed == documents


@needs_real
def test_real_stores_are_counted_as_plain_code_counts_them() -> None:
    total: Counter[str] = Counter()
    for path, content in real_documents():
        facts, reading = read(path)
        expected = Counter(kind for kind, _ in managed(content) if kind in REAL_STORES)
        found = Counter(f["name"].split("[")[0].split(".")[-2] for f in facts if f["kind"] == "store")
        assert found == expected, path.name
        assert (reading.read, reading.skipped) == (len(managed(content)), 0), path.name
        total += found
    assert total == {
        "aws_s3_bucket": 9, "aws_db_instance": 5, "aws_dynamodb_table": 2, "aws_sqs_queue": 2,
        "aws_secretsmanager_secret": 1, "google_compute_disk": 1, "google_sql_database_instance": 1,
    }  # fmt: skip


#: Types in the real files that hold data, picked by hand.
REAL_STORES = frozenset(
    "aws_s3_bucket aws_db_instance aws_dynamodb_table aws_sqs_queue aws_secretsmanager_secret google_compute_disk "
    "google_sql_database_instance".split()
)


@needs_real
def test_real_regions_are_those_of_the_arns() -> None:
    """Where a stored attribute has an ARN with a region, the place is that region's."""
    regions = {"eu-west-3": "FR", "us-east-1": "US", "us-west-2": "US"}
    compared = 0
    for path, content in real_documents():
        facts = [fact for fact in read(path)[0] if fact["kind"] == "store"]
        values = [attributes for kind, attributes in managed(content) if kind in REAL_STORES]
        for fact, attributes in zip(facts, values, strict=True):
            if (named := attributes.get("arn", "").split(":")[3:4]) and named[0]:
                assert fact["place"] == regions[named[0]], path.name
                compared += 1
    assert compared == 8


@needs_real
def test_a_real_replica_a_real_open_bucket_a_real_peering() -> None:
    tables = stores(REAL / "driftctl__aws_dynamodb_table__terraform.tfstate")
    assert [fact["replicas"] for fact in tables.values()] == [[], ["US"]]
    buckets = stores(REAL / "driftctl__aws_s3_full__terraform.tfstate")
    assert [fact["public"] for fact in buckets.values()] == [True] * 3
    path = REAL / "checkov__tests__terraform__runner__extra_tf_plan_checks__modules.json"
    networks = "google_compute_network.achia_test_peered_wss_network", "https://www.achia.com11111"
    assert {(*networks, "network"), (*reversed(networks), "network")} <= edges(path)


def test_the_page_names_every_cloud_and_who_runs_it() -> None:
    page = (Path(__file__).parents[1] / "docs/reference/formats/terraform.md").read_text(encoding="utf-8")
    for cloud, name in OPERATORS.items():
        assert f"| `{cloud}` |" in page
        assert name in page
