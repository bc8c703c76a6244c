import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { IMAGE_PARAMETER } from '../lib/release.ts';

const PROJECT = join(import.meta.dirname, '..');

type Template = Record<string, any>;

/** The one resource of a type whose logical id begins so. */
function resource(template: Template, type: string, id: string): any {
  const found = Object.entries<any>(template['Resources'])
    .filter(([name, { Type }]) => Type === type && name.startsWith(id));
  assert.equal(found.length, 1, `${type} ${id}`);
  return found[0]![1].Properties;
}

/** Takes out what belongs to the image: its name, and the repository that may be pulled from. */
function takeImage(template: Template): { name: unknown; repository: any } {
  const [container] = resource(template, 'AWS::ECS::TaskDefinition', 'CopyOutTask').ContainerDefinitions;
  const { PolicyDocument } = resource(template, 'AWS::IAM::Policy', 'CopyOutExecutionRoleDefaultPolicy');
  const pull = PolicyDocument.Statement.find(({ Action }: any) => Action.includes('ecr:BatchGetImage'));
  const taken = { name: container.Image, repository: pull.Resource };
  delete container.Image;
  delete pull.Resource;
  return taken;
}

describe('the template of a release', () => {
  const folder = mkdtempSync(join(tmpdir(), 'copyout-release-'));
  after(() => rmSync(folder, { recursive: true }));
  let text: string;
  let released: Template;
  let deployed: Template;

  before(() => {
    const run = (file: string, args: string[], env: Record<string, string>) =>
      execFileSync(process.execPath, [...process.execArgv, file, ...args], {
        cwd: PROJECT, env: { ...process.env, ...env }, stdio: 'pipe',
      });
    run('bin/template.ts', [join(folder, 'release.json')], {});
    // As the cdk command runs it, of which this is no more than the context and a folder.
    const { context } = JSON.parse(readFileSync(join(PROJECT, 'cdk.json'), 'utf8'));
    run('bin/copyout.ts', [], { CDK_OUTDIR: join(folder, 'out'), CDK_CONTEXT_JSON: JSON.stringify(context) });
    text = readFileSync(join(folder, 'release.json'), 'utf8');
    released = JSON.parse(text);
    deployed = JSON.parse(readFileSync(join(folder, 'out', 'CopyOut.template.json'), 'utf8'));
  });

  it('is what is deployed, apart from the image and the rule about bootstrapping', () => {
    assert.deepEqual(Object.keys(released['Parameters']), [IMAGE_PARAMETER]);
    assert.deepEqual(Object.keys(deployed['Parameters']), ['BootstrapVersion']);
    assert.deepEqual(Object.keys(deployed['Rules']), ['CheckBootstrapVersion']);
    const [ours, theirs] = [structuredClone(released), structuredClone(deployed)];
    for (const template of [ours, theirs]) {
      takeImage(template);
      delete template['Parameters'];
      delete template['Rules'];
    }
    assert.deepEqual(ours, theirs);
  });

  it('takes its image from the one repository that the parameter names', () => {
    const { name, repository } = takeImage(structuredClone(released));
    const part = (n: number) => ({ 'Fn::Select': [n, { 'Fn::Split': [':', { Ref: IMAGE_PARAMETER }] }] });
    assert.deepEqual(name, {
      'Fn::Join': ['', [
        { Ref: 'AWS::AccountId' }, '.dkr.ecr.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }, '/', part(0), ':',
        part(1),
      ]],
    });
    assert.deepEqual(repository['Fn::Join'][1].slice(-2), [':repository/', part(0)]);
  });

  it('refuses an image by another name than NAME:TAG', () => {
    const pattern = new RegExp(`^(${released['Parameters'][IMAGE_PARAMETER].AllowedPattern})$`);
    for (const good of ['copyout:1.0', 'our/tools-2/copyout:v1_2.3-rc']) assert.match(good, pattern);
    for (const bad of [
      'copyout', 'copyout:', ':1', 'a:b:c', 'Copyout:1', 'copyout@sha256:12', '210987654321.dkr.ecr.eu-west-1.amazonaws.com/copyout',
      '/copyout:1', 'copyout:-1',
    ]) assert.doesNotMatch(bad, pattern);
  });

  it('may be passed to CloudFormation as it is', () => {
    assert.ok(Buffer.byteLength(text) <= 51_200, 'TemplateBody has at most 51,200 bytes');
    assert.ok(!/cdk-hnb659fds|bootstrap/i.test(text));
  });
});
