import { BootstraplessSynthesizer, CfnParameter, type CfnParameterProps, Fn, Token } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { CopyOutStack } from '../lib/copyout-stack.ts';
import { imageOfParameter, type ReleaseOptions, templateApp } from '../lib/release.ts';
import { copyOutSettings, Settings } from '../lib/settings.ts';

/** The module's variables, as parameters of the template that it is made from. */
export const PARAMETERS: Record<string, CfnParameterProps> = {
  Name: {
    description: 'of the state machine, the task family and the cluster; Elsa Data starts what begins with CopyOut',
    default: 'CopyOut',
    allowedPattern: '[A-Za-z0-9_-]{1,80}',
  },
  VpcId: { description: 'the VPC that the tasks run in', type: 'AWS::EC2::VPC::Id' },
  SubnetIds: { description: 'its subnets for the tasks', type: 'List<AWS::EC2::Subnet::Id>' },
  AssignPublicIp: {
    description: 'ENABLED where the subnets are public: a task reaches nothing there without an address of its own',
    default: 'DISABLED',
    allowedValues: ['DISABLED', 'ENABLED'],
  },
};

/** The stack CopyOut in a VPC that exists, by the settings of the context, with what follows as parameters. */
export function terraformSource(options: ReleaseOptions): Record<string, any> {
  const app = templateApp(options);
  const stack = new CopyOutStack(app, 'CopyOut', {
    synthesizer: new BootstraplessSynthesizer(),
    vpcId: Fn.ref('VpcId'),
    subnetIds: Token.asList({ Ref: 'SubnetIds' }),
    copyOut: scope => ({
      ...copyOutSettings(scope, new Settings(app)),
      image: imageOfParameter(scope),
      stateMachineName: Fn.ref('Name'),
    }),
  });
  for (const [name, props] of Object.entries(PARAMETERS)) new CfnParameter(stack, name, props);
  const machine = stack.copyOut.stateMachine.node.defaultChild as sfn.CfnStateMachine;
  machine.addPropertyOverride('DefinitionSubstitutions.assignPublicIp', { Ref: 'AssignPublicIp' });
  return app.synth().getStackByName(stack.stackName).template as Record<string, any>;
}
