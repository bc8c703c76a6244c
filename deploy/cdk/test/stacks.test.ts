import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { CopyOutStack, type CopyOutStackProps } from '../lib/copyout-stack.ts';
import { ElsaDataCopyOutStack } from '../lib/elsa-data-stack.ts';
import { imageFromName } from '../lib/image.ts';
import { copyOutSettings, KEYS, Settings } from '../lib/settings.ts';
import { flat, IMAGE, newApp, only, statements, TOPIC_ARN } from './support.ts';

const PROJECT = join(import.meta.dirname, '..');
const MACHINE = 'AWS::StepFunctions::StateMachine';
const scratch = mkdtempSync(join(tmpdir(), 'copyout-cdk-'));
after(() => rmSync(scratch, { recursive: true }));

function copyOutStack(props: CopyOutStackProps = {}): Template {
  return Template.fromStack(new CopyOutStack(newApp(), 'CopyOut', {
    copyOut: () => ({ image: ecs.ContainerImage.fromRegistry(IMAGE) }), ...props,
  }));
}

describe('CopyOutStack', () => {
  it('makes a VPC that costs nothing by itself', () => {
    const template = copyOutStack();
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::FlowLog', 1);
    const endpoint = only(template, 'AWS::EC2::VPCEndpoint');
    assert.equal(endpoint.VpcEndpointType, 'Gateway');
    assert.equal(only(template, MACHINE).DefinitionSubstitutions.assignPublicIp, 'ENABLED');
  });

  it('uses one that is given, without looking it up', () => {
    const template = copyOutStack({ vpcId: 'vpc-1', subnetIds: ['subnet-1', 'subnet-2'] });
    template.resourceCountIs('AWS::EC2::VPC', 0);
    const given = only(template, MACHINE).DefinitionSubstitutions;
    assert.equal(given.subnets, 'subnet-1,subnet-2');
    assert.equal(given.assignPublicIp, 'DISABLED');
    assert.equal(only(template, 'AWS::EC2::SecurityGroup').VpcId, 'vpc-1');
    assert.throws(() => copyOutStack({ vpcId: 'vpc-1' }), /subnetIds/);
  });

  it('says what its users need', () => {
    const { Outputs } = copyOutStack().toJSON();
    assert.deepEqual(Object.keys(Outputs).sort(), ['Environment', 'StateMachineArn', 'TaskRoleArn', 'WorkFolder']);
    assert.equal(flat(Outputs.WorkFolder.Value), 's3://<CopyOutWorkBucket>/');
    assert.equal(
      flat(Outputs.Environment.Value),
      'export COPYOUT_STATE_MACHINE=<CopyOutStateMachine> COPYOUT_WORK=s3://<CopyOutWorkBucket>/',
    );
  });

  it('has a state machine of its own name', () => {
    assert.equal(only(copyOutStack(), MACHINE).StateMachineName, 'CopyOut');
  });
});

describe('ElsaDataCopyOutStack', () => {
  const elsa = (subnets?: 'private' | 'public' | 'isolated') =>
    Template.fromStack(new ElsaDataCopyOutStack(newApp(), 'ElsaDataCopyOut', {
      infrastructureStackName: 'ElsaInfra',
      subnets,
      copyOut: () => ({ image: ecs.ContainerImage.fromRegistry(IMAGE) }),
    }));
  const parameters = (template: Template): Record<string, string> => Object.fromEntries(
    Object.entries<any>(template.toJSON().Parameters)
      .filter(([, { Default }]) => Default.startsWith('/ElsaInfra/'))
      .map(([, { Default, Type }]) => [Default, Type]),
  );

  it('reads the infrastructure\'s parameters when it is deployed', () => {
    assert.deepEqual(parameters(elsa()), {
      '/ElsaInfra/HttpNamespace/namespaceArn': 'AWS::SSM::Parameter::Value<String>',
      '/ElsaInfra/HttpNamespace/namespaceId': 'AWS::SSM::Parameter::Value<String>',
      '/ElsaInfra/HttpNamespace/namespaceName': 'AWS::SSM::Parameter::Value<String>',
      '/ElsaInfra/VPC/privateSubnetIds': 'AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>',
      '/ElsaInfra/VPC/vpcId': 'AWS::SSM::Parameter::Value<String>',
    });
  });

  it('joins the subnets, however many', () => {
    const { subnets, assignPublicIp } = only(elsa(), MACHINE).DefinitionSubstitutions;
    assert.match(flat(subnets), /^join\(<SsmParameterValueElsaInfraVPCprivateSubnetIds.*>\)$/);
    assert.equal(assignPublicIp, 'DISABLED');
  });

  it('takes other subnets', () => {
    assert.ok('/ElsaInfra/VPC/publicSubnetIds' in parameters(elsa('public')));
    assert.equal(only(elsa('public'), MACHINE).DefinitionSubstitutions.assignPublicIp, 'ENABLED');
  });

  it('is found by Elsa Data, which may start it', () => {
    const template = elsa();
    const service = only(template, 'AWS::ServiceDiscovery::Service');
    assert.equal(service.Name, 'CopyOut');
    assert.match(flat(service.NamespaceId), /namespaceId/);
    assert.ok(only(template, 'AWS::ServiceDiscovery::Instance').InstanceAttributes.stateMachineArn);
    assert.match(only(template, MACHINE).StateMachineName, /^CopyOut/);
  });
});

