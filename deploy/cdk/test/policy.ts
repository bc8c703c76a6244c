/**
 * Judges requests by the policies of a role as IAM does, as far as the policies of this app go (IAM User Guide,
 * "Policy evaluation logic" and "IAM JSON policy elements"): Allow and Deny, Action, Resource and NotResource with
 * wildcards, and the conditions StringEquals, StringNotEquals, StringLike and
 * StringLikeIfExists. All else is an error, so that a policy
 * that says more is not judged by less.
 */
import type { Template } from 'aws-cdk-lib/assertions';
import { only } from './support.ts';

export interface Request {
  readonly action: string;
  readonly resource: string;
  /** What conditions ask for: condition keys and their values. */
  readonly context?: Record<string, string>;
}

export type Verdict = 'allowed' | 'denied' | 'not allowed';

const SINGLE = ['Sid', 'Effect', 'Action', 'Resource', 'NotResource', 'Condition'];

/** References and pseudo parameters of a template, by their logical ids (of references their beginnings). */
export type Values = Record<string, string>;

/** An intrinsic as the text that it is when it is deployed. */
export function deployed(value: any, values: Values): string {
  if (typeof value === 'string') return value;
  const name = value.Ref ?? value['Fn::GetAtt']?.join('.');
  if (name !== undefined) {
    const short = name.replace(/[0-9A-F]{8}(?=$|\.)/, '');
    if (values[short] === undefined) throw new Error(`no value for ${short}`);
    return values[short];
  }
  if (value['Fn::Join']) {
    const [delimiter, parts] = value['Fn::Join'];
    return parts.map((part: any) => deployed(part, values)).join(delimiter);
  }
  throw new Error(JSON.stringify(value));
}

/** "*" and "?" stand for other characters; action names are compared without case. */
function matches(pattern: string, text: string, flags = ''): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.');
  return new RegExp(`^${escaped}$`, `s${flags}`).test(text);
}

function listOf(value: any, values: Values): string[] {
  return (Array.isArray(value) ? value : [value]).map((one: any) => deployed(one, values));
}

/** Whether all conditions hold. A key that is not there: equal to nothing, and so unequal to everything. */
function holds(conditions: any, context: Record<string, string>, values: Values): boolean {
  return Object.entries<any>(conditions ?? {}).every(([operator, keys]) =>
    Object.entries<any>(keys).every(([key, wanted]) => {
      const has = context[key];
      const any = (test: (one: string, is: string) => boolean) =>
        has !== undefined && listOf(wanted, values).some(one => test(one, has));
      switch (operator) {
        case 'StringEquals': return any((one, is) => one === is);
        case 'StringNotEquals': return !any((one, is) => one === is);
        case 'StringLikeIfExists': return has === undefined || any((one, is) => matches(one, is));
        case 'StringLike': return any((one, is) => matches(one, is));
        default: throw new Error(`condition operator ${operator}`);
      }
    }));
}

function applies(statement: any, request: Request, values: Values): boolean {
  for (const element of Object.keys(statement)) {
    if (!SINGLE.includes(element)) throw new Error(`policy element ${element}`);
  }
  if (!listOf(statement.Action, values).some(one => matches(one, request.action, 'i'))) return false;
  const named = listOf(statement.Resource ?? statement.NotResource, values)
    .some(one => matches(one, request.resource));
  return named === (statement.Resource !== undefined) && holds(statement.Condition, request.context ?? {}, values);
}

/** The role's own policies alone: what a bucket's policy says besides is its owner's. */
export function judge(template: Template, role: string, request: Request, values: Values): Verdict {
  const { PolicyDocument } = only(template, 'AWS::IAM::Policy', `CopyOut${role}DefaultPolicy`);
  const effects = PolicyDocument.Statement
    .filter((statement: any) => applies(statement, request, values))
    .map((statement: any) => statement.Effect);
  if (effects.includes('Deny')) return 'denied';
  return effects.includes('Allow') ? 'allowed' : 'not allowed';
}
