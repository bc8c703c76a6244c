import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { type CopyOutProps } from '../lib/props.ts';
import { copyOutTemplate, flat, newApp, only, TOPIC_ARN } from './support.ts';

/** With a topic that was made elsewhere. */
function told(props: Partial<CopyOutProps> = {}): Template {
  const stack = new Stack(newApp(), 'Test');
  return copyOutTemplate({ notifyTopic: sns.Topic.fromTopicArn(stack, 'Topic', TOPIC_ARN), ...props }, stack).template;
}

describe('a topic', () => {
  it('is told of executions that did not end well, by EventBridge', () => {
    const template = told();
    const { EventPattern, Targets } = only(template, 'AWS::Events::Rule');
    assert.deepEqual(EventPattern.source, ['aws.states']);
    assert.deepEqual(EventPattern['detail-type'], ['Step Functions Execution Status Change']);
    assert.deepEqual(EventPattern.detail.status, ['FAILED', 'TIMED_OUT', 'ABORTED']);
    // Exactly the state machine: the map's children are executions of "ARN/Copy".
    assert.deepEqual(EventPattern.detail.stateMachineArn.map(flat), ['<CopyOutStateMachine>']);
    assert.equal(Targets.length, 1);
    assert.equal(Targets[0].Arn, TOPIC_ARN);
    const role = flat(Targets[0].RoleArn);
    assert.match(role, /^<CopyOutEnded.*Role.*\.Arn>$/);
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: [{ Action: 'sns:Publish', Effect: 'Allow', Resource: TOPIC_ARN }] },
    });
  });

  it('is told of those that succeeded if that is asked for', () => {
    const { EventPattern } = only(told({ notifySuccess: true }), 'AWS::Events::Rule');
    assert.deepEqual(EventPattern.detail.status, ['FAILED', 'TIMED_OUT', 'ABORTED', 'SUCCEEDED']);
    assert.throws(() => copyOutTemplate({ notifySuccess: true }), /notifySuccess needs notifyTopic/);
  });

  it('is an option', () => {
    const { template } = copyOutTemplate();
    template.resourceCountIs('AWS::Events::Rule', 0);
    template.resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });
});

describe('alarms', () => {
  const alarms = (template: Template): Record<string, any> => Object.fromEntries(
    Object.entries(template.findResources('AWS::CloudWatch::Alarm'))
      .map(([id, alarm]) => [id.replace(/^CopyOut/, '').replace(/[0-9A-F]{8}$/, ''), alarm['Properties']]));

  it('are on executions, objects that failed and refusals, of this installation', () => {
    const found = alarms(told({ alarms: true }));
    assert.deepEqual(Object.keys(found).sort(), ['ExecutionsNotDone', 'ObjectsFailed', 'Throttled']);
    assert.equal(found['ObjectsFailed'].Namespace, 'copyout');
    assert.equal(found['ObjectsFailed'].MetricName, 'ObjectsFailed');
    assert.deepEqual(found['ObjectsFailed'].Dimensions, [{ Name: 'Stack', Value: 'CopyOut-Test' }]);
    const names = (alarm: any) => alarm.Metrics.map(({ MetricStat }: any) => MetricStat?.Metric.MetricName)
      .filter(Boolean).sort();
    assert.deepEqual(names(found['Throttled']), ['Objects', 'Throttles']);
    assert.deepEqual(names(found['ExecutionsNotDone']), ['ExecutionsFailed', 'ExecutionsTimedOut']);
    for (const alarm of Object.values(found)) {
      assert.equal(alarm.TreatMissingData, 'notBreaching');
      assert.deepEqual(alarm.AlarmActions, [TOPIC_ARN]);
    }
  });

  it('are of the metrics that tasks are told to write', () => {
    const { template } = copyOutTemplate({ alarms: true });
    const [container] = only(template, 'AWS::ECS::TaskDefinition').ContainerDefinitions;
    const stack = container.Environment.find(({ Name }: any) => Name === 'COPYOUT_METRICS_STACK').Value;
    assert.equal(alarms(template)['ObjectsFailed'].Dimensions[0].Value, stack);
    assert.equal(alarms(template)['ObjectsFailed'].AlarmActions, undefined);
    assert.throws(() => copyOutTemplate({ alarms: true, metrics: false }), /alarms need metrics/);
  });
});

describe('Container Insights', () => {
  const insights = (template: Template) => only(template, 'AWS::ECS::Cluster').ClusterSettings;

  it('are on unless they are turned off', () => {
    assert.deepEqual(insights(copyOutTemplate().template), [{ Name: 'containerInsights', Value: 'enabled' }]);
    assert.deepEqual(
      insights(copyOutTemplate({ containerInsights: false }).template),
      [{ Name: 'containerInsights', Value: 'disabled' }],
    );
  });
});

describe('tags', () => {
  it('are put on what is made, and so on tasks', () => {
    const { template } = copyOutTemplate({ tags: { project: 'genomes', owner: 'us' } });
    const wanted = [{ Key: 'owner', Value: 'us' }, { Key: 'project', Value: 'genomes' }];
    for (const type of ['AWS::S3::Bucket', 'AWS::ECS::Cluster', 'AWS::StepFunctions::StateMachine']) {
      assert.deepEqual(only(template, type).Tags, wanted, type);
    }
    assert.deepEqual(only(template, 'AWS::ECS::TaskDefinition').Tags, [
      { Key: 'copyout:installation', Value: 'CopyOut-Test' }, ...wanted,
    ]);
  });
});
