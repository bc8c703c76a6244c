import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { copyOutTemplate, flat, only, withNamespace } from './support.ts';

const { template } = copyOutTemplate();
const MACHINE = 'AWS::StepFunctions::StateMachine';
const substitutions = (props: Parameters<typeof copyOutTemplate>[0] = {}) =>
  only(copyOutTemplate(props).template, MACHINE).DefinitionSubstitutions;
const environment = (of: typeof template): Record<string, any> => Object.fromEntries(
  only(of, 'AWS::ECS::TaskDefinition').ContainerDefinitions[0].Environment
    .map(({ Name, Value }: any) => [Name, Value]),
);

describe('the task definition', () => {
  const task = only(template, 'AWS::ECS::TaskDefinition');
  const [container] = task.ContainerDefinitions;

  it('is a small one, for Fargate on ARM', () => {
    assert.deepEqual(task.RequiresCompatibilities, ['FARGATE']);
    assert.equal(task.Cpu, '256');
    assert.equal(task.Memory, '512');
    assert.deepEqual(task.RuntimePlatform, { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' });
    assert.equal(task.EphemeralStorage, undefined);
  });

  it('is of the installation, which its tasks say too', () => {
    assert.deepEqual(task.Tags, [{ Key: 'copyout:installation', Value: 'CopyOut-Test' }]);
  });

  it('is what is asked for', () => {
    const other = only(copyOutTemplate({
      cpu: 1024, memoryLimitMiB: 2048, ephemeralStorageGiB: 100, cpuArchitecture: ecs.CpuArchitecture.X86_64,
    }).template, 'AWS::ECS::TaskDefinition');
    assert.equal(other.Cpu, '1024');
    assert.equal(other.Memory, '2048');
    assert.equal(other.RuntimePlatform.CpuArchitecture, 'X86_64');
    assert.deepEqual(other.EphemeralStorage, { SizeInGiB: 100 });
  });

  it('lets the container do little', () => {
    assert.equal(task.ContainerDefinitions.length, 1);
    assert.equal(container.Name, 'copyout');
    assert.equal(container.EntryPoint, undefined); // the image's
    assert.equal(container.Command, undefined);
    assert.match(container.User, /^[1-9]\d*:[1-9]\d*$/);
    assert.equal(container.ReadonlyRootFilesystem, true);
    assert.equal(container.Privileged, undefined);
    assert.deepEqual(container.LinuxParameters, { Capabilities: { Drop: ['ALL'] }, InitProcessEnabled: false });
    assert.deepEqual(container.Ulimits, [{ Name: 'nofile', SoftLimit: 65536, HardLimit: 65536 }]);
  });

  it('has one place to write to', () => {
    assert.deepEqual(task.Volumes, [{ Name: 'tmp' }]);
    assert.deepEqual(container.MountPoints, [{ SourceVolume: 'tmp', ContainerPath: '/tmp', ReadOnly: false }]);
  });

  it('has time to stop in', () => {
    const { COPYOUT_STOP_SECONDS } = environment(template);
    assert.equal(container.StopTimeout, 120);
    assert.ok(Number(COPYOUT_STOP_SECONDS) < container.StopTimeout);
  });

  it('tells the program its settings', () => {
    assert.deepEqual(environment(template), {
      AWS_REGION: { Ref: 'AWS::Region' },
      COPYOUT_EXTRA_RIGHTS: 'none',
      COPYOUT_HEARTBEAT_SECONDS: '30',
      COPYOUT_LEDGERS: { 'Fn::Join': ['', ['s3://', { Ref: 'CopyOutWorkBucket1B909706' }, '/ledgers/']] },
      COPYOUT_METRICS_STACK: 'CopyOut-Test',
      COPYOUT_STOP_SECONDS: '90',
      COPYOUT_TASK_CHOICES: JSON.stringify({
        capacity: 'spot-first', architecture: 'arm64', cpu: 256, memory: 512, capacities: ['spot-first'],
        mostCpu: 256, mostMemory: 512, taskDefinitions: { arm64: 'CopyOut-Test' },
      }),
      COPYOUT_WRITES_TO: {
        'Fn::Join': ['', [
          'buckets of other accounts than ', { Ref: 'AWS::AccountId' },
          ', its own (allowWriteToInstalledAccount of its stack)',
        ]],
      },
      TMPDIR: '/tmp',
    });
    const more = environment(copyOutTemplate({
      taskEnvironment: { COPYOUT_LOG: 'debug' }, metrics: false, allowWriteToInstalledAccount: true,
    }).template);
    assert.equal(more['COPYOUT_LOG'], 'debug');
    assert.equal(more['COPYOUT_METRICS_STACK'], undefined);
    assert.equal(more['COPYOUT_WRITES_TO'], undefined);
  });

  it('keeps logs for a while', () => {
    assert.equal(container.LogConfiguration.LogDriver, 'awslogs');
    assert.match(flat(container.LogConfiguration.Options['awslogs-group']), /^<CopyOutTaskLogs>$/);
    for (const group of Object.values(template.findResources('AWS::Logs::LogGroup'))) {
      assert.ok(group['Properties'].RetentionInDays > 0);
    }
  });
});

describe('the state machine\'s resource', () => {
  const machine = only(template, MACHINE);

  it('is a standard one with a name that Elsa Data may start', () => {
    assert.equal(machine.StateMachineType, 'STANDARD');
    assert.equal(machine.StateMachineName, 'CopyOut-Test');
    assert.equal(machine.DefinitionS3Location, undefined);
  });

  it('logs its events, but no input and no token', () => {
    assert.equal(machine.LoggingConfiguration.Level, 'ALL');
    assert.equal(machine.LoggingConfiguration.IncludeExecutionData, false);
    template.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: '/aws/vendedlogs/states/CopyOut-Test' });
  });

  it('runs the newest revision of the task, which is there before it', () => {
    assert.equal(machine.DefinitionSubstitutions.taskDefinition, 'CopyOut-Test');
    assert.equal(only(template, 'AWS::ECS::TaskDefinition').Family, 'CopyOut-Test');
    const [resource] = Object.values(template.findResources(MACHINE));
    assert.ok(resource!['DependsOn'].some((id: string) => id.startsWith('CopyOutTask')));
  });

  it('knows cluster and network', () => {
    const given = machine.DefinitionSubstitutions;
    assert.equal(flat(given.clusterArn), '<CopyOutCluster.Arn>');
    assert.equal(flat(given.securityGroup), '<CopyOutSecurityGroup.GroupId>');
    assert.match(flat(given.subnets), /^<VpcPrivateSubnet1Subnet>,<VpcPrivateSubnet2Subnet>$/);
    assert.equal(given.assignPublicIp, 'DISABLED');
    template.hasResourceProperties('AWS::ECS::ClusterCapacityProviderAssociations', {
      CapacityProviders: Match.arrayWith(['FARGATE', 'FARGATE_SPOT']),
    });
  });

  it('gives tasks in public subnets addresses of their own', () => {
    const given = substitutions({ subnetSelection: { subnetType: ec2.SubnetType.PUBLIC } });
    assert.match(flat(given.subnets), /^<VpcPublicSubnet1Subnet>,/);
    assert.equal(given.assignPublicIp, 'ENABLED');
  });

  it('uses Spot unless told otherwise', () => {
    assert.equal(substitutions().copyCapacity, 'FARGATE_SPOT');
    assert.equal(substitutions({ capacity: 'spot-first' }).copyCapacity, 'FARGATE_SPOT');
    assert.equal(substitutions({ capacity: 'on-demand' }).copyCapacity, 'FARGATE');
  });
});

