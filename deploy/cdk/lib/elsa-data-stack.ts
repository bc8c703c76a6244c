import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import * as servicediscovery from 'aws-cdk-lib/aws-servicediscovery';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { CopyOut } from './copyout.ts';
import { addOutputs } from './outputs.ts';
import type { CopyOutSettings } from './props.ts';
import { vpcById } from './vpc.ts';

export interface ElsaDataCopyOutStackProps extends StackProps {
  /** The name (id) of the Elsa Data infrastructure stack, which its parameters' names begin with. */
  readonly infrastructureStackName: string;
  /** Default: "private", which in Elsa Data's own VPC have a NAT gateway. */
  readonly subnets?: 'private' | 'public' | 'isolated';
  /** A function, since an image, a bucket or a key that exists is imported into the stack. */
  readonly copyOut?: (stack: Stack) => Omit<CopyOutSettings, 'namespace'>;
}

/**
 * copyout as a part of an Elsa Data installation: in its VPC, found by it in its namespace.
 *
 * The infrastructure's parameters are read by CloudFormation when the stack is deployed, not by CDK's context
 * look-ups: nothing has to be known to synthesise, nothing grows old in cdk.context.json, and a list may have any
 * length, since all that is done with the subnets is to join their ids. (A look-up would be needed to choose
 * single subnets or zones of them.)
 */
export class ElsaDataCopyOutStack extends Stack {
  readonly copyOut: CopyOut;

  constructor(scope: Construct, id: string, props: ElsaDataCopyOutStackProps) {
    super(scope, id, { description: 'copyout: copies lists of S3 objects, for Elsa Data', ...props });
    const parameter = (name: string) => `/${props.infrastructureStackName}/${name}`;
    const text = (name: string) => ssm.StringParameter.valueForStringParameter(this, parameter(name));
    const kind = props.subnets ?? 'private';
    const namespaceArn = text('HttpNamespace/namespaceArn');
    const namespaceName = text('HttpNamespace/namespaceName');

    this.copyOut = new CopyOut(this, 'CopyOut', {
      ...props.copyOut?.(this),
      vpc: vpcById(this, 'Vpc', text('VPC/vpcId')),
      // Typed, so that CloudFormation refuses the list of an infrastructure without such subnets, which has
      // one element, "empty".
      subnetIds: ssm.StringListParameter.valueForTypedListParameter(
        this, parameter(`VPC/${kind}SubnetIds`), ssm.ParameterValueType.AWS_EC2_SUBNET_ID,
      ),
      assignPublicIp: kind === 'public',
      namespace: servicediscovery.HttpNamespace.fromHttpNamespaceAttributes(this, 'Namespace', {
        namespaceArn,
        namespaceId: text('HttpNamespace/namespaceId'),
        namespaceName,
      }),
    });
    new CfnOutput(this, 'Discovery', {
      description: 'Where Elsa Data finds it: the namespace, its ARN, and the service',
      value: [namespaceName, namespaceArn, 'CopyOut'].join(' '),
    });
    addOutputs(this, this.copyOut);
  }
}
