import type {Part} from './row.js';
import {difference, normDifference} from './statistics.js';

export interface PartDifference {
  found: number;
  allowed: number;
  verdict: string;
}

/**
 * Two outputs, part by part; what lies behind the parts is one more, with the row's own tolerance.
 *
 * @param least  that no tolerance is below: half precision's rounding
 */
export function compareParts(
  ours: Float32Array,
  peers: Float32Array,
  parts: readonly Part[],
  tolerance: number,
  least: number,
): PartDifference[] {
  const named = parts.reduce((sum, {length}) => sum + length, 0);
  const whole = {name: 'output', length: Math.max(ours.length, peers.length) - named, tolerance};
  const all: Part[] = whole.length > 0 || named === 0 ? [...parts, whole] : [...parts];
  let begin = 0;
  return all.map(({name, length, tolerance, measure = 'largest'}) => {
    const [mine, theirs] = [ours, peers].map((output) => output.subarray(begin, begin + length));
    begin += length;
    const {largest, scale} = (measure === 'norm' ? normDifference : difference)(mine!, theirs!);
    const share = Math.max(tolerance, least);
    const words = measure === 'norm' ? 'norm of the difference' : 'largest difference';
    const of = measure === 'norm' ? 'the norm' : 'the largest magnitude';
    const verdict = `${name}: ${words} ${largest.toExponential(1)}, allowed ${(share * scale).toExponential(1)} (${share.toPrecision(2)} of ${of}, ${scale.toPrecision(3)})`;
    return {found: largest, allowed: share * scale, verdict};
  });
}
