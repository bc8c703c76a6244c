import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { EXTRA_RIGHTS, type ExtraRight } from '../lib/extra-rights.ts';
import { type CopyOutProps } from '../lib/props.ts';
import { judge, type Values, type Verdict } from './policy.ts';
import { copyOutTemplate, flat, newApp, only } from './support.ts';

const OURS = '111111111111';
const THEIRS = '222222222222';
const OTHERS = '333333333333';
const VALUES: Values = {
  'AWS::AccountId': OURS, 'AWS::Partition': 'aws', 'AWS::Region': 'us-east-1',
  'CopyOutWorkBucket.Arn': 'arn:aws:s3:::work',
};

/** Who owns which bucket. */
const OWNERS: Record<string, string> = {
  work: OURS, ours: OURS, 'data-1': OURS, secrets: OURS, theirs: THEIRS, others: OTHERS,
};

const READ = ['s3:GetObject', 's3:GetObjectTagging', 's3:GetObjectVersion', 's3:GetObjectVersionTagging'];
const WRITE = ['s3:PutObject', 's3:PutObjectTagging', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];

class Installation {
  readonly template: Template;

  constructor(props: Partial<CopyOutProps>) {
    this.template = copyOutTemplate({ workPrefix: 'w/', ...props }).template;
  }

  may(action: string, bucket: string, key?: string, context: Record<string, string> = {}): Verdict {
    return judge(this.template, 'TaskRole', {
      action,
      resource: `arn:aws:s3:::${bucket}${key === undefined ? '' : `/${key}`}`,
      context: { 'aws:ResourceAccount': OWNERS[bucket]!, ...context },
    }, VALUES);
  }

  /** The one verdict of all these actions on an object. */
  all(actions: string[], bucket: string, key: string): Verdict {
    const verdicts = new Set(actions.map(action => this.may(action, bucket, key)));
    assert.equal(verdicts.size, 1, `${bucket}/${key}: ${[...verdicts]}`);
    return [...verdicts][0]!;
  }

  reads(bucket: string): Verdict {
    return this.all(READ, bucket, 'folder/object');
  }

  /** What the marker, copies in one piece and in parts, tags and the report need. */
  writes(bucket: string): Verdict {
    const verdicts = new Set(WRITE.map(action => this.may(action, bucket, 'release/STARTED_COPY.txt')));
    // A denial is of what changes something; to look at uploads is not allowed then.
    if (verdicts.has('denied')) return 'denied';
    assert.equal(verdicts.size, 1, `${bucket}: ${[...verdicts]}`);
    return [...verdicts][0]!;
  }
}

/** What each installation must be able to do with its own folder, and no more of its bucket. */
function keepsItsWork(installation: Installation): void {
  for (const key of ['w/jobs/e/job.json', 'w/jobs/e/items.jsonl', 'w/jobs/e/results/0-a-0.jsonl', 'w/ledgers/d/l']) {
    assert.equal(installation.all(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], 'work', key), 'allowed', key);
  }
  assert.equal(installation.may('s3:AbortMultipartUpload', 'work', 'w/jobs/e/items.jsonl'), 'allowed');
  assert.equal(installation.may('s3:ListBucket', 'work', undefined, { 's3:prefix': 'w/jobs/e/' }), 'allowed');
  // Asked for when an object is not there: 404, or 403.
  assert.equal(installation.may('s3:ListBucket', 'work'), 'allowed');
  assert.notEqual(installation.may('s3:DeleteObject', 'work', 'elsewhere'), 'allowed');
  for (const bucket of ['ours', 'theirs', 'others', 'secrets']) {
    assert.notEqual(installation.may('s3:DeleteObject', bucket, 'w/jobs/e/job.json'), 'allowed', bucket);
  }
}

