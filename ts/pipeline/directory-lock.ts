import {randomBytes} from 'node:crypto';
import {readFileSync, rmSync} from 'node:fs';
import {link, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {hostname} from 'node:os';
import {join} from 'node:path';
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

async function readOwner(path: string): Promise<{text: string; owner: Owner | undefined} | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    const parsed = ownerSchema.safeParse(JSON.parse(text || 'null'));
    return {text, owner: parsed.success ? parsed.data : undefined};
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return {text: '', owner: undefined};
    throw error;
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
    // A link appears with its content or not at all, so no one ever reads half a lock.
    const beside = join(directory, `.lock.${process.pid}.${randomBytes(4).toString('hex')}`);
    try {
      await writeFile(beside, `${JSON.stringify(own)}\n`);
      for (let attempt = 0; attempt < 5; attempt++) {
        try {
          await link(beside, path);
          return new DirectoryLock(path);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        }
        await DirectoryLock.#clearStale(path, directory);
      }
      throw new SynoodError('ERR_IO', `Cannot lock ${directory}: other processes keep taking it.`);
    } catch (error) {
      if (error instanceof SynoodError) throw error;
      throw new SynoodError('ERR_IO', `Cannot lock ${directory}: ${messageOf(error)}`, {cause: error});
    } finally {
      await rm(beside, {force: true});
    }
  }

  static async #clearStale(path: string, directory: string): Promise<void> {
    const found = await readOwner(path);
    if (!found) return;
    const {owner, text} = found;
    if (owner && owner.host !== hostname()) {
      throw new SynoodError(
        'ERR_IO',
        `${directory} is in use by process ${owner.pid} on ${owner.host}. If that process is gone, delete ${path}.`,
      );
    }
    if (owner && isAlive(owner)) {
      throw new SynoodError(
        'ERR_IO',
        `${directory} is in use by process ${owner.pid}. Wait for it, stop it, or use another directory.`,
      );
    }
    const aside = `${path}.stale.${randomBytes(4).toString('hex')}`;
    try {
      await rename(path, aside);
      // Another process may have cleared the stale lock and taken its own since: that one goes back.
      if ((await readOwner(aside))?.text !== text) await link(aside, path).catch(() => undefined);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    } finally {
      await rm(aside, {force: true});
    }
  }

  async release(): Promise<void> {
    process.off('exit', this.#onExit);
    await rm(this.#path, {force: true});
  }
}
