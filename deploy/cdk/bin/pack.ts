/**
 * The construct as a package of npm: compiled, with types, the state machine inside.
 *
 *     npm run package                           ../../build/npm/copyout-cdk-VERSION.tgz (make npm-package)
 *     npm run package -- FOLDER
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DEFINITION_FILE } from '../lib/definition.ts';

const project = join(import.meta.dirname, '..');
const root = join(project, '..', '..');

/** The project's version, which CMake has. */
function version(): string {
  const found = /^project\(copyout VERSION ([\d.]+)/m.exec(readFileSync(join(root, 'CMakeLists.txt'), 'utf8'));
  if (!found) throw new Error('CMakeLists.txt has no version');
  return found[1]!;
}

/** The compiler writes imports of .js into the code, and leaves those of .ts in the types. */
function nameCompiledFiles(folder: string): void {
  for (const name of readdirSync(folder).filter(file => file.endsWith('.d.ts'))) {
    const file = join(folder, name);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/(from '\.\/[^']*)\.ts'/g, '$1.js\''));
  }
}

/** package.json of the package: the versions that this was tested with are the least that it takes. */
function manifest(): object {
  const own = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const { 'aws-cdk-lib': cdk, constructs, ...dependencies } = own.dependencies;
  return {
    name: own.name,
    version: version(),
    description: own.description,
    license: own.license,
    keywords: ['aws', 'cdk', 's3', 'step-functions'],
    type: own.type,
    engines: own.engines,
    exports: { '.': { types: './dist/lib/index.d.ts', default: './dist/lib/index.js' } },
    peerDependencies: { 'aws-cdk-lib': `^${cdk}`, constructs: `^${constructs}` },
    dependencies,
  };
}

const target = resolve(process.argv[2] ?? join(root, 'build', 'npm'));
const stage = mkdtempSync(join(tmpdir(), 'copyout-pack-'));
try {
  const tsc = join(project, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.package.json', '--outDir', join(stage, 'dist')], {
    cwd: project, stdio: 'inherit',
  });
  nameCompiledFiles(join(stage, 'dist', 'lib'));
  // lib/definition.ts looks for it two folders above itself, here as in the repository.
  copyFileSync(DEFINITION_FILE, join(stage, 'state-machine.asl.json'));
  copyFileSync(join(project, 'PACKAGE.md'), join(stage, 'README.md'));
  copyFileSync(join(root, 'LICENSE'), join(stage, 'LICENSE'));
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  mkdirSync(target, { recursive: true });
  execFileSync('npm', ['pack', '--silent', '--pack-destination', target], { cwd: stage, stdio: 'inherit' });
} finally {
  rmSync(stage, { recursive: true });
}
