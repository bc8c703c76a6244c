/**
 * Templates for the local AWS of the tests: no assets, no bootstrapping, seconds where AWS has minutes.
 *
 *     npm run synth:local                        writes local/*.template.json
 *     CDK_OUTDIR=FOLDER npm run synth:local
 */
import { App, BootstraplessSynthesizer, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as servicediscovery from 'aws-cdk-lib/aws-servicediscovery';
import { CopyOut } from '../lib/copyout.ts';
import { addOutputs } from '../lib/outputs.ts';
import type { CopyOutProps } from '../lib/props.ts';

const app = new App({
  outdir: process.env['CDK_OUTDIR'] ?? 'local',
  analyticsReporting: false,
  builtinCloudFormationValidation: false,
  treeMetadata: false,
});

function addStack(id: string, zone: string, props: Partial<CopyOutProps>): void {
  const stack = new Stack(app, id, {
    synthesizer: new BootstraplessSynthesizer(),
    env: { account: '123456789012', region: 'us-east-1' },
  });
  const copyOut = new CopyOut(stack, 'CopyOut', {
    vpc: new ec2.Vpc(stack, 'Vpc', {
      availabilityZones: ['us-east-1a', 'us-east-1b'],
      natGateways: 0,
      subnetConfiguration: [{ name: 'public', subnetType: ec2.SubnetType.PUBLIC }],
      restrictDefaultSecurityGroup: false,
    }),
    subnetSelection: { subnetType: ec2.SubnetType.PUBLIC },
    image: ecs.ContainerImage.fromRegistry('copyout:local'),
    waits: { first: 2, later: 2, last: 2, heartbeat: 8, beat: 1 },
    namespace: new servicediscovery.HttpNamespace(stack, 'Namespace', { name: zone }),
    ...props,
  });
  addOutputs(stack, copyOut);
  stack.templateOptions.metadata = {
    // The zones are moto's: it knows them by name only.
    'cfn-lint': { config: { ignore_checks: ['W3010'] } },
  };
}

addStack('CopyOut', 'copyout-local', {
  allowWriteToInstalledAccount: true,
  extraRights: { acl: true, retention: true, legalHold: true, annotations: true, restore: true },
  jobsMayChoose: { capacity: true, architecture: true, mostCpu: 1024, mostMemoryMiB: 4096 },
});
// Its task role says what its tasks may do; local AWS holds them to it where a test asks for that.
addStack('CopyOutNarrowed', 'copyout-narrowed', {
  sourceBuckets: ['narrow-ours', 'narrow-data-*'],
  destinationAccounts: ['111122223333'],
  extraRights: { acl: true, legalHold: true },
  workPrefix: 'work/',
});
app.synth();
