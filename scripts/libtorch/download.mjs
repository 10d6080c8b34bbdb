/** Downloads one file, going on where an earlier attempt was cut off. */
import {createHash} from 'node:crypto';
import {createReadStream, createWriteStream, existsSync, renameSync, rmSync, statSync} from 'node:fs';
import {Readable, Transform} from 'node:stream';
import {pipeline} from 'node:stream/promises';

const CONNECT_MS = 8_000;
const STALL_MS = 30_000;
const REPORT_MS = 5_000;

/**
 * @param {string} url
 * @param {string} target the file's name once it is whole; until then it is `<target>.part`
 * @param {{sha256?: string, log?: (message: string) => void}} [options]
 */
export async function download(url, target, {sha256, log = () => {}} = {}) {
  const part = `${target}.part`;
  const have = existsSync(part) ? statSync(part).size : 0;
  const controller = new AbortController();
  const watchdog = restartableTimer(() => controller.abort(new Error('the server stopped answering')));
  try {
    watchdog.restart(CONNECT_MS);
    const headers = have > 0 ? {range: `bytes=${have}-`} : {};
    const response = await fetch(url, {headers, signal: controller.signal});
    // 416: nothing is left to send, the part is whole (or too long, which the checksum tells).
    if (response.status !== 416) {
      if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
      const resumed = response.status === 206;
      const offset = resumed ? have : 0;
      const total = offset + Number(response.headers.get('content-length') ?? NaN);
      const meter = progressMeter(offset, total, log, () => watchdog.restart(STALL_MS));
      const file = createWriteStream(part, {flags: resumed ? 'a' : 'w'});
      await pipeline(Readable.fromWeb(/** @type {any} */ (response.body)), meter, file, {
        signal: controller.signal,
      });
    }
  } catch (error) {
    throw explain(error);
  } finally {
    watchdog.stop();
  }
  if (sha256) {
    const got = await sha256Of(part);
    if (got !== sha256) {
      rmSync(part, {force: true});
      throw new Error(`its SHA-256 is ${got}, expected ${sha256}`);
    }
  }
  renameSync(part, target);
}

/** @param {string} path */
async function sha256Of(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** @param {() => void} expire */
function restartableTimer(expire) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const stop = () => clearTimeout(timer);
  const restart = (/** @type {number} */ milliseconds) => {
    stop();
    timer = setTimeout(expire, milliseconds);
  };
  return {restart, stop};
}

/**
 * @param {number} offset
 * @param {number} total
 * @param {(message: string) => void} log
 * @param {() => void} alive
 */
function progressMeter(offset, total, log, alive) {
  let received = offset;
  let reported = Date.now();
  const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(0);
  return new Transform({
    transform(chunk, _encoding, done) {
      received += chunk.length;
      alive();
      if (Date.now() - reported > REPORT_MS) {
        reported = Date.now();
        log(`${megabytes(received)}${Number.isFinite(total) ? ` of ${megabytes(total)}` : ''} MB`);
      }
      done(null, chunk);
    },
  });
}

/**
 * fetch hides the reason ("getaddrinfo ENOTFOUND ...") one or two causes deep.
 *
 * @param {unknown} error
 */
function explain(error) {
  let reason = error;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  return reason instanceof Error ? reason : new Error(String(reason));
}