describe('an installation as it is by default', () => {
  const open = new Installation({});

  it('keeps its work', () => keepsItsWork(open));

  it('reads any source that lets it in', () => {
    for (const bucket of ['ours', 'data-1', 'secrets', 'theirs', 'others']) assert.equal(open.reads(bucket), 'allowed');
  });

  it('writes to other accounts, and never elsewhere in its own', () => {
    assert.equal(open.writes('theirs'), 'allowed');
    assert.equal(open.writes('others'), 'allowed');
    assert.equal(open.writes('ours'), 'denied');
    assert.equal(open.may('s3:PutObject', 'work', 'elsewhere'), 'denied');
  });

  it('has a denial that other grants do not undo', () => {
    const statement = only(open.template, 'AWS::IAM::Policy', 'CopyOutTaskRoleDefaultPolicy').PolicyDocument.Statement
      .find(({ Sid }: any) => Sid === 'NeverWriteElsewhereInThisAccount');
    assert.equal(statement.Effect, 'Deny');
    assert.equal(statement.Resource, undefined);
    assert.deepEqual(statement.Condition, { StringEquals: { 'aws:ResourceAccount': { Ref: 'AWS::AccountId' } } });
    assert.equal(open.may('s3:DeleteObject', 'ours', 'a'), 'denied');
    assert.equal(open.may('s3:PutBucketPolicy', 'ours'), 'denied');
  });
});

describe('an installation that may write within its account', () => {
  const allowed = new Installation({ allowWriteToInstalledAccount: true });

  it('has no denial, and writes everywhere', () => {
    for (const bucket of ['ours', 'theirs', 'others']) assert.equal(allowed.writes(bucket), 'allowed', bucket);
    assert.ok(!JSON.stringify(allowed.template.toJSON()).includes('NeverWrite'));
  });

  it('keeps its work', () => keepsItsWork(allowed));
});

describe('a narrowed installation', () => {
  const narrow = new Installation({ sourceBuckets: ['ours', 'data-*'], destinationAccounts: [THEIRS] });

  it('keeps its work', () => keepsItsWork(narrow));

  it('reads its sources and no others', () => {
    for (const bucket of ['ours', 'data-1']) {
      assert.equal(narrow.reads(bucket), 'allowed', bucket);
      assert.equal(narrow.may('s3:ListBucket', bucket), 'allowed', bucket);
    }
    for (const bucket of ['secrets', 'others']) {
      assert.equal(narrow.reads(bucket), 'not allowed', bucket);
      assert.equal(narrow.may('s3:ListBucket', bucket), 'not allowed', bucket);
    }
    assert.equal(narrow.may('s3:ListBucket', 'work', undefined, { 's3:prefix': 'elsewhere/' }), 'not allowed');
    assert.equal(narrow.may('s3:GetObject', 'work', 'elsewhere/a'), 'not allowed');
    // "ours" is no prefix of other names, nor is the pattern one of keys.
    OWNERS['ours-2'] = OURS;
    assert.equal(narrow.reads('ours-2'), 'not allowed');
  });

  it('writes to its destinations\' accounts, and looks there at what it wrote', () => {
    assert.equal(narrow.writes('theirs'), 'allowed');
    assert.equal(narrow.all(['s3:GetObject', 's3:GetObjectTagging'], 'theirs', 'release/a'), 'allowed');
    assert.equal(narrow.may('s3:ListBucket', 'theirs'), 'allowed');
    assert.equal(narrow.may('s3:ListBucketMultipartUploads', 'theirs'), 'allowed');
    assert.equal(narrow.writes('others'), 'not allowed');
    assert.equal(narrow.writes('ours'), 'denied');
  });

  it('tells the program', () => {
    const [container] = only(narrow.template, 'AWS::ECS::TaskDefinition').ContainerDefinitions;
    const environment = Object.fromEntries(container.Environment.map(({ Name, Value }: any) => [Name, Value]));
    assert.equal(flat(environment['COPYOUT_SOURCE_BUCKETS']), 'ours,data-*,<CopyOutWorkBucket>');
    assert.equal(environment['COPYOUT_WRITES_TO'], `buckets of ${THEIRS} (destinationAccounts of its stack)`);
  });

  it('may be narrowed in one way only', () => {
    const sources = new Installation({ sourceBuckets: ['ours'] });
    assert.equal(sources.reads('secrets'), 'not allowed');
    assert.equal(sources.writes('others'), 'allowed');
    assert.equal(sources.writes('ours'), 'denied');
    const destinations = new Installation({ destinationAccounts: [THEIRS] });
    assert.equal(destinations.reads('secrets'), 'allowed');
    assert.equal(destinations.writes('theirs'), 'allowed');
    assert.equal(destinations.writes('others'), 'not allowed');
    assert.equal(destinations.writes('ours'), 'denied');
  });

  it('may write within its account if that is asked for', () => {
    const both = new Installation({ destinationAccounts: [THEIRS], allowWriteToInstalledAccount: true });
    assert.equal(both.writes('ours'), 'allowed');
    assert.equal(both.writes('theirs'), 'allowed');
    assert.equal(both.writes('others'), 'not allowed');
  });

  it('names access points by their ARNs', () => {
    const arn = `arn:aws:s3:us-east-1:${OTHERS}:accesspoint/shared`;
    const reached = new Installation({ sourceBuckets: [arn, 'shared-abc-s3alias'], destinationAccounts: [THEIRS] });
    const read = (resource: string) => judge(reached.template, 'TaskRole', {
      action: 's3:GetObject', resource, context: { 'aws:ResourceAccount': OTHERS },
    }, VALUES);
    assert.equal(read(`${arn}/object/a`), 'allowed');
    assert.equal(read(`arn:aws:s3:us-east-1:${OTHERS}:accesspoint/other/object/a`), 'not allowed');
    const [container] = only(reached.template, 'AWS::ECS::TaskDefinition').ContainerDefinitions;
    const { Value } = container.Environment.find(({ Name }: any) => Name === 'COPYOUT_SOURCE_BUCKETS');
    assert.equal(flat(Value), 'shared-abc-s3alias,<CopyOutWorkBucket>');
  });

  it('is refused where it would narrow to nothing, or to something else', () => {
    const narrowed = (props: Partial<CopyOutProps>) => () => copyOutTemplate(props);
    assert.throws(narrowed({ sourceBuckets: [] }), /sourceBuckets must not be an empty list/);
    assert.throws(narrowed({ sourceBuckets: ['s3://ours/'] }), /sourceBuckets: "s3:\/\/ours\/"/);
    assert.throws(narrowed({ destinationAccounts: ['2222'] }), /destinationAccounts: "2222" is not an account/);
    const stack = new Stack(newApp(), 'Own', { env: { account: OURS, region: 'us-east-1' } });
    assert.throws(
      () => copyOutTemplate({ destinationAccounts: [OURS] }, stack), /allowWriteToInstalledAccount as well/,
    );
  });
});

