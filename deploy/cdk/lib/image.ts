import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IgnoreMode } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';

const REPOSITORY_ROOT = join(import.meta.dirname, '..', '..', '..');
const DOCKERFILE = 'deploy/container/Dockerfile';

/**
 * The image built from deploy/container/Dockerfile. Docker is needed to deploy it, not to synthesise.
 * Left out of the asset, and so no reason for a new image, is what Docker leaves out of the build.
 */
export function imageFromSource(architecture: ecs.CpuArchitecture): ecs.ContainerImage {
  if (!existsSync(join(REPOSITORY_ROOT, DOCKERFILE))) {
    throw new Error('give an image: the source that it is built from is in copyout\'s repository only');
  }
  const exclude = readFileSync(join(REPOSITORY_ROOT, `${DOCKERFILE}.dockerignore`), 'utf8')
    .split('\n').filter(line => line && !line.startsWith('#'));
  return ecs.ContainerImage.fromAsset(REPOSITORY_ROOT, {
    file: DOCKERFILE,
    platform: architecture === ecs.CpuArchitecture.ARM64 ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64,
    ignoreMode: IgnoreMode.DOCKER,
    exclude,
  });
}

/**
 * An image by its name. One in ECR, of this account or another, is made known as such, so that the
 * execution role may pull it; for any other nothing is needed.
 */
export function imageFromName(scope: Construct, name: string): ecs.ContainerImage {
  const match = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?)\/([^:@]+)(?:[:@](.+))?$/.exec(name);
  if (!match) {
    return ecs.ContainerImage.fromRegistry(name);
  }
  const [, account, region, suffix, repositoryName, tag] = match;
  const partition = suffix!.endsWith('.cn') ? 'aws-cn' : region!.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  const repository = ecr.Repository.fromRepositoryAttributes(scope, 'Repository', {
    repositoryArn: `arn:${partition}:ecr:${region}:${account}:repository/${repositoryName}`,
    repositoryName: repositoryName!,
  });
  return ecs.ContainerImage.fromEcrRepository(repository, tag ?? 'latest');
}
