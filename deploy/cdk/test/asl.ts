/** Reading the state machine's definition, for tests. */

export interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Default?: string;
  readonly Choices?: { readonly Next: string }[];
  readonly Catch?: { readonly ErrorEquals: string[]; readonly Next: string }[];
  readonly Retry?: Retrier[];
  readonly ItemProcessor?: Machine;
  readonly [field: string]: unknown;
}

export interface Retrier {
  readonly ErrorEquals: string[];
  readonly IntervalSeconds?: number;
  readonly BackoffRate?: number;
  readonly MaxAttempts?: number;
  readonly MaxDelaySeconds?: number;
}

export interface Machine {
  readonly StartAt: string;
  readonly States: Record<string, State>;
}

/** The machine, and those inside its maps. */
export function machines(machine: Machine): Machine[] {
  return [
    machine,
    ...Object.values(machine.States).flatMap(state => state.ItemProcessor ? machines(state.ItemProcessor) : []),
  ];
}

export function targets(state: State): string[] {
  return [
    ...(state.Next ? [state.Next] : []),
    ...(state.Default ? [state.Default] : []),
    ...(state.Choices ?? []).map(choice => choice.Next),
    ...(state.Catch ?? []).map(catcher => catcher.Next),
  ];
}

export function reachable(machine: Machine): Set<string> {
  const seen = new Set<string>();
  const todo = [machine.StartAt];
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    todo.push(...targets(machine.States[name]!));
  }
  return seen;
}
