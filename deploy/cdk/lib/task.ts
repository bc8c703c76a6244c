import { Duration, RemovalPolicy, Stack, Tags, Validations } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type Architecture, CPU_ARCHITECTURES, type ShardTask } from './choices.ts';
import { CONTAINER } from './definition.ts';
import { imageFromSource } from './image.ts';
import type { CopyOutProps } from './props.ts';
import type { Waits } from './times.ts';

/** Fargate kills a task this long after SIGTERM; 120 is its most. */
const STOP_TIMEOUT_SECONDS = 120;
/** The program stops by itself before that, with time left to hand its results in. */
const STOP_SECONDS = 90;
/** Of no account on any machine: the image's files are root's, and /tmp is everyone's. */
const USER = '65532:65532';

export interface TaskParts {
  /** The installation's name. */
  readonly name: string;
  readonly family: string;
  readonly architecture: Architecture;
  readonly size: ShardTask;
  readonly taskRole: iam.IRole;
  readonly executionRole: iam.IRole;
  readonly logGroup: logs.ILogGroup;
  readonly waits: Waits;
  /** Where jobs leave their ledgers: s3://bucket/prefix/. */
  readonly ledgers: string;
  /** Further variables that are the same for all tasks. */
  readonly environment: Record<string, string>;
}

export function createTaskLogs(scope: Construct, id: string): logs.LogGroup {
  return new logs.LogGroup(scope, id, {
    retention: logs.RetentionDays.THREE_MONTHS,
    // The reports in the work bucket, which stays, say what was copied.
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

/**
 * The task definition of prepare, copy and report: the state machine's overrides say which. There is a second one
 * where jobs may choose their architecture, for shards alone.
 */
export function createTaskDefinition(scope: Construct, id: string, props: CopyOutProps, parts: TaskParts) {
  const cpuArchitecture = CPU_ARCHITECTURES[parts.architecture];
  const taskDefinition = new ecs.FargateTaskDefinition(scope, id, {
    family: parts.family,
    cpu: parts.size.cpu,
    memoryLimitMiB: parts.size.memoryLimitMiB,
    ephemeralStorageGiB: props.ephemeralStorageGiB,
    runtimePlatform: {
      cpuArchitecture,
      operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
    },
    taskRole: parts.taskRole,
    executionRole: parts.executionRole,
    // Work files are staged in /tmp, and nothing else of the container can be written.
    volumes: [{ name: 'tmp' }],
  });

  // Tasks take the tags of their definition (PropagateTags), and so does the bill.
  Tags.of(taskDefinition).add('copyout:installation', parts.name);

  const linuxParameters = new ecs.LinuxParameters(taskDefinition, 'LinuxParameters', {
    // SIGTERM is for the program itself: it starts no children that an init would have to collect.
    initProcessEnabled: false,
  });
  linuxParameters.dropCapabilities(ecs.Capability.ALL);

  const container = taskDefinition.addContainer(CONTAINER, {
    containerName: CONTAINER,
    image: props.image ?? imageFromSource(cpuArchitecture),
    essential: true,
    user: USER,
    readonlyRootFilesystem: true,
    linuxParameters,
    stopTimeout: Duration.seconds(STOP_TIMEOUT_SECONDS),
    environment: {
      AWS_REGION: Stack.of(scope).region,
      COPYOUT_HEARTBEAT_SECONDS: String(parts.waits.beat),
      COPYOUT_LEDGERS: parts.ledgers,
      COPYOUT_STOP_SECONDS: String(STOP_SECONDS),
      TMPDIR: '/tmp',
      ...parts.environment,
      ...props.taskEnvironment,
    },
    logging: ecs.LogDrivers.awsLogs({
      streamPrefix: CONTAINER,
      logGroup: parts.logGroup,
      // A log that cannot be delivered must not stop a copy.
      mode: ecs.AwsLogDriverMode.NON_BLOCKING,
    }),
  });
  container.addMountPoints({ sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false });
  // A thousand requests at once are as many connections.
  container.addUlimits({ name: ecs.UlimitName.NOFILE, softLimit: 65536, hardLimit: 65536 });

  Validations.of(taskDefinition).acknowledge({
    id: 'AwsSolutions-ECS2',
    reason: 'The environment has times, places and names, none of them secret; credentials are the role\'s.',
  });
  return taskDefinition;
}
