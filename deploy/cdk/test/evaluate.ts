/**
 * This module evaluates CloudFormation's and Terraform's expressions, for a comparison of the two: each with the same values
 * for what only AWS knows. Nothing here is shared with the code that makes one of the other.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ACCOUNT = '123456789012';
const REGION = 'eu-west-1';

const short = (logicalId: string): string =>
  logicalId.replace(/[0-9A-F]{8}$/, '').replace(/^CopyOut/, '').replaceAll('_', '').toLowerCase();

/** What AWS would say of a resource that it has made; the name is in small letters, without anything between. */
const MADE: Record<string, (name: string) => string> = {
  bucket: name => `copyout-${name}`,
  bucketArn: name => `arn:aws:s3:::copyout-${name}`,
  cluster: () => 'CopyOut',
  clusterArn: name => `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/${name}`,
  group: name => `/logs/${name}`,
  groupArn: name => `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/logs/${name}`,
  machineArn: name => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}`,
  role: name => `role-${name}`,
  roleArn: name => `arn:aws:iam::${ACCOUNT}:role/role-${name}`,
  securityGroup: name => `sg-${name}`,
};

const CLOUDFORMATION: Record<string, (name: string) => string> = {
  'AWS::EC2::SecurityGroup.GroupId': MADE['securityGroup']!,
  'AWS::ECS::Cluster': MADE['cluster']!,
  'AWS::ECS::Cluster.Arn': MADE['clusterArn']!,
  'AWS::IAM::Role': MADE['role']!,
  'AWS::IAM::Role.Arn': MADE['roleArn']!,
  'AWS::Logs::LogGroup': MADE['group']!,
  // "Return values" of AWS::Logs::LogGroup: its Arn ends so.
  'AWS::Logs::LogGroup.Arn': name => `${MADE['groupArn']!(name)}:*`,
  'AWS::S3::Bucket': MADE['bucket']!,
  'AWS::S3::Bucket.Arn': MADE['bucketArn']!,
  'AWS::StepFunctions::StateMachine': MADE['machineArn']!,
};

const TERRAFORM: Record<string, (name: string) => string> = {
  'aws_security_group.id': MADE['securityGroup']!,
  'aws_ecs_cluster.name': MADE['cluster']!,
  'aws_ecs_cluster.arn': MADE['clusterArn']!,
  'aws_iam_role.name': MADE['role']!,
  'aws_iam_role.arn': MADE['roleArn']!,
  'aws_cloudwatch_log_group.name': MADE['group']!,
  'aws_cloudwatch_log_group.arn': MADE['groupArn']!,
  'aws_s3_bucket.bucket': MADE['bucket']!,
  'aws_s3_bucket.arn': MADE['bucketArn']!,
  'aws_sfn_state_machine.arn': MADE['machineArn']!,
};

export type Values = Record<string, string | string[]>;

/** Any value of a template, with nothing left to work out. `values` are of the parameters. */
export function cloudFormation(template: any, values: Values): (value: any) => any {
  const pseudo: Values = {
    'AWS::AccountId': ACCOUNT, 'AWS::Partition': 'aws', 'AWS::Region': REGION, 'AWS::URLSuffix': 'amazonaws.com',
  };
  const of = (id: string, attribute: string): any => {
    const known = attribute === '' ? pseudo[id] ?? values[id] : undefined;
    if (known !== undefined) return known;
    const made = CLOUDFORMATION[`${template.Resources[id]?.Type}${attribute}`];
    if (!made) throw new Error(`${id}${attribute}`);
    return made(short(id));
  };
  const evaluate = (value: any): any => {
    if (Array.isArray(value)) return value.map(evaluate);
    if (value === null || typeof value !== 'object') return value;
    const [key, ...more] = Object.keys(value);
    const inner = key === undefined ? undefined : value[key];
    if (more.length === 0 && key === 'Ref') return of(inner, '');
    if (more.length === 0 && key === 'Fn::GetAtt') return of(inner[0], `.${inner[1]}`);
    if (more.length === 0 && key === 'Fn::Join') return evaluate(inner[1]).join(inner[0]);
    if (more.length === 0 && key === 'Fn::Split') return evaluate(inner[1]).split(inner[0]);
    if (more.length === 0 && key === 'Fn::Select') return evaluate(inner[1])[inner[0]];
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, evaluate(one)]));
  };
  return evaluate;
}

/** Any value of the module in `folder`, likewise: the few forms of Terraform's language that it has. */
export function terraform(folder: string, variables: Values): (value: any) => any {
  const data: Values = {
    'data.aws_caller_identity.current.account_id': ACCOUNT,
    'data.aws_partition.current.partition': 'aws',
    'data.aws_partition.current.dns_suffix': 'amazonaws.com',
    'data.aws_region.current.region': REGION,
    'path.module': folder,
  };
  const reference = (path: string): any => {
    if (path in data) return data[path];
    const [type, name, attribute] = path.split('.');
    if (type === 'var') return variables[name!]!;
    const made = TERRAFORM[`${type}.${attribute}`];
    if (!made) throw new Error(path);
    return made(short(name!));
  };

  /** Reads one expression at the beginning of a text; returns its value and what is left of the text. */
  const expression = (text: string): [any, string] => {
    const left = text.trimStart();
    const quoted = /^"((?:\$\{[^}]*\}|[^"\\])*)"/.exec(left);
    if (quoted) return [string(quoted[1]!), left.slice(quoted[0].length)];
    const called = /^(join|split|templatefile)\(/.exec(left);
    if (!called) {
      const path = /^[a-z0-9_.]+/.exec(left);
      if (!path) throw new Error(`no expression: ${left}`);
      return [reference(path[0]), left.slice(path[0].length)];
    }
    const [first, rest] = expression(left.slice(called[0].length));
    const [second, end] = called[1] === 'templatefile' ? object(comma(rest)) : expression(comma(rest));
    const closed = end.trimStart();
    if (!closed.startsWith(')')) throw new Error(`no ")": ${closed}`);
    if (called[1] === 'join') return [second.join(first), closed.slice(1)];
    if (called[1] === 'templatefile') return [file(first, second), closed.slice(1)];
    const index = /^\)\[(\d+)\]/.exec(closed);
    if (!index) throw new Error(`no index: ${closed}`);
    return [second.split(first)[Number(index[1])], closed.slice(index[0].length)];
  };
  const comma = (text: string): string => text.replace(/^\s*,/, '');
  const object = (text: string): [Record<string, any>, string] => {
    let left = text.trimStart().slice(1).trimStart();
    const found: Record<string, any> = {};
    while (!left.startsWith('}')) {
      const key = /^(\w+) = /.exec(left)!;
      const [value, rest] = expression(left.slice(key[0].length));
      found[key[1]!] = value;
      left = comma(rest).trimStart();
    }
    return [found, left.slice(1)];
  };
  const file = (path: string, given: Record<string, any>): string =>
    readFileSync(join(path), 'utf8').replace(/\$\{([^}]*)\}/g, (_all, name) => {
      if (!(name in given)) throw new Error(`templatefile has no ${name}`);
      return given[name];
    });
  const string = (text: string): any => {
    let done = '';
    for (let left = text; ;) {
      const at = left.search(/(?<!\$)\$\{/);
      if (at < 0) return done + left.replace(/([$%])\1\{/g, '$1{');
      const [value, rest] = expression(left.slice(at + 2));
      if (!rest.trimStart().startsWith('}')) throw new Error(`no "}": ${rest}`);
      if (at === 0 && done === '' && rest.trim() === '}') return value;
      done += left.slice(0, at) + value;
      left = rest.slice(rest.indexOf('}') + 1);
    }
  };
  const evaluate = (value: any): any => {
    if (typeof value === 'string') return string(value);
    if (Array.isArray(value)) return value.map(evaluate);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, evaluate(one)]));
  };
  return evaluate;
}
