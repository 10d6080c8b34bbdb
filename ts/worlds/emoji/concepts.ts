import {readFileSync} from 'node:fs';
import {z} from 'zod';
import {emojiAsset} from './assets.js';

const artist = z.enum(['twemoji', 'noto', 'fluent', 'fxemoji', 'emojione']);
const group = z.enum(['animal', 'plant', 'food', 'object', 'travel']);

const file = z.object({
  cell: z.number().int().positive(),
  columns: z.number().int().positive(),
  heldOutArtist: artist,
  artists: z.array(
    z.object({artist, source: z.string(), author: z.string(), url: z.string(), licence: z.string()}),
  ),
  concepts: z.array(
    z.object({name: z.string(), group, article: z.enum(['a', 'an', '']), artists: z.array(artist)}),
  ),
});

export type Artist = z.infer<typeof artist>;
export type Group = z.infer<typeof group>;

/** A thing with a name that several artists have drawn. Its place in `concepts` is its index everywhere. */
export type Concept = z.infer<typeof file>['concepts'][number];

const content = file.parse(JSON.parse(readFileSync(emojiAsset('concepts.json'), 'utf8')));

export const concepts: readonly Concept[] = content.concepts;
export const artistSources = content.artists;
export const atlas = {cell: content.cell, columns: content.columns};

/** Never seen in training: scenes by this artist are the shifted test sets. */
export const heldOutArtist: Artist = content.heldOutArtist;
export const trainingArtists: readonly Artist[] = artist.options.filter((name) => name !== heldOutArtist);

const indices = new Map(concepts.map(({name}, index) => [name, index]));

/** The index of a concept, or undefined when Emoji World has no such thing. */
export const indexOfConcept = (name: string): number | undefined => indices.get(name);
