/**
 * Each type of resource as the AWS provider has it. A property that nobody takes is an error, so that nothing of the
 * template is lost.
 */
import { type Expressions, nameOf, type Resource } from './expressions.ts';

export interface Block {
  readonly type: string;
  readonly name: string;
  readonly body: Record<string, any>;
}

/** The properties of one resource, of which each has to be taken. */
class Properties {
  private readonly left: Map<string, any>;
  private readonly what: string;

  constructor(what: string, given: Record<string, any> = {}) {
    this.what = what;
    this.left = new Map(Object.entries(given));
  }

  take(name: string): any {
    const value = this.left.get(name);
    this.left.delete(name);
    return value;
  }

  /** A property with properties of its own, each of which `use` takes. */
  inside<Value>(name: string, use: (inner: Properties) => Value): Value | undefined {
    const value = this.take(name);
    return value === undefined ? undefined : Properties.of(`${this.what}.${name}`, value, use);
  }

  each<Value>(name: string, use: (inner: Properties) => Value): Value[] {
    return ((this.take(name) ?? []) as any[]).map((value, n) => Properties.of(`${this.what}.${name}[${n}]`, value, use));
  }

  static of<Value>(what: string, given: Record<string, any> | undefined, use: (inner: Properties) => Value): Value {
    const properties = new Properties(what, given);
    const value = use(properties);
    if (properties.left.size > 0) throw new Error(`${what}: nobody takes ${[...properties.left.keys()].join(', ')}`);
    return value;
  }
}

type Handler = (name: string, given: Properties, to: Expressions) => Block[];

/** A block or list that is not there is left out; a single one stands without a list. */
function block(type: string, name: string, body: Record<string, any>): Block {
  const there = Object.entries(body).filter(([, value]) =>
    value !== undefined && !(Array.isArray(value) && value.length === 0));
  return { type, name, body: Object.fromEntries(there) };
}

function tags(given: Properties, to: Expressions): Record<string, string> | undefined {
  const list = given.take('Tags') as { Key: string; Value: any }[] | undefined;
  return list && Object.fromEntries(list.map(({ Key, Value }) => [Key, to.text(Value)]));
}

/** What CloudFormation makes a name for begins with this. */
function prefix(name: string): string {
  return `copyout-${name.replaceAll('_', '-')}-`;
}

const optional = (value: any, to: Expressions) => (value === undefined ? undefined : to.text(value));

const lifecycleRule = (rule: Properties) => block('', '', {
  id: rule.take('Id'),
  status: rule.take('Status'),
  filter: { prefix: rule.take('Prefix') ?? '' },
  expiration: ((days: number | undefined) => days && { days })(rule.take('ExpirationInDays')),
  abort_incomplete_multipart_upload: rule.inside('AbortIncompleteMultipartUpload', upload =>
    ({ days_after_initiation: upload.take('DaysAfterInitiation') })),
}).body;

const bucket: Handler = (name, given, to) => {
  const blocks = [block('aws_s3_bucket', name, { bucket_prefix: prefix(name), tags: tags(given, to) })];
  const about = `\${aws_s3_bucket.${name}.bucket}`;
  const add = (type: string, body: Record<string, any> | undefined) => {
    if (body) blocks.push(block(type, name, { bucket: about, ...body }));
  };
  add('aws_s3_bucket_server_side_encryption_configuration', given.inside('BucketEncryption', encryption => ({
    rule: encryption.each('ServerSideEncryptionConfiguration', rule => ({
      apply_server_side_encryption_by_default: rule.inside('ServerSideEncryptionByDefault', by =>
        ({ sse_algorithm: by.take('SSEAlgorithm') })),
    })),
  })));
  add('aws_s3_bucket_lifecycle_configuration', given.inside('LifecycleConfiguration', lifecycle =>
    ({ rule: lifecycle.each('Rules', lifecycleRule) })));
  add('aws_s3_bucket_ownership_controls', given.inside('OwnershipControls', controls => ({
    rule: controls.each('Rules', rule => ({ object_ownership: rule.take('ObjectOwnership') })),
  })));
  add('aws_s3_bucket_public_access_block', given.inside('PublicAccessBlockConfiguration', access => ({
    block_public_acls: access.take('BlockPublicAcls'),
    block_public_policy: access.take('BlockPublicPolicy'),
    ignore_public_acls: access.take('IgnorePublicAcls'),
    restrict_public_buckets: access.take('RestrictPublicBuckets'),
  })));
  return blocks;
};

const securityGroup: Handler = (name, given, to) => [
  block('aws_security_group', name, {
    name_prefix: prefix(name),
    description: given.take('GroupDescription'),
    vpc_id: to.text(given.take('VpcId')),
    tags: tags(given, to),
  }),
  ...given.each('SecurityGroupEgress', rule => {
    const [protocol, port] = [rule.take('IpProtocol'), rule.take('FromPort')];
    return block('aws_vpc_security_group_egress_rule', `${protocol}_${port}`, {
      security_group_id: `\${aws_security_group.${name}.id}`,
      description: rule.take('Description'),
      cidr_ipv4: rule.take('CidrIp'),
      ip_protocol: protocol,
      from_port: port,
      to_port: rule.take('ToPort'),
    });
  }),
];

/** Keys with small first letters: the ECS API has them so, and CloudFormation has large ones. */
function smallKeys(value: any): any {
  if (Array.isArray(value)) return value.map(smallKeys);
  if (value === null || typeof value !== 'object' || Object.keys(value).some(key => /^(Ref$|Fn::)/.test(key))) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) =>
    [key[0]!.toLowerCase() + key.slice(1), smallKeys(inner)]));
}

