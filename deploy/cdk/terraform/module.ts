import { Expressions, nameOf, type Template } from './expressions.ts';
import { blocksOf } from './resources.ts';

/** The provider's versions: the first that has all that is used (aws_region's attribute "region"), and what follows. */
const PROVIDER = { source: 'hashicorp/aws', version: '>= 6.0' };
const TERRAFORM = '>= 1.5';

function variableOf(parameter: any): Record<string, any> {
  const list = parameter.Type.startsWith('List<');
  return {
    description: parameter.Description,
    type: list ? 'list(string)' : 'string',
    ...(parameter.Default === undefined ? {} : { default: parameter.Default }),
  };
}

function validationOf(name: string, parameter: any): Record<string, any> {
  if (parameter.AllowedPattern) {
    const pattern = JSON.stringify(`^(${parameter.AllowedPattern})$`);
    return {
      validation: {
        condition: `\${can(regex(${pattern}, var.${name}))}`,
        error_message: `${name} must be as ^(${parameter.AllowedPattern})$ says.`,
      },
    };
  }
  if (parameter.AllowedValues) {
    return {
      validation: {
        condition: `\${contains(${JSON.stringify(parameter.AllowedValues)}, var.${name})}`,
        error_message: `${name} must be ${parameter.AllowedValues.join(' or ')}.`,
      },
    };
  }
  return {};
}

/** The module's files, by their names. `definition`: the state machine's file, from the module's folder. */
export function terraformModule(template: Template, definition: string): Record<string, object> {
  const to = new Expressions(template, definition);
  const resource: Record<string, Record<string, any>> = {};
  for (const [logicalId, given] of Object.entries(template.Resources)) {
    for (const { type, name, body } of blocksOf(logicalId, given, to)) {
      const ofType = resource[type] ??= {};
      if (name in ofType) throw new Error(`two ${type}.${name}`);
      ofType[name] = body;
    }
  }
  const parameters = Object.entries(template.Parameters).map(([id, parameter]) => [nameOf(id), parameter] as const);
  const outputs = Object.entries(template.Outputs).map(([id, { Value, Description }]) =>
    [nameOf(id), { value: to.text(Value), ...(Description ? { description: Description } : {}) }]);
  return {
    'versions.tf.json': { terraform: { required_version: TERRAFORM, required_providers: { aws: PROVIDER } } },
    'variables.tf.json': {
      variable: Object.fromEntries(parameters.map(([name, parameter]) =>
        [name, { ...variableOf(parameter), ...validationOf(name, parameter) }])),
    },
    'main.tf.json': {
      '//': 'Made from deploy/cdk by `npm run terraform`; README.md tells how. Do not change it here.',
      data: { aws_caller_identity: { current: {} }, aws_partition: { current: {} }, aws_region: { current: {} } },
      resource,
    },
    'outputs.tf.json': { output: Object.fromEntries(outputs) },
  };
}
