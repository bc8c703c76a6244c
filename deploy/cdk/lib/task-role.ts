import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { extraActions, type ExtraRights } from './extra-rights.ts';
import { checkNarrowing, destinationCondition, type Narrowing } from './narrowing.ts';
import { acknowledgeWildcards, nagName, type RoleParts } from './roles.ts';

export interface TaskRoleOptions extends RoleParts, Narrowing {
  readonly roleName?: string;
  readonly extraRights?: ExtraRights;
}

const READ_SOURCES = [
  's3:GetObject',
  's3:GetObjectTagging',
  's3:GetObjectVersion',
  's3:GetObjectVersionTagging',
  's3:ListBucket',
];
/** Whether a copy is there already, and is its source's, is asked of the destination. */
const READ_DESTINATIONS = ['s3:GetObject', 's3:GetObjectTagging', 's3:ListBucket'];
const WRITE_DESTINATIONS = [
  's3:AbortMultipartUpload',
  's3:ListBucketMultipartUploads',
  's3:ListMultipartUploadParts',
  's3:PutObject',
  's3:PutObjectTagging',
];

/** What the program may do. */
export function createTaskRole(scope: Construct, id: string, parts: TaskRoleOptions): iam.Role {
  const { partition, region, account } = Stack.of(scope);
  checkNarrowing(scope, parts);
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
  addBuckets(scope, role, parts);
  addWork(scope, role, parts);

  // The Service Authorization Reference ("Actions, resources, and condition keys for AWS Step Functions") names
  // no resource type for these three actions, so that only "*" is sure to hold for the tokens of the map's
  // children, whose executions have a state machine ARN of their own. The right is of no use without the token
  // of a task, and only the task is given its token.
  role.addToPolicy(new iam.PolicyStatement({
    sid: 'AnswerTokens',
    actions: ['states:SendTaskFailure', 'states:SendTaskHeartbeat', 'states:SendTaskSuccess'],
    resources: ['*'],
  }));
  acknowledgeWildcards(role, {
    'Resource::*': 'SendTaskFailure, SendTaskHeartbeat and SendTaskSuccess know no resources; each needs the '
      + 'token of a task.',
  });

  const keys = [...(parts.workKey ? [parts.workKey] : []), ...(parts.kmsKeys ?? [])];
  if (keys.length > 0) {
    role.addToPolicy(new iam.PolicyStatement({
      sid: 'UseKeysThroughS3',
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: keys.map(key => key.keyArn),
      conditions: { StringLike: { 'kms:ViaService': 's3.*.amazonaws.com*' } },
    }));
  }
  return role;
}

/** Sources and destinations: any, or those that the installation is narrowed down to. */
function addBuckets(scope: Construct, role: iam.Role, parts: TaskRoleOptions): void {
  const { partition } = Stack.of(scope);
  const anywhere = `arn:${partition}:s3:::*`;
  // A request to an access point's alias is judged by the access point's ARN (Amazon S3 User Guide,
  // "Configuring IAM policies for using access points").
  const accessPoints = `arn:${partition}:s3:*:*:accesspoint/*`;
  const toDestinations = destinationCondition(scope, parts);
  const read = [...READ_SOURCES, ...extraActions(parts.extraRights, 'read')];
  const write = [...WRITE_DESTINATIONS, ...extraActions(parts.extraRights, 'write')];

  if (!parts.sourceBuckets) {
    role.addToPolicy(new iam.PolicyStatement({
      sid: 'ReadAnySource', actions: read, resources: [anywhere, accessPoints],
    }));
  } else {
    const sources = parts.sourceBuckets.flatMap(name => name.startsWith('arn:')
      ? [name, `${name}/object/*`]
      : [`arn:${partition}:s3:::${name}`, `arn:${partition}:s3:::${name}/*`]);
    role.addToPolicy(new iam.PolicyStatement({ sid: 'ReadSources', actions: read, resources: sources }));
    // A right to read a destination is one to read a source of the same account, since S3 asks for the same
    // action: the manifest's buckets are looked at by Prepare, too.
    role.addToPolicy(new iam.PolicyStatement({
      sid: 'LookAtDestinations',
      actions: READ_DESTINATIONS,
      resources: [anywhere, accessPoints],
      conditions: toDestinations,
    }));
    for (const source of sources.filter(arn => /[*?]/.test(arn))) {
      acknowledgeWildcards(role, {
        [`Resource::${nagName(scope, source)}`]: 'The objects of a bucket that the installation named as a source.',
      });
    }
  }
  role.addToPolicy(new iam.PolicyStatement({
    sid: 'WriteDestinations',
    actions: write,
    resources: [anywhere, accessPoints],
    conditions: toDestinations,
  }));
  acknowledgeWildcards(role, {
    [`Resource::${nagName(scope, anywhere)}`]:
      'Destinations are named by each job, and sources by its manifest unless the installation names them. Other '
      + 'accounts still have to let this role in, and writing within this account is denied unless the '
      + 'installation asked for it.',
    [`Resource::${nagName(scope, accessPoints)}`]: 'As above, for buckets that are reached by an access point.',
  });
}

/** The work prefix; and that nothing else of this account is written to, whatever else is granted. */
function addWork(scope: Construct, role: iam.Role, parts: TaskRoleOptions): void {
  const { account } = Stack.of(scope);
  // The statements name all rights that the work needs, although reading is allowed above: an installation that narrows
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
    // IfExists: S3 asks for this right when an object is not there, too, without a prefix; without the right it
    // says 403 instead of 404 (Amazon S3 API Reference, HeadObject), and a new job has no job.json yet.
    conditions: { StringLikeIfExists: { 's3:prefix': `${parts.workPrefix}*` } },
  }));
  acknowledgeWildcards(role, {
    [`Resource::${nagName(scope, workObjects)}`]: 'All objects of the work prefix are this service\'s own.',
  });
  if (parts.allowWriteToInstalledAccount) return;
  // A bucket of the same account needs no policy of its own to let the role in: a grant that is added to this
  // role elsewhere, or a bucket policy for the whole account, would open it.
  role.addToPolicy(new iam.PolicyStatement({
    sid: 'NeverWriteElsewhereInThisAccount',
    effect: iam.Effect.DENY,
    actions: [
      's3:Delete*', 's3:Put*', 's3:ReplicateDelete', 's3:ReplicateObject',
      // Sources of this account are restored where that was asked for.
      ...(parts.extraRights?.restore ? [] : ['s3:RestoreObject']),
    ],
    notResources: [workObjects],
    conditions: { StringEquals: { 'aws:ResourceAccount': account } },
  }));
}
