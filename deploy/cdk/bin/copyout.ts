import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { CopyOutStack } from '../lib/copyout-stack.ts';
import { ElsaDataCopyOutStack } from '../lib/elsa-data-stack.ts';
import { copyOutSettings, Settings } from '../lib/settings.ts';

const app = new App();
const settings = new Settings(app);
const infrastructureStackName = settings.text('elsaData');

// Without an account the template fits any, in any region; nothing is looked up.
const account = process.env['CDK_DEFAULT_ACCOUNT'];
const env = account ? { account, region: process.env['CDK_DEFAULT_REGION'] } : {};

if (infrastructureStackName) {
  new ElsaDataCopyOutStack(app, settings.text('stackName') ?? 'ElsaDataCopyOut', {
    env,
    infrastructureStackName,
    subnets: settings.oneOf('subnets', ['private', 'public', 'isolated']),
    copyOut: stack => copyOutSettings(stack, settings),
  });
} else {
  new CopyOutStack(app, settings.text('stackName') ?? 'CopyOut', {
    env,
    vpcId: settings.text('vpcId'),
    subnetIds: settings.list('subnetIds'),
    assignPublicIp: settings.flag('assignPublicIp'),
    copyOut: stack => copyOutSettings(stack, settings),
  });
}

Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
