#!/usr/bin/env node
/**
 * Builds the native code: the only caller of cmake-js.
 *
 *   node scripts/cmake-build.mjs <outdir> [--tests] [--bench] [--debug] [--device cpu|cuda]
 *
 * The build folder is build-cmake/<cpu|cuda>. synood.node and libsynood_core-<device>.so are copied to <outdir>,
 * with synood-build.json, which says what LibTorch the core was made against. LibTorch itself is never copied.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {createRequire} from 'node:module';
import {availableParallelism, totalmem} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {filesBelow} from './lib/hash.mjs';
import {run} from './lib/run.mjs';
import {findLibtorch} from './libtorch.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** What the compiler needs for one file that includes LibTorch. */
const BYTES_PER_JOB = 2e9;

/**
 * @param {string} device
 * @param {boolean} [debug]
 */
export const buildFolder = (device, debug = false) =>
  join(root, 'build-cmake', debug ? `${device}-debug` : device);

/** @param {string} device */
export const testProgram = (device) =>
  filesBelow(buildFolder(device)).find((file) => /[/\\]synood_tests(\.exe)?$/.test(file));

/** A CUDA LibTorch makes a CUDA core; that one computes on the CPU as well.
 *
 * @param {{variant: string}} libtorch
 */
export const deviceFor = ({variant}) => (variant === 'cpu' ? 'cpu' : 'cuda');

/**
 * @param {{outdir: string, tests?: boolean, bench?: boolean, debug?: boolean, device?: string,
 *   libtorch?: import('./libtorch.mjs').LibtorchStatus}} options
 */
export async function buildNative({
  outdir,
  tests = false,
  bench = false,
  debug = false,
  device,
  libtorch = findLibtorch(),
}) {
  if (!libtorch.found) {
    throw new Error(`LibTorch: ${libtorch.missing.join('; ')}\nRun: node scripts/libtorch.mjs pull`);
  }
  const kind = device ?? deviceFor(libtorch);
  const folder = buildFolder(kind, debug);
  const common = ['--out', folder, '--config', debug ? 'Debug' : 'Release', '--log-level', 'warn'];
  const settings = {
    SYNOOD_LIBTORCH: libtorch.path,
    SYNOOD_DEVICE: kind,
    SYNOOD_UNITY: debug ? 'OFF' : 'ON',
    ...(tests && {SYNOOD_TESTS: 'ON'}),
    ...(bench && {SYNOOD_BENCH: 'ON'}),
  };
  const defines = Object.entries(settings).map(([name, value]) => `--CD${name}=${value}`);
  // `build` alone would not notice another LibTorch: it configures only an empty folder.
  await cmakeJs(['configure', ...common, '--generator', 'Ninja', ...defines]);
  const jobs = Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / BYTES_PER_JOB)));
  const programs = [
    ...(tests ? ['synood_tests'] : []),
    ...(bench ? ['synood_peaks', 'synood_bench', 'synood_convolutions'] : []),
  ];
  for (const target of ['synood', 'synood_core', ...programs]) {
    await cmakeJs(['build', ...common, '--parallel', String(jobs), '--target', target]);
  }
  const suffix = process.platform === 'darwin' ? 'dylib' : 'so';
  install(folder, outdir, ['synood.node', `libsynood_core-${kind}.${suffix}`]);
  const info = {
    device: kind,
    libtorch: {version: libtorch.version, variant: libtorch.variant, path: libtorch.path},
  };
  writeFileSync(join(outdir, 'synood-build.json'), `${JSON.stringify(info, null, 2)}\n`);
  return info;
}

/** @param {string[]} args */
function cmakeJs(args) {
  const program = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js');
  const env = {...process.env};
  // Inside node-gyp's make these would make Ninja's children wait for job slots that nobody hands out.
  for (const name of ['MAKEFLAGS', 'MAKELEVEL', 'MFLAGS']) delete env[name];
  return run(process.execPath, [program, ...args, '--directory', root], {cwd: root, env});
}

/**
 * Copies beside and renames: a process that has the old file open keeps it, instead of crashing.
 *
 * @param {string} folder
 * @param {string} outdir
 * @param {string[]} names
 */
function install(folder, outdir, names) {
  mkdirSync(outdir, {recursive: true});
  const built = filesBelow(folder).filter((file) => !file.includes('CMakeFiles'));
  for (const name of names) {
    const file = built.find((path) => path.endsWith(`/${name}`));
    if (!file) throw new Error(`the build made no ${name} below ${folder}`);
    const beside = join(outdir, `.${name}.new`);
    copyFileSync(file, beside);
    renameSync(beside, join(outdir, name));
  }
  const stale = readdirSync(outdir).filter((name) => /^libsynood_core-/.test(name) && !names.includes(name));
  for (const name of stale) rmSync(join(outdir, name));
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const {values, positionals} = parseArgs({
    allowPositionals: true,
    options: {
      tests: {type: 'boolean'},
      bench: {type: 'boolean'},
      debug: {type: 'boolean'},
      device: {type: 'string'},
    },
  });
  const [outdir] = positionals;
  if (!outdir || !existsSync(join(root, 'CMakeLists.txt'))) {
    process.stderr.write(
      'usage: node scripts/cmake-build.mjs <outdir> [--tests] [--bench] [--debug] [--device cpu|cuda]\n',
    );
    process.exit(2);
  }
  try {
    await buildNative({...values, outdir: resolve(outdir)});
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
