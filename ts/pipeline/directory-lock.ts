import {randomBytes} from 'node:crypto';
import {readFileSync, rmSync} from 'node:fs';
import {link, readFile, rm, writeFile} from 'node:fs/promises';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {z} from 'zod';
import {messageOf, SynoodError} from '../binding/errors.js';

const ownerSchema = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  /** When the process began, in the kernel's own units, where it tells: a number that is used again is not the owner. */
  started: z.string().nullable(),
});
type Owner = z.infer<typeof ownerSchema>;

/** Field 22 of /proc/<pid>/stat on Linux, counted after the command's name, which may hold anything. */
function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function isAlive({pid, started}: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = processStart(pid);
  return started === null || now === null || started === now;
}

/** Undefined if there is no lock; a damaged one has no owner. */
async function readOwner(path: string): Promise<{owner: Owner | undefined} | undefined> {
  try {
    const parsed = ownerSchema.safeParse(JSON.parse((await readFile(path, 'utf8')) || 'null'));
    return {owner: parsed.success ? parsed.data : undefined};
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return {owner: undefined};
    throw error;
  }
}

/** Whether somebody has the lock; another machine cannot be asked. */
const isHeld = (owner: Owner | undefined): owner is Owner =>
  owner !== undefined && (owner.host !== hostname() || isAlive(owner));

const WAIT_MS = 10;
const ATTEMPTS = 500;

/**
 * Makes the lock file, in place of one whose owner died.
 *
 * @param beside  a file with our own name in it: a link appears with its content or not at all, so no one reads half a lock
 * @returns who has the lock; undefined if we do
 */
async function take(path: string, beside: string): Promise<Owner | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      await link(beside, path);
      return undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const found = await readOwner(path);
    if (found && isHeld(found.owner)) return found.owner;
    if (found) await clear(path, beside);
  }
  throw new Error(
    `other processes keep taking it. If none is at work there, delete ${path} and ${path}.clearing`,
  );
}

/**
 * Removes a lock whose owner died, which one process at a time may do: between seeing that a lock is stale and removing it, another
 * could have done both and taken its own. Who clears holds a lock for that, which is cleared the same way if it dies.
 */
async function clear(path: string, beside: string): Promise<void> {
  const clearing = `${path}.clearing`;
  if (await take(clearing, beside)) return delay(WAIT_MS);
  try {
    const found = await readOwner(path);
    if (found && !isHeld(found.owner)) await rm(path, {force: true});
  } finally {
    await rm(clearing, {force: true});
  }
}

/** Keeps a directory for one process at a time. A process that died without unlocking does not keep it. */
export class DirectoryLock {
  #path: string;
  #onExit: () => void;

  private constructor(path: string) {
    this.#path = path;
    this.#onExit = () => rmSync(path, {force: true});
    process.once('exit', this.#onExit);
  }

  /** @throws SynoodError ERR_IO naming the process that has the directory */
  static async acquire(directory: string): Promise<DirectoryLock> {
    const path = join(directory, '.lock');
    const own: Owner = {pid: process.pid, host: hostname(), started: processStart(process.pid)};
    const beside = join(directory, `.lock.${process.pid}.${randomBytes(4).toString('hex')}`);
    let other: Owner | undefined;
    try {
      await writeFile(beside, `${JSON.stringify(own)}\n`);
      other = await take(path, beside);
    } catch (error) {
      throw new SynoodError('ERR_IO', `Cannot lock ${directory}: ${messageOf(error)}`, {cause: error});
    } finally {
      await rm(beside, {force: true});
    }
    if (!other) return new DirectoryLock(path);
    const [place, advice] =
      other.host === hostname()
        ? ['', 'Wait for it, stop it, or use another directory.']
        : [` on ${other.host}`, `If that process is gone, delete ${path}.`];
    throw new SynoodError('ERR_IO', `${directory} is in use by process ${other.pid}${place}. ${advice}`);
  }

  async release(): Promise<void> {
    process.off('exit', this.#onExit);
    await rm(this.#path, {force: true});
  }
}
