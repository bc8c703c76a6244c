import { Stack, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { CopyOut } from './copyout.ts';
import { addOutputs } from './outputs.ts';
import type { CopyOutSettings } from './props.ts';
import { createVpc, vpcById } from './vpc.ts';

export interface CopyOutStackProps extends StackProps {
  /** A VPC that exists. Default: a new one (lib/vpc.ts). */
  readonly vpcId?: string;
  /** Its subnets for the tasks; needed with vpcId. */
  readonly subnetIds?: string[];
  /** Whether those are public, so that tasks need addresses of their own. Default: false. */
  readonly assignPublicIp?: boolean;
  /** A function, since an image, a bucket or a key that exists is imported into the stack. */
  readonly copyOut?: (stack: Stack) => CopyOutSettings;
}

/** copyout by itself: in a VPC of its own or in one that exists. */
export class CopyOutStack extends Stack {
  readonly copyOut: CopyOut;

  constructor(scope: Construct, id: string, props: CopyOutStackProps = {}) {
    super(scope, id, { description: 'copyout: copies lists of S3 objects', ...props });
    if ((props.vpcId === undefined) !== (props.subnetIds === undefined)) {
      throw new Error('give both vpcId and subnetIds, or neither');
    }
    const network = props.vpcId
      ? {
        vpc: vpcById(this, 'Vpc', props.vpcId),
        subnetIds: props.subnetIds,
        assignPublicIp: props.assignPublicIp,
      }
      : {
        vpc: createVpc(this, 'Vpc'),
        subnetSelection: { subnetType: ec2.SubnetType.PUBLIC },
      };
    this.copyOut = new CopyOut(this, 'CopyOut', { ...props.copyOut?.(this), ...network });
    addOutputs(this, this.copyOut);
  }
}
