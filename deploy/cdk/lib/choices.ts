import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { CopyOutProps } from './props.ts';

/** What the input of a job may choose of its shards' tasks; nothing that is left out may be chosen. */
export interface JobChoices {
  /** "taskCapacity": on demand instead of Spot first, or the other way round. */
  readonly capacity?: boolean;
  /** "taskArchitecture": "arm64" or "x86_64", each with a task definition. The image must have both. */
  readonly architecture?: boolean;
  /** "taskCpu": up to so many CPU units. */
  readonly mostCpu?: number;
  /** "taskMemory": up to so many MiB. */
  readonly mostMemoryMiB?: number;
}

export type Architecture = 'arm64' | 'x86_64';

export const CPU_ARCHITECTURES: Record<Architecture, ecs.CpuArchitecture> = {
  arm64: ecs.CpuArchitecture.ARM64,
  x86_64: ecs.CpuArchitecture.X86_64,
};

/** A shard's task, where its job asks for nothing else. */
export interface ShardTask {
  readonly capacity: 'spot-first' | 'on-demand';
  readonly architecture: Architecture;
  readonly cpu: number;
  readonly memoryLimitMiB: number;
}

export function shardTaskOf(props: CopyOutProps): ShardTask {
  const task: ShardTask = {
    capacity: props.capacity ?? 'spot-first',
    architecture: props.cpuArchitecture === ecs.CpuArchitecture.X86_64 ? 'x86_64' : 'arm64',
    cpu: props.cpu ?? 256,
    memoryLimitMiB: props.memoryLimitMiB ?? 512,
  };
  const { mostCpu = task.cpu, mostMemoryMiB = task.memoryLimitMiB } = props.jobsMayChoose ?? {};
  if (mostCpu < task.cpu || mostMemoryMiB < task.memoryLimitMiB) {
    throw new Error(
      `jobsMayChoose: at most ${mostCpu} CPU units and ${mostMemoryMiB} MiB are less than the `
      + `installation's own tasks have (${task.cpu} and ${task.memoryLimitMiB})`,
    );
  }
  return task;
}

/** The family of the task definition for an architecture: that of the installation's own has its name. */
export function familyOf(name: string, task: ShardTask, architecture: Architecture): string {
  return architecture === task.architecture ? name : `${name}-${architecture}`;
}

/** The architectures that there are task definitions for, the installation's own first. */
export function architecturesOf(task: ShardTask, choices: JobChoices | undefined): Architecture[] {
  const other = task.architecture === 'arm64' ? 'x86_64' : 'arm64';
  return choices?.architecture ? [task.architecture, other] : [task.architecture];
}

/**
 * COPYOUT_TASK_CHOICES: what Prepare holds an input's wishes against. The state machine runs the shards as the
 * answer of Prepare says, and by its own substitutions where that says nothing.
 */
export function choicesText(name: string, task: ShardTask, choices: JobChoices | undefined): string {
  return JSON.stringify({
    capacity: task.capacity,
    architecture: task.architecture,
    cpu: task.cpu,
    memory: task.memoryLimitMiB,
    capacities: choices?.capacity ? ['spot-first', 'on-demand'] : [task.capacity],
    mostCpu: choices?.mostCpu ?? task.cpu,
    mostMemory: choices?.mostMemoryMiB ?? task.memoryLimitMiB,
    taskDefinitions: Object.fromEntries(architecturesOf(task, choices)
      .map(architecture => [architecture, familyOf(name, task, architecture)])),
  });
}
