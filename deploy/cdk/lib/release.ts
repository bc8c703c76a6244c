import { App, BootstraplessSynthesizer, CfnParameter, Fn } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { CopyOutStack } from './copyout-stack.ts';

/** The template's one parameter: an image in ECR, in the account and region of the stack. */
export const IMAGE_PARAMETER = 'Image';

export interface ReleaseOptions {
  /** The feature flags of cdk.json. */
  readonly context: Record<string, unknown>;
  /** A folder for what CDK writes besides. */
  readonly outdir: string;
}

/** The image of that parameter; the execution role may pull from its repository and from no other. */
export function imageOfParameter(scope: Construct): ecs.ContainerImage {
  const image = new CfnParameter(scope, IMAGE_PARAMETER, {
    description: 'NAME:TAG of copyout\'s image (ARM64) in ECR, in this account and region',
    // ECR's rules of names of repositories and of tags (its API Reference, CreateRepository, ImageIdentifier).
    allowedPattern: '[a-z0-9]+([._/-][a-z0-9]+)*:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}',
  });
  const [name, tag] = [0, 1].map(part => Fn.select(part, Fn.split(':', image.valueAsString)));
  const repository = ecr.Repository.fromRepositoryName(scope, 'Repository', name!);
  return ecs.ContainerImage.fromEcrRepository(repository, tag);
}

/** An app whose templates are read and not deployed. */
export function templateApp({ context, outdir }: ReleaseOptions): App {
  return new App({
    context,
    outdir,
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
    treeMetadata: false,
  });
}

/** The stack CopyOut with its default settings as a template that needs nothing but CloudFormation. */
export function releaseTemplate(options: ReleaseOptions): Record<string, any> {
  const app = templateApp(options);
  const stack = new CopyOutStack(app, 'CopyOut', {
    synthesizer: new BootstraplessSynthesizer(),
    copyOut: scope => ({ image: imageOfParameter(scope) }),
  });
  return app.synth().getStackByName(stack.stackName).template as Record<string, any>;
}
