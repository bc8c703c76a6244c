import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** What an installation is narrowed down to; nothing given: any source, and any other account's buckets. */
export interface Narrowing {
  readonly sourceBuckets?: string[];
  readonly destinationAccounts?: string[];
  readonly allowWriteToInstalledAccount?: boolean;
}

const BUCKET = /^[a-z0-9*?][a-z0-9.*?-]{0,62}$/;
const ACCESS_POINT = /^arn:aws[a-z-]*:s3:[a-z0-9-]*:\d{12}:accesspoint\/[a-z0-9-]+$/;

/** Refuses what would narrow to nothing, or to something else than it says. */
export function checkNarrowing(scope: Construct, narrowing: Narrowing): void {
  const { sourceBuckets, destinationAccounts, allowWriteToInstalledAccount } = narrowing;
  for (const [name, list] of Object.entries({ sourceBuckets, destinationAccounts })) {
    if (list?.length === 0) {
      throw new Error(`${name} must not be an empty list: leave it out, or name at least one`);
    }
  }
  for (const bucket of sourceBuckets ?? []) {
    if (!BUCKET.test(bucket) && !ACCESS_POINT.test(bucket)) {
      throw new Error(
        `sourceBuckets: "${bucket}" is neither a bucket's name, in which * and ? stand for others, nor the `
        + 'ARN of an access point',
      );
    }
  }
  const { account } = Stack.of(scope);
  for (const one of destinationAccounts ?? []) {
    if (!/^\d{12}$/.test(one)) {
      throw new Error(`destinationAccounts: "${one}" is not an account, which has 12 digits`);
    }
    if (!Token.isUnresolved(account) && one === account && !allowWriteToInstalledAccount) {
      throw new Error(
        `destinationAccounts: ${one} is the account that this is installed in; set `
        + 'allowWriteToInstalledAccount as well',
      );
    }
  }
}

/** The condition on the account of a destination; undefined: any account will do. */
export function destinationCondition(scope: Construct, narrowing: Narrowing): Record<string, unknown> | undefined {
  const { account } = Stack.of(scope);
  const { destinationAccounts, allowWriteToInstalledAccount } = narrowing;
  if (destinationAccounts) {
    const accounts = [...destinationAccounts, ...(allowWriteToInstalledAccount ? [account] : [])];
    return { StringEquals: { 'aws:ResourceAccount': [...new Set(accounts)] } };
  }
  return allowWriteToInstalledAccount ? undefined : { StringNotEquals: { 'aws:ResourceAccount': account } };
}

/**
 * The program's environment of it. Prepare refuses a manifest that names another source, with its line; and
 * says, when S3 lets it write nothing, to whose buckets it may write at all.
 */
export function narrowingEnvironment(
  scope: Construct, narrowing: Narrowing, workBucketName: string,
): Record<string, string> {
  const { account } = Stack.of(scope);
  const { sourceBuckets, destinationAccounts, allowWriteToInstalledAccount } = narrowing;
  const environment: Record<string, string> = {};
  if (sourceBuckets) {
    // Of the work bucket the role may read no more than the work folder; samples to try a stack with lie there.
    environment['COPYOUT_SOURCE_BUCKETS'] =
      [...sourceBuckets.filter(name => BUCKET.test(name)), workBucketName].join(',');
  }
  if (destinationAccounts) {
    const own = allowWriteToInstalledAccount ? ` and ${account}` : '';
    environment['COPYOUT_WRITES_TO'] =
      `buckets of ${destinationAccounts.join(', ')}${own} (destinationAccounts of its stack)`;
  } else if (!allowWriteToInstalledAccount) {
    environment['COPYOUT_WRITES_TO'] =
      `buckets of other accounts than ${account}, its own (allowWriteToInstalledAccount of its stack)`;
  }
  return environment;
}
