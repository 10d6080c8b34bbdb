import {createHash} from 'node:crypto';

/** Letters that some file system or the image folder's own rules forbid become "_". */
const safe = (text: string): string =>
  text
    .replace(/[^\p{L}\p{N} ._-]/gu, '_')
    .replace(/^\.+/, '_')
    .trim() || '_';

/**
 * A sample's file for each image: `<class>/<name>.png`, the same name as the image's where that is unique.
 *
 * @param images  ids are "/"-separated paths that begin with the class
 */
export function sampleFiles(images: readonly {id: string; class: string}[]): Map<string, string> {
  const plain = images.map((image) => {
    const inside = image.id.slice(image.class.length + 1);
    return `${safe(image.class)}/${safe(inside.replace(/\.[^./]*$/, '').replaceAll('/', '-'))}`;
  });
  // Some file systems take "A.png" and "a.png" for one file.
  const uses = new Map<string, number>();
  for (const name of plain) uses.set(name.toLowerCase(), (uses.get(name.toLowerCase()) ?? 0) + 1);
  return new Map(
    images.map(({id}, index) => {
      const name = plain[index]!;
      const unique = uses.get(name.toLowerCase()) === 1;
      const hash = createHash('sha256').update(id).digest('hex').slice(0, 8);
      return [id, unique ? `${name}.png` : `${name}-${hash}.png`];
    }),
  );
}
