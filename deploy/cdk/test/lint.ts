/**
 * Runs cfn-lint, which has to be on PATH, over the templates that may be deployed, those of a release and of the
 * local tests, and the state machine by itself with its substitutions made: cfn-lint does not make them.
 *
 *     npm run cfn-lint
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definitionText, placeholders } from '../lib/definition.ts';
import { addVariants, newApp } from './support.ts';

const REGIONS = ['us-east-1', 'ap-southeast-2'];

const VALUES: Record<string, string> = {
  assignPublicIp: 'DISABLED',
  clusterArn: 'arn:aws:ecs:us-east-1:123456789012:cluster/copyout',
  copyCapacity: 'FARGATE_SPOT',
  copyCpu: '256',
  copyMemory: '512',
  heartbeatSeconds: '300',
  partition: 'aws',
  securityGroup: 'sg-0123456789abcdef0',
  subnets: 'subnet-0123456789abcdef0,subnet-0123456789abcdef1',
  taskDefinition: 'CopyOut',
  waitFirstSeconds: '600',
  waitLastSeconds: '10800',
  waitLaterSeconds: '3600',
  workBucket: 'our-bucket',
  workPrefix: 'copyout/',
};

/** Of what cfn-lint says with --format json. */
interface Match {
  Rule: { Id: string };
  Message: string;
  Filename: string;
  Location: { Start: { LineNumber: number; ColumnNumber: number } };
}

/** Actions of S3 that are newer than cfn-lint's table of them. */
const NEWER_ACTIONS = [
  'getobjectannotation', 'getobjectversionannotation', 'listobjectannotations', 'listobjectversionannotations',
  'putobjectannotation',
];

function isNewer({ Rule, Message }: Match): boolean {
  return Rule.Id === 'W3037' && NEWER_ACTIONS.some(action => Message.startsWith(`'${action}' is not one of `));
}

function stateMachineTemplate(): object {
  let definition = definitionText();
  for (const name of placeholders(definition)) {
    const value = VALUES[name];
    if (value === undefined) throw new Error(`no value for \${${name}}`);
    definition = definition.replaceAll(`\${${name}}`, value);
  }
  return {
    Resources: {
      StateMachine: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          RoleArn: 'arn:aws:iam::123456789012:role/copyout',
          Definition: JSON.parse(definition),
        },
      },
    },
  };
}

const folder = mkdtempSync(join(tmpdir(), 'copyout-lint-'));
try {
  const app = newApp({ outdir: folder });
  addVariants(app);
  app.synth();
  const local = join(folder, 'local');
  const run = (...args: string[]) => execFileSync(process.execPath, [...process.execArgv, ...args], {
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, CDK_OUTDIR: local },
  });
  run('bin/local.ts');
  run('bin/template.ts', join(folder, 'Release.template.json'));
  writeFileSync(join(folder, 'StateMachine.template.json'), JSON.stringify(stateMachineTemplate(), null, 2));
  const templates = [folder, local].flatMap(place =>
    readdirSync(place).filter(name => name.endsWith('.template.json')).map(name => join(place, name)));
  const args = ['--format', 'json', '--regions', ...REGIONS, '--', ...templates];
  const { error, stdout } = spawnSync('cfn-lint', args, { encoding: 'utf8', stdio: ['inherit', 'pipe', 'inherit'] });
  if (error) throw error;
  const found = (JSON.parse(stdout) as Match[]).filter(match => !isNewer(match));
  for (const { Rule, Message, Filename, Location } of found)
    console.log(`${Rule.Id} ${Message}\n${Filename}:${Location.Start.LineNumber}:${Location.Start.ColumnNumber}\n`);
  console.log(`cfn-lint: ${templates.length} templates, ${found.length || 'nothing'} found`);
  process.exitCode = found.length > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true });
}
