import { App, BootstraplessSynthesizer, CfnParameter, type CfnParameterProps, Fn, Token } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { CopyOutStack } from '../lib/copyout-stack.ts';
import { imageOfParameter, type ReleaseOptions } from '../lib/release.ts';

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
  CopyCapacity: {
    description: 'where shards run; on FARGATE_SPOT they go to FARGATE when Spot has no place for them',
    default: 'FARGATE_SPOT',
    allowedValues: ['FARGATE_SPOT', 'FARGATE'],
  },
  CpuArchitecture: { description: 'the image\'s', default: 'ARM64', allowedValues: ['ARM64', 'X86_64'] },
  Cpu: { description: 'CPU units of a task', default: '256', allowedPattern: '[0-9]+' },
  Memory: { description: 'MiB of a task', default: '512', allowedPattern: '[0-9]+' },
};

/** The stack CopyOut in a VPC that exists, with what may be chosen as parameters. */
export function terraformSource({ context, outdir }: ReleaseOptions): Record<string, any> {
  const app = new App({
    context,
    outdir,
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
    treeMetadata: false,
  });
  const stack = new CopyOutStack(app, 'CopyOut', {
    synthesizer: new BootstraplessSynthesizer(),
    vpcId: Fn.ref('VpcId'),
    subnetIds: Token.asList({ Ref: 'SubnetIds' }),
    copyOut: scope => ({ image: imageOfParameter(scope), stateMachineName: Fn.ref('Name') }),
  });
  for (const [name, props] of Object.entries(PARAMETERS)) new CfnParameter(stack, name, props);

  const machine = stack.copyOut.stateMachine.node.defaultChild as sfn.CfnStateMachine;
  machine.addPropertyOverride('DefinitionSubstitutions.assignPublicIp', { Ref: 'AssignPublicIp' });
  machine.addPropertyOverride('DefinitionSubstitutions.copyCapacity', { Ref: 'CopyCapacity' });
  const task = stack.node.findAll().find(child => child instanceof ecs.CfnTaskDefinition) as ecs.CfnTaskDefinition;
  task.addPropertyOverride('RuntimePlatform.CpuArchitecture', { Ref: 'CpuArchitecture' });
  task.addPropertyOverride('Cpu', { Ref: 'Cpu' });
  task.addPropertyOverride('Memory', { Ref: 'Memory' });
  return app.synth().getStackByName(stack.stackName).template as Record<string, any>;
}
