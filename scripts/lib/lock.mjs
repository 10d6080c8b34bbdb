/**
 * A lock between processes: a file that only one of them can create. It names its holder, so that the lock
 * of a process that died is not waited for.
 */
import {closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync} from 'node:fs';
import {hostname} from 'node:os';
import {dirname} from 'node:path';

const POLL_MS = 200;
/** A holder on another machine cannot be asked whether it lives: after this long it is taken for dead. */
const STALE_MS = 60 * 60 * 1000;

/**
 * Runs `work` while holding the lock.
 *
 * @template T
 * @param {string} path
 * @param {() => Promise<T> | T} work
 * @param {(message: string) => void} [log] told once when the lock is held by somebody else
 * @returns {Promise<T>}
 */
export async function withLock(path, work, log = () => {}) {
  mkdirSync(dirname(path), {recursive: true});
  let told = false;
  while (!tryTake(path)) {
    if (isAbandoned(path) && removeAbandoned(path)) continue;
    if (!told) log(`another process is at this, waiting for it (lock: ${path})`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const release = () => rmSync(path, {force: true});
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

/** @param {string} path */
function tryTake(path) {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, JSON.stringify({pid: process.pid, host: hostname()}));
    closeSync(file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * One process at a time: between seeing that a lock is abandoned and removing it, another could have done both and taken its own.
 *
 * @param {string} path
 * @returns {boolean} false while another process is at it
 */
function removeAbandoned(path) {
  const clearing = `${path}.clearing`;
  if (!tryTake(clearing)) {
    return isAbandoned(clearing) && removeAbandoned(clearing);
  }
  try {
    if (isAbandoned(path)) rmSync(path, {force: true});
    return true;
  } finally {
    rmSync(clearing, {force: true});
  }
}

/** @param {string} path */
function isAbandoned(path) {
  try {
    const age = Date.now() - statSync(path).mtimeMs;
    const text = readFileSync(path, 'utf8');
    // Between creation and the first write the file is empty for a moment.
    if (text === '') return age > 5000;
    const {pid, host} = JSON.parse(text);
    return host === hostname() ? !isAlive(pid) : age > STALE_MS;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT';
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
