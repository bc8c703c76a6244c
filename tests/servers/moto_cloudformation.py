"""What moto 5.2.1's CloudFormation lacks for copyout's stacks.

    apply()

Runs in moto's server (local_aws_launch.py). moto skips resources of types that it does not know,
with a warning that nobody reads; here they fail the stack unless they are listed below.
"""

import json
import re

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.ecs import ecs_backends
from moto.s3.models import s3_backends
from moto.servicediscovery import servicediscovery_backends
from moto.stepfunctions import models as sfn_models
from moto_patch import replace

# These change nothing that a program could see here.
IGNORED = ("AWS::CDK::Metadata", "AWS::CloudWatch::Alarm", "AWS::EC2::SecurityGroupEgress",
           "AWS::Logs::MetricFilter", "AWS::S3::BucketPolicy")


class Resource:
    """A resource that is no more than its id and attributes: what moto's parser asks of one."""

    TYPE = ""  # as the template calls it

    def __init__(self, physical_id, attributes):
        self.physical_resource_id = physical_id
        self.attributes = attributes

    @classmethod
    def has_cfn_attr(cls, attr):
        """Whether an output may ask for it: found out when it does."""
        return True

    def get_cfn_attribute(self, attribute_name):
        """Fn::GetAtt."""
        if attribute_name not in self.attributes:
            raise ValidationError(message=f"{self.TYPE} has no attribute {attribute_name}")
        return self.attributes[attribute_name]

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id,
                                        region_name, **kwargs):
        """Make it."""
        return cls.create(resource_name, cloudformation_json["Properties"], account_id, region_name)

    @classmethod
    def update_from_cloudformation_json(cls, original_resource, new_resource_name,
                                        cloudformation_json, account_id, region_name):
        """Make it anew."""
        return cls.create(original_resource.physical_resource_id,
                          cloudformation_json["Properties"], account_id, region_name)

    @classmethod
    def delete_from_cloudformation_json(cls, *_):
        """It stays: nobody asks."""

    @classmethod
    def create(cls, name, properties, account, region):
        """Make it, given what the template says."""
        return cls(name, {})

    def is_created(self):
        """At once."""
        return True


class HttpNamespace(Resource):
    """Cloud Map's namespace."""

    TYPE = "AWS::ServiceDiscovery::HttpNamespace"

    @classmethod
    def create(cls, name, properties, account, region):
        """Make it."""
        backend = servicediscovery_backends[account][region]
        operation = backend.get_operation(backend.create_http_namespace(
            properties["Name"], name, properties.get("Description"), properties.get("Tags")))
        namespace = backend.get_namespace(operation.targets["NAMESPACE"])
        return cls(namespace.id, {"Id": namespace.id, "Arn": namespace.arn})


class DiscoveryService(Resource):
    """Cloud Map's service."""

    TYPE = "AWS::ServiceDiscovery::Service"

    @classmethod
    def create(cls, name, properties, account, region):
        """Make it, in a namespace that exists."""
        backend = servicediscovery_backends[account][region]
        backend.get_namespace(properties["NamespaceId"])
        service = backend.create_service(
            properties.get("Name") or name, properties["NamespaceId"], name,
            properties.get("Description"), properties.get("DnsConfig"),
            properties.get("HealthCheckConfig"), properties.get("HealthCheckCustomConfig"),
            properties.get("Tags"), properties.get("Type", "HTTP"))
        return cls(service.id, {"Id": service.id, "Arn": service.arn, "Name": service.name})


class DiscoveryInstance(Resource):
    """Cloud Map's instance."""

    TYPE = "AWS::ServiceDiscovery::Instance"

    @classmethod
    def create(cls, name, properties, account, region):
        """Register it."""
        id = properties.get("InstanceId") or name
        servicediscovery_backends[account][region].register_instance(
            service_id=properties["ServiceId"], instance_id=id, creator_request_id=name,
            attributes=properties["InstanceAttributes"])
        return cls(id, {})


class ClusterCapacityProviders(Resource):
    """Which capacity providers a cluster has."""

    TYPE = "AWS::ECS::ClusterCapacityProviderAssociations"

    @classmethod
    def create(cls, name, properties, account, region):
        """Associate them."""
        ecs_backends[account][region].put_cluster_capacity_providers(
            properties["Cluster"], properties["CapacityProviders"],
            properties["DefaultCapacityProviderStrategy"])
        return cls(properties["Cluster"], {})


