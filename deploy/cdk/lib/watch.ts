import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

/** Where `copyout copy` counts, in its log (embedded metric format); the dimension is the installation. */
export const METRICS_NAMESPACE = 'copyout';
export const METRICS_DIMENSION = 'Stack';

const PERIOD = Duration.minutes(5);

/**
 * Tells a topic of executions that ended. EventBridge has an event for each change of an execution's status
 * (AWS Step Functions Developer Guide, "Automating Step Functions event delivery with EventBridge"); those of the
 * map's children name another state machine, "NAME/Copy", and are not meant.
 */
export function notifyOfExecutions(
  scope: Construct, id: string, machine: sfn.IStateMachine, topic: sns.ITopic, success: boolean,
): events.Rule {
  return new events.Rule(scope, id, {
    description: 'copyout: executions that ended',
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: {
        stateMachineArn: [machine.stateMachineArn],
        status: ['FAILED', 'TIMED_OUT', 'ABORTED', ...(success ? ['SUCCEEDED'] : [])],
      },
    },
    // By a role rather than by the topic's policy, which a topic that was made elsewhere does not let us change.
    targets: [new targets.SnsTopic(topic, { authorizeUsingRole: true })],
  });
}

/** Alarms for a person; a job that is as it should be sets off none. */
export function createAlarms(
  scope: Construct, name: string, machine: sfn.IStateMachine, topic: sns.ITopic | undefined,
): cloudwatch.Alarm[] {
  const count = (metricName: string) => new cloudwatch.Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    dimensionsMap: { [METRICS_DIMENSION]: name },
    statistic: 'Sum',
    period: PERIOD,
  });
  const common = {
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: 1,
    threshold: 1,
    // No job, no numbers.
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
  };
  const alarms = [
    new cloudwatch.Alarm(scope, 'ExecutionsNotDone', {
      ...common,
      alarmDescription: 'copyout: an execution failed, or ran into a time limit; copyout status tells why',
      metric: new cloudwatch.MathExpression({
        expression: 'failed + timedOut',
        usingMetrics: {
          failed: machine.metricFailed({ period: PERIOD }),
          timedOut: machine.metricTimedOut({ period: PERIOD }),
        },
        period: PERIOD,
        label: 'executions that failed or timed out',
      }),
    }),
    new cloudwatch.Alarm(scope, 'ObjectsFailed', {
      ...common,
      alarmDescription: 'copyout: objects could not be copied; the job\'s report names them',
      metric: count('ObjectsFailed'),
    }),
    new cloudwatch.Alarm(scope, 'Throttled', {
      ...common,
      alarmDescription:
        'copyout: for a quarter of an hour S3 refused more requests than objects were copied; fewer workers '
        + '(copyConcurrency) copy as much',
      // In a job of its own pace one request of some seventy is refused, one of twenty where many share a prefix.
      metric: new cloudwatch.MathExpression({
        expression: 'IF(throttles > objects, throttles, 0)',
        usingMetrics: { throttles: count('Throttles'), objects: count('Objects') },
        period: PERIOD,
        label: 'refusals, where they are more than the objects copied',
      }),
      threshold: 100,
      evaluationPeriods: 3,
    }),
  ];
  if (topic) {
    for (const alarm of alarms) alarm.addAlarmAction(new actions.SnsAction(topic));
  }
  return alarms;
}
