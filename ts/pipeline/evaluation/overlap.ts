import {hashFile} from '../../data/files/canonical-hash.js';
import type {ImageItem} from '../../data/image-folder.js';
import {checkAborted, type RunContext} from '../run-context.js';

/** Files that are hashed at once. */
const TOGETHER = 8;

async function hashesOf(run: RunContext, items: readonly ImageItem[]): Promise<(string | undefined)[]> {
  const hashes: (string | undefined)[] = [];
  for (let at = 0; at < items.length; at += TOGETHER) {
    checkAborted(run);
    // What cannot be read is told when it is decoded.
    const part = items.slice(at, at + TOGETHER).map(({path}) => hashFile(path).catch(() => undefined));
    hashes.push(...(await Promise.all(part)));
  }
  return hashes;
}

/**
 * Out-of-distribution images that are in-distribution images, byte for byte: they are left out, and told, since no
 * detector can be right about them.
 * Only files of one size are read.
 */
export async function withoutOverlap<T extends ImageItem>(
  run: RunContext,
  set: string,
  items: readonly T[],
  inside: readonly ImageItem[],
): Promise<T[]> {
  const bySize = new Map<number, ImageItem[]>();
  for (const item of inside) bySize.set(item.bytes, [...(bySize.get(item.bytes) ?? []), item]);
  const suspects = items.filter(({bytes}) => bytes > 0 && bySize.has(bytes));
  if (suspects.length === 0) return [...items];
  const alike = [...new Set(suspects.flatMap(({bytes}) => bySize.get(bytes)!))];
  const known = new Map<string, ImageItem>();
  (await hashesOf(run, alike)).forEach((hash, at) => hash !== undefined && known.set(hash, alike[at]!));
  const overlapping = new Set<T>();
  (await hashesOf(run, suspects)).forEach((hash, at) => {
    const twin = hash === undefined ? undefined : known.get(hash);
    if (!twin) return;
    overlapping.add(suspects[at]!);
    run.leaveOut(
      `${set}: ${suspects[at]!.id}`,
      `is the in-distribution image ${twin.id}, byte for byte (SHA-256 ${hash!.slice(0, 12)}…)`,
    );
  });
  return items.filter((item) => !overlapping.has(item));
}
