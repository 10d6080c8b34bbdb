import {type Command, nameOf} from './command.js';
import {globalOptions} from './global-options.js';
import {nearest} from './output/nearest.js';
import {UsageError} from './usage-error.js';

/** The command that the words of the command line name, as far as they do. */
function commandAt(argv: readonly string[], commands: readonly Command[]): Command[] {
  const found: Command[] = [];
  let level = commands;
  for (const word of argv.filter((one) => !one.startsWith('-'))) {
    const next = level.find((command) => nameOf(command) === word || command.aliases?.includes(word));
    if (!next) break;
    found.push(next);
    level = next.commands ?? [];
  }
  return found;
}

const didYouMean = (guess: string | undefined): string =>
  guess === undefined ? '' : ` Did you mean ${guess}?`;

/** yargs' complaint with what was probably meant, and the help that tells more. */
export function explainUsage(
  message: string,
  argv: readonly string[],
  commands: readonly Command[],
): UsageError {
  const path = commandAt(argv, commands);
  const command = path.at(-1);
  const help = ['synood', ...path.map(nameOf), '--help'].join(' ');
  const unknown = /^Unknown (?:argument|command)s?: (.+)$/m.exec(message)?.[1]?.split(', ')[0];
  if (unknown === undefined) {
    if (command && /^Not enough non-option arguments/.test(message)) {
      const parents = path.slice(0, -1).map(nameOf);
      return new UsageError(`Expected: ${['synood', ...parents, command.usage].join(' ')}`, help);
    }
    const bare = /^Not enough arguments following: (.+)$/m.exec(message)?.[1];
    if (bare !== undefined) return new UsageError(`Expected a value after --${bare}.`, help);
    const missing = /^Missing required arguments?: (.+)$/m.exec(message)?.[1]?.split(', ');
    if (missing) return new UsageError(`Expected ${missing.map((name) => `--${name}`).join(' and ')}.`, help);
    const choice = /Argument: (\S+), Given: (.*), Choices: (.*)$/m.exec(message);
    if (choice)
      return new UsageError(`Expected --${choice[1]} to be one of ${choice[3]}, got ${choice[2]}.`, help);
    return new UsageError(message.split('\n')[0]!, help);
  }
  const words = command ? (command.commands ?? []) : commands;
  if (!argv.some((word) => word.replace(/=.*/, '').replace(/^-+/, '') === unknown && word.startsWith('-'))) {
    const guess = nearest(unknown, words.map(nameOf));
    const what = words.length > 0 ? 'There is no command' : 'There is no place for';
    const named = guess && ['synood', ...path.map(nameOf), guess].join(' ');
    return new UsageError(`${what} '${unknown}'.${didYouMean(named)}`, help);
  }
  const options = [...Object.keys(command?.options ?? {}), ...Object.keys(globalOptions), 'help', 'version'];
  const guess = nearest(unknown, options);
  return new UsageError(`There is no option --${unknown}.${didYouMean(guess && `--${guess}`)}`, help);
}
