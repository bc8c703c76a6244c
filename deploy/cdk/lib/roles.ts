import { Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js';
import type { Construct } from 'constructs';
import { MAP_LABEL, MAP_RESULTS_FOLDER, WAITING_FOLDER } from './definition.ts';

/** What the roles are about. ARNs are made of names here: the things themselves need the roles first. */
export interface RoleParts {
  readonly stateMachineName: string;
  readonly clusterArn: string;
  readonly workBucketArn: string;
  readonly workPrefix: string;
  /** The work bucket's own key, if it has one. */
  readonly workKey?: kms.IKey;
  /** Further keys: of sources, of destinations, and of a work bucket that was made elsewhere. */
  readonly kmsKeys?: kms.IKey[];
}

export function statesArn(scope: Construct, kind: 'stateMachine' | 'execution', name: string): string {
  const { partition, region, account } = Stack.of(scope);
  return `arn:${partition}:states:${region}:${account}:${kind}:${name}`;
}

export function acknowledgeWildcards(scope: Construct, reasons: Record<string, string>): void {
  for (const [finding, reason] of Object.entries(reasons)) {
    Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[${finding}]`, reason });
  }
}

/** How cdk-nag writes a resource in the name of a finding. */
export function nagName(scope: Construct, arn: string): string {
  return flattenCfnReference(Stack.of(scope).resolve(arn));
}

/** What Fargate may do to start a container: its image and its log group grant it what they need. */
export function createExecutionRole(scope: Construct, id: string): iam.Role {
  const role = new iam.Role(scope, id, {
    description: 'copyout: pulls the image, writes the log',
    assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com'),
  });
  acknowledgeWildcards(role, {
    'Resource::*': 'ecr:GetAuthorizationToken knows no resources.',
  });
  return role;
}

/** What the state machine may do. */
export function createStateMachineRole(
  scope: Construct,
  id: string,
  parts: RoleParts & { readonly passedRoles: iam.IRole[]; readonly taskFamilies: string[] },
): iam.Role {
  const { partition, region, account } = Stack.of(scope);
  const role = new iam.Role(scope, id, {
    description: 'copyout: runs the tasks and the distributed map',
    assumedBy: new iam.ServicePrincipal('states.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: { 'aws:SourceArn': `arn:${partition}:states:${region}:${account}:stateMachine:*` },
      },
    }),
  });

  const revisions = parts.taskFamilies.map(
    family => `arn:${partition}:ecs:${region}:${account}:task-definition/${family}:*`,
  );
  role.addToPolicy(new iam.PolicyStatement({
    sid: 'RunTasks',
    actions: ['ecs:RunTask'],
    resources: revisions,
    conditions: { ArnEquals: { 'ecs:cluster': parts.clusterArn } },
  }));
  // Tags in a RunTask, and those that it takes from the task definition, are judged by themselves (Amazon ECS
  // Developer Guide, "Grant permission to tag resources on creation"). A task has no name before it is there.
  const tasks = `arn:${partition}:ecs:${region}:${account}:task/*`;
  role.addToPolicy(new iam.PolicyStatement({
    sid: 'TagNewTasks',
    actions: ['ecs:TagResource'],
    resources: [tasks],
    conditions: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
  }));
  role.addToPolicy(new iam.PolicyStatement({
    sid: 'GiveTasksTheirRoles',
    actions: ['iam:PassRole'],
    resources: parts.passedRoles.map(passed => passed.roleArn),
    conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
  }));

  const plans = `${parts.workBucketArn}/${parts.workPrefix}*`;
  role.addToPolicy(new iam.PolicyStatement({
    sid: 'ReadShards',
    actions: ['s3:GetObject'],
    resources: [plans],
  }));
  // "ResultWriter (Map)", IAM policies: the map writes the results of its children, in parts.
  const mapResults = `${parts.workBucketArn}/${parts.workPrefix}jobs/*/${MAP_RESULTS_FOLDER}/*`;
  role.addToPolicy(new iam.PolicyStatement({
    sid: 'WriteMapResults',
    actions: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject'],
    resources: [mapResults],
  }));
  // FindWaiting asks, for a job with thawParams, whether anything lies in this folder.
  role.addToPolicy(new iam.PolicyStatement({
    sid: 'FindWaiting',
    actions: ['s3:ListBucket'],
    resources: [parts.workBucketArn],
    conditions: { StringLike: { 's3:prefix': `${parts.workPrefix}jobs/*/${WAITING_FOLDER}` } },
  }));
  // A bucket that was made elsewhere does not tell its key: it may be any of those that were named.
  const keys = parts.workKey ? [parts.workKey] : parts.kmsKeys ?? [];
  if (keys.length > 0) {
    // "IAM permissions for AWS KMS key encrypted Amazon S3 bucket", for uploads in parts.
    role.addToPolicy(new iam.PolicyStatement({
      sid: 'UseWorkKey',
      actions: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'],
      resources: keys.map(key => key.keyArn),
    }));
  }

  // "IAM policies for using Distributed Map states": the map starts executions of its own state machine.
  const executions = statesArn(scope, 'execution', `${parts.stateMachineName}:*`);
  const children = statesArn(scope, 'execution', `${parts.stateMachineName}/${MAP_LABEL}:*`);
  role.addToPolicy(new iam.PolicyStatement({
    sid: 'StartChildren',
    actions: ['states:StartExecution'],
    resources: [statesArn(scope, 'stateMachine', parts.stateMachineName)],
  }));
  role.addToPolicy(new iam.PolicyStatement({
    sid: 'WatchChildren',
    actions: ['states:DescribeExecution', 'states:StopExecution'],
    resources: [executions, children],
  }));
  role.addToPolicy(new iam.PolicyStatement({
    sid: 'RedriveChildren',
    actions: ['states:RedriveExecution'],
    resources: [children],
  }));

  for (const revision of revisions) {
    acknowledgeWildcards(role, {
      [`Resource::${nagName(scope, revision)}`]:
        'Any revision of a task family of ours: an execution that waits for weeks uses the newest.',
    });
  }
  acknowledgeWildcards(role, {
    [`Resource::${nagName(scope, tasks)}`]:
      'Tasks get their names when they are started, and no other moment lets them be tagged.',
    [`Resource::${nagName(scope, plans)}`]: 'The plan of each job lies in a folder of its own.',
    [`Resource::${nagName(scope, mapResults)}`]: 'The results of each job\'s map lie in a folder of its own.',
    [`Resource::${nagName(scope, executions)}`]: 'Executions of this state machine get their names when started.',
    [`Resource::${nagName(scope, children)}`]: 'Child executions get their names from the distributed map.',
    'Resource::*': 'The delivery of logs, and X-Ray, know no resources ("Logging using CloudWatch Logs").',
  });
  return role;
}
