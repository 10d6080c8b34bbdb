/** Something that was not used, and why: a bad file, an image without contexts. */
export interface LeftOut {
  what: string;
  reason: string;
}
