/**
 * This program does what Elsa Data does with a deployed copyout, call by call, with the AWS SDK for JavaScript: it finds the
 * state machine, puts a list, starts an execution, and polls until that is over.
 *
 *     node elsa_data.mjs OPTIONS        a JSON object:
 *         modules    the folder that has node_modules
 *         namespace, tempBucket, destinationBucket
 *         objects    [[bucket, key], ...]
 *         everyMs    between two looks at the execution
 *
 * Writes lines of JSON: {"executionArn": ...}, then one for each look, {"status", "percentDone", "counts",
 * "mapRuns"}, and last {"ended": true, "percentDone": 100, ...}. Endpoint, region and credentials come from the
 * environment.
 */
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const options = JSON.parse(process.argv[2]);
const require = createRequire(join(options.modules, 'package.json'));
const { PutObjectCommand, S3Client } = require('@aws-sdk/client-s3');
const { DiscoverInstancesCommand, ServiceDiscoveryClient } = require('@aws-sdk/client-servicediscovery');
const {
  DescribeExecutionCommand, DescribeMapRunCommand, ListMapRunsCommand, SFNClient, StartExecutionCommand,
} = require('@aws-sdk/client-sfn');

// Local AWS has one address for all: neither the bucket nor "data-" may become a part of the host's name.
const { AWS_ENDPOINT_URL: endpoint } = process.env;
const s3 = new S3Client({ endpoint, forcePathStyle: true });
const discovery = new ServiceDiscoveryClient({ endpoint, disableHostPrefix: true });
const sfn = new SFNClient({ endpoint });

const say = line => console.log(JSON.stringify(line));

async function discover() {
  const { Instances } = await discovery.send(new DiscoverInstancesCommand({
    NamespaceName: options.namespace,
    ServiceName: 'CopyOut',
  }));
  if (Instances.length !== 1) throw new Error(`${Instances.length} instances`);
  return Instances[0].Attributes.stateMachineArn;
}

async function start(stateMachineArn) {
  const key = `90/${randomBytes(32).toString('hex')}`;
  await s3.send(new PutObjectCommand({
    Bucket: options.tempBucket,
    Key: key,
    ContentType: 'text/csv',
    Body: Buffer.from(options.objects.map(([bucket, name]) => `"${bucket}","${name}"\n`).join('')),
  }));
  const { executionArn } = await sfn.send(new StartExecutionCommand({
    stateMachineArn,
    input: JSON.stringify({
      sourceFilesCsvBucket: options.tempBucket,
      sourceFilesCsvKey: key,
      destinationBucket: options.destinationBucket,
    }),
  }));
  return executionArn;
}

/** Elsa Data's figure: 1 to 99 while it polls, of the children of the one map run that have ended in any way. */
function percent({ total, succeeded, failed, aborted, timedOut }) {
  const done = succeeded + failed + aborted + timedOut;
  return Math.min(99, Math.max(1, Math.ceil((done * 100) / total)));
}

async function look(executionArn, before) {
  const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
  const { mapRuns } = await sfn.send(new ListMapRunsCommand({ executionArn }));
  const seen = { status: execution.status, percentDone: Math.max(1, before), mapRuns: mapRuns.length };
  if (mapRuns.length === 1) {
    const { itemCounts } = await sfn.send(new DescribeMapRunCommand({ mapRunArn: mapRuns[0].mapRunArn }));
    seen.counts = itemCounts;
    // A map run that has not read its list yet has no total.
    if (itemCounts.total > 0) seen.percentDone = percent(itemCounts);
  }
  return { seen, execution };
}

const executionArn = await start(await discover());
say({ executionArn });
let percentDone = 0;
for (;;) {
  const { seen, execution } = await look(executionArn, percentDone);
  percentDone = seen.percentDone;
  say(seen);
  if (execution.status !== 'RUNNING') {
    // Any end is an end to Elsa Data: its job is then done, and well.
    say({ ended: true, percentDone: 100, status: execution.status, error: execution.error, cause: execution.cause });
    break;
  }
  await sleep(options.everyMs);
}