describe('times', () => {
  const times = (props: Parameters<typeof copyOutTemplate>[0]) => {
    const of = copyOutTemplate(props).template;
    const given = only(of, MACHINE).DefinitionSubstitutions;
    return [
      given.waitFirstSeconds, given.waitLaterSeconds, given.waitLastSeconds, given.heartbeatSeconds,
      environment(of)['COPYOUT_HEARTBEAT_SECONDS'],
    ].join(' ');
  };

  it('are long, short or as given', () => {
    assert.equal(times({}), '600 3600 10800 300 30');
    assert.equal(times({ fastTimes: true }), '30 30 30 120 10');
    assert.equal(times({ waits: { first: 2, later: 2, last: 2, heartbeat: 8, beat: 1 } }), '2 2 2 8 1');
    assert.equal(times({ fastTimes: true, waits: { first: 5 } }), '5 30 30 120 10');
  });

  it('are refused if tasks would be given up between two beats, or no time', () => {
    assert.throws(() => copyOutTemplate({ waits: { heartbeat: 31 } }), /at least twice/);
    assert.throws(() => copyOutTemplate({ waits: { first: 0 } }), /waits.first/);
    assert.throws(() => copyOutTemplate({ waits: { last: 1.5 } }), /waits.last/);
  });
});

describe('the work bucket', () => {
  it('is private, encrypted, kept, and cleaned', () => {
    const { template: prefixed } = copyOutTemplate({ workPrefix: 'a/b/' });
    const bucket = only(prefixed, 'AWS::S3::Bucket');
    const [encryption] = bucket.BucketEncryption.ServerSideEncryptionConfiguration;
    assert.equal(encryption.ServerSideEncryptionByDefault.SSEAlgorithm, 'AES256');
    assert.deepEqual(bucket.PublicAccessBlockConfiguration, {
      BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true,
    });
    assert.deepEqual(bucket.LifecycleConfiguration.Rules, [
      { Id: 'unfinished-uploads', Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } },
      { Id: 'old-jobs', Status: 'Enabled', Prefix: 'a/b/jobs/', ExpirationInDays: 90 },
      { Id: 'old-ledgers', Status: 'Enabled', Prefix: 'a/b/ledgers/', ExpirationInDays: 90 },
      { Id: 'old-manifests', Status: 'Enabled', Prefix: 'a/b/manifests/', ExpirationInDays: 90 },
    ]);
    prefixed.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Retain' });
    prefixed.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({
          Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        })]),
      },
    });
    assert.equal(only(prefixed, MACHINE).DefinitionSubstitutions.workPrefix, 'a/b/');
  });

  it('has a prefix that means nothing but itself to policies and intrinsic functions', () => {
    for (const workPrefix of ['a', '/', 'a//', '*/', 'it\'s/', '{}/', 'a\\/', '${x}/']) {
      assert.throws(() => copyOutTemplate({ workPrefix }), /workPrefix/, workPrefix);
    }
  });
});

