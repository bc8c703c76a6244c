import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { App } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { CopyOutStack } from '../lib/copyout-stack.ts';
import { IMAGE } from './support.ts';

const PROJECT = join(import.meta.dirname, '..');
const MODULES = join(PROJECT, 'node_modules');

/** An app as a reader of PACKAGE.md writes it, in TypeScript; run as it is, since it has nothing but JavaScript. */
const APP = `
import { App } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { CopyOut, CopyOutStack, ElsaDataCopyOutStack, FAST, imageFromName } from 'copyout-cdk';

const app = new App({ outdir: 'out', treeMetadata: false, builtinCloudFormationValidation: false });
new CopyOutStack(app, 'CopyOut', {
  copyOut: () => ({ image: ecs.ContainerImage.fromRegistry('${IMAGE}') }),
});
new ElsaDataCopyOutStack(app, 'ElsaDataCopyOut', {
  infrastructureStackName: 'ElsaInfra',
  copyOut: stack => ({
    image: imageFromName(stack, '123456789012.dkr.ecr.eu-west-1.amazonaws.com/copyout:1'),
    waits: FAST,
  }),
});
app.synth();
if (typeof CopyOut !== 'function') throw new Error('no construct');
`;

const NO_IMAGE = `
import { App } from 'aws-cdk-lib';
import { CopyOutStack } from 'copyout-cdk';
new CopyOutStack(new App({ outdir: 'unused' }), 'CopyOut');
`;

describe('the npm package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'copyout-package-'));
  const project = join(folder, 'project');
  const installed = join(project, 'node_modules', 'copyout-cdk');
  const run = (command: string, ...args: string[]): string =>
    execFileSync(command, args, { cwd: project, encoding: 'utf8', stdio: 'pipe' });
  after(() => rmSync(folder, { recursive: true }));

  // An empty project that has CDK; links to what is here already, so that npm has nothing to fetch.
  before(() => {
    execFileSync(process.execPath, [...process.execArgv, 'bin/pack.ts', folder], { cwd: PROJECT, stdio: 'pipe' });
    const [tarball] = readdirSync(folder).filter(name => name.endsWith('.tgz'));
    mkdirSync(project);
    const linked = ['aws-cdk-lib', 'cdk-nag', 'constructs', '@types/node']
      .map(name => [name, `file:${join(MODULES, name)}`]);
    writeFileSync(join(project, 'package.json'), JSON.stringify({
      name: 'somebodys-app', private: true, type: 'module',
      dependencies: { 'copyout-cdk': `file:../${tarball}`, ...Object.fromEntries(linked) },
    }));
    run('npm', 'install', '--offline', '--legacy-peer-deps', '--install-links=false', '--ignore-scripts', '--no-audit');
  });

  it('has what is needed and nothing else', () => {
    assert.deepEqual(readdirSync(installed).sort(), [
      'LICENSE', 'README.md', 'dist', 'package.json', 'state-machine.asl.json',
    ]);
    const compiled = readdirSync(join(installed, 'dist', 'lib'));
    assert.deepEqual(compiled.filter(name => !/\.(js|d\.ts)$/.test(name)), []);
    for (const name of compiled) {
      const text = readFileSync(join(installed, 'dist', 'lib', name), 'utf8');
      for (const [, file] of text.matchAll(/from '\.\/([^']*)'/g)) assert.ok(compiled.includes(file!), `${name}: ${file}`);
    }
    assert.deepEqual(
      readFileSync(join(installed, 'state-machine.asl.json')),
      readFileSync(join(PROJECT, '..', 'state-machine.asl.json')),
    );
  });

  it('synthesises in an empty project what the tree does', () => {
    writeFileSync(join(project, 'app.js'), APP);
    run(process.execPath, 'app.js');
    const app = new App({ outdir: join(folder, 'tree'), treeMetadata: false, builtinCloudFormationValidation: false });
    new CopyOutStack(app, 'CopyOut', {
      copyOut: () => ({ image: ecs.ContainerImage.fromRegistry(IMAGE) }),
    });
    const tree = app.synth().getStackByName('CopyOut').template;
    const template = (stack: string) =>
      JSON.parse(readFileSync(join(project, 'out', `${stack}.template.json`), 'utf8'));
    assert.deepEqual(template('CopyOut'), tree);
    assert.ok(JSON.stringify(template('ElsaDataCopyOut')).includes('/ElsaInfra/HttpNamespace/namespaceArn'));
  });

  it('has types', () => {
    writeFileSync(join(project, 'typed.ts'), APP);
    writeFileSync(join(project, 'wrong.ts'), APP.replace('waits: FAST', 'waits: 7'));
    const check = (file: string) => run(
      process.execPath, join(MODULES, 'typescript', 'bin', 'tsc'), '--noEmit', '--strict', '--skipLibCheck',
      '--module', 'nodenext', '--target', 'es2022', '--types', 'node', file,
    );
    check('typed.ts');
    assert.throws(() => check('wrong.ts'), (error: any) => /wrong\.ts.*TS2322/.test(error.stdout));
  });

  it('says that it needs an image', () => {
    writeFileSync(join(project, 'no-image.js'), NO_IMAGE);
    assert.throws(() => run(process.execPath, 'no-image.js'), (error: any) => /give an image/.test(error.stderr));
  });
});
