/** Brings LibTorch into the cache folder: the official archive first, then the wheel that pip knows. */
import {existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {withLock} from '../lib/lock.mjs';
import {capture, which} from '../lib/run.mjs';
import {describeLibtorch} from './describe.mjs';
import {download} from './download.mjs';
import {cacheFolder, doneMarker, findLibtorch, pullCommand} from './find.mjs';
import {unpack} from './unpack.mjs';
import {officialArchive, pinnedVersion} from './versions.mjs';

/** What a build and a run need of the wheel; the rest is Python. */
const WHEEL_PARTS = ['torch/lib/', 'torch/include/', 'torch/share/', 'torch/version.py'];
const PIP_TIMEOUT_MS = 30 * 60 * 1000;

/**
 * @param {import('../libtorch.mjs').ObtainOptions} [options]
 * @returns {Promise<import('../libtorch.mjs').LibtorchStatus>}
 */
export async function obtainLibtorch({log = () => {}, version = pinnedVersion, variant = 'cpu', force} = {}) {
  const prefer = variant === 'cpu' ? 'cpu' : 'cuda';
  const here = force ? undefined : findLibtorch({prefer});
  if (here?.found || here?.source === 'option' || here?.source === 'environment') {
    if (here.found) return here;
    throw new Error(failure(here.missing));
  }
  const root = cacheFolder();
  const target = join(root, `${version}-${variant}`);
  return withLock(
    `${target}.lock`,
    async () => {
      if (existsSync(join(target, doneMarker))) return findLibtorch({path: target});
      const tried = [];
      for (const [name, way] of ways) {
        const scratch = mkdtempSync(join(mkdirs(root), '.obtain-'));
        try {
          const folder = await way({root, scratch, version, variant, log});
          finish(folder, target, variant);
          return {...findLibtorch({path: target}), source: 'cache'};
        } catch (error) {
          tried.push(`${name}: ${error instanceof Error ? error.message : error}`);
          log(tried.at(-1) ?? '');
        } finally {
          rmSync(scratch, {recursive: true, force: true});
        }
      }
      throw new Error(failure([...(here?.missing ?? []), ...tried]));
    },
    log,
  );
}

/** @typedef {{root: string, scratch: string, version: string, variant: string, log: (message: string) => void}} Job */
/** @type {[string, (job: Job) => Promise<string>][]} */
const ways = [
  ['official archive', fromArchive],
  ['pip download', fromWheel],
];

/** @param {Job} job */
async function fromArchive({root, scratch, version, variant, log}) {
  const archive = officialArchive(version, variant, process.env.SYNOOD_LIBTORCH_MIRROR);
  if (!archive) throw new Error(`there is none for ${process.platform}-${process.arch} ${variant}`);
  const file = join(root, archive.name);
  log(`downloading ${archive.url}`);
  await download(archive.url, file, {sha256: archive.sha256, log});
  log(`unpacking ${archive.name}`);
  try {
    await unpack(file, scratch);
  } finally {
    rmSync(file, {force: true});
  }
  return join(scratch, 'libtorch');
}

/** @param {Job} job */
async function fromWheel({scratch, version, variant, log}) {
  const python = which('python3', 'python');
  if (!python) throw new Error('there is no Python on PATH');
  // A CUDA wheel is not whole: its CUDA libraries are a dozen further wheels.
  if (variant !== 'cpu') throw new Error(`only the cpu variant can come from a wheel, not ${variant}`);
  const base = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--retries', '1', '--only-binary=:all:'];
  const wheelIndex = ['--extra-index-url', 'https://download.pytorch.org/whl/cpu'];
  const anyPython = ['--python-version', '3.11', '--implementation', 'cp', ...platformTags()];
  // PyPI's own Linux wheel is a CUDA build of several hundred MB, so it is asked for last.
  const attempts = [
    [`torch==${version}+cpu`],
    [`torch==${version}+cpu`, ...wheelIndex],
    [`torch==${version}+cpu`, ...wheelIndex, ...anyPython],
    [`torch==${version}`],
  ];
  let last = '';
  for (const attempt of attempts) {
    log(`pip download ${attempt[0]}`);
    const {ok, stderr} = capture(python, [...base, '--dest', scratch, ...attempt], {timeout: PIP_TIMEOUT_MS});
    const wheel = readdirSync(scratch).find((name) => name.endsWith('.whl'));
    if (ok && wheel) {
      log(`unpacking ${wheel}`);
      await unpack(join(scratch, wheel), join(scratch, 'unpacked'), WHEEL_PARTS);
      return join(scratch, 'unpacked', 'torch');
    }
    last = stderr.trim().split('\n').at(-1) ?? '';
    if (/No module named pip/.test(stderr)) break;
  }
  throw new Error(last || 'pip brought no wheel');
}

function platformTags() {
  if (process.platform !== 'linux') return [];
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  return ['manylinux_2_28', 'manylinux_2_17', 'manylinux2014'].flatMap((tag) => [
    '--platform',
    `${tag}_${machine}`,
  ]);
}

/**
 * Moves an unpacked LibTorch to its place; the marker comes last, so that a folder with a marker is whole.
 *
 * @param {string} folder
 * @param {string} target
 * @param {string} wanted
 */
function finish(folder, target, wanted) {
  const {variant, missing} = describeLibtorch(folder);
  if (missing.length > 0) throw new Error(`what came has no ${missing.join(', ')}`);
  if (variant !== wanted) throw new Error(`what came is the ${variant} variant, not ${wanted}`);
  rmSync(target, {recursive: true, force: true});
  renameSync(folder, target);
  writeFileSync(join(target, doneMarker), '');
}

/** @param {string} path */
function mkdirs(path) {
  mkdirSync(path, {recursive: true});
  return path;
}

/** @param {string[]} tried */
function failure(tried) {
  const lines = tried.map((line) => `  - ${line}`).join('\n');
  const commands = [
    [pullCommand, 'try again, on a machine with a network'],
    [`pip install torch==${pinnedVersion}`, 'an installed Python torch is used as it is'],
    ['export SYNOOD_LIBTORCH=/path/to/libtorch', 'a folder with lib/ and include/'],
  ];
  const width = Math.max(...commands.map(([command = '']) => command.length));
  const ways = commands.map(([command = '', what]) => `  ${command.padEnd(width)}   ${what}`).join('\n');
  return `LibTorch ${pinnedVersion} could not be found or obtained. Tried:\n${lines}\nMend it with one of:\n${ways}`;
}
