import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { App, BootstraplessSynthesizer } from 'aws-cdk-lib';
import { CopyOutStack } from '../lib/copyout-stack.ts';
import { imageOfParameter } from '../lib/release.ts';
import { copyOutSettings, Settings } from '../lib/settings.ts';
import { nameOf } from '../terraform/expressions.ts';
import { terraformModule } from '../terraform/module.ts';
import { blocksOf } from '../terraform/resources.ts';
import { terraformSource } from '../terraform/source.ts';
import { cloudFormation, terraform, type Values } from './evaluate.ts';

const PROJECT = join(import.meta.dirname, '..');
const MODULE = join(PROJECT, '..', 'terraform');
const scratch = mkdtempSync(join(tmpdir(), 'copyout-terraform-'));
after(() => rmSync(scratch, { recursive: true }));

const read = (file: string): any => JSON.parse(readFileSync(file, 'utf8'));
const { context } = read(join(PROJECT, 'cdk.json'));
const source: any = terraformSource({ context, outdir: join(scratch, 'source') });
const main = read(join(MODULE, 'main.tf.json'));

/** What somebody sets, and the defaults. */
const given: Values = { Image: 'our/copyout:1.0', VpcId: 'vpc-1', SubnetIds: ['subnet-1', 'subnet-2'] };
const values: Values = {
  ...Object.fromEntries(Object.entries<any>(source.Parameters).filter(([, { Default }]) => Default !== undefined)
    .map(([name, { Default }]) => [name, Default])),
  ...given,
};
const variables = Object.fromEntries(Object.entries(values).map(([name, value]) => [nameOf(name), value]));
const ours = terraform(MODULE, variables)(main.resource);
const theirs = cloudFormation(source, values);

/** The template's resources of a type, evaluated, and the module's of the same name. */
function pairs(type: string, as: string): { id: string; theirs: any; ours: any }[] {
  const found = Object.entries<any>(source.Resources).filter(([, resource]) => resource.Type === type)
    .map(([id, { Properties }]) => ({ id, theirs: theirs(Properties), ours: ours[as][nameOf(id)] }));
  assert.ok(found.length > 0, type);
  return found;
}

/** CDK sorts a statement's resources by how they are written; their order means nothing. */
function sorted(value: any): any {
  return JSON.parse(JSON.stringify(value, (key, inner) =>
    (['Action', 'Resource', 'NotResource'].includes(key) && Array.isArray(inner) ? inner.toSorted() : inner)));
}

/** All texts, numbers and flags in a value. */
function leaves(value: any): string[] {
  if (value === null || typeof value !== 'object') return [String(value)];
  return Object.values(value).flatMap(leaves);
}

