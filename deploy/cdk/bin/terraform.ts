/**
 * The Terraform module deploy/terraform, from the template of the same stack.
 *
 *     npm run terraform                         ../terraform/*.tf.json, which are kept in the tree
 *     npm run terraform -- FOLDER
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Template } from '../terraform/expressions.ts';
import { terraformModule } from '../terraform/module.ts';
import { terraformSource } from '../terraform/source.ts';

const project = join(import.meta.dirname, '..');
const folder = resolve(process.argv[2] ?? join(project, '..', 'terraform'));
const { context } = JSON.parse(readFileSync(join(project, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
const outdir = mkdtempSync(join(tmpdir(), 'copyout-terraform-'));
try {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(terraformModule(terraformSource({ context, outdir }) as Template))) {
    writeFileSync(join(folder, name), `${JSON.stringify(content, null, 2)}\n`);
  }
} finally {
  rmSync(outdir, { recursive: true });
}
