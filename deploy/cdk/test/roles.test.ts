import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { CopyOutStack } from '../lib/copyout-stack.ts';
import { copyOutTemplate, flat, flats, IMAGE, newApp, only, statements } from './support.ts';

const { template } = copyOutTemplate({ workPrefix: 'ours/' });
const states = 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>';
const bucket = '<CopyOutWorkBucket.Arn>';

describe('the task role', () => {
  const role = statements(template, 'TaskRole');

  it('has these statements and no others', () => {
    assert.deepEqual(Object.keys(role).sort(), [
      'AnswerTokens', 'KeepWork', 'ListWork', 'NeverWriteElsewhereInThisAccount', 'ReadAnySource', 'WriteDestinations',
    ]);
  });

  it('reads any source', () => {
    assert.deepEqual(role['ReadAnySource'].Action.sort(), [
      's3:GetObject', 's3:GetObjectTagging', 's3:GetObjectVersion', 's3:GetObjectVersionTagging', 's3:ListBucket',
    ]);
    assert.deepEqual(role['ReadAnySource'].Resource.map(flat), [
      'arn:<AWS::Partition>:s3:*:*:accesspoint/*', 'arn:<AWS::Partition>:s3:::*',
    ].sort());
    assert.equal(role['ReadAnySource'].Condition, undefined);
  });

  it('writes to buckets of other accounts only', () => {
    assert.deepEqual(role['WriteDestinations'].Action.sort(), [
      's3:AbortMultipartUpload', 's3:ListBucketMultipartUploads', 's3:ListMultipartUploadParts',
      's3:PutObject', 's3:PutObjectTagging',
    ]);
    assert.deepEqual(role['WriteDestinations'].Condition, {
      StringNotEquals: { 'aws:ResourceAccount': { Ref: 'AWS::AccountId' } },
    });
  });

  it('writes anywhere if the installation asks for it', () => {
    const allowed = copyOutTemplate({ allowWriteToInstalledAccount: true }).template;
    assert.equal(statements(allowed, 'TaskRole')['WriteDestinations'].Condition, undefined);
  });

  it('deletes in the work prefix only', () => {
    assert.deepEqual(role['KeepWork'].Action.sort(), [
      's3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject',
    ]);
    assert.equal(flat(role['KeepWork'].Resource), `${bucket}/ours/*`);
    assert.equal(flat(role['ListWork'].Resource), bucket);
    assert.deepEqual(role['ListWork'].Condition, { StringLikeIfExists: { 's3:prefix': 'ours/*' } });
    const deleting = Object.values(role)
      .filter(({ Action, Effect }) => Effect === 'Allow' && String(Action).includes('Delete'));
    assert.equal(deleting.length, 1);
  });

  it('answers tokens, for which there are no resources', () => {
    assert.deepEqual(role['AnswerTokens'].Action.sort(), [
      'states:SendTaskFailure', 'states:SendTaskHeartbeat', 'states:SendTaskSuccess',
    ]);
    assert.equal(role['AnswerTokens'].Resource, '*');
    const unbound = Object.entries(role).filter(([, { Resource }]) => Resource === '*').map(([sid]) => sid);
    assert.deepEqual(unbound, ['AnswerTokens']);
  });

  it('is for tasks of this account', () => {
    const { AssumeRolePolicyDocument } = only(template, 'AWS::IAM::Role', 'CopyOutTaskRole');
    const [statement] = AssumeRolePolicyDocument.Statement;
    assert.deepEqual(statement.Principal, { Service: 'ecs-tasks.amazonaws.com' });
    assert.deepEqual(statement.Condition.StringEquals, { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } });
  });

  it('may have a name', () => {
    const named = copyOutTemplate({ taskRoleName: 'copyout-writer' }).template;
    assert.equal(only(named, 'AWS::IAM::Role', 'CopyOutTaskRole').RoleName, 'copyout-writer');
  });
});

