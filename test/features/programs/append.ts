import {FeatureBank} from '../../../ts/features/feature-bank.js';
import {keyOf, rowOf, space} from '../rows.js';

/** Appends images first .. first + count - 1 to a bank, `flush` at a time, and says how many are on the disk. */
const [folder, first, count, flush] = process.argv.slice(2) as [string, string, string, string];
const bank = await FeatureBank.open(folder);
await using store = await bank.store(space());
for (let number = Number(first); number < Number(first) + Number(count); number++) {
  await store.append(keyOf(number), rowOf(number));
  if ((number + 1) % Number(flush) !== 0) continue;
  await store.flush();
  process.stdout.write(`${number + 1}\n`);
}
