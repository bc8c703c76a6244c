import { Fn } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { CopyOutProps } from './props.ts';

export interface Network {
  /** The subnets' ids with commas between them, as the state machine wants them. */
  readonly subnets: string;
  readonly assignPublicIp: boolean;
  readonly securityGroup: ec2.ISecurityGroup;
}

export function networkOf(scope: Construct, props: CopyOutProps): Network {
  // Nothing comes in. What goes out is HTTPS: S3, ECR, CloudWatch Logs, Step Functions, STS; and DNS. (That
  // of the VPC's own resolver passes no security group, nor does the credentials' link-local address; but a
  // VPC may have name servers of its own.)
  const securityGroup = new ec2.SecurityGroup(scope, 'SecurityGroup', {
    vpc: props.vpc,
    description: 'copyout: HTTPS to AWS and DNS, nothing else',
    allowAllOutbound: false,
  });
  securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'HTTPS to AWS');
  securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.udp(53), 'DNS of name servers of its own');
  securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(53), 'DNS of name servers of its own');

  if (props.subnetIds) {
    if (props.subnetSelection) {
      throw new Error('give subnetSelection or subnetIds, not both');
    }
    return {
      subnets: Fn.join(',', props.subnetIds),
      assignPublicIp: props.assignPublicIp ?? false,
      securityGroup,
    };
  }
  const selected = props.vpc.selectSubnets(props.subnetSelection);
  if (selected.subnetIds.length === 0) {
    throw new Error('the subnet selection has no subnets');
  }
  return {
    subnets: Fn.join(',', selected.subnetIds),
    // A task in a public subnet reaches nothing without an address of its own.
    assignPublicIp: props.assignPublicIp ?? selected.hasPublic,
    securityGroup,
  };
}
