/**
 * The template as a file of a release: CloudFormation deploys it without CDK, Node or a bootstrapped account.
 * It is the stack that bin/copyout.ts makes without settings, but that its image is a parameter.
 *
 *     npm run template                          ../../build/copyout.template.json (make template)
 *     npm run template -- FILE
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { releaseTemplate } from '../lib/release.ts';

const project = join(import.meta.dirname, '..');
const file = resolve(process.argv[2] ?? join(project, '..', '..', 'build', 'copyout.template.json'));
const { context } = JSON.parse(readFileSync(join(project, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
const outdir = mkdtempSync(join(tmpdir(), 'copyout-template-'));
try {
  const template = releaseTemplate({ context, outdir });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(template, null, 1)}\n`);
} finally {
  rmSync(outdir, { recursive: true });
}
