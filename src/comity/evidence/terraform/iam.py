"""Permissions: who may read from or write to a store, as edges by `iam`.

What may be read can move from the store to whoever may read it, what may be written the other way. A role, a user's
group or an identity stands for those that use it: machines and functions that run with it, users in it, accounts that
it trusts. An unconditional denial takes away what it covers. Names of users are never kept.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from comity.evidence.terraform.document import Resource, masked
from comity.evidence.terraform.edges import INTERNET, Graph, Node
from comity.evidence.terraform.places import Places
from comity.evidence.terraform.policies import EVERYONE, Names, Policies, Statement
from comity.evidence.terraform.references import References
from comity.evidence.terraform.stores import StoreType


class _Inline(NamedTuple):
    """A type whose ``policy`` gives permissions to ``principal`` (itself where that is empty)."""

    type: str
    principal: str
    policy: str


class _Attached(NamedTuple):
    """A type that gives the permissions of another resource, a policy, to principals."""

    type: str
    principals: str
    policy: str


class _OfStore(NamedTuple):
    """A type that holds the policy of a store (itself where ``store`` is empty)."""

    type: str
    store: str
    policy: str


_INLINE = (
    _Inline("aws_iam_role_policy", "role", "policy"),
    _Inline("aws_iam_user_policy", "user", "policy"),
    _Inline("aws_iam_group_policy", "group", "policy"),
    _Inline("aws_iam_role", "", "inline_policy.policy"),
)

_ATTACHED = (
    _Attached("aws_iam_role_policy_attachment", "role", "policy_arn"),
    _Attached("aws_iam_user_policy_attachment", "user", "policy_arn"),
    _Attached("aws_iam_group_policy_attachment", "group", "policy_arn"),
    _Attached("aws_iam_policy_attachment", "roles|users|groups", "policy_arn"),
    _Attached("aws_iam_role", "", "managed_policy_arns"),
    _Attached("alicloud_ram_role_policy_attachment", "role_name", "policy_name"),
    _Attached("alicloud_ram_user_policy_attachment", "user_name", "policy_name"),
    _Attached("alicloud_ram_group_policy_attachment", "group_name", "policy_name"),
    _Attached("tencentcloud_cam_role_policy_attachment", "role_id", "policy_id"),
    _Attached("tencentcloud_cam_role_policy_attachment_by_name", "role_name", "policy_name"),
    _Attached("tencentcloud_cam_user_policy_attachment", "user_id|user_name", "policy_id"),
    _Attached("tencentcloud_cam_group_policy_attachment", "group_id", "policy_id"),
    _Attached("huaweicloud_identity_group_role_assignment", "group_id", "role_id"),
    _Attached("huaweicloud_identity_user_role_assignment", "user_id", "role_id"),
)

#: Attributes of policies that hold their text.
_POLICIES = {
    "aws_iam_policy": "policy",
    "alicloud_ram_policy": "policy_document|document",
    "tencentcloud_cam_policy": "document",
    "huaweicloud_identity_role": "policy",
}

_OF_STORES = (
    _OfStore("aws_s3_bucket", "", "policy"),
    _OfStore("aws_s3_bucket_policy", "bucket", "policy"),
    _OfStore("aws_sqs_queue", "", "policy"),
    _OfStore("aws_sqs_queue_policy", "queue_url", "policy"),
    _OfStore("aws_ecr_repository_policy", "repository", "policy"),
    _OfStore("aws_secretsmanager_secret", "", "policy"),
    _OfStore("aws_secretsmanager_secret_policy", "secret_arn", "policy"),
    _OfStore("aws_efs_file_system_policy", "file_system_id", "policy"),
    _OfStore("aws_dynamodb_resource_policy", "resource_arn", "policy"),
    _OfStore("aws_kinesis_resource_policy", "resource_arn", "policy"),
    _OfStore("aws_glacier_vault", "", "access_policy"),
    _OfStore("aws_opensearch_domain", "", "access_policies"),
    _OfStore("aws_opensearch_domain_policy", "domain_name", "access_policies"),
    _OfStore("aws_elasticsearch_domain", "", "access_policies"),
    _OfStore("aws_elasticsearch_domain_policy", "domain_name", "access_policies"),
    _OfStore("alicloud_oss_bucket", "", "policy"),
    _OfStore("alicloud_oss_bucket_policy", "bucket", "policy"),
    _OfStore("tencentcloud_cos_bucket_policy", "bucket", "policy"),
    _OfStore("huaweicloud_obs_bucket", "", "policy"),
    _OfStore("huaweicloud_obs_bucket_policy", "bucket", "policy"),
)

#: What policies that the providers keep let one do, by the last part of their name.
_MANAGED = {
    **dict.fromkeys(("AdministratorAccess", "PowerUserAccess", "QcloudResourceFullAccess"), "*"),
    **dict.fromkeys(("AmazonS3FullAccess",), "s3:*"),
    **dict.fromkeys(("AmazonS3ReadOnlyAccess",), "s3:Get*"),
    **dict.fromkeys(("AmazonDynamoDBFullAccess",), "dynamodb:*"),
    **dict.fromkeys(("AmazonDynamoDBReadOnlyAccess",), "dynamodb:GetItem"),
    **dict.fromkeys(("AmazonSQSFullAccess",), "sqs:*"),
    **dict.fromkeys(("AmazonKinesisFullAccess",), "kinesis:*"),
    **dict.fromkeys(("AmazonKinesisReadOnlyAccess",), "kinesis:Get*"),
    **dict.fromkeys(("SecretsManagerReadWrite",), "secretsmanager:*"),
    **dict.fromkeys(("AmazonEC2ContainerRegistryReadOnly",), "ecr:BatchGetImage"),
    **dict.fromkeys(("AmazonEC2ContainerRegistryPowerUser", "AmazonEC2ContainerRegistryFullAccess"), "ecr:*"),
    **dict.fromkeys(("AliyunOSSFullAccess",), "oss:*"),
    **dict.fromkeys(("AliyunOSSReadOnlyAccess",), "oss:Get*"),
    **dict.fromkeys(("QcloudCOSFullAccess", "QcloudCOSDataFullControl"), "cos:*"),
    **dict.fromkeys(("QcloudCOSReadOnlyAccess", "QcloudCOSDataReadOnly"), "cos:Get*"),
}

#: Attributes by which what runs names the identity that it runs with.
_RUNS_WITH = (
    "iam_instance_profile|iam_instance_profile.arn|iam_instance_profile.name|role|role_arn|task_role_arn|"
    "execution_role_arn|node_role_arn|iam_role_arn|service_role|instance_profile|iam_roles|"
    "service_account.email|service_account_email|service_config.service_account_email|template.service_account|"
    "template.spec.service_account_name|node_config.service_account|identity.identity_ids|role_name|cam_role_name|"
    "ram_role_name|agency_name"
)

_IDENTITIES = (
    *("aws_iam_role", "aws_iam_instance_profile", "google_service_account", "azurerm_user_assigned_identity"),
    *("alicloud_ram_role", "tencentcloud_cam_role", "huaweicloud_identity_agency"),
)

#: Types that name identities and run nothing.
_NOT_RUN = re.compile(
    r"aws_iam_(?!instance_profile)|aws_s3_|alicloud_(oss|ram)_|.*_(attachment|policy|assignment|role)$|google_.*_iam_\w+$"
)

_USER = re.compile(r"(:user/|/user/|:user[:/]|user:|/subject/).*", re.IGNORECASE)


#: Resources that say who uses an identity: the identity, and those who use it.
_USED_BY = {
    "alicloud_ram_role_attachment": ("role_name", "instance_ids"),
    "alicloud_ecs_ram_role_attachment": ("ram_role_name", "instance_id"),
    "aws_iam_group_membership": ("group", "users"),
    "aws_iam_user_group_membership": ("groups", "user"),
    "huaweicloud_identity_group_membership": ("group", "users"),
}

#: Where a role says who may use it.
_TRUST = {
    "aws_iam_role": "assume_role_policy",
    "alicloud_ram_role": "assume_role_policy_document|document",
    "tencentcloud_cam_role": "document",
}

_IS_PRINCIPAL = re.compile(r"_(role|user|group|agency|identity|service_account|service_principal)$")


class Permissions:
    """Finds who may do what on the stores of a file and adds the edges to a graph."""

    def __init__(self, graph: Graph, references: References, places: Places, stores: dict[Resource, StoreType]) -> None:
        self._graph, self._references, self._places, self._stores = graph, references, places, stores
        self.policies = Policies(references)
        #: Stores that a permission opens to everyone, and those whose own policy the file shows in full.
        self.open: set[Resource] = set()
        self.shown: set[Resource] = set()
        self._denied: dict[Node, list[Statement]] = defaultdict(list)
        clouds = {store.cloud for store in stores}
        spelled = {cloud: {s: self._spelled(s) for s in stores if s.cloud == cloud} for cloud in clouds}
        self._names = defaultdict(lambda: Names({}), {cloud: Names(names) for cloud, names in spelled.items()})
        self._persons: dict[str, str] = {}
        self._accounts: set[str] = set()

    def read(self, resources: list[Resource]) -> None:
        """Go through all resources."""
        self._accounts = {parts[4] for r in resources if len(parts := (r.text("arn") or "").split(":")) > 5} - {""}
        for resource in resources:
            self._runs_with(resource)
            self._trusts(resource)
        given = [(resource, *found) for resource in resources for found in self._given(resource)]
        for _, principal, _, statements in given:
            self._denied[principal].extend(s for s in statements if not s.allow and not s.conditional)
        for resource, principal, through, statements in given:
            self._permit(resource, principal, through, statements)
        for resource in resources:
            self._of_store(resource)

    def grant(
        self, resource: Resource, principal: Node, store: Resource, ways: Iterable[str], through: Iterable[Node]
    ) -> None:
        """A principal may read from or write to a store."""
        way = [*through, resource]
        for direction in sorted(ways):
            if direction == "read":
                self._graph.to_members(store, principal, "iam", way, resource.position)
            else:
                self._graph.edge(principal, store, "iam", way, resource.position)
        if principal == INTERNET and ways:
            self.open.add(store)

    def principal(self, name: str, resource: Resource) -> list[Node]:
        """Whom a policy means by a name: resources of the file, everyone, or the name itself without persons."""
        if name.lower() in EVERYONE:
            return [INTERNET]
        bare = name.partition(":")[2] if name.startswith("serviceAccount:") else name
        found: list[Node] = list(self._references.named(bare, lambda target: target.cloud == resource.cloud))
        return found or [self._person(name)]

    def _person(self, name: str) -> str:
        """A principal's name; a person's is replaced by a number."""
        if not _USER.search(name) and "@" not in name:
            return name
        if name not in self._persons:
            number = len(self._persons) + 1
            service = name.startswith(("serviceAccount:", "group:", "domain:"))
            person = masked(name, number) if "@" in name else _USER.sub(rf"\g<1>{number}", name)
            self._persons[name] = name if service else person
        return self._persons[name]

    def _runs_with(self, resource: Resource) -> None:
        """A machine is among those who use its role; an instance profile stands between them."""
        if _NOT_RUN.match(resource.type):
            return
        for identity in self._references.targets(resource, _RUNS_WITH, lambda t: t.type in _IDENTITIES):
            if identity is not resource:
                self._graph.member(resource, identity, "iam")
        if resource.type in _USED_BY:
            group, members = _USED_BY[resource.type]
            for identity in self._references.targets(resource, group, lambda t: True):
                for member in self._references.targets(resource, members, lambda t: True):
                    self._graph.member(member, identity, "iam")

    def _trusts(self, resource: Resource) -> None:
        """Whoever a role trusts may use it."""
        path = _TRUST.get(resource.type)
        for statement in (self.policies.of(resource, path) or ()) if path else ():
            for name in statement.principals if statement.allow else ():
                for node in self.principal(name, resource):
                    if node != INTERNET or not statement.conditional:
                        self._graph.member(node, resource, "iam")

    def _given(self, resource: Resource) -> Iterator[tuple[Node, list[Node], list[Statement]]]:
        """Principals to whom a resource gives permissions, what gives them, and the statements."""
        for inline in _INLINE:
            if inline.type == resource.type and (found := self.policies.of(resource, inline.policy)):
                for principal in self._principals(resource, inline.principal):
                    yield principal, [], found
        for attached in _ATTACHED:
            if attached.type == resource.type:
                for policy in self._references.ends(resource, attached.policy, lambda t: t.type in _POLICIES):
                    for principal in self._principals(resource, attached.principals):
                        yield principal, *self._attached(policy)

    def _attached(self, policy: Resource | str) -> tuple[list[Node], list[Statement]]:
        if isinstance(policy, Resource):
            return [policy], self.policies.of(policy, _POLICIES[policy.type]) or []
        actions = _MANAGED.get(policy.rpartition("/")[2])
        return [], [Statement(True, (actions,), ("*",))] if actions else []

    def _principals(self, resource: Resource, path: str) -> list[Node]:
        if not path:
            return [resource]
        found: list[Node] = []
        for part in path.split("|"):
            kind = part.partition("_")[0].rstrip("s")
            ends = self._references.ends(resource, part, lambda target: _IS_PRINCIPAL.search(target.type) is not None)
            found.extend(end if isinstance(end, Resource) else self._person(f"{kind}:{end}") for end in ends)
        return found

    def _permit(self, resource: Resource, principal: Node, through: list[Node], statements: list[Statement]) -> None:
        for statement in statements:
            if statement.allow:
                for store in self._names[resource.cloud].meant(statement):
                    ways = self._ways(statement, store, self._denied[principal])
                    if ways:
                        self.grant(resource, principal, store, ways, through)

    def _ways(self, statement: Statement, store: Resource, denials: Iterable[Statement]) -> frozenset[str]:
        """What a statement lets data do at a store, unless it is denied."""
        row = self._stores[store]
        ways = statement.directions(row.service)
        names = self._names[store.cloud].of[store]
        if not ways or not statement.meets(store, names):
            return frozenset()
        denied = [denial for denial in denials if denial.meets(store, names)]
        if denied and all(any(denial.covers(action) for denial in denied) for action in statement.actions):
            return frozenset()
        return ways

    def _spelled(self, store: Resource) -> list[str]:
        """How policies write a store."""
        arn = store.text("arn")
        made = [arn] if arn else []
        for template in self._stores[store].names.split("|"):
            parts = {key: self._references.constants(store, key) for key in re.findall(r"{(\w+)}", template)}
            if template and all(parts.values()):
                made.append(template.format(**{key: values[0] for key, values in parts.items()}))
        return made

    def _of_store(self, resource: Resource) -> None:
        """What a store's own policy lets others do."""
        for kind in _OF_STORES:
            if kind.type != resource.type:
                continue
            targets = self._references.targets(resource, kind.store, self._stores.__contains__)
            found = self.policies.of(resource, kind.policy)
            for store in targets if kind.store else [resource]:
                if found or (found is not None and resource.values.get(kind.policy) == ""):
                    self.shown.add(store)
                for statement in found or ():
                    self._policy_of_store(resource, store, statement, found or [])

    def _policy_of_store(
        self, resource: Resource, store: Resource, statement: Statement, every: list[Statement]
    ) -> None:
        denials = [s for s in every if not s.allow and not s.conditional and EVERYONE & set(s.principals)]
        ways = self._ways(statement, store, denials) if statement.allow else frozenset[str]()
        for name in statement.principals if ways else ():
            for node in self.principal(name, resource):
                if not self._is_own_root(node) and not (node == INTERNET and statement.conditional):
                    self.grant(resource, node, store, ways, ())

    def _is_own_root(self, node: Node) -> bool:
        """Whether a principal is the root of the file's only account: all is left to that account's policies."""
        parts = node.split(":") if isinstance(node, str) else []
        return len(parts) > 5 and {parts[4]} == self._accounts and parts[5] == "root"
