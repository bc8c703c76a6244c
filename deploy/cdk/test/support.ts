import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as servicediscovery from 'aws-cdk-lib/aws-servicediscovery';
import * as sns from 'aws-cdk-lib/aws-sns';
import { CopyOutStack } from '../lib/copyout-stack.ts';
import { CopyOut } from '../lib/copyout.ts';
import { ElsaDataCopyOutStack } from '../lib/elsa-data-stack.ts';
import { imageFromName } from '../lib/image.ts';
import type { CopyOutProps } from '../lib/props.ts';

const PROJECT = join(import.meta.dirname, '..');
export const IMAGE = 'example.com/copyout:1';

/**
 * An app with the feature flags of cdk.json, which only the command line tool reads by itself. CDK's own
 * validation of a template takes a second; `validate` is for the test that is about it.
 */
export function newApp({ outdir, validate = false }: { outdir?: string; validate?: boolean } = {}): App {
  const { context } = JSON.parse(readFileSync(join(PROJECT, 'cdk.json'), 'utf8'));
  return new App({
    context,
    builtinCloudFormationValidation: validate,
    outdir,
    analyticsReporting: false,
    stackTraces: false,
    treeMetadata: false,
  });
}

/** The stacks as they may be deployed: what cdk-nag and cfn-lint look at. */
export function addVariants(app: App): void {
  new CopyOutStack(app, 'CopyOut', {
    copyOut: () => ({ image: ecs.ContainerImage.fromRegistry(IMAGE) }),
  });
  new CopyOutStack(app, 'CopyOutGiven', {
    env: { account: '123456789012', region: 'ap-southeast-2' },
    vpcId: 'vpc-0123456789abcdef0',
    subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    copyOut: stack => ({
      allowWriteToInstalledAccount: true,
      capacity: 'on-demand',
      cpuArchitecture: ecs.CpuArchitecture.X86_64,
      ephemeralStorageGiB: 50,
      fastTimes: true,
      image: imageFromName(stack, '123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/copyout:1'),
      jobsMayChoose: { capacity: true, architecture: true, mostCpu: 4096, mostMemoryMiB: 8192 },
      kmsKeys: [kms.Key.fromKeyArn(stack, 'Key', KEY_ARN)],
      alarms: true,
      containerInsights: false,
      destinationAccounts: ['111122223333', '444455556666'],
      extraRights: { acl: true, retention: true, legalHold: true, annotations: true, restore: true },
      notifyTopic: sns.Topic.fromTopicArn(stack, 'Topic', TOPIC_ARN),
      notifySuccess: true,
      sourceBuckets: ['our-data', 'genomes-*', ACCESS_POINT_ARN],
      tags: { project: 'genomes' },
      taskRoleName: 'copyout-writer',
      workBucket: s3.Bucket.fromBucketAttributes(stack, 'WorkBucket', {
        bucketName: 'our-bucket',
        encryptionKey: kms.Key.fromKeyArn(stack, 'WorkKey', WORK_KEY_ARN),
      }),
      workPrefix: 'copyout/',
    }),
  });
  new ElsaDataCopyOutStack(app, 'ElsaDataCopyOut', {
    infrastructureStackName: 'ElsaInfra',
    copyOut: () => ({ image: ecs.ContainerImage.fromRegistry(IMAGE) }),
  });
}

export const TOPIC_ARN = 'arn:aws:sns:ap-southeast-2:123456789012:operators';
export const ACCESS_POINT_ARN = 'arn:aws:s3:ap-southeast-2:111122223333:accesspoint/shared';
export const KEY_ARN = 'arn:aws:kms:ap-southeast-2:111122223333:key/11111111-1111-1111-1111-111111111111';
export const WORK_KEY_ARN = 'arn:aws:kms:ap-southeast-2:123456789012:key/22222222-2222-2222-2222-222222222222';

/** The construct alone, in a stack of no account, and its template. */
export function copyOutTemplate(
  props: Partial<CopyOutProps> = {}, stack = new Stack(newApp(), 'Test'),
): { template: Template; stack: Stack } {
  new CopyOut(stack, 'CopyOut', {
    vpc: new ec2.Vpc(stack, 'Vpc', { restrictDefaultSecurityGroup: false }),
    image: ecs.ContainerImage.fromRegistry(IMAGE),
    ...props,
  });
  return { template: Template.fromStack(stack), stack };
}

export function withNamespace(): Template {
  const stack = new Stack(newApp(), 'Test');
  new CopyOut(stack, 'CopyOut', {
    vpc: new ec2.Vpc(stack, 'Vpc', { restrictDefaultSecurityGroup: false }),
    image: ecs.ContainerImage.fromRegistry(IMAGE),
    namespace: new servicediscovery.HttpNamespace(stack, 'Namespace', { name: 'elsa-data' }),
  });
  return Template.fromStack(stack);
}

/** The properties of the one resource of a type (whose logical id begins with `id`). */
export function only(template: Template, type: string, id = ''): any {
  const found = Object.entries(template.findResources(type)).filter(([name]) => name.startsWith(id));
  if (found.length !== 1) {
    throw new Error(`${found.length} of ${type} ${id}: ${found.map(([name]) => name)}`);
  }
  return found[0]![1]['Properties'];
}

/** The statements of a role's policy, by their Sids; those without one are "0", "1", ... */
export function statements(template: Template, role: string): Record<string, any> {
  const { PolicyDocument } = only(template, 'AWS::IAM::Policy', `CopyOut${role}DefaultPolicy`);
  return Object.fromEntries(
    PolicyDocument.Statement.map((statement: any, n: number) => [statement.Sid ?? String(n), statement]),
  );
}

/** An intrinsic as a text with <Ref> and <Name.Attribute>, hashes of logical ids left out. */
export function flat(value: any): string {
  if (typeof value === 'string') return value;
  const short = (name: string) => name.replace(/[0-9A-F]{8}$/, '');
  if (value.Ref) return `<${short(value.Ref)}>`;
  if (value['Fn::GetAtt']) return `<${short(value['Fn::GetAtt'][0])}.${value['Fn::GetAtt'][1]}>`;
  if (value['Fn::Join']) {
    const [delimiter, parts] = value['Fn::Join'];
    return Array.isArray(parts) ? parts.map(flat).join(delimiter) : `join(${flat(parts)})`;
  }
  throw new Error(JSON.stringify(value));
}

export const flats = (value: any): string[] => (Array.isArray(value) ? value : [value]).map(flat).sort();
