/**
 * The Terraform module deploy/terraform, from the template of the same stack.
 *
 *     npm run terraform                              ../terraform/*.tf.json, which are kept in the tree
 *     npm run terraform -- FOLDER [KEY=VALUE]...     a module of one's own, with settings as README.md has them
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { DEFINITION_FILE } from '../lib/definition.ts';
import type { Template } from '../terraform/expressions.ts';
import { terraformModule } from '../terraform/module.ts';
import { terraformSource } from '../terraform/source.ts';

const project = join(import.meta.dirname, '..');
const [given, ...settings] = process.argv.slice(2);
const folder = resolve(given ?? join(project, '..', 'terraform'));
const { context } = JSON.parse(readFileSync(join(project, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
for (const setting of settings) {
  const at = setting.indexOf('=');
  if (at < 1) throw new Error(`a setting is KEY=VALUE, and this is "${setting}"`);
  context[setting.slice(0, at)] = setting.slice(at + 1);
}
const outdir = mkdtempSync(join(tmpdir(), 'copyout-terraform-'));
try {
  const template = terraformSource({ context, outdir }) as Template;
  mkdirSync(folder, { recursive: true });
  // The state machine lies beside the module's folder in the repository, and in it elsewhere.
  const beside = `../${basename(DEFINITION_FILE)}`;
  const files = terraformModule(template, given ? basename(DEFINITION_FILE) : beside);
  if (given) copyFileSync(DEFINITION_FILE, join(folder, basename(DEFINITION_FILE)));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), `${JSON.stringify(content, null, 2)}\n`);
  }
} finally {
  rmSync(outdir, { recursive: true });
}
