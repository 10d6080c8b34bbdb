import {hashJson} from '../../data/files/canonical-hash.js';

/** What a multimodal language model is asked. Another text is another version, and its answers are kept apart. */
export interface Instruction {
  version: string;
  /** "{subject}" stands for the class name, "{count}" for how many elements at most */
  text: string;
}

/** Contextual semantic extraction (SynOOD, section 3.1): all that an image shows beside its main subject. */
export const ELEMENTS: Instruction = {
  version: 'elements-1',
  text:
    'The main subject of this image is: {subject}. List the contextual elements of the image: things, places, ' +
    'surfaces, materials, weather or people that are visible beside the main subject. Leave out the subject itself, its ' +
    'parts, and other names for it. Name each element in one to four words, the most prominent first, at most {count} of ' +
    'them. Name only what can be seen.',
};

/** How the answer has to look, for servers that do not take a JSON schema. */
const FORMATS = {
  json_schema: '',
  json_object: ' Answer with JSON alone: {"elements": ["...", "..."]}.',
  text: ' Answer with the elements alone, separated by commas.',
} as const;

export type AnswerFormat = keyof typeof FORMATS;

export function ask({text}: Instruction, subject: string, count: number, format: AnswerFormat): string {
  return text.replace('{subject}', () => subject).replace('{count}', () => String(count)) + FORMATS[format];
}

/** An instruction of a user's own is told apart by its text. */
export const ownInstruction = (text: string): Instruction => ({
  version: `own-${hashJson(text).slice(0, 12)}`,
  text,
});

export const ELEMENTS_SCHEMA = {
  name: 'contextual_elements',
  strict: true,
  schema: {
    type: 'object',
    properties: {elements: {type: 'array', items: {type: 'string'}}},
    required: ['elements'],
    additionalProperties: false,
  },
} as const;
