"""A small stack around deploy/state-machine.asl.json, for the tests of the local AWS itself.

What people deploy is the CDK app's template (deploy/cdk); this one needs no npm.
"""

from __future__ import annotations

from pathlib import Path

STATE_MACHINE = Path(__file__).resolve().parents[2] / "deploy" / "state-machine.asl.json"


def _subnets() -> dict:
    return {f"Subnet{number}": {"Type": "AWS::EC2::Subnet", "Properties": {
        "VpcId": {"Ref": "Vpc"}, "CidrBlock": f"10.0.{number}.0/24",
        "AvailabilityZone": {"Fn::Select": [number, {"Fn::GetAZs": ""}]}}} for number in range(2)}


def _role() -> dict:
    return {"Type": "AWS::IAM::Role", "Properties": {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}}


def template(**values: str) -> dict:
    """The template; `values` replace substitutions of the state machine."""
    substitutions = {
        "partition": {"Ref": "AWS::Partition"}, "workBucket": {"Ref": "Work"}, "workPrefix": "w/",
        "clusterArn": {"Fn::GetAtt": ["Cluster", "Arn"]}, "taskDefinition": {"Ref": "Definition"},
        "subnets": {"Fn::Join": [",", [{"Ref": "Subnet0"}, {"Ref": "Subnet1"}]]},
        "securityGroup": {"Fn::GetAtt": ["Group", "GroupId"]}, "assignPublicIp": "DISABLED",
        "waitFirstSeconds": "1", "waitLaterSeconds": "1", "waitLastSeconds": "1",
        "heartbeatSeconds": "6", "copyCapacity": "FARGATE_SPOT", "copyCpu": "256",
        "copyMemory": "512", **values}
    container = {"Name": "copyout", "Image": "copyout:local", "EntryPoint": ["/usr/bin/copyout"],
                 "StopTimeout": 1, "Memory": 100,
                 "LogConfiguration": {"LogDriver": "awslogs", "Options": {
                     "awslogs-group": {"Ref": "Logs"}, "awslogs-region": "us-east-1",
                     "awslogs-stream-prefix": "fake"}},
                 "Environment": [{"Name": "COPYOUT_HEARTBEAT_SECONDS", "Value": "1"}]}
    return {
        "Resources": {
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
            **_subnets(),
            "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {
                "GroupDescription": "tasks", "VpcId": {"Ref": "Vpc"}}},
            "Work": {"Type": "AWS::S3::Bucket"},
            "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {
                "LogGroupName": {"Fn::Sub": "fake-${AWS::StackName}"}}},
            "Role": _role(),
            "Cluster": {"Type": "AWS::ECS::Cluster"},
            "Capacity": {"Type": "AWS::ECS::ClusterCapacityProviderAssociations", "Properties": {
                "Cluster": {"Ref": "Cluster"}, "CapacityProviders": ["FARGATE", "FARGATE_SPOT"],
                "DefaultCapacityProviderStrategy": []}},
            "Definition": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
                "Family": "copyout", "RequiresCompatibilities": ["FARGATE"],
                "NetworkMode": "awsvpc", "Cpu": "256", "Memory": "512",
                "TaskRoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                "ContainerDefinitions": [container]}},
            "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {
                "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                "DefinitionString": STATE_MACHINE.read_text(),
                "DefinitionSubstitutions": substitutions}},
            "Namespace": {"Type": "AWS::ServiceDiscovery::HttpNamespace",
                          "Properties": {"Name": "somewhere"}},
            "Service": {"Type": "AWS::ServiceDiscovery::Service", "Properties": {
                "Name": "CopyOut", "NamespaceId": {"Ref": "Namespace"}}},
            "Instance": {"Type": "AWS::ServiceDiscovery::Instance", "Properties": {
                "ServiceId": {"Ref": "Service"}, "InstanceId": "CopyOut",
                "InstanceAttributes": {"stateMachineArn": {"Ref": "Machine"}}}},
        },
        "Outputs": {"StateMachineArn": {"Value": {"Ref": "Machine"}},
                    "RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}},
                    "ClusterArn": {"Value": {"Fn::GetAtt": ["Cluster", "Arn"]}},
                    "Subnet": {"Value": {"Ref": "Subnet0"}},
                    "WorkFolder": {"Value": {"Fn::Sub": "s3://${Work}/w/"}}},
    }
