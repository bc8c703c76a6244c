import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CONTAINER, definitionText, MAP_LABEL, placeholders } from '../lib/definition.ts';
import { type Machine, machines, reachable, type State, targets } from './asl.ts';
import { copyOutTemplate, only } from './support.ts';

const definition = JSON.parse(definitionText()) as Machine;
const all = machines(definition);
const tasks = all.flatMap(machine => Object.entries(machine.States)).filter(([, state]) => state.Type === 'Task');
const maps = Object.entries(definition.States).filter(([, state]) => state.Type === 'Map');

describe('the state machine', () => {
  it('goes only to states that there are, and reaches them all', () => {
    for (const machine of all) {
      const names = Object.keys(machine.States);
      for (const [name, state] of Object.entries(machine.States)) {
        for (const target of targets(state)) assert.ok(names.includes(target), `${name} -> ${target}`);
      }
      assert.deepEqual([...reachable(machine)].sort(), names.sort());
    }
  });

  it('has a way on from every state', () => {
    for (const machine of all) {
      for (const [name, state] of Object.entries(machine.States)) {
        const ways = [state.Next !== undefined, state.End === true, state.Choices !== undefined]
          .filter(Boolean).length;
        assert.equal(ways, ['Succeed', 'Fail'].includes(state.Type) ? 0 : 1, name);
        // Without it a value that no choice expects would end an execution in States.NoChoiceMatched.
        if (state.Type === 'Choice') assert.ok(state.Default, name);
      }
    }
  });

  it('tries every task again, notices lost ones, and catches what is left', () => {
    assert.deepEqual(tasks.map(([name]) => name).sort(), ['CopyShard', 'Prepare', 'Report']);
    for (const [name, state] of tasks) {
      assert.equal(state['Resource'], 'arn:${partition}:states:::ecs:runTask.waitForTaskToken', name);
      assert.equal(state['HeartbeatSecondsPath'], '$.heartbeatSeconds', name);
      assert.deepEqual(state.Retry?.at(-1)?.ErrorEquals, ['States.ALL'], name);
      assert.deepEqual(state.Catch?.at(-1)?.ErrorEquals, ['States.ALL'], name);
      const named = state.Retry!.flatMap(retrier => retrier.ErrorEquals);
      assert.equal(new Set(named).size, named.length, `${name}: an error in two retriers`);
      for (const error of ['SpotInterrupted', 'States.HeartbeatTimeout', 'ECS.AmazonECSException']) {
        assert.ok(named.includes(error), `${name}: ${error}`);
      }
    }
  });

  it('keeps to what Step Functions allows in retriers', () => {
    for (const [name, state] of tasks) {
      for (const retrier of state.Retry!) {
        assert.ok((retrier.IntervalSeconds ?? 1) >= 1, name);
        assert.ok((retrier.BackoffRate ?? 2) >= 1, name);
        assert.ok((retrier.MaxAttempts ?? 3) <= 99_999_999, name);
        if (retrier.MaxDelaySeconds !== undefined) {
          assert.ok(retrier.MaxDelaySeconds > (retrier.IntervalSeconds ?? 1), name);
        }
      }
    }
  });

  it('has one distributed map, which fails for no shard', () => {
    assert.equal(maps.length, 1);
    const [, map] = maps[0]!;
    assert.equal(map['Label'], MAP_LABEL);
    assert.equal(map['ToleratedFailurePercentage'], 100);
    assert.match(definitionText(), /"ToleratedFailurePercentage": 100\.0/); // moto wants a float
    assert.deepEqual((map.ItemProcessor as any).ProcessorConfig, {
      Mode: 'DISTRIBUTED',
      ExecutionType: 'STANDARD',
    });
    assert.deepEqual(map.Catch?.map(({ Next }) => Next), ['Report']);
  });

  it('runs the steps on demand, and the shards where it is told', () => {
    const capacity = Object.fromEntries(
      tasks.map(([name, state]) => [name, parameters(state).CapacityProviderStrategy]),
    );
    assert.deepEqual(capacity, {
      Prepare: [{ CapacityProvider: 'FARGATE', Weight: 1 }],
      CopyShard: [{ 'CapacityProvider.$': '$.capacity', Weight: 1 }],
      Report: [{ CapacityProvider: 'FARGATE', Weight: 1 }],
    });
  });

  it('waits for a destination for 30 days, and fits into 25,000 events with it', () => {
    const { Choices } = definition.States['Waited'] as any;
    const upTo = Choices.map((choice: any) => choice.NumericLessThan) as [number, number, number];
    const [first, later, last] = [upTo[0], upTo[1] - upTo[0], upTo[2] - upTo[1]];
    assert.equal((first * 600) / 3600, 6);
    assert.equal((first * 600 + later * 3600) / 86_400, 2);
    assert.equal((first * 600 + later * 3600 + last * 10_800) / 86_400, 30);
    // Of a round: TaskStateEntered, TaskScheduled, TaskStarted, TaskSubmitted, TaskFailed, TaskStateExited,
    // and two for each of Waited, Wait..., CountWait. A try of RunTask more is four.
    const events = 6 + 3 * 2;
    const tries = 4 * 10;
    assert.ok(upTo[2] * (events + tries) < 25_000, `${upTo[2] * (events + tries)}`);
  });
});