describe('the image', () => {
  it('is built from the Dockerfile by default, of what it copies and nothing else', () => {
    const app = newApp({ outdir: join(scratch, 'built') });
    new CopyOutStack(app, 'CopyOut');
    const assembly = app.synth();
    const { dockerImages } = JSON.parse(readFileSync(join(assembly.directory, 'CopyOut.assets.json'), 'utf8'));
    const [image] = Object.values<any>(dockerImages);
    assert.equal(image.source.dockerFile, 'deploy/container/Dockerfile');
    assert.equal(image.source.platform, 'linux/arm64');
    const folder = join(assembly.directory, image.source.directory);
    const files = readdirSync(folder, { recursive: true }).map(String);
    assert.ok(files.includes('src/main.c'));
    assert.ok(files.includes('deploy/container/Dockerfile'));
    assert.deepEqual(files.filter(file => /^(\.|build|tests|deploy\/cdk)/.test(file)), []);
  });

  it('of ECR may be pulled by the execution role', () => {
    const template = copyOutStack({
      copyOut: stack => ({
        image: imageFromName(stack, '210987654321.dkr.ecr.eu-west-1.amazonaws.com/our/copyout:7'),
      }),
    });
    const pulls = Object.values(statements(template, 'ExecutionRole'))
      .find(({ Action }) => Action.includes('ecr:BatchGetImage'));
    assert.equal(pulls.Resource, 'arn:aws:ecr:eu-west-1:210987654321:repository/our/copyout');
    const [container] = only(template, 'AWS::ECS::TaskDefinition').ContainerDefinitions;
    assert.match(flat(container.Image), /^210987654321\.dkr\.ecr\.eu-west-1\.<AWS::URLSuffix>\/our\/copyout:7$/);
  });
});

