import { type CfnResource, RemovalPolicy, Stack, Tags, Token, Validations } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as servicediscovery from 'aws-cdk-lib/aws-servicediscovery';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { architecturesOf, choicesText, familyOf, shardTaskOf } from './choices.ts';
import { definitionText, type Substitutions } from './definition.ts';
import { extraRightsText } from './extra-rights.ts';
import { narrowingEnvironment } from './narrowing.ts';
import { networkOf } from './network.ts';
import type { CopyOutProps } from './props.ts';
import { createExecutionRole, createStateMachineRole } from './roles.ts';
import { createTaskRole } from './task-role.ts';
import { createTaskDefinition, createTaskLogs } from './task.ts';
import { waitsFrom } from './times.ts';
import { createAlarms, notifyOfExecutions } from './watch.ts';
import { checkWorkPrefix, createWorkBucket, ledgersPrefix, warnOfNoLifecycle } from './work.ts';

/** copyout's state machine with all that it needs: cluster, task, roles, logs, work bucket. */
export class CopyOut extends Construct {
  readonly stateMachine: sfn.StateMachine;
  readonly workBucket: s3.IBucket;
  readonly workPrefix: string;
  /** The role that destinations have to let in. */
  readonly taskRole: iam.IRole;

  constructor(scope: Construct, id: string, props: CopyOutProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const waits = waitsFrom(props.fastTimes, props.waits);
    const name = props.stateMachineName ?? defaultName(stack);
    this.workPrefix = checkWorkPrefix(props.workPrefix ?? '');
    this.workBucket = props.workBucket ?? createWorkBucket(this, 'WorkBucket', this.workPrefix);
    if (props.workBucket) warnOfNoLifecycle(this, this.workPrefix);

    const cluster = createCluster(this, 'Cluster', props);
    const network = networkOf(this, props);

    const parts = {
      stateMachineName: name,
      clusterArn: cluster.clusterArn,
      workBucketArn: this.workBucket.bucketArn,
      workPrefix: this.workPrefix,
      workKey: this.workBucket.encryptionKey,
      kmsKeys: props.kmsKeys,
    };
    this.taskRole = createTaskRole(this, 'TaskRole', {
      ...parts,
      roleName: props.taskRoleName,
      allowWriteToInstalledAccount: props.allowWriteToInstalledAccount,
      sourceBuckets: props.sourceBuckets,
      destinationAccounts: props.destinationAccounts,
      extraRights: props.extraRights,
    });
    const executionRole = createExecutionRole(this, 'ExecutionRole');
    const logGroup = createTaskLogs(this, 'TaskLogs');
    const shardTask = shardTaskOf(props);
    const architectures = architecturesOf(shardTask, props.jobsMayChoose);
    const taskDefinitions = architectures.map((architecture, n) =>
      createTaskDefinition(this, n === 0 ? 'Task' : 'OtherTask', props, {
        name,
        family: familyOf(name, shardTask, architecture),
        architecture,
        size: shardTask,
        taskRole: this.taskRole,
        executionRole,
        logGroup,
        waits,
        ledgers: `s3://${this.workBucket.bucketName}/${ledgersPrefix(this.workPrefix)}`,
        environment: {
          COPYOUT_TASK_CHOICES: choicesText(name, shardTask, props.jobsMayChoose),
          COPYOUT_EXTRA_RIGHTS: extraRightsText(props.extraRights),
          ...narrowingEnvironment(this, props, this.workBucket.bucketName),
          ...(props.metrics ?? true ? { COPYOUT_METRICS_STACK: name } : {}),
        },
      }));
    const role = createStateMachineRole(this, 'StateMachineRole', {
      ...parts,
      passedRoles: [this.taskRole, executionRole],
      taskFamilies: architectures.map(architecture => familyOf(name, shardTask, architecture)),
    });

    const substitutions: Substitutions = {
      partition: stack.partition,
      workBucket: this.workBucket.bucketName,
      workPrefix: this.workPrefix,
      waitFirstSeconds: String(waits.first),
      waitLaterSeconds: String(waits.later),
      waitLastSeconds: String(waits.last),
      heartbeatSeconds: String(waits.heartbeat),
      clusterArn: cluster.clusterArn,
      // The family, and so its newest revision: CloudFormation deregisters the revision before when the
      // stack is updated, and an execution may be waiting for its destination for 30 days.
      taskDefinition: name,
      subnets: network.subnets,
      securityGroup: network.securityGroup.securityGroupId,
      assignPublicIp: network.assignPublicIp ? 'ENABLED' : 'DISABLED',
      copyCapacity: shardTask.capacity === 'on-demand' ? 'FARGATE' : 'FARGATE_SPOT',
      copyCpu: String(shardTask.cpu),
      copyMemory: String(shardTask.memoryLimitMiB),
    };
    this.stateMachine = new sfn.StateMachine(this, 'StateMachine', {
      stateMachineName: name,
      stateMachineType: sfn.StateMachineType.STANDARD,
      // In the template itself, not a file in a bucket: it is small, and needs no bootstrapped account.
      definitionBody: sfn.DefinitionBody.fromString(definitionText()),
      definitionSubstitutions: { ...substitutions },
      role,
      tracingEnabled: true,
      logs: {
        level: sfn.LogLevel.ALL,
        // The input names buckets and keys, and a task's token answers for it: neither is for a log.
        includeExecutionData: false,
        destination: new logs.LogGroup(this, 'StateMachineLogs', {
          // With this prefix CloudWatch's resource policy does not grow with each state machine, and
          // overflow ("Logging using CloudWatch Logs").
          logGroupName: `/aws/vendedlogs/states/${name}`,
          retention: logs.RetentionDays.THREE_MONTHS,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      },
    });
    // It names the task definitions by their families, which CloudFormation cannot see.
    this.stateMachine.node.addDependency(...taskDefinitions);
    // cfn-lint reads a definition without its substitutions, and so finds "arn:${partition}:..." wrong and
    // takes an empty workPrefix for a missing one; the dependency on the role is CDK's. `npm run cfn-lint`
    // checks the definition by itself, substituted.
    (this.stateMachine.node.defaultChild as CfnResource).addMetadata('cfn-lint', {
      config: { ignore_checks: ['E1029', 'E3601', 'W3005'] },
    });

    if (props.namespace) {
      const service = new servicediscovery.Service(this, 'Service', {
        namespace: props.namespace,
        name: 'CopyOut',
        description: 'Copies lists of S3 objects',
      });
      service.registerNonIpInstance('Instance', {
        instanceId: 'CopyOut',
        customAttributes: { stateMachineArn: this.stateMachine.stateMachineArn },
      });
    }
    this.watch(name, props);
    for (const [key, value] of Object.entries(props.tags ?? {})) Tags.of(this).add(key, value);
  }

  private watch(name: string, props: CopyOutProps): void {
    if (props.alarms && props.metrics === false) {
      throw new Error('alarms need metrics');
    }
    if (props.notifySuccess && !props.notifyTopic) {
      throw new Error('notifySuccess needs notifyTopic');
    }
    if (props.notifyTopic) {
      notifyOfExecutions(this, 'Ended', this.stateMachine, props.notifyTopic, props.notifySuccess ?? false);
    }
    if (props.alarms) createAlarms(this, name, this.stateMachine, props.notifyTopic);
  }

  /** For `copyout start --work` and COPYOUT_WORK. */
  get workFolder(): string {
    return `s3://${this.workBucket.bucketName}/${this.workPrefix}`;
  }
}

function createCluster(scope: Construct, id: string, props: CopyOutProps): ecs.Cluster {
  const insights = props.containerInsights ?? true;
  const cluster = new ecs.Cluster(scope, id, {
    vpc: props.vpc,
    enableFargateCapacityProviders: true,
    containerInsightsV2: insights ? ecs.ContainerInsights.ENABLED : ecs.ContainerInsights.DISABLED,
  });
  if (!insights) {
    Validations.of(cluster).acknowledge({
      id: 'AwsSolutions-ECS4',
      reason: 'The installation turned Container Insights off, which costs something for each task.',
    });
  }
  return cluster;
}

/** Elsa Data's role may start state machines whose names begin with CopyOut, and no others. */
function defaultName(stack: Stack): string {
  if (Token.isUnresolved(stack.stackName)) {
    throw new Error('give stateMachineName: this stack\'s name is not known before it is deployed');
  }
  return stack.stackName.startsWith('CopyOut') ? stack.stackName : `CopyOut-${stack.stackName}`;
}