/** What S3 asks of each, beside the rights to read and to write. */
const EXTRAS: Record<ExtraRight, { sources: string[]; destinations: string[] }> = {
  acl: { sources: [], destinations: ['s3:PutObjectAcl'] },
  retention: { sources: ['s3:GetObjectRetention'], destinations: ['s3:PutObjectRetention'] },
  legalHold: { sources: ['s3:GetObjectLegalHold'], destinations: ['s3:PutObjectLegalHold'] },
  annotations: {
    sources: ['s3:GetObjectAnnotation', 's3:GetObjectVersionAnnotation', 's3:ListObjectAnnotations',
      's3:ListObjectVersionAnnotations'],
    destinations: ['s3:PutObjectAnnotation'],
  },
  restore: { sources: ['s3:RestoreObject'], destinations: [] },
};

/** Without its right a restore within the installed account is even denied: it changes something there. */
const withheld = (action: string, right?: string) =>
  action === 's3:RestoreObject' && right !== 'restore' ? 'denied' : 'not allowed';

describe('rights beyond plain copies', () => {
  const narrowing = { sourceBuckets: ['ours', 'data-*'], destinationAccounts: [THEIRS] };

  it('are none by default', () => {
    for (const installation of [new Installation({}), new Installation(narrowing)]) {
      for (const { sources, destinations } of Object.values(EXTRAS)) {
        for (const action of sources) assert.equal(installation.may(action, 'data-1', 'a'), withheld(action), action);
        for (const action of destinations) {
          assert.equal(installation.may(action, 'theirs', 'a'), 'not allowed', action);
          assert.equal(installation.may(action, 'ours', 'a'), 'denied', action);
        }
      }
      assert.equal(told(installation), 'none');
    }
  });

  for (const right of EXTRA_RIGHTS) {
    it(`${right}: on its sources and destinations alone, and no other right with it`, () => {
      const given = new Installation({ ...narrowing, extraRights: { [right]: true } });
      for (const [name, { sources, destinations }] of Object.entries(EXTRAS)) {
        const verdict = name === right ? 'allowed' : 'not allowed';
        for (const action of sources) {
          const of = name === right ? 'allowed' : withheld(action, right);
          assert.equal(given.may(action, 'data-1', 'a'), of, action);
          assert.equal(given.may(action, 'secrets', 'a'), withheld(action, right), action);
          assert.equal(given.may(action, 'others', 'a'), 'not allowed', action);
        }
        for (const action of destinations) {
          assert.equal(given.may(action, 'theirs', 'a'), verdict, action);
          assert.equal(given.may(action, 'others', 'a'), 'not allowed', action);
          assert.equal(given.may(action, 'ours', 'a'), 'denied', action);
        }
      }
      assert.equal(told(given), right);
      const looks = right === 'annotations' ? 'allowed' : 'not allowed';
      assert.equal(given.may('s3:ListObjectAnnotations', 'theirs', 'a'), looks);
      assert.equal(given.reads('data-1'), 'allowed');
      assert.equal(given.writes('theirs'), 'allowed');
    });
  }

  it('never shorten a retention, and never delete', () => {
    const all = Object.fromEntries(EXTRA_RIGHTS.map(right => [right, true]));
    const given = new Installation({ extraRights: all });
    for (const action of ['s3:BypassGovernanceRetention', 's3:DeleteObject', 's3:DeleteObjectAnnotation',
      's3:PutBucketAcl', 's3:PutBucketObjectLockConfiguration']) {
      assert.notEqual(given.may(action, 'theirs', 'a'), 'allowed', action);
      assert.notEqual(given.may(action, 'ours', 'a'), 'allowed', action);
    }
    assert.equal(told(given), EXTRA_RIGHTS.join(','));
    for (const right of EXTRA_RIGHTS) {
      for (const action of EXTRAS[right].sources) assert.equal(given.may(action, 'others', 'a'), 'allowed', action);
      for (const action of EXTRAS[right].destinations) assert.equal(given.may(action, 'others', 'a'), 'allowed', action);
    }
  });
});

