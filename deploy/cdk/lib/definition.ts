import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The state machine, as it is in the repository: the local tests run the same file. */
export const DEFINITION_FILE = join(import.meta.dirname, '..', '..', 'state-machine.asl.json');

/** The container that the state machine's overrides name. */
export const CONTAINER = 'copyout';

/** The Label of the distributed map: its child executions belong to "stateMachine:NAME/LABEL". */
export const MAP_LABEL = 'Copy';

/** The folder in a job's folder that the map's ResultWriter writes to: MAP_FOLDER of src/store/work_names.h. */
export const MAP_RESULTS_FOLDER = 'map';

/** The folder in a job's folder that tells of restores: WAITING_FOLDER of src/store/work_names.h. */
export const WAITING_FOLDER = 'waiting';

/** One for each ${...} of the file; the names are the file's. */
export interface Substitutions {
  readonly partition: string;
  readonly workBucket: string;
  readonly workPrefix: string;
  readonly waitFirstSeconds: string;
  readonly waitLaterSeconds: string;
  readonly waitLastSeconds: string;
  readonly heartbeatSeconds: string;
  readonly clusterArn: string;
  readonly taskDefinition: string;
  readonly subnets: string;
  readonly securityGroup: string;
  readonly assignPublicIp: 'ENABLED' | 'DISABLED';
  readonly copyCapacity: 'FARGATE_SPOT' | 'FARGATE';
  readonly copyCpu: string;
  readonly copyMemory: string;
}

/**
 * The definition's text without its line breaks and indents: it becomes a string in the template, and a
 * template that is passed as such to CloudFormation may have 51,200 bytes. Its text, not what JSON.parse
 * makes of it: Step Functions as moto has it tells 100.0 from 100.
 */
export function definitionText(): string {
  return readFileSync(DEFINITION_FILE, 'utf8').replace(/\s*\n\s*/g, '');
}

/** The names of all ${...} in a text. */
export function placeholders(text: string): Set<string> {
  return new Set([...text.matchAll(/\$\{([^}]*)\}/g)].map(match => match[1]!));
}