describe('the state machine\'s role', () => {
  const role = statements(template, 'StateMachineRole');

  it('runs the one task family in the one cluster', () => {
    assert.equal(role['RunTasks'].Action, 'ecs:RunTask');
    assert.equal(
      flat(role['RunTasks'].Resource),
      'arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task-definition/CopyOut-Test:*',
    );
    assert.deepEqual(Object.keys(role['RunTasks'].Condition), ['ArnEquals']);
    assert.equal(flat(role['RunTasks'].Condition.ArnEquals['ecs:cluster']), '<CopyOutCluster.Arn>');
  });

  it('tags tasks when it starts them, and never later', () => {
    assert.equal(role['TagNewTasks'].Action, 'ecs:TagResource');
    assert.equal(flat(role['TagNewTasks'].Resource), 'arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task/*');
    assert.deepEqual(role['TagNewTasks'].Condition, { StringEquals: { 'ecs:CreateAction': 'RunTask' } });
  });

  it('passes the task\'s two roles to tasks', () => {
    assert.equal(role['GiveTasksTheirRoles'].Action, 'iam:PassRole');
    assert.deepEqual(flats(role['GiveTasksTheirRoles'].Resource), [
      '<CopyOutExecutionRole.Arn>', '<CopyOutTaskRole.Arn>',
    ]);
    assert.deepEqual(role['GiveTasksTheirRoles'].Condition, {
      StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
    });
  });

  it('reads plans, and starts, watches and redrives the map\'s children', () => {
    assert.equal(role['ReadShards'].Action, 's3:GetObject');
    assert.equal(flat(role['ReadShards'].Resource), `${bucket}/ours/*`);
    assert.equal(role['StartChildren'].Action, 'states:StartExecution');
    assert.equal(flat(role['StartChildren'].Resource), `${states}:stateMachine:CopyOut-Test`);
    assert.deepEqual(flats(role['WatchChildren'].Resource), [
      `${states}:execution:CopyOut-Test/Copy:*`, `${states}:execution:CopyOut-Test:*`,
    ]);
    assert.equal(flat(role['RedriveChildren'].Resource), `${states}:execution:CopyOut-Test/Copy:*`);
  });

  it('writes the results of the map, and nothing else', () => {
    assert.deepEqual(role['WriteMapResults'].Action.sort(), [
      's3:AbortMultipartUpload', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject',
    ]);
    assert.equal(flat(role['WriteMapResults'].Resource), `${bucket}/ours/jobs/*/map/*`);
    const writing = Object.entries(role).filter(([, { Action }]) => String(Action).includes('Put'));
    assert.deepEqual(writing.map(([sid]) => sid).filter(sid => !/^\d+$/.test(sid)), ['WriteMapResults']);
  });

  it('has all else for logs and traces only', () => {
    const rest = Object.entries(role).filter(([sid]) => /^\d+$/.test(sid));
    const services = rest.flatMap(([, { Action }]) => Action).map((action: string) => action.split(':')[0]);
    assert.deepEqual([...new Set(services)].sort(), ['logs', 'xray']);
  });
});

describe('keys', () => {
  it('are used through S3, and the work bucket\'s own by the map as well', () => {
    const app = newApp();
    const stack = new CopyOutStack(app, 'CopyOut', {
      copyOut: scope => ({
        image: ecs.ContainerImage.fromRegistry(IMAGE),
        kmsKeys: [kms.Key.fromKeyArn(scope, 'Key', 'arn:aws:kms:us-east-1:111122223333:key/a')],
        workBucket: encryptedBucket(scope),
      }),
    });
    const keyed = Template.fromStack(stack);
    const use = statements(keyed, 'TaskRole')['UseKeysThroughS3'];
    assert.deepEqual(use.Action.sort(), ['kms:Decrypt', 'kms:GenerateDataKey']);
    assert.deepEqual(flats(use.Resource), [
      'arn:aws:kms:us-east-1:111122223333:key/a', 'arn:aws:kms:us-east-1:123456789012:key/w',
    ]);
    assert.ok(use.Condition.StringLike['kms:ViaService']);
    assert.equal(
      statements(keyed, 'StateMachineRole')['UseWorkKey'].Resource, 'arn:aws:kms:us-east-1:123456789012:key/w',
    );
  });

  it('are of no concern otherwise', () => {
    assert.ok(!JSON.stringify(template.toJSON()).includes('kms:'));
  });
});

describe('all policies', () => {
  it('are our own: none of AWS\'s, nothing that ends in FullAccess', () => {
    for (const [name, role] of Object.entries(template.findResources('AWS::IAM::Role'))) {
      assert.equal(role['Properties'].ManagedPolicyArns, undefined, name);
    }
    assert.ok(!/FullAccess|:policy\//.test(JSON.stringify(template.toJSON())));
  });

  it('allow no action by a wildcard', () => {
    for (const [name, policy] of Object.entries(policies(template))) {
      for (const { Action, Effect } of policy.Statement) {
        if (Effect === 'Allow') assert.ok(![Action].flat().some((action: string) => action.includes('*')), name);
      }
    }
  });
});

function policies(of: Template): Record<string, any> {
  return Object.fromEntries(Object.entries(of.findResources('AWS::IAM::Policy'))
    .map(([name, policy]) => [name, policy['Properties'].PolicyDocument]));
}

function encryptedBucket(scope: Stack): s3.IBucket {
  return s3.Bucket.fromBucketAttributes(scope, 'WorkBucket', {
    bucketName: 'our-bucket',
    encryptionKey: kms.Key.fromKeyArn(scope, 'WorkKey', 'arn:aws:kms:us-east-1:123456789012:key/w'),
  });
}
