import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import type {LibtorchStatus} from '#libtorch';
import test from 'ava';
import {repoRoot} from '../support/paths.js';
import {storedZip} from '../support/zip.js';

const extension = process.platform === 'darwin' ? 'dylib' : 'so';
const libtorchFiles = (version: string): Record<string, string> => ({
  [`lib/libc10.${extension}`]: '',
  [`lib/libtorch_cpu.${extension}`]: 'x'.repeat(20_000),
  'include/ATen/ATen.h': '',
  'include/c10/core/Device.h': '',
  'build-version': version,
});
const archive = storedZip(
  Object.fromEntries(
    Object.entries(libtorchFiles('2.12.0+cpu')).map(([name, text]) => [`libtorch/${name}`, text]),
  ),
);

/** A mirror of download.pytorch.org that knows one archive. */
async function serve(requests: string[]): Promise<Server> {
  const server = createServer((request, response) => {
    requests.push(`${request.url} ${request.headers.range ?? ''}`.trim());
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, {'content-length': archive.length - from});
    setTimeout(() => response.end(archive.subarray(from)), 200);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** A machine with a cache folder, unzip and nothing else: no Python, no LibTorch. */
function bareMachine(env: NodeJS.ProcessEnv = {}): {folder: string; cache: string; env: NodeJS.ProcessEnv} {
  const folder = mkdtempSync(join(tmpdir(), 'synood-libtorch-'));
  mkdirSync(join(folder, 'bin'));
  const unzip = execFileSync('sh', ['-c', 'command -v unzip'], {encoding: 'utf8'}).trim();
  symlinkSync(unzip, join(folder, 'bin', 'unzip'));
  const cache = join(folder, 'cache', 'libtorch');
  return {
    folder,
    cache,
    env: {PATH: join(folder, 'bin'), SYNOOD_CACHE: join(folder, 'cache'), HOME: folder, ...env},
  };
}

function writeTree(folder: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), {recursive: true});
    writeFileSync(join(folder, name), text);
  }
}

/** Evaluates an expression over the functions of #libtorch in a process of its own. */
function evaluate(expression: string, env: NodeJS.ProcessEnv): Promise<LibtorchStatus & {error?: string}> {
  const code = `import {findLibtorch, obtainLibtorch} from '#libtorch';
    const result = await Promise.resolve().then(() => ${expression}).catch((error) => ({error: error.message}));
    process.stdout.write(JSON.stringify(result));`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {cwd: repoRoot, env});
    let output = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    child.on('error', reject);
    child.on('close', () => resolve(JSON.parse(output) as LibtorchStatus));
  });
}

test('pull: two processes at once download once, and the marker makes the folder count', async (t) => {
  const requests: string[] = [];
  const server = await serve(requests);
  const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const {folder, cache, env} = bareMachine({SYNOOD_LIBTORCH_MIRROR: mirror});
  try {
    const pull = (): Promise<LibtorchStatus> => evaluate(`obtainLibtorch({version: '2.12.0'})`, env);
    const [first, second] = await Promise.all([pull(), pull()]);
    t.is(first.path, join(cache, '2.12.0-cpu'));
    t.is(second.path, first.path);
    t.is(first.version, '2.12.0');
    t.is(first.variant, 'cpu');
    t.deepEqual(requests, ['/libtorch/cpu/libtorch-shared-with-deps-2.12.0%2Bcpu.zip']);
    t.deepEqual(readdirSync(cache), ['2.12.0-cpu'], 'no archive, lock or half-finished folder is left');

    t.true((await evaluate('findLibtorch()', env)).found);
    rmSync(join(cache, '2.12.0-cpu', '.complete'));
    t.false((await evaluate('findLibtorch()', env)).found, 'without its marker a folder is half finished');
  } finally {
    server.close();
    rmSync(folder, {recursive: true});
  }
});

