import type {GradientComparison, GradientMethod} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';

/** 'skip', 'exact' or 'truncated-K'; with '*' behind it times the linear part of what it leaves out of the chain. */
export type GradientMethodName = string;

/** One method's gradient of one sample beside the exact one. NaN stands where a gradient is zero. */
export interface MeasuredGradient {
  id: string;
  method: GradientMethodName;
  norm: number;
  cosine: number;
  normRatio: number;
  score: number;
  scoreAfter: number;
  loss: number;
  lossAfter: number;
}

/** @throws SynoodError ERR_CONFIG naming what there is */
export function methodOf(name: GradientMethodName): GradientMethod {
  const match = /^(skip|exact|truncated-([1-9][0-9]{0,5}))(\*?)$/.exec(name);
  if (match === null) {
    throw new SynoodError(
      'ERR_CONFIG',
      `Expected a gradient 'skip', 'skip*', 'truncated-1', 'truncated-2*' or 'exact', got '${name}'.`,
    );
  }
  const [, kind, steps, star] = match;
  const chainFactor = star === '*';
  if (steps !== undefined) return {gradient: 'truncated', gradientSteps: Number(steps), chainFactor};
  return {gradient: kind as 'skip' | 'exact', chainFactor};
}

export function measured(
  {norm, cosine, normRatio, score, scoreAfter, loss, lossAfter}: GradientComparison,
  id: string,
  method: GradientMethodName,
): MeasuredGradient {
  return {id, method, norm, cosine, normRatio, score, scoreAfter, loss, lossAfter};
}
