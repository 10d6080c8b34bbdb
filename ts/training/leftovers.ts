import {readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';

/** What writeFileAtomic calls a file until it is whole. */
const PART = /^\..+\.(\d+)\.[0-9a-f]{8}\.part$/;

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Removes the files that a process left half-written when it was killed. */
export async function removeLeftovers(folder: string): Promise<void> {
  const entries = await readdir(folder, {withFileTypes: true, recursive: true}).catch(() => []);
  for (const entry of entries) {
    const pid = PART.exec(entry.name)?.[1];
    if (pid === undefined || !entry.isFile() || isRunning(Number(pid))) continue;
    await rm(join(entry.parentPath, entry.name), {force: true});
  }
}
