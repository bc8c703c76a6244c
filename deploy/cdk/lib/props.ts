import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as servicediscovery from 'aws-cdk-lib/aws-servicediscovery';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { JobChoices } from './choices.ts';
import type { ExtraRights } from './extra-rights.ts';
import type { Waits } from './times.ts';

export interface CopyOutProps {
  readonly vpc: ec2.IVpc;

  /** Where the tasks run. Default: what the VPC selects, private subnets if it has some. */
  readonly subnetSelection?: ec2.SubnetSelection;

  /** Instead of subnetSelection, for subnets that are known at deployment only; may be a list token. */
  readonly subnetIds?: string[];

  /** Default: in public subnets of a subnetSelection. */
  readonly assignPublicIp?: boolean;

  /**
   * Where plans, results and reports are kept. Default: a new bucket, in which jobs, ledgers and manifests expire
   * after 90 days. A bucket that is given gets no lifecycle from here.
   */
  readonly workBucket?: s3.IBucket;

  /** The part of the bucket that is ours: "" (default) or ending with "/". Jobs are below "jobs/" in it. */
  readonly workPrefix?: string;

  /**
   * Default: CopyOut-STACK, or the stack's name if it begins with CopyOut. Elsa Data may only start what
   * begins with CopyOut.
   */
  readonly stateMachineName?: string;

  /** A name for the task role that destinations can grant to beforehand. Default: made by CloudFormation. */
  readonly taskRoleName?: string;

  /** Default false: tasks may not write to buckets of the account that this is installed in. */
  readonly allowWriteToInstalledAccount?: boolean;

  /**
   * The buckets that jobs may copy from: names, in which "*" and "?" stand for other characters, and ARNs of access
   * points (with their aliases as names). The bucket of a manifest is one of them unless it is the work bucket.
   * Default: any bucket that lets the task role in.
   */
  readonly sourceBuckets?: string[];

  /**
   * The accounts whose buckets jobs may copy to, besides this one with allowWriteToInstalledAccount. Default: any
   * other account.
   */
  readonly destinationAccounts?: string[];

  /**
   * Rights that options of jobs take beyond plain copies: { acl: true, retention: true, … }, on the same sources and
   * destinations as all else. Default: none; a job that asks for one of them is refused.
   */
  readonly extraRights?: ExtraRights;

  /**
   * Keys of sources and destinations with SSE-KMS: tasks may decrypt and generate data keys with them. The key
   * policy of a key of another account must let the task role do both as well.
   */
  readonly kmsKeys?: kms.IKey[];

  /** Registers the service "CopyOut" there, with an instance that has the attribute "stateMachineArn". */
  readonly namespace?: servicediscovery.IHttpNamespace;

  /** Short waits for development (lib/times.ts). Default: false. */
  readonly fastTimes?: boolean;

  /** Any of the times, in seconds. */
  readonly waits?: Partial<Waits>;

  /** Default "spot-first": shards run on FARGATE_SPOT, and on FARGATE when Spot has no place for them. */
  readonly capacity?: 'spot-first' | 'on-demand';

  /** Default: ARM64, a fifth cheaper. */
  readonly cpuArchitecture?: ecs.CpuArchitecture;

  /** What the input of a job may choose of its shards' tasks instead. Default: nothing. */
  readonly jobsMayChoose?: JobChoices;

  /** CPU units. Default: 256, the least there is: S3 does the copying, a task only asks for it. */
  readonly cpu?: number;

  /** MiB. Default: 512, the least there is: the program needs less than 20. */
  readonly memoryLimitMiB?: number;

  /** 21 to 200. Default: the 20 GiB that each task has. Prepare stages its plan there. */
  readonly ephemeralStorageGiB?: number;

  /** Default: built from deploy/container/Dockerfile. */
  readonly image?: ecs.ContainerImage;

  /** More environment for all tasks. */
  readonly taskEnvironment?: Record<string, string>;

  /** Tags for all that is made here; tasks get them too. Tasks have "copyout:..." tags besides. Default: none. */
  readonly tags?: Record<string, string>;

  /** Default true: CloudWatch's Container Insights for the cluster, which costs something for each task. */
  readonly containerInsights?: boolean;

  /** Default true: tasks count objects, bytes, failures and refusals in their log, and CloudWatch makes metrics of it. */
  readonly metrics?: boolean;

  /** Default false: alarms on executions and on these metrics; their actions go to notifyTopic, if there is one. */
  readonly alarms?: boolean;

  /** Is told of each execution that failed, timed out or was stopped. Default: nobody is. */
  readonly notifyTopic?: sns.ITopic;

  /** Default false: notifyTopic is told of executions that succeeded as well. */
  readonly notifySuccess?: boolean;
}

/** What is left to choose in a stack that has its network. */
export type CopyOutSettings = Omit<CopyOutProps, 'vpc' | 'subnetIds' | 'subnetSelection' | 'assignPublicIp'>;