/** What Prepare is told of them. */
function told(installation: Installation): string {
  const [container] = only(installation.template, 'AWS::ECS::TaskDefinition').ContainerDefinitions;
  return container.Environment.find(({ Name }: any) => Name === 'COPYOUT_EXTRA_RIGHTS').Value;
}

describe('the state machine\'s role', () => {
  it('finds the marks of what is being restored, and lists nothing else', () => {
    const { template } = new Installation({ workBucket: undefined });
    const may = (prefix: string) => judge(template, 'StateMachineRole', {
      action: 's3:ListBucket', resource: 'arn:aws:s3:::work', context: { 's3:prefix': prefix },
    }, VALUES);
    assert.equal(may('w/jobs/e/waiting'), 'allowed');
    for (const prefix of ['', 'w/', 'w/jobs/', 'w/jobs/e/results', 'x/jobs/e/waiting']) {
      assert.equal(may(prefix), 'not allowed', prefix);
    }
  });

  it('reads the plan, and nothing else', () => {
    const { template } = new Installation({ workBucket: undefined });
    const may = (action: string, resource: string) => judge(template, 'StateMachineRole', { action, resource }, VALUES);
    assert.equal(may('s3:GetObject', 'arn:aws:s3:::work/w/jobs/e/shards.json'), 'allowed');
    assert.equal(may('s3:GetObject', 'arn:aws:s3:::ours/a'), 'not allowed');
  });
});

describe('a work bucket that is given', () => {
  it('is one that the owner cleans, which synthesis says', () => {
    const { stack } = copyOutTemplate({ workPrefix: 'w/' });
    assert.deepEqual(warnings(stack), []);
    const own = new Stack(newApp(), 'Given');
    copyOutTemplate({ workPrefix: 'w/', workBucket: s3.Bucket.fromBucketName(own, 'Bucket', 'theirs') }, own);
    const [warning, ...more] = warnings(own);
    assert.deepEqual(more, []);
    assert.match(warning!, /no lifecycle is set: .* w\/jobs\/, w\/ledgers\/, w\/manifests\/ stays/);
  });
});

function warnings(stack: Stack): string[] {
  return stack.node.findAll().flatMap(node =>
    node.node.metadata.filter(({ type }) => type === 'aws:cdk:warning').map(({ data }) => String(data)))
    .filter(text => text.includes('copyout:'));
}
