/**
 * A template for the local AWS of the tests: no assets, no bootstrapping, seconds where AWS has minutes.
 *
 *     npm run synth:local                        writes local/CopyOut.template.json
 *     CDK_OUTDIR=FOLDER npm run synth:local
 */
import { App, BootstraplessSynthesizer, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as servicediscovery from 'aws-cdk-lib/aws-servicediscovery';
import { CopyOut } from '../lib/copyout.ts';
import { addOutputs } from '../lib/outputs.ts';

const app = new App({
  outdir: process.env['CDK_OUTDIR'] ?? 'local',
  analyticsReporting: false,
  builtinCloudFormationValidation: false,
  treeMetadata: false,
});
const stack = new Stack(app, 'CopyOut', {
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
  allowWriteToInstalledAccount: true,
  waits: { first: 2, later: 2, last: 2, heartbeat: 8, beat: 1 },
  namespace: new servicediscovery.HttpNamespace(stack, 'Namespace', { name: 'copyout-local' }),
});
addOutputs(stack, copyOut);
stack.templateOptions.metadata = {
  // The zones are moto's: it knows them by name only.
  'cfn-lint': { config: { ignore_checks: ['W3010'] } },
};
app.synth();
