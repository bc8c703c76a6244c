import { Annotations, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/**
 * A prefix goes into an intrinsic function of the state machine, where ' { } and \ mean something, and into
 * the resources of policies, where * and ? do.
 */
export function checkWorkPrefix(prefix: string): string {
  if (!/^([A-Za-z0-9_.=-]+\/)*$/.test(prefix)) {
    throw new Error(
      `workPrefix must be "" or end with "/", of letters, digits and "_.=-", and is "${prefix}"`,
    );
  }
  return prefix;
}

/** Where jobs leave what they wrote for later jobs of the same list and destination. */
export function ledgersPrefix(workPrefix: string): string {
  return `${workPrefix}ledgers/`;
}

/** Of a bucket that is given its owner says what expires in it. */
export function warnOfNoLifecycle(scope: Construct, workPrefix: string): void {
  const prefixes = ['jobs', 'ledgers', 'manifests'].map(folder => `${workPrefix}${folder}/`);
  Annotations.of(scope).addWarningV2(
    'copyout:work-bucket-lifecycle',
    `the work bucket is one that is given, so no lifecycle is set: what jobs leave in ${prefixes.join(', ')} stays `
    + 'until rules of that bucket remove it (a bucket made here expires all three after 90 days, and aborts '
    + 'unfinished uploads after 7)',
  );
}

/** The bucket of plans and results, where none is given. It outlives the stack: it says what was copied. */
export function createWorkBucket(scope: Construct, id: string, workPrefix: string): s3.Bucket {
  const bucket = new s3.Bucket(scope, id, {
    encryption: s3.BucketEncryption.S3_MANAGED,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.RETAIN,
    lifecycleRules: [
      { id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(7) },
      { id: 'old-jobs', prefix: `${workPrefix}jobs/`, expiration: Duration.days(90) },
      { id: 'old-ledgers', prefix: ledgersPrefix(workPrefix), expiration: Duration.days(90) },
      // Of `copyout start`: an execution may wait for its destination for 30 days.
      { id: 'old-manifests', prefix: `${workPrefix}manifests/`, expiration: Duration.days(90) },
    ],
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason:
      'Who reads or writes the work bucket is a matter for CloudTrail data events, which the account turns '
      + 'on or not; access logs would need a second bucket for each installation.',
  });
  return bucket;
}