describe('the network', () => {
  it('lets nothing in, and HTTPS and DNS out', () => {
    const group = only(template, 'AWS::EC2::SecurityGroup', 'CopyOut');
    assert.equal(group.SecurityGroupIngress, undefined);
    assert.deepEqual(group.SecurityGroupEgress.map(({ CidrIp, FromPort, IpProtocol, ToPort }: any) =>
      [IpProtocol, CidrIp, FromPort, ToPort]), [
      ['tcp', '0.0.0.0/0', 443, 443], ['udp', '0.0.0.0/0', 53, 53], ['tcp', '0.0.0.0/0', 53, 53],
    ]);
  });
});

describe('Cloud Map', () => {
  it('has the service and its instance where there is a namespace', () => {
    const mapped = withNamespace();
    const service = only(mapped, 'AWS::ServiceDiscovery::Service');
    assert.equal(service.Name, 'CopyOut');
    assert.equal(flat(service.NamespaceId), '<Namespace.Id>');
    const instance = only(mapped, 'AWS::ServiceDiscovery::Instance');
    assert.deepEqual(Object.keys(instance.InstanceAttributes), ['stateMachineArn']);
    assert.equal(flat(instance.InstanceAttributes.stateMachineArn), '<CopyOutStateMachine>');
  });

  it('has nothing otherwise', () => {
    template.resourceCountIs('AWS::ServiceDiscovery::Service', 0);
  });
});
