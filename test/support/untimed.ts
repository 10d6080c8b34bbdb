import type {SynthesisSample} from '../../ts/synthesis/synthesizer.js';

/** A sample without what it took: the rest depends on the configuration alone. */
export const untimed = ({seconds: _, ...sample}: SynthesisSample): Omit<SynthesisSample, 'seconds'> => sample;