const taskDefinition: Handler = (name, given, to) => [block('aws_ecs_task_definition', name, {
  family: to.text(given.take('Family')),
  cpu: to.text(given.take('Cpu')),
  memory: to.text(given.take('Memory')),
  network_mode: given.take('NetworkMode'),
  requires_compatibilities: given.take('RequiresCompatibilities'),
  execution_role_arn: to.text(given.take('ExecutionRoleArn')),
  task_role_arn: to.text(given.take('TaskRoleArn')),
  runtime_platform: given.inside('RuntimePlatform', platform => ({
    cpu_architecture: to.text(platform.take('CpuArchitecture')),
    operating_system_family: platform.take('OperatingSystemFamily'),
  })),
  ephemeral_storage: given.inside('EphemeralStorage', storage => ({ size_in_gib: storage.take('SizeInGiB') })),
  volume: given.each('Volumes', volume => ({ name: volume.take('Name') })),
  container_definitions: to.document(smallKeys(given.take('ContainerDefinitions'))),
  tags: tags(given, to),
})];

const stateMachine: Handler = (name, given, to) => {
  given.take('DefinitionString'); // the file itself, in which Terraform's ${name} is CloudFormation's
  const substitutions = Object.entries(given.take('DefinitionSubstitutions'))
    .map(([key, value]) => `${key} = ${inTemplate(to.text(value))}`).join(', ');
  return [block('aws_sfn_state_machine', name, {
    name: to.text(given.take('StateMachineName')),
    type: given.take('StateMachineType'),
    role_arn: to.text(given.take('RoleArn')),
    definition: `\${templatefile("\${path.module}/${to.definition}", { ${substitutions} })}`,
    logging_configuration: given.inside('LoggingConfiguration', logging => ({
      level: logging.take('Level'),
      include_execution_data: logging.take('IncludeExecutionData'),
      log_destination: logging.each('Destinations', destination =>
        destination.inside('CloudWatchLogsLogGroup', group => to.text(group.take('LogGroupArn'))))[0],
    })),
    tracing_configuration: given.inside('TracingConfiguration', tracing => ({ enabled: tracing.take('Enabled') })),
    tags: tags(given, to),
  })];
};

/** A text as an argument of a function: one ${...} is its expression, all else a quoted text. */
function inTemplate(text: string): string {
  return /^\$\{([^{}]*)\}$/.exec(text)?.[1] ?? JSON.stringify(text);
}

const HANDLERS: Record<string, Handler> = {
  'AWS::S3::Bucket': bucket,
  'AWS::S3::BucketPolicy': (name, given, to) => [block('aws_s3_bucket_policy', name, {
    bucket: to.text(given.take('Bucket')),
    policy: to.document(given.take('PolicyDocument')),
  })],
  'AWS::ECS::Cluster': (name, given, to) => [block('aws_ecs_cluster', name, {
    name: '${var.name}', // CloudFormation makes one up
    setting: given.each('ClusterSettings', setting => ({ name: setting.take('Name'), value: setting.take('Value') })),
    tags: tags(given, to),
  })],
  'AWS::ECS::ClusterCapacityProviderAssociations': (name, given, to) => {
    if (given.take('DefaultCapacityProviderStrategy').length > 0) throw new Error('a default strategy');
    return [block('aws_ecs_cluster_capacity_providers', name, {
      cluster_name: to.text(given.take('Cluster')),
      capacity_providers: given.take('CapacityProviders'),
    })];
  },
  'AWS::EC2::SecurityGroup': securityGroup,
  'AWS::IAM::Role': (name, given, to) => {
    const own = given.take('RoleName');
    return [block('aws_iam_role', name, {
      ...(own ? { name: to.text(own) } : { name_prefix: prefix(name) }),
      description: optional(given.take('Description'), to),
      assume_role_policy: to.document(given.take('AssumeRolePolicyDocument')),
      tags: tags(given, to),
    })];
  },
  'AWS::IAM::Policy': (name, given, to) => {
    const [role, ...more] = given.take('Roles');
    if (more.length > 0) throw new Error(`${name}: a policy of several roles`);
    given.take('PolicyName');
    return [block('aws_iam_role_policy', name, {
      role: to.text(role),
      name: name.replaceAll('_', '-'),
      policy: to.document(given.take('PolicyDocument')),
    })];
  },
  'AWS::ECS::TaskDefinition': taskDefinition,
  'AWS::Logs::LogGroup': (name, given, to) => {
    const own = given.take('LogGroupName');
    return [block('aws_cloudwatch_log_group', name, {
      ...(own ? { name: to.text(own) } : { name_prefix: prefix(name) }),
      retention_in_days: given.take('RetentionInDays'),
      tags: tags(given, to),
    })];
  },
  'AWS::StepFunctions::StateMachine': stateMachine,
};

/** One resource of the template as the module's. */
export function blocksOf(logicalId: string, resource: Resource, to: Expressions): Block[] {
  const handler = HANDLERS[resource.Type];
  if (!handler) throw new Error(`${logicalId} is a ${resource.Type}, which the module does not know`);
  const blocks = Properties.of(logicalId, resource.Properties, given => handler(nameOf(logicalId), given, to));
  // CloudFormation waits for what is not seen in a reference: rights before their use, the task definition.
  const after = [resource.DependsOn ?? []].flat().map(id => to.address(id));
  return after.length === 0 ? blocks : blocks.map(made => ({ ...made, body: { ...made.body, depends_on: after } }));
}