describe('the Terraform module', () => {
  it('is of this tree', () => {
    const files = terraformModule(source, '../state-machine.asl.json');
    assert.deepEqual(readdirSync(MODULE).filter(name => name.endsWith('.tf.json')).sort(), Object.keys(files).sort());
    for (const [name, content] of Object.entries(files)) {
      assert.equal(readFileSync(join(MODULE, name), 'utf8'), `${JSON.stringify(content, null, 2)}\n`,
        `deploy/terraform/${name} is not of this tree: npm run terraform`);
    }
  });

  const chosen = {
    allowWriteToInstalledAccount: 'true', capacity: 'on-demand', cpu: '1024', cpuArchitecture: 'x86_64', fastTimes: 'true',
    ephemeralStorageGiB: '30', memoryLimitMiB: '4096', taskRoleName: 'writer', workBucket: 'our-bucket', workPrefix: 'x/',
    kmsKeyArns: 'arn:aws:kms:us-east-1:123456789012:key/a',
  };
  for (const [what, settings] of [['by default', {}], ['with settings', chosen]] as const) {
    it(`is made from the stack that is deployed into a VPC that exists, ${what}`, () => {
      const withSettings = { ...context, ...settings };
      const made: any = terraformSource({ context: withSettings, outdir: join(scratch, `${what} made`) });
      const app = new App({ context: withSettings, outdir: join(scratch, what), builtinCloudFormationValidation: false });
      new CopyOutStack(app, 'CopyOut', {
        synthesizer: new BootstraplessSynthesizer(),
        vpcId: 'vpc-1',
        subnetIds: ['subnet-1', 'subnet-2'],
        copyOut: scope => ({ ...copyOutSettings(scope, new Settings(app)), image: imageOfParameter(scope) }),
      });
      const deployed = app.synth().getStackByName('CopyOut').template;
      const [ours_, theirs_] = [cloudFormation(made, values), cloudFormation(deployed, values)];
      assert.deepEqual(sorted(ours_(made.Resources)), sorted(theirs_(deployed.Resources)));
      assert.deepEqual(ours_(made.Outputs), theirs_(deployed.Outputs));
      assert.ok(terraformModule(made, 'x.json')['main.tf.json']);
    });
  }

  it('may be made with settings of one\'s own, in a folder of one\'s own', () => {
    const folder = join(scratch, 'own');
    const make = (...args: string[]) => execFileSync(
      process.execPath, [...process.execArgv, 'bin/terraform.ts', folder, ...args],
      { cwd: PROJECT, encoding: 'utf8', stdio: 'pipe' },
    );
    make('capacity=on-demand');
    const { definition } = read(join(folder, 'main.tf.json')).resource.aws_sfn_state_machine.state_machine;
    assert.match(definition, /path\.module}\/state-machine\.asl\.json.*copyCapacity = "FARGATE",/);
    assert.ok(JSON.parse(terraform(folder, variables)(definition)).States.Prepare);
    assert.throws(() => make('capacity'), (error: any) => /KEY=VALUE/.test(error.stderr));
    assert.throws(() => make('alarms=true'), (error: any) => /Alarm, which the module does not know/.test(error.stderr));
  });

  it('gives the same rights', () => {
    for (const { id, theirs, ours } of pairs('AWS::IAM::Policy', 'aws_iam_role_policy')) {
      assert.deepEqual(JSON.parse(ours.policy), theirs.PolicyDocument, id);
      assert.deepEqual([ours.role], theirs.Roles, id);
    }
    for (const { id, theirs, ours } of pairs('AWS::IAM::Role', 'aws_iam_role')) {
      assert.deepEqual(JSON.parse(ours.assume_role_policy), theirs.AssumeRolePolicyDocument, id);
    }
    for (const { theirs, ours } of pairs('AWS::S3::BucketPolicy', 'aws_s3_bucket_policy')) {
      assert.deepEqual(JSON.parse(ours.policy), theirs.PolicyDocument);
      assert.equal(ours.bucket, theirs.Bucket);
    }
  });

  it('runs the same state machine', () => {
    const [{ theirs, ours }] = pairs('AWS::StepFunctions::StateMachine', 'aws_sfn_state_machine') as [any];
    const definition = theirs.DefinitionString.replace(/\$\{([^}]*)\}/g, (_all: string, name: string) =>
      theirs.DefinitionSubstitutions[name]);
    assert.deepEqual(JSON.parse(ours.definition), JSON.parse(definition));
    assert.equal(ours.name, theirs.StateMachineName);
    assert.match(ours.logging_configuration.log_destination, /:\*$/); // of the provider's documentation
  });

  it('runs the same containers', () => {
    const [{ theirs, ours }] = pairs('AWS::ECS::TaskDefinition', 'aws_ecs_task_definition') as [any];
    const small = (text: string) => text.replace(/"([A-Z])(\w*)":/g, (_all, first, rest) => `"${first.toLowerCase()}${rest}":`);
    assert.deepEqual(JSON.parse(ours.container_definitions), JSON.parse(small(JSON.stringify(theirs.ContainerDefinitions))));
  });

  it('loses nothing else', () => {
    const elsewhere = ['PolicyDocument', 'AssumeRolePolicyDocument', 'DefinitionString', 'DefinitionSubstitutions',
      'ContainerDefinitions', 'PolicyName', 'Tags'];
    const made = new Map<string, string[]>();
    for (const [id, resource] of Object.entries<any>(source.Resources)) {
      const blocks = blocksOf(id, resource, { text: String, document: String, address: String } as any);
      made.set(id, blocks.flatMap(({ type, name }) => leaves(ours[type][name])));
    }
    for (const [id, { Properties }] of Object.entries<any>(source.Resources)) {
      const there = made.get(id)!;
      for (const [name, value] of Object.entries(theirs(Properties ?? {}))) {
        if (elsewhere.includes(name)) continue;
        for (const leaf of leaves(value)) {
          const at = there.indexOf(leaf);
          assert.ok(at >= 0, `${id}.${name}: ${leaf} is not in the module`);
          there.splice(at, 1);
        }
      }
    }
  });

  it('refuses what it would lose', () => {
    const bucket = (Properties: object) => blocksOf('Bucket', { Type: 'AWS::S3::Bucket', Properties }, {} as any);
    assert.equal(bucket({}).length, 1);
    assert.throws(() => bucket({ VersioningConfiguration: {} }), /nobody takes VersioningConfiguration/);
    assert.throws(() => blocksOf('Queue', { Type: 'AWS::SQS::Queue' }, {} as any), /does not know/);
  });
});

