/** CloudFormation's values as Terraform's: texts with ${...} in them. */

export interface Template {
  readonly Description?: string;
  readonly Parameters: Record<string, any>;
  readonly Resources: Record<string, Resource>;
  readonly Outputs: Record<string, any>;
}

export interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, any>;
  readonly DependsOn?: string[];
  readonly [field: string]: unknown;
}

/** CopyOutTaskRole0DE5D075 is task_role, and SubnetIds subnet_ids. */
export function nameOf(logicalId: string): string {
  return logicalId
    .replace(/^CopyOut(?=[A-Z])/, '')
    .replace(/[0-9A-F]{8}$/, '')
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_')
    .toLowerCase();
}

const PSEUDO: Record<string, string> = {
  'AWS::AccountId': 'data.aws_caller_identity.current.account_id',
  'AWS::Partition': 'data.aws_partition.current.partition',
  'AWS::Region': 'data.aws_region.current.region',
  'AWS::URLSuffix': 'data.aws_partition.current.dns_suffix',
};

/** Of each type: Terraform's, and what Ref and the attributes are there ("" is Ref). */
const REFERENCES: Record<string, { readonly type: string; readonly attributes: Record<string, string> }> = {
  'AWS::EC2::SecurityGroup': { type: 'aws_security_group', attributes: { GroupId: '.id' } },
  'AWS::ECS::Cluster': { type: 'aws_ecs_cluster', attributes: { '': '.name', Arn: '.arn' } },
  'AWS::ECS::TaskDefinition': { type: 'aws_ecs_task_definition', attributes: { '': '.arn' } },
  'AWS::IAM::Policy': { type: 'aws_iam_role_policy', attributes: {} },
  'AWS::IAM::Role': { type: 'aws_iam_role', attributes: { '': '.name', Arn: '.arn' } },
  // CloudFormation's ARN of a log group ends with ":*", and the provider's does not.
  'AWS::Logs::LogGroup': { type: 'aws_cloudwatch_log_group', attributes: { '': '.name', Arn: '.arn}:*' } },
  'AWS::S3::Bucket': { type: 'aws_s3_bucket', attributes: { '': '.bucket', Arn: '.arn' } },
  'AWS::StepFunctions::StateMachine': { type: 'aws_sfn_state_machine', attributes: { '': '.arn', Name: '.name' } },
};

export class Expressions {
  private readonly template: Template;
  /** The state machine's file, from the module's folder. */
  readonly definition: string;

  constructor(template: Template, definition: string) {
    this.template = template;
    this.definition = definition;
  }

  /** The address of a resource, as depends_on has it. */
  address(logicalId: string): string {
    const { Type } = this.template.Resources[logicalId]!;
    const known = REFERENCES[Type];
    if (!known) throw new Error(`${logicalId} is a ${Type}, which the module cannot refer to`);
    return `${known.type}.${nameOf(logicalId)}`;
  }

  /** A value that is a text, with all that it refers to as ${...}. */
  text(value: any): string {
    if (typeof value === 'string') return value.replace(/([$%])\{/g, '$1$1{');
    if (typeof value?.Ref === 'string') return this.reference(value.Ref, '');
    if (value?.['Fn::GetAtt']) return this.reference(value['Fn::GetAtt'][0], value['Fn::GetAtt'][1]);
    if (value?.['Fn::Join']) return this.joined(value['Fn::Join']);
    if (value?.['Fn::Select']) return this.selected(value['Fn::Select']);
    throw new Error(`no expression for ${JSON.stringify(value)}`);
  }

  /** Any value, texts in it as text() has them. */
  value(value: any): any {
    if (Array.isArray(value)) return value.map(element => this.value(element));
    if (value === null || typeof value !== 'object') return typeof value === 'string' ? this.text(value) : value;
    const keys = Object.keys(value);
    if (keys.length === 1 && /^(Ref$|Fn::)/.test(keys[0]!)) return this.text(value);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.value(inner)]));
  }

  /** A document, as the text that AWS takes: a policy, the containers. Quotes in an expression are Terraform's. */
  document(value: any): string {
    return JSON.stringify(this.value(value))
      .replace(/(?<!\$)\$\{[^{}]*\}/g, expression => expression.replaceAll('\\"', '"'));
  }

  private reference(name: string, attribute: string): string {
    if (attribute === '' && name in PSEUDO) return `\${${PSEUDO[name]}}`;
    if (attribute === '' && name in this.template.Parameters) return `\${var.${nameOf(name)}}`;
    const resource = this.template.Resources[name];
    const found = resource && REFERENCES[resource.Type]?.attributes[attribute];
    if (!found) throw new Error(`no expression for ${name}.${attribute}`);
    return `\${${this.address(name)}${found}${found.includes('}') ? '' : '}'}`;
  }

  private joined([delimiter, parts]: [string, any]): string {
    if (Array.isArray(parts)) return parts.map(part => this.text(part)).join(delimiter);
    return `\${join("${delimiter}", ${this.bare(parts)})}`;
  }

  private selected([index, list]: [number, any]): string {
    const split = list?.['Fn::Split'];
    if (!split) throw new Error(`no expression for a choice of ${JSON.stringify(list)}`);
    return `\${split("${split[0]}", ${this.bare(split[1])})[${index}]}`;
  }

  /** The expression inside of one ${...}. */
  private bare(value: any): string {
    const found = /^\$\{([^{}]*)\}$/.exec(this.text(value));
    if (!found) throw new Error(`not one expression: ${JSON.stringify(value)}`);
    return found[1]!;
  }
}