test('pull: a download that was cut off goes on where it was', async (t) => {
  const requests: string[] = [];
  const server = await serve(requests);
  const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const {folder, cache, env} = bareMachine({SYNOOD_LIBTORCH_MIRROR: mirror});
  try {
    mkdirSync(cache, {recursive: true});
    const part = join(cache, 'libtorch-shared-with-deps-2.12.0+cpu.zip.part');
    writeFileSync(part, archive.subarray(0, 1000));
    t.true((await evaluate(`obtainLibtorch({version: '2.12.0'})`, env)).found);
    t.regex(requests[0] ?? '', /bytes=1000-$/);
  } finally {
    server.close();
    rmSync(folder, {recursive: true});
  }
});

test('pull: an archive with another checksum is refused, and the message names the commands', async (t) => {
  const server = await serve([]);
  const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const {folder, cache, env} = bareMachine({SYNOOD_LIBTORCH_MIRROR: mirror});
  try {
    const {error} = await evaluate(`obtainLibtorch({version: '2.13.0'})`, env);
    t.regex(error ?? '', /SHA-256 is [0-9a-f]{64}, expected edbf4cbe/);
    t.regex(error ?? '', /there is no Python on PATH/);
    t.regex(error ?? '', /libtorch(\.mjs)? pull/);
    t.false(existsSync(join(cache, '2.13.0-cpu')));
  } finally {
    server.close();
    rmSync(folder, {recursive: true});
  }
});

test('find: the variable comes before the cache, and one that is wrong is not passed over', async (t) => {
  const {folder, cache, env} = bareMachine();
  try {
    writeTree(join(cache, '2.13.0-cpu'), {...libtorchFiles('2.13.0+cpu'), '.complete': ''});
    writeTree(join(folder, 'mine'), libtorchFiles('2.11.0+cpu'));
    writeTree(join(folder, 'old'), libtorchFiles('2.4.0+cpu'));

    t.is((await evaluate('findLibtorch()', env)).source, 'cache');
    const mine = await evaluate('findLibtorch()', {...env, SYNOOD_LIBTORCH: join(folder, 'mine')});
    t.like(mine, {found: true, source: 'environment', version: '2.11.0', path: join(folder, 'mine')});

    const old = await evaluate('findLibtorch()', {...env, SYNOOD_LIBTORCH: join(folder, 'old')});
    t.false(old.found);
    t.regex(old.missing.join(), /is LibTorch 2\.4\.0; one of 2\.11, 2\.12, 2\.13 is needed/);
    const nowhere = await evaluate('findLibtorch()', {...env, SYNOOD_LIBTORCH: join(folder, 'nowhere')});
    t.false(nowhere.found);
    t.regex(nowhere.missing.join(), /has no lib\/libtorch_cpu/);
  } finally {
    rmSync(folder, {recursive: true});
  }
});

test('find: a CUDA LibTorch is preferred when asked for, and the version of the core decides', async (t) => {
  const {folder, cache, env} = bareMachine();
  const cuda = {[`lib/libtorch_cuda.${extension}`]: '', '.complete': ''};
  try {
    writeTree(join(cache, '2.13.0-cpu'), {...libtorchFiles('2.13.0+cpu'), '.complete': ''});
    writeTree(join(cache, '2.13.0-cu130'), {...libtorchFiles('2.13.0+cu130'), ...cuda});
    writeTree(join(cache, '2.12.0-cpu'), {...libtorchFiles('2.12.0+cpu'), '.complete': ''});
    t.is((await evaluate('findLibtorch()', env)).variant, 'cpu');
    t.is((await evaluate(`findLibtorch({prefer: 'cuda'})`, env)).variant, 'cu130');
    t.is((await evaluate(`findLibtorch({version: '2.12.0'})`, env)).version, '2.12.0');
    const absent = await evaluate(`findLibtorch({version: '2.11.0'})`, env);
    t.false(absent.found);
    t.regex(absent.missing.join(), /the native core was built against 2\.11\.0/);
  } finally {
    rmSync(folder, {recursive: true});
  }
});
