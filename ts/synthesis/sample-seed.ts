import {createHash} from 'node:crypto';

/**
 * The seed of one sample's random numbers: 64 bits of SHA-256 over the run's seed and the sample's id, so that they
 * depend on nothing else.
 */
export function sampleSeed(runSeed: number | bigint, id: string): bigint {
  return createHash('sha256').update(`${runSeed}\0${id}`).digest().readBigUInt64LE();
}
