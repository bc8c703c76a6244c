import { type CfnResource, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as servicediscovery from 'aws-cdk-lib/aws-servicediscovery';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { definitionText, type Substitutions } from './definition.ts';
import { networkOf } from './network.ts';
import type { CopyOutProps } from './props.ts';
import { createExecutionRole, createStateMachineRole, createTaskRole } from './roles.ts';
import { createTaskDefinition } from './task.ts';
import { waitsFrom } from './times.ts';
import { checkWorkPrefix, createWorkBucket, ledgersPrefix } from './work.ts';

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

    const cluster = new ecs.Cluster(this, 'Cluster', {
      vpc: props.vpc,
      enableFargateCapacityProviders: true,
      containerInsightsV2: ecs.ContainerInsights.ENABLED,
    });
    const network = networkOf(this, props);

    const parts = {
      stateMachineName: name,
      taskFamily: name,
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
    });
    const executionRole = createExecutionRole(this, 'ExecutionRole');
    const taskDefinition = createTaskDefinition(this, props, {
      family: name,
      taskRole: this.taskRole,
      executionRole,
      waits,
      ledgers: `s3://${this.workBucket.bucketName}/${ledgersPrefix(this.workPrefix)}`,
    });
    const role = createStateMachineRole(this, 'StateMachineRole', {
      ...parts,
      passedRoles: [this.taskRole, executionRole],
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
      copyCapacity: props.capacity === 'on-demand' ? 'FARGATE' : 'FARGATE_SPOT',
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
    // It names the task definition by its family, which CloudFormation cannot see.
    this.stateMachine.node.addDependency(taskDefinition);
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
  }

  /** For `copyout start --work` and COPYOUT_WORK. */
  get workFolder(): string {
    return `s3://${this.workBucket.bucketName}/${this.workPrefix}`;
  }
}

/** Elsa Data's role may start state machines whose names begin with CopyOut, and no others. */
function defaultName(stack: Stack): string {
  if (Token.isUnresolved(stack.stackName)) {
    throw new Error('give stateMachineName: this stack\'s name is not known before it is deployed');
  }
  return stack.stackName.startsWith('CopyOut') ? stack.stackName : `CopyOut-${stack.stackName}`;
}