describe('the names in it', () => {
  const schema = read(join(import.meta.dirname, 'terraform-schema.json'));

  function check(where: string, known: Record<string, any>, body: Record<string, any>): void {
    for (const [name, { required }] of Object.entries(known)) {
      if (required) assert.ok(name in body, `${where}: ${name} is required`);
    }
    for (const [name, value] of Object.entries(body)) {
      if (name === 'depends_on') continue;
      assert.ok(name in known, `${where}: the provider knows no ${name}`);
      const inner = known[name].block;
      assert.equal(typeof value === 'object' && name !== 'requires_compatibilities' && name !== 'capacity_providers'
        && name !== 'tags', inner !== undefined, `${where}.${name}`);
      if (inner) for (const one of [value].flat()) check(`${where}.${name}`, inner, one);
    }
  }

  it('are the provider\'s', () => {
    for (const [type, named] of Object.entries<any>(main.resource)) {
      assert.ok(schema.types[type], type);
      for (const [name, body] of Object.entries<any>(named)) check(`${type}.${name}`, schema.types[type].arguments, body);
    }
  });

  it('are those of resources that there are, with attributes that they have', () => {
    const text = JSON.stringify([main, read(join(MODULE, 'outputs.tf.json'))]);
    const references = [...text.matchAll(/\b((?:data\.)?aws_\w+)\.(\w+)\.(\w+)/g)];
    assert.ok(references.length > 20);
    for (const [all, type, name, attribute] of references) {
      const kind = type!.startsWith('data.') ? main.data[type!.slice(5)] : main.resource[type!];
      assert.ok(name! in kind, all);
      assert.ok(schema.types[type!].attributes.includes(attribute), all);
    }
    const known = Object.keys(read(join(MODULE, 'variables.tf.json')).variable);
    const used = new Set([...text.matchAll(/\bvar\.(\w+)/g)].map(([, name]) => name!));
    assert.deepEqual([...used].sort(), known.sort());
  });
});

/**
 * Where Terraform is on PATH, it evaluates the module itself; without the provider, which has to be fetched: every
 * reference to the provider's things becomes one to a value, and what the resources come to is an output.
 */
const hasTerraform = !spawnSync('terraform', ['version']).error;
if (!hasTerraform) console.error('terraform is not on PATH: its part is left out');
describe('Terraform itself', () => {
  const folder = join(scratch, 'evaluated', 'terraform');

  if (hasTerraform) it('makes of it what is compared above', () => {
    mkdirSync(folder, { recursive: true });
    copyFileSync(join(MODULE, '..', 'state-machine.asl.json'), join(folder, '..', 'state-machine.asl.json'));
    copyFileSync(join(MODULE, 'variables.tf.json'), join(folder, 'variables.tf.json'));
    const values: Record<string, string> = {};
    const evaluate = terraform(MODULE, variables);
    const plain = (value: any): any => JSON.parse(JSON.stringify(value, (key, inner) =>
      key === 'depends_on' ? undefined : typeof inner !== 'string' ? inner
        : inner.replace(/\b(?:data\.)?aws_\w+\.\w+\.\w+/g, path => {
          values[path.replaceAll('.', '_')] = evaluate(`\${${path}}`);
          return `local.${path.replaceAll('.', '_')}`;
        })));
    const output = { resources: { value: plain(main.resource) } };
    writeFileSync(join(folder, 'evaluated.tf.json'), JSON.stringify({ locals: values, output }));
    writeFileSync(join(folder, 'terraform.tfvars.json'), JSON.stringify(variables));
    const run = (...args: string[]) => execFileSync('terraform', args, {
      cwd: folder, encoding: 'utf8', stdio: 'pipe', env: { ...process.env, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' },
    });
    run('init', '-backend=false', '-input=false');
    run('apply', '-auto-approve', '-input=false');
    const said = JSON.parse(run('output', '-json')).resources.value;
    assert.deepEqual(said, JSON.parse(JSON.stringify(ours, (key, inner) => (key === 'depends_on' ? undefined : inner))));
    // The conditions of the variables are Terraform's own affair.
    writeFileSync(join(folder, 'terraform.tfvars.json'), JSON.stringify({ ...variables, assign_public_ip: 'YES' }));
    assert.throws(() => run('plan', '-input=false'), (error: any) => /assign_public_ip must be/.test(error.stderr));
  });
});
