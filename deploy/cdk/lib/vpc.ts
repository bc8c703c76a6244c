import { Fn, RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** A VPC of which only the id is known, maybe at deployment only: enough for a security group in it. */
export function vpcById(scope: Construct, id: string, vpcId: string): ec2.IVpc {
  return ec2.Vpc.fromVpcAttributes(scope, id, {
    vpcId,
    // Asked for, but not used: the subnets are given by their own ids.
    availabilityZones: [Fn.select(0, Fn.getAzs())],
  });
}

/**
 * A VPC for the tasks alone, that costs nothing while none runs. Its subnets are public: a task has an
 * address of its own ($0.005 an hour), and a security group that lets nothing in. Private ones would need a NAT
 * gateway, or endpoints for ECR (two), CloudWatch Logs and Step Functions in each zone: $33 to $58 a month. S3 is
 * reached through its gateway endpoint, which is free.
 */
export function createVpc(scope: Construct, id: string): ec2.Vpc {
  const vpc = new ec2.Vpc(scope, id, {
    maxAzs: 3,
    natGateways: 0,
    subnetConfiguration: [{ name: 'tasks', subnetType: ec2.SubnetType.PUBLIC, mapPublicIpOnLaunch: false }],
    gatewayEndpoints: { S3: { service: ec2.GatewayVpcEndpointAwsService.S3 } },
    // Emptying the default security group takes a Lambda function; nothing here uses that group.
    restrictDefaultSecurityGroup: false,
  });
  vpc.addFlowLog('FlowLog', {
    // What was refused, which is what one looks for; all that passes would be a log of each copy's requests.
    trafficType: ec2.FlowLogTrafficType.REJECT,
    destination: ec2.FlowLogDestination.toCloudWatchLogs(new logs.LogGroup(vpc, 'FlowLogs', {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    })),
  });
  return vpc;
}
