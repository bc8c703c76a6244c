import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { type CopyOutProps } from '../lib/props.ts';
import { copyOutTemplate, flats, only, statements } from './support.ts';

/** What Prepare is told. */
function choices(props: Partial<CopyOutProps>): any {
  const { template } = copyOutTemplate(props);
  const [definition] = Object.values(template.findResources('AWS::ECS::TaskDefinition'));
  const [container] = definition!['Properties'].ContainerDefinitions;
  return JSON.parse(container.Environment.find(({ Name }: any) => Name === 'COPYOUT_TASK_CHOICES').Value);
}

const definitions = (template: Template): Record<string, any> => Object.fromEntries(
  Object.values(template.findResources('AWS::ECS::TaskDefinition'))
    .map(({ Properties }: any) => [Properties.Family, Properties]));

describe('what a job may choose', () => {
  it('is nothing by default', () => {
    const told = choices({ capacity: 'on-demand', cpu: 512, memoryLimitMiB: 2048 });
    assert.deepEqual(told.capacities, ['on-demand']);
    assert.deepEqual(Object.keys(told.taskDefinitions), ['arm64']);
    assert.equal(told.mostCpu, 512);
    assert.equal(told.mostMemory, 2048);
  });

  it('is what the installation lets it', () => {
    const told = choices({ jobsMayChoose: { capacity: true, mostCpu: 4096, mostMemoryMiB: 8192 } });
    assert.deepEqual(told.capacities, ['spot-first', 'on-demand']);
    assert.equal(told.mostCpu, 4096);
    assert.equal(told.mostMemory, 8192);
    assert.deepEqual(told.taskDefinitions, { arm64: 'CopyOut-Test' });
  });

  it('is no less than what the installation has', () => {
    assert.throws(() => copyOutTemplate({ cpu: 1024, memoryLimitMiB: 2048, jobsMayChoose: { mostCpu: 512 } }), /jobsMayChoose/);
  });
});

describe('a choice of architecture', () => {
  const { template } = copyOutTemplate({ jobsMayChoose: { architecture: true } });

  it('is one of task definitions, which differ in nothing else', () => {
    const both = definitions(template);
    assert.deepEqual(Object.keys(both), ['CopyOut-Test', 'CopyOut-Test-x86_64']);
    const [own, other] = Object.values(both);
    assert.equal(own.RuntimePlatform.CpuArchitecture, 'ARM64');
    assert.equal(other.RuntimePlatform.CpuArchitecture, 'X86_64');
    assert.deepEqual({ ...other, Family: own.Family, RuntimePlatform: own.RuntimePlatform }, own);
    template.resourceCountIs('AWS::IAM::Role', 3);
  });

  it('goes the other way as well', () => {
    const other = copyOutTemplate({
      cpuArchitecture: ecs.CpuArchitecture.X86_64, jobsMayChoose: { architecture: true },
    }).template;
    assert.deepEqual(Object.keys(definitions(other)), ['CopyOut-Test', 'CopyOut-Test-arm64']);
  });

  it('is one that the state machine may run', () => {
    assert.deepEqual(flats(statements(template, 'StateMachineRole')['RunTasks'].Resource), [
      'arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task-definition/CopyOut-Test-x86_64:*',
      'arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task-definition/CopyOut-Test:*',
    ]);
    const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
    assert.ok(machine!['DependsOn'].some((id: string) => id.startsWith('CopyOutOtherTask')));
    assert.equal(only(template, 'AWS::StepFunctions::StateMachine').DefinitionSubstitutions.taskDefinition, 'CopyOut-Test');
  });
});
