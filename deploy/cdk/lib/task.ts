import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
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
  readonly family: string;
  readonly taskRole: iam.IRole;
  readonly executionRole: iam.IRole;
  readonly waits: Waits;
  /** Where jobs leave their ledgers: s3://bucket/prefix/. */
  readonly ledgers: string;
}

/** The one task definition, of prepare, copy and report: the state machine's overrides say which. */
export function createTaskDefinition(scope: Construct, props: CopyOutProps, parts: TaskParts) {
  const architecture = props.cpuArchitecture ?? ecs.CpuArchitecture.ARM64;
  const taskDefinition = new ecs.FargateTaskDefinition(scope, 'Task', {
    family: parts.family,
    cpu: props.cpu ?? 256,
    memoryLimitMiB: props.memoryLimitMiB ?? 512,
    ephemeralStorageGiB: props.ephemeralStorageGiB,
    runtimePlatform: {
      cpuArchitecture: architecture,
      operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
    },
    taskRole: parts.taskRole,
    executionRole: parts.executionRole,
    // Work files are staged in /tmp, and nothing else of the container can be written.
    volumes: [{ name: 'tmp' }],
  });

  const linuxParameters = new ecs.LinuxParameters(scope, 'LinuxParameters', {
    // SIGTERM is for the program itself: it starts no children that an init would have to collect.
    initProcessEnabled: false,
  });
  linuxParameters.dropCapabilities(ecs.Capability.ALL);

  const container = taskDefinition.addContainer(CONTAINER, {
    containerName: CONTAINER,
    image: props.image ?? imageFromSource(architecture),
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
      ...props.taskEnvironment,
    },
    logging: ecs.LogDrivers.awsLogs({
      streamPrefix: CONTAINER,
      logGroup: new logs.LogGroup(scope, 'TaskLogs', {
        retention: logs.RetentionDays.THREE_MONTHS,
        // What was copied is said by the reports in the work bucket, which stays.
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      // A log that cannot be delivered must not stop a copy.
      mode: ecs.AwsLogDriverMode.NON_BLOCKING,
    }),
  });
  container.addMountPoints({ sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false });
  // A thousand requests at once are as many connections.
  container.addUlimits({ name: ecs.UlimitName.NOFILE, softLimit: 65536, hardLimit: 65536 });

  Validations.of(taskDefinition).acknowledge({
    id: 'AwsSolutions-ECS2',
    reason: 'The environment has times, a region and a folder, none of them secret; credentials are the role\'s.',
  });
  return taskDefinition;
}
