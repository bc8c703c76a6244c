import { Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js';
import type { Construct } from 'constructs';
import { MAP_LABEL, MAP_RESULTS_FOLDER } from './definition.ts';

/** What the roles are about. ARNs are made of names here: the things themselves need the roles first. */
export interface RoleParts {
  readonly stateMachineName: string;
  readonly taskFamily: string;
  readonly clusterArn: string;
  readonly workBucketArn: string;
  readonly workPrefix: string;
  /** The work bucket's own key, if it has one. */
  readonly workKey?: kms.IKey;
  /** Further keys: of sources, of destinations, and of a work bucket that was made elsewhere. */
  readonly kmsKeys?: kms.IKey[];
}

function statesArn(scope: Construct, kind: 'stateMachine' | 'execution', name: string): string {
  const { partition, region, account } = Stack.of(scope);
  return `arn:${partition}:states:${region}:${account}:${kind}:${name}`;
}

function acknowledgeWildcards(scope: Construct, reasons: Record<string, string>): void {
  for (const [finding, reason] of Object.entries(reasons)) {
    Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[${finding}]`, reason });
  }
}

/** How cdk-nag writes a resource in the name of a finding. */
function nagName(scope: Construct, arn: string): string {
  return flattenCfnReference(Stack.of(scope).resolve(arn));
}

export interface TaskRoleOptions extends RoleParts {
  readonly roleName?: string;
  readonly allowWriteToInstalledAccount?: boolean;
}

/** What the program may do. */
export function createTaskRole(scope: Construct, id: string, parts: TaskRoleOptions): iam.Role {
  const { partition, region, account } = Stack.of(scope);
  const role = new iam.Role(scope, id, {
    roleName: parts.roleName,
    description: 'copyout: reads sources, writes copies',
    assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: { 'aws:SourceArn': `arn:${partition}:ecs:${region}:${account}:*` },
      },
    }),
  });

  const anywhere = `arn:${partition}:s3:::*`;
  // A request to an access point's alias is judged by the access point's ARN (Amazon S3 User Guide,
  // "Configuring IAM policies for using access points").
  const accessPoints = `arn:${partition}:s3:*:*:accesspoint/*`;
  role.addToPolicy(new iam.PolicyStatement({
    sid: 'ReadAnySource',
    actions: [
      's3:GetBucketLocation',
      's3:GetObject',
      's3:GetObjectTagging',
      's3:GetObjectVersion',
      's3:GetObjectVersionTagging',
      's3:ListBucket',
    ],
    resources: [anywhere, accessPoints],
  }));
  role.addToPolicy(new iam.PolicyStatement({
    sid: 'WriteDestinations',
    actions: [
      's3:AbortMultipartUpload',
      's3:ListBucketMultipartUploads',
      's3:ListMultipartUploadParts',
      's3:PutObject',
      's3:PutObjectTagging',
    ],
    resources: [anywhere, accessPoints],
    conditions: parts.allowWriteToInstalledAccount
      ? undefined
      : { StringNotEquals: { 'aws:ResourceAccount': account } },
  }));

  // What the work needs is said in full, although reading is allowed above: an installation that narrows
  // its sources down must not lose its plans.
  const workObjects = `${parts.workBucketArn}/${parts.workPrefix}*`;
  role.addToPolicy(new iam.PolicyStatement({
    sid: 'KeepWork',
    actions: [
      's3:AbortMultipartUpload',
      's3:DeleteObject',
      's3:GetObject',
      's3:ListMultipartUploadParts',
      's3:PutObject',
    ],
    resources: [workObjects],
  }));
  role.addToPolicy(new iam.PolicyStatement({
    sid: 'ListWork',
    actions: ['s3:ListBucket'],
    resources: [parts.workBucketArn],
    conditions: { StringLike: { 's3:prefix': `${parts.workPrefix}*` } },
  }));

  // The Service Authorization Reference ("Actions, resources, and condition keys for AWS Step Functions") names
  // no resource type for these three actions, so that only "*" is sure to hold for the tokens of the map's
  // children, whose executions have a state machine ARN of their own. The right is of no use without the token
  // of a task, and only the task is given its token.
  role.addToPolicy(new iam.PolicyStatement({
    sid: 'AnswerTokens',
    actions: ['states:SendTaskFailure', 'states:SendTaskHeartbeat', 'states:SendTaskSuccess'],
    resources: ['*'],
  }));

  const keys = [...(parts.workKey ? [parts.workKey] : []), ...(parts.kmsKeys ?? [])];
  if (keys.length > 0) {
    role.addToPolicy(new iam.PolicyStatement({
      sid: 'UseKeysThroughS3',
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: keys.map(key => key.keyArn),
      conditions: { StringLike: { 'kms:ViaService': 's3.*.amazonaws.com*' } },
    }));
  }

  acknowledgeWildcards(role, {
    'Resource::*': 'SendTaskFailure, SendTaskHeartbeat and SendTaskSuccess know no resources; each needs the '
      + 'token of a task.',
    [`Resource::${nagName(scope, anywhere)}`]:
      'Sources and destinations are named by each job\'s manifest, so any bucket may be one. Other accounts '
      + 'still have to let this role in, and writing within this account is excluded by a condition unless '
      + 'the installation asked for it.',
    [`Resource::${nagName(scope, accessPoints)}`]: 'As above, for buckets that are reached by an access point.',
    [`Resource::${nagName(scope, workObjects)}`]:
      'All objects of the work prefix are this service\'s own.',
  });
  return role;
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
  parts: RoleParts & { readonly passedRoles: iam.IRole[] },
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

  const revisions = `arn:${partition}:ecs:${region}:${account}:task-definition/${parts.taskFamily}:*`;
  role.addToPolicy(new iam.PolicyStatement({
    sid: 'RunTasks',
    actions: ['ecs:RunTask'],
    resources: [revisions],
    conditions: { ArnEquals: { 'ecs:cluster': parts.clusterArn } },
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

  acknowledgeWildcards(role, {
    [`Resource::${nagName(scope, revisions)}`]:
      'Any revision of the one task family: an execution that waits for weeks uses the newest.',
    [`Resource::${nagName(scope, plans)}`]: 'The plan of each job lies in a folder of its own.',
    [`Resource::${nagName(scope, mapResults)}`]: 'The results of each job\'s map lie in a folder of its own.',
    [`Resource::${nagName(scope, executions)}`]: 'Executions of this state machine get their names when started.',
    [`Resource::${nagName(scope, children)}`]: 'Child executions get their names from the distributed map.',
    'Resource::*': 'The delivery of logs, and X-Ray, know no resources ("Logging using CloudWatch Logs").',
  });
  return role;
}