describe('the overrides of a task', () => {
  const TOKEN = 't'.repeat(2048); // the most that SendTaskSuccess takes
  const JOB = `s3://${'b'.repeat(63)}/${'p'.repeat(200)}/jobs/${'e'.repeat(80)}/`;
  const LIMIT = 8192; // RunTask: "A total of 8192 characters are allowed for overrides", with their JSON
  const JOB_OF_DOCS = `s3://${'b'.repeat(63)}/jobs/${'e'.repeat(80)}/`; // without a work prefix
  const REPOSITORY = join(import.meta.dirname, '..', '..', '..');
  const ELSEWHERE = ['destinationPrefixKey', 'requiredRegion'];
  const SHARD = {
    shard: 99_999_999, items: 10_000, offset: 999_999_999_999_999, length: 999_999_999,
    digest: 'd'.repeat(32), slice: 100, slices: 100,
  };

  const sizeOf = (name: string, values: Record<string, string>): number => {
    const [, state] = tasks.find(([task]) => task === name)!;
    const filled = JSON.parse(JSON.stringify(parameters(state).Overrides), (_key, value) => {
      if (value === null || typeof value !== 'object') return value;
      if ('Value.$' in value) {
        const given = values[value.Name];
        assert.ok(given !== undefined, value.Name);
        return { Name: value.Name, Value: given };
      }
      if (!('Cpu.$' in value)) return value;
      const { 'Cpu.$': cpu, 'Memory.$': memory, ...rest } = value;
      assert.equal(`${cpu} ${memory}`, '$.task.cpu $.task.memory');
      return { Cpu: '16384', Memory: '122880', ...rest }; // the most that Fargate has
    });
    return JSON.stringify(filled).length;
  };

  it('fit, whatever the shard', () => {
    const values = { COPYOUT_TASK_TOKEN: TOKEN, COPYOUT_JOB: JOB, COPYOUT_SHARD: JSON.stringify(SHARD) };
    assert.ok(sizeOf('CopyShard', values) < LIMIT / 2, `${sizeOf('CopyShard', values)}`);
    assert.ok(sizeOf('Report', values) < LIMIT / 2);
  });

  it('leave room for the longest input that means something', () => {
    const key = 'k'.repeat(1024);
    const bucket = 'b'.repeat(63);
    const input = {
      sourceFilesCsvBucket: bucket,
      sourceFilesCsvKey: key,
      destinationBucket: bucket,
      destinationFolderKey: `${key}/`,
      destinationStartCopyRelativeKey: key,
      destinationEndCopyRelativeKey: key,
      maxItemsPerBatch: 10_000,
      destinationKeys: 'basename',
      onCollision: 'fail',
      onDifferent: 'overwrite',
      tags: 'best-effort',
      sourceRequiredRegion: 'ap-southeast-2',
      destinationRequiredRegion: 'ap-southeast-2',
      copyConcurrency: 10_000,
      includeCopyReport: true,
      dryRun: false,
      manifestKeyEncoding: 'none',
      manifestHeader: false,
      onDuplicate: 'fail',
      onUnproven: 'copy',
      look: 'auto',
      splitAbove: 9_999_999_999_999,
      maxCost: 999_999_999.999999,
      taskCapacity: 'spot-first',
      taskArchitecture: 'x86_64',
      taskCpu: 16_384,
      taskMemory: 122_880,
      includeStartMarker: true,
      onForeignFile: 'overwrite',
      thawParams: {
        glacierFlexibleRetrievalThawDays: 3650,
        glacierFlexibleRetrievalThawSpeed: 'Expedited',
        glacierDeepArchiveThawDays: 3650,
        glacierDeepArchiveThawSpeed: 'Standard',
        intelligentTieringArchiveThawDays: 3650,
        intelligentTieringArchiveThawSpeed: 'Expedited',
        intelligentTieringDeepArchiveThawDays: 3650,
        intelligentTieringDeepArchiveThawSpeed: 'Standard',
      },
    };
    // The table that the program reads them by; the old services' two names stand for others of these.
    const source = readFileSync(join(REPOSITORY, 'src', 'model', 'input_fields.c'), 'utf8');
    const fields = [...source.slice(source.indexOf('main_table[] = {')).matchAll(/^ +\{"(\w+)", FIELD_(\w+)/gm)]
      .filter(([, name, kind]) => kind !== 'UNSUPPORTED' && !ELSEWHERE.includes(name!)).map(([, name]) => name!);
    assert.deepEqual(fields.filter(name => !(name in input)), [], 'fields that are not counted here');
    assert.ok(fields.length > 20);
    const values = { COPYOUT_TASK_TOKEN: TOKEN, COPYOUT_JOB: JOB, COPYOUT_INPUT: JSON.stringify(input) };
    assert.ok(sizeOf('Prepare', values) < LIMIT, `${sizeOf('Prepare', values)}`);
  });

  it('leave as much for the input as the documentation says', () => {
    const room = LIMIT - sizeOf('Prepare', { COPYOUT_TASK_TOKEN: TOKEN, COPYOUT_JOB: JOB_OF_DOCS, COPYOUT_INPUT: '' });
    const docs = readFileSync(join(REPOSITORY, 'docs', 'aws.md'), 'utf8');
    const told = room.toLocaleString('en-US');
    assert.ok(docs.includes(`an input of more than ${told} characters`), `docs/aws.md does not say ${told}`);
    assert.ok(docs.includes(`(${told} are left for it)`), `docs/aws.md does not say ${told}`);
  });

  it('name the container and the steps', () => {
    const commands = Object.fromEntries(tasks.map(([name, state]) => {
      const [override, ...more] = parameters(state).Overrides.ContainerOverrides;
      assert.equal(more.length, 0);
      assert.equal(override.Name, CONTAINER);
      return [name, override.Command];
    }));
    assert.deepEqual(commands, { Prepare: ['prepare'], CopyShard: ['copy'], Report: ['report'] });
  });
});

describe('the substitutions', () => {
  it('are all given and all used', () => {
    const { template } = copyOutTemplate();
    const { DefinitionString, DefinitionSubstitutions } = only(template, 'AWS::StepFunctions::StateMachine');
    assert.equal(DefinitionString, definitionText());
    assert.deepEqual(Object.keys(DefinitionSubstitutions).sort(), [...placeholders(DefinitionString)].sort());
    for (const [name, value] of Object.entries(DefinitionSubstitutions)) {
      assert.ok(typeof value === 'string' || typeof value === 'object', name); // CloudFormation takes no numbers
    }
  });
});

function parameters(state: State): any {
  return state['Parameters'];
}
