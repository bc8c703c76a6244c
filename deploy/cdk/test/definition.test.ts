import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  CONTAINER, definitionText, MAP_LABEL, MAP_RESULTS_FOLDER, placeholders, WAITING_FOLDER,
} from '../lib/definition.ts';
import { type Machine, machines, reachable, type State, targets } from './asl.ts';
import { copyOutTemplate, only } from './support.ts';

const definition = JSON.parse(definitionText()) as Machine;
const all = machines(definition);
const ECS = 'arn:${partition}:states:::ecs:runTask.waitForTaskToken';
const tasks = all.flatMap(machine => Object.entries(machine.States))
  .filter(([, state]) => state.Type === 'Task' && state['Resource'] === ECS);
const services = all.flatMap(machine => Object.entries(machine.States))
  .filter(([, state]) => state.Type === 'Task' && state['Resource'] !== ECS);
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
    assert.deepEqual(tasks.map(([name]) => name).sort(), ['CopyShard', 'Prepare', 'Report', 'Thaw']);
    for (const [name, state] of tasks) {
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
    assert.deepEqual(map.Catch?.map(({ Next }) => Next), ['MayThaw']);
  });

  it('has the map write the results of its children below the job\'s folder, and hands on none of them', () => {
    const [, map] = maps[0]!;
    assert.deepEqual(map['ResultWriter'], {
      Resource: 'arn:${partition}:states:::s3:putObject',
      Parameters: { 'Bucket.$': '$.prepared.workBucket', 'Prefix.$': '$.mapResults' },
    });
    assert.equal(map['ResultPath'], null);
    const { job, mapResults } = Object.fromEntries(Object.entries(parameters(definition.States['Settings']!)).map(
      ([name, value]) => [name.replace('.$', ''), String(value).match(/^States\.Format\('(.*)', \$\$\.Execution\.Name\)$/)?.[1]],
    ));
    assert.equal(`s3://\${workBucket}/${mapResults}`, `${job}${MAP_RESULTS_FOLDER}`);
    const names = readFileSync(join(import.meta.dirname, '..', '..', '..', 'src', 'store', 'work_names.h'), 'utf8');
    assert.equal(names.match(/#define MAP_FOLDER +"(.*)\/"/)?.[1], MAP_RESULTS_FOLDER);
    // A state gets nothing but what the one before hands on: a Pass with Parameters has to name it.
    const waited = parameters(definition.States['CountWait']!);
    assert.equal(waited['mapResults.$'], '$.mapResults');
  });

  it('gives up a Prepare that never starts after three tries', () => {
    const [, prepare] = tasks.find(([name]) => name === 'Prepare')!;
    const tries = (error: string) =>
      1 + prepare.Retry!.find(({ ErrorEquals }) => ErrorEquals.includes(error))!.MaxAttempts!;
    assert.equal(tries('States.HeartbeatTimeout'), 3);
    assert.equal(tries('SpotInterrupted'), 21);
  });

  it('runs the steps on demand, and the shards where it is told', () => {
    const capacity = Object.fromEntries(
      tasks.map(([name, state]) => [name, parameters(state).CapacityProviderStrategy]),
    );
    assert.deepEqual(capacity, {
      Prepare: [{ CapacityProvider: 'FARGATE', Weight: 1 }],
      CopyShard: [{ 'CapacityProvider.$': '$.capacity', Weight: 1 }],
      Report: [{ CapacityProvider: 'FARGATE', Weight: 1 }],
      Thaw: [{ CapacityProvider: 'FARGATE', Weight: 1 }],
    });
  });

  it('asks for marks of waiting objects after the map, and starts no task where there are none', () => {
    const { MayThaw, FindWaiting, AnyWaiting, Thaw } = definition.States as any;
    assert.deepEqual(services.map(([name]) => name), ['FindWaiting']);
    assert.equal(MayThaw.Default, 'Report');
    assert.deepEqual(MayThaw.Choices, [{ Variable: '$.prepared.thaws', IsPresent: true, Next: 'FindWaiting' }]);
    assert.equal(FindWaiting.Resource, 'arn:${partition}:states:::aws-sdk:s3:listObjectsV2');
    assert.deepEqual(AnyWaiting.Choices, [{ Variable: '$.waiting.marks', NumericEquals: 0, Next: 'Report' }]);
    // The report is made whatever comes of it; what cannot be asked is taken for a yes.
    assert.deepEqual(FindWaiting.Catch.map(({ Next }: any) => Next), ['Thaw']);
    assert.deepEqual(Thaw.Catch.map(({ Next }: any) => Next), ['Report']);
    const { waitingMarks } = Object.fromEntries(Object.entries(parameters(definition.States['Settings']!)).map(
      ([name, value]) => [name.replace('.$', ''), String(value).match(/^States\.Format\('(.*)', \$\$\.Execution\.Name\)$/)?.[1]],
    ));
    assert.equal(waitingMarks, `\${workPrefix}jobs/{}/${WAITING_FOLDER}`);
    assert.equal(ofProject('src/store/work_names.h').match(/#define WAITING_FOLDER +"(.*)\/"/)?.[1], WAITING_FOLDER);
    const waited = parameters(definition.States['CountWait']!);
    assert.equal(waited['waitingMarks.$'], '$.waitingMarks');
    assert.equal(waited['looks.$'], '$.looks');
  });

  it('looks at restores as often as the program reckons with, and fits into 25,000 events with it', () => {
    const { Choices } = definition.States['Thawed'] as any;
    const most = Number(ofProject('src/model/thaw.h').match(/THAW_TASK_LOOKS_MOST = (\d+)/)?.[1]);
    assert.equal(Choices[1].NumericLessThan, most);
    // As below: of Thaw 6, and two for each of Thawed, WaitForRestores, CountLook. Both waits may come to their ends.
    const looks = (most + 1) * (6 + 3 * 2 + 4 * 10);
    const waits = 302 * (6 + 3 * 2 + 4 * 10);
    assert.ok(looks + waits < 25_000, `${looks + waits}`);
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
    assert.ok(sizeOf('Thaw', { ...values, COPYOUT_LOOKS: '150' }) < LIMIT / 2);
  });

  it('leave room for an input as long as docs/aws-machine.md says', () => {
    const job = JOB.replace(/p{200}\//, ''); // a work bucket without a prefix, as the stack makes it
    const values = { COPYOUT_TASK_TOKEN: TOKEN, COPYOUT_JOB: job, COPYOUT_INPUT: '' };
    const room = (LIMIT - sizeOf('Prepare', values)).toLocaleString('en-US');
    const documented = ofProject('docs/aws-machine.md');
    assert.match(documented, new RegExp(`an input of more than ${room} characters`));
    assert.match(documented, new RegExp(`\\(${room} are left for it,`));
  });

  it('leave room for the longest input that means something', () => {
    const key = 'k'.repeat(1024);
    const bucket = 'b'.repeat(63);
    const region = 'ap-southeast-2';
    const thaw = ['glacierFlexibleRetrieval', 'glacierDeepArchive', 'intelligentTieringArchive',
      'intelligentTieringDeepArchive'].flatMap(kind => [[`${kind}ThawDays`, 3650], [`${kind}ThawSpeed`, 'Standard']]);
    const input = {
      sourceFilesCsvBucket: bucket,
      sourceFilesCsvKey: key,
      destinationBucket: bucket,
      // These two follow the folder: each has 1,024 bytes with it.
      destinationFolderKey: 'k/',
      destinationStartCopyRelativeKey: key.slice(2),
      destinationEndCopyRelativeKey: key.slice(2),
      wildcards: false,
      folderMarkers: 'keep',
      include: '*'.repeat(100),
      exclude: '*'.repeat(100),
      minSize: 999_999_999_999_999,
      maxSize: 999_999_999_999_999,
      modifiedAfter: '2026-11-26T00:00:00Z',
      modifiedBefore: '2026-11-26T00:00:00Z',
      onlyStorageClass: 'STANDARD,STANDARD_IA,ONEZONE_IA,INTELLIGENT_TIERING,GLACIER_IR',
      manifestColumns: 'bucket,key,versionId,destinationKey,ignore',
      onlyFailed: false,
      proof: 'checksum',
      includeReportPage: false,
      deliveryRecord: 'destination',
      deliveryTags: false,
      reportFormulas: 'escape',
      maxItemsPerBatch: 10_000,
      manifestKeyEncoding: 'none',
      manifestHeader: false,
      destinationKeys: 'basename',
      onCollision: 'fail',
      onDuplicate: 'fail',
      onDifferent: 'overwrite',
      onUnproven: 'copy',
      tags: 'best-effort',
      look: 'auto',
      sourceRequiredRegion: region,
      destinationRequiredRegion: region,
      copyConcurrency: 10_000,
      splitAbove: 999_999_999_999_999,
      maxCost: 999_999.123456,
      taskCapacity: 'spot-first',
      taskArchitecture: 'x86_64',
      taskCpu: 16_384,
      taskMemory: 122_880,
      includeCopyReport: false,
      includeStartMarker: false,
      onForeignFile: 'overwrite',
      dryRun: false,
      thawParams: Object.fromEntries(thaw),
    };
    const known = [...ofProject('src/model/fields/input_fields.c').matchAll(/\{"(\w+)", FIELD_(?!UNSUPPORTED)/g)];
    // A new field counts, too. Two others name the list instead of sourceFilesCsv…, which is longer than they are.
    const others = ['copyInstructionsKey', 'sourcePrefix'];
    assert.deepEqual([...Object.keys(input), ...others].sort(), known.map(([, name]) => name).sort());
    const values = { COPYOUT_TASK_TOKEN: TOKEN, COPYOUT_JOB: JOB, COPYOUT_INPUT: JSON.stringify(input) };
    assert.ok(sizeOf('Prepare', values) < LIMIT, `${sizeOf('Prepare', values)}`);
  });

  it('name the container and the steps', () => {
    const commands = Object.fromEntries(tasks.map(([name, state]) => {
      const [override, ...more] = parameters(state).Overrides.ContainerOverrides;
      assert.equal(more.length, 0);
      assert.equal(override.Name, CONTAINER);
      return [name, override.Command];
    }));
    assert.deepEqual(commands, {
      Prepare: ['prepare'], CopyShard: ['copy'], Thaw: ['thaw'], Report: ['report'],
    });
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

function ofProject(name: string): string {
  return readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');
}

function parameters(state: State): any {
  return state['Parameters'];
}