def know_more_types():
    """Cloud Map and capacity providers are missing."""
    known = parsing.get_model_map()  # the one that moto keeps
    made = [HttpNamespace, DiscoveryService, DiscoveryInstance, ClusterCapacityProviders]
    for resource in made:
        known.setdefault(resource.TYPE, resource)
    for name in IGNORED:
        known.setdefault(name, type("Ignored", (Resource,), {"TYPE": name}))


def fail_with_the_name_of_the_resource():
    """What goes wrong with a resource is an HTML page, or nothing at all."""
    make = parsing.parse_and_create_resource

    def create(logical_id, resource_json, resources_map, account_id, region_name):
        kind = resource_json["Type"]
        try:
            if kind not in parsing.get_model_map() and not kind.startswith("Custom::") and \
                    kind not in parsing.NULL_MODELS:
                raise ValueError("moto's CloudFormation does not know this type "
                                 "(tests/servers/moto_cloudformation.py can teach it)")
            # A copy: moto adds Properties where there are none, and later takes it for a change.
            return make(logical_id, dict(resource_json), resources_map, account_id, region_name)
        except ValidationError as error:
            if logical_id in str(error):
                raise
            raise ValidationError(message=f"{logical_id} ({kind}): {error}") from error
        except Exception as error:
            raise ValidationError(message=f"{logical_id} ({kind}): {type(error).__name__}: "
                                          f"{error}") from error

    replace(parsing, "parse_and_create_resource", create)


def define_state_machines_as_aws():
    """Of a state machine, only DefinitionString is read; DefinitionSubstitutions are not."""
    create = sfn_models.StateMachine.create_from_cloudformation_json.__func__
    attribute = sfn_models.StateMachine.get_cfn_attribute

    def definition(properties, account):
        text = properties.get("DefinitionString")
        if text is None and "Definition" in properties:
            text = json.dumps(properties["Definition"])
        if text is None:
            place = properties["DefinitionS3Location"]
            found = s3_backends[account]["aws"].get_object(place["Bucket"], place["Key"])
            text = found.value.decode()
        values = properties.get("DefinitionSubstitutions", {})
        names = set(re.findall(r"\$\{([A-Za-z0-9_]+)\}", text))
        if names - set(values):
            raise ValueError(f"nothing given for {', '.join(sorted(names - set(values)))}")
        # The text stays JSON: a value goes into a string of it.
        return re.sub(r"\$\{([A-Za-z0-9_]+)\}",
                      lambda found: json.dumps(str(values[found[1]]))[1:-1], text)

    def resolved(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        properties = dict(cloudformation_json["Properties"])
        properties["DefinitionString"] = definition(properties, account_id)
        made = create(cls, resource_name[:80], {**cloudformation_json, "Properties": properties},
                      account_id, region_name, **kwargs)
        made.loggingConfiguration = lower(properties.get("LoggingConfiguration")) or \
            made.loggingConfiguration
        made.tracingConfiguration = lower(properties.get("TracingConfiguration")) or \
            made.tracingConfiguration
        return made

    def updated(cls, original_resource, new_resource_name, cloudformation_json, account_id,
                region_name):
        backend = sfn_models.stepfunctions_backends[account_id][region_name]
        properties = cloudformation_json["Properties"]
        return backend.update_state_machine(
            original_resource.arn, definition(properties, account_id), properties["RoleArn"])

    def lower(value):
        if isinstance(value, dict):
            return {key[:1].lower() + key[1:]: lower(inner) for key, inner in value.items()}
        return [lower(inner) for inner in value] if isinstance(value, list) else value

    def get_attribute(self, attribute_name):
        return self.arn if attribute_name == "Arn" else attribute(self, attribute_name)

    machine = sfn_models.StateMachine
    replace(machine, "create_from_cloudformation_json", classmethod(resolved))
    replace(machine, "update_from_cloudformation_json", classmethod(updated))
    replace(machine, "get_cfn_attribute", get_attribute)


def apply():
    """All of it. A moto that is built differently fails here."""
    know_more_types()
    fail_with_the_name_of_the_resource()
    define_state_machines_as_aws()
