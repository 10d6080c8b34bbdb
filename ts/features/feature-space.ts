import {z} from 'zod';
import {hashJson} from '../data/files/canonical-hash.js';

/** Everything that an image's features depend on beside the image. Two spaces never share a row. */
export const featureSpaceSchema = z.strictObject({
  /** what is stored: 'clip-image', 'penultimate+logits' */
  kind: z.string().min(1),
  /** of the weights and the configuration: Model.fingerprint() */
  model: z.string().min(1),
  /** how an image becomes the model's input, and what is done to it before */
  preprocessing: z.unknown(),
  /** what the last bits depend on: computeOf() */
  compute: z.unknown(),
  /** numbers that each tensor has for one image */
  widths: z.record(z.string(), z.number().int().positive()),
});

export type FeatureSpace = z.infer<typeof featureSpaceSchema>;

/** The space's name on the disk. */
export const spaceId = (space: FeatureSpace): string => hashJson(space);
