import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { EXTRA_RIGHTS, type ExtraRights } from './extra-rights.ts';
import { imageFromName } from './image.ts';
import type { CopyOutSettings } from './props.ts';

/** The context keys of bin/copyout.ts (`-c KEY=VALUE`, or "context" in cdk.json). README.md explains them. */
export const KEYS = [
  'alarms', 'allowWriteToInstalledAccount', 'assignPublicIp', 'capacity', 'containerInsights', 'cpu',
  'cpuArchitecture', 'destinationAccounts', 'elsaData', 'ephemeralStorageGiB', 'extraRights', 'fastTimes', 'image',
  'jobArchitecture', 'jobCapacity', 'jobMostCpu', 'jobMostMemoryMiB', 'kmsKeyArns', 'memoryLimitMiB', 'metrics',
  'notifySuccess', 'notifyTopicArn', 'sourceBuckets', 'stackName', 'subnetIds', 'subnets', 'tags', 'taskRoleName',
  'vpcId', 'workBucket', 'workPrefix',
] as const;

type Key = (typeof KEYS)[number];

/** Settings from the context, where all that is given on a command line is text. */
export class Settings {
  private readonly scope: Construct;

  constructor(scope: Construct) {
    this.scope = scope;
  }

  text(key: Key): string | undefined {
    const value = this.scope.node.tryGetContext(key) as unknown;
    return value === undefined || value === '' ? undefined : String(value);
  }

  list(key: Key): string[] | undefined {
    return this.text(key)?.split(',').map(element => element.trim());
  }

  /** "a=1,b=2" as { a: '1', b: '2' }. */
  pairs(key: Key): Record<string, string> | undefined {
    const list = this.list(key);
    return list && Object.fromEntries(list.map(pair => {
      const at = pair.indexOf('=');
      if (at < 1) {
        throw new Error(`context ${key} must be KEY=VALUE,KEY=VALUE, and has "${pair}"`);
      }
      return [pair.slice(0, at), pair.slice(at + 1)];
    }));
  }

  flag(key: Key): boolean | undefined {
    return this.oneOf(key, ['true', 'false']) === undefined ? undefined : this.text(key) === 'true';
  }

  number(key: Key): number | undefined {
    const text = this.text(key);
    if (text !== undefined && !/^\d+$/.test(text)) {
      throw new Error(`context ${key} must be a number, and is "${text}"`);
    }
    return text === undefined ? undefined : Number(text);
  }

  oneOf<Value extends string>(key: Key, values: readonly Value[]): Value | undefined {
    const text = this.text(key);
    const value = values.find(one => one === text);
    if (text !== undefined && value === undefined) {
      throw new Error(`context ${key} must be ${values.join(' or ')}, and is "${text}"`);
    }
    return value;
  }
}

/** What both stacks have in common. `scope` will hold what the settings only name: image, bucket, keys. */
export function copyOutSettings(scope: Construct, settings: Settings): CopyOutSettings {
  const image = settings.text('image');
  const workBucket = settings.text('workBucket');
  const architecture = settings.oneOf('cpuArchitecture', ['arm64', 'x86_64']);
  const topic = settings.text('notifyTopicArn');
  return {
    alarms: settings.flag('alarms'),
    allowWriteToInstalledAccount: settings.flag('allowWriteToInstalledAccount'),
    capacity: settings.oneOf('capacity', ['spot-first', 'on-demand']),
    containerInsights: settings.flag('containerInsights'),
    cpu: settings.number('cpu'),
    cpuArchitecture: architecture === 'x86_64' ? ecs.CpuArchitecture.X86_64 : ecs.CpuArchitecture.ARM64,
    destinationAccounts: settings.list('destinationAccounts'),
    ephemeralStorageGiB: settings.number('ephemeralStorageGiB'),
    extraRights: extraRights(settings),
    fastTimes: settings.flag('fastTimes'),
    image: image ? imageFromName(scope, image) : undefined,
    jobsMayChoose: {
      architecture: settings.flag('jobArchitecture'),
      capacity: settings.flag('jobCapacity'),
      mostCpu: settings.number('jobMostCpu'),
      mostMemoryMiB: settings.number('jobMostMemoryMiB'),
    },
    kmsKeys: settings.list('kmsKeyArns')?.map((arn, n) => kms.Key.fromKeyArn(scope, `Key${n}`, arn)),
    memoryLimitMiB: settings.number('memoryLimitMiB'),
    metrics: settings.flag('metrics'),
    notifySuccess: settings.flag('notifySuccess'),
    notifyTopic: topic ? sns.Topic.fromTopicArn(scope, 'NotifyTopic', topic) : undefined,
    sourceBuckets: settings.list('sourceBuckets'),
    tags: settings.pairs('tags'),
    taskRoleName: settings.text('taskRoleName'),
    workBucket: workBucket ? s3.Bucket.fromBucketName(scope, 'WorkBucket', workBucket) : undefined,
    workPrefix: settings.text('workPrefix'),
  };
}

/** "acl,retention" as { acl: true, retention: true }. */
function extraRights(settings: Settings): ExtraRights {
  const named = settings.list('extraRights') ?? [];
  const unknown = named.find(name => !EXTRA_RIGHTS.some(right => right === name));
  if (unknown !== undefined) {
    throw new Error(`context extraRights must be of ${EXTRA_RIGHTS.join(', ')}, and has "${unknown}"`);
  }
  return Object.fromEntries(named.map(name => [name, true]));
}