describe('settings of the context', () => {
  const settings = (context: Record<string, string>) => {
    const app = newApp();
    for (const [key, value] of Object.entries(context)) app.node.setContext(key, value);
    return copyOutSettings(new CopyOutStack(app, 'CopyOut', {
      copyOut: () => ({ image: ecs.ContainerImage.fromRegistry(IMAGE) }),
    }), new Settings(app));
  };

  it('are read', () => {
    const { image, workBucket, kmsKeys, notifyTopic, cpuArchitecture, ...rest } = settings({
      alarms: 'true', containerInsights: 'false', metrics: 'true', notifySuccess: 'true',
      destinationAccounts: '111122223333,444455556666', sourceBuckets: 'ours, data-*', tags: 'project=x,note=a=b',
      extraRights: 'acl, legalHold',
      jobArchitecture: 'true', jobCapacity: 'false', jobMostCpu: '1024', jobMostMemoryMiB: '4096',
      notifyTopicArn: TOPIC_ARN,
      image: IMAGE, workBucket: 'our-bucket', workPrefix: 'x/', fastTimes: 'true', cpu: '512', memoryLimitMiB: '1024',
      capacity: 'on-demand', cpuArchitecture: 'x86_64', taskRoleName: 'writer', allowWriteToInstalledAccount: 'false',
      kmsKeyArns: 'arn:aws:kms:us-east-1:1:key/a, arn:aws:kms:us-east-1:1:key/b', ephemeralStorageGiB: '30',
    });
    assert.ok(image);
    assert.equal(workBucket?.bucketName, 'our-bucket');
    assert.equal(kmsKeys?.length, 2);
    assert.equal(notifyTopic?.topicArn, TOPIC_ARN);
    assert.equal(cpuArchitecture, ecs.CpuArchitecture.X86_64);
    assert.deepEqual(rest, {
      alarms: true, allowWriteToInstalledAccount: false, capacity: 'on-demand', containerInsights: false, cpu: 512,
      destinationAccounts: ['111122223333', '444455556666'], ephemeralStorageGiB: 30,
      extraRights: { acl: true, legalHold: true }, fastTimes: true,
      jobsMayChoose: { architecture: true, capacity: false, mostCpu: 1024, mostMemoryMiB: 4096 },
      memoryLimitMiB: 1024, metrics: true, notifySuccess: true, sourceBuckets: ['ours', 'data-*'],
      tags: { project: 'x', note: 'a=b' }, taskRoleName: 'writer', workPrefix: 'x/',
    });
  });

  it('are all told of, each in the table of the README or in that of the stacks', () => {
    const readme = readFileSync(join(PROJECT, 'README.md'), 'utf8');
    const rows = readme.split('\n').filter(line => line.startsWith('|')).map(line => line.split('|'));
    const named = rows.flatMap(cells => [...cells[1]!.matchAll(/`(\w+)`/g)].map(match => match[1]));
    const inPlace = ['vpcId', 'subnetIds', 'assignPublicIp']; // in the column "network" of the stacks
    assert.deepEqual(KEYS.filter(key => !named.includes(key) && !inPlace.includes(key)), []);
    for (const key of inPlace) assert.ok(readme.includes(`\`${key}\``), key);
    const known: readonly string[] = KEYS;
    const told = rows.filter(cells => cells.length === 5).flatMap(cells =>
      [...cells[1]!.matchAll(/`([a-z]\w+)`/g)].map(match => match[1]!));
    assert.deepEqual(told.filter(key => !known.includes(key)), []);
  });

  it('are refused if they are no such thing', () => {
    assert.throws(() => settings({ cpu: 'much' }), /context cpu/);
    assert.throws(() => settings({ fastTimes: 'yes' }), /context fastTimes/);
    assert.throws(() => settings({ tags: 'project' }), /context tags must be KEY=VALUE/);
    assert.throws(() => settings({ capacity: 'spot' }), /spot-first or on-demand/);
    assert.throws(() => settings({ extraRights: 'acl,bypass' }), /extraRights must be of acl, .* and has "bypass"/);
  });
});

describe('the templates for local tests', () => {
  const folder = join(scratch, 'local');
  execFileSync(join(PROJECT, 'node_modules', '.bin', 'tsx'), ['bin/local.ts'], {
    cwd: PROJECT, env: { ...process.env, CDK_OUTDIR: folder },
  });

  for (const name of ['CopyOut', 'CopyOutNarrowed']) {
    it(`needs no uploads and no bootstrapped account: ${name}`, () => {
      const template = JSON.parse(readFileSync(join(folder, `${name}.template.json`), 'utf8'));
      assert.equal(template.Parameters, undefined);
      assert.equal(template.Rules, undefined);
      assert.ok(!JSON.stringify(template).includes('cdk-hnb659fds'));
      const [machine] = Object.values<any>(template.Resources).filter(({ Type }) => Type === MACHINE);
      assert.equal(machine.Properties.DefinitionSubstitutions.heartbeatSeconds, '8');
      // The integration tests deploy the one that is kept, since not every machine they run on has Node.
      const kept = JSON.parse(readFileSync(join(PROJECT, 'local', `${name}.template.json`), 'utf8'));
      assert.deepEqual(template, kept, `local/${name}.template.json is not of this tree: npm run synth:local`);
    });
  }
});
