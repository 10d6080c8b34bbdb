import yargs, {type Argv} from 'yargs';
import {messageOf} from '../binding/errors.js';
import {type Command, type CommandResult, nameOf} from './command.js';
import {commands} from './commands/all.js';
import {globalOptions, readGlobalOptions} from './global-options.js';
import {listenForInterrupt} from './interrupt.js';
import {describeError, errorDocument, ExitCode, exitCodeOf} from './output/errors.js';
import {createSession} from './session.js';
import {explainUsage} from './unknown.js';
import {UsageError} from './usage-error.js';
import {packageVersion} from './version.js';

const EPILOGUE = 'Exit codes: 0 done, 1 failed, 2 bad command line or configuration, 130 interrupted.';

/** What yargs has understood. */
interface Parsed {
  command: Command;
  path: string[];
  args: Record<string, unknown>;
}

function addCommand(parent: Argv, command: Command, before: string[], found: (parsed: Parsed) => void): void {
  const path = [...before, nameOf(command)];
  parent.command(
    [command.usage, ...(command.aliases ?? [])],
    command.describe,
    (builder: Argv) => {
      const usage = `synood ${[...before, command.usage].join(' ')}${command.commands ? ' <command>' : ''}`;
      builder.usage(`${usage}\n\n${command.about ?? command.describe}`);
      for (const [name, options] of Object.entries(command.positionals ?? {}))
        builder.positional(name, options);
      builder.options(command.options ?? {});
      for (const [line, what] of command.examples) builder.example(line, what);
      for (const child of command.commands ?? []) addCommand(builder, child, path, found);
      if (command.commands) builder.demandCommand(1, `Expected a command after '${path.join(' ')}'.`);
      return builder;
    },
    (args) => {
      if (command.run) found({command, path, args});
    },
  );
}

async function parse(argv: string[]): Promise<Parsed | undefined> {
  let parsed: Parsed | undefined;
  const parser = yargs(argv)
    .scriptName('synood')
    .usage(
      'synood <command>\n\nTurns a folder of in-distribution images into a detector that knows its own boundary.',
    )
    .options(globalOptions)
    .version(packageVersion())
    .help()
    .alias('help', 'h')
    .group([...Object.keys(globalOptions), 'help', 'version'], 'Options of every command:')
    .strict()
    .parserConfiguration({'boolean-negation': false})
    .demandCommand(1, 'Expected a command.')
    .example('synood run', 'the whole pipeline on Emoji World, into runs/emoji-world')
    .example('synood inspect', 'what is here, what is missing, and the command for it')
    .example('synood run --help', 'examples of one command')
    .epilogue(EPILOGUE)
    .wrap(Math.min(110, Math.max(80, process.stdout.columns ?? 100)))
    .exitProcess(false)
    .fail((message: string, error: Error | undefined) => {
      throw new UsageError(message || messageOf(error));
    });
  for (const command of commands) addCommand(parser, command, [], (found) => (parsed = found));
  try {
    await parser.parseAsync();
  } catch (thrown) {
    throw thrown instanceof UsageError ? explainUsage(thrown.message, argv, commands) : thrown;
  }
  return parsed;
}

function print(result: CommandResult, json: boolean): void {
  const text = json ? JSON.stringify(result.json, null, 2) : result.text;
  if (text !== '') process.stdout.write(`${text}\n`);
}

/** @throws UsageError naming an option that was given twice */
function checkOnce({command, path, args}: Parsed): void {
  const own = Object.entries(command.options ?? {}).filter(([, {array}]) => array !== true);
  const names = [...own.map(([name]) => name), ...Object.keys(globalOptions)];
  const twice = names.find((name) => Array.isArray(args[name]));
  if (twice === undefined) return;
  throw new UsageError(`--${twice} is there twice; expected it once.`, `synood ${path.join(' ')} --help`);
}

const commandLine = (argv: string[]): string =>
  [
    'synood',
    ...argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)),
  ].join(' ');

/** @returns the exit code */
export async function runCli(argv: string[]): Promise<number> {
  const json = argv.includes('--json');
  const verbose = argv.includes('--verbose');
  const interrupt = listenForInterrupt();
  try {
    const parsed = await parse(argv);
    if (!parsed) return ExitCode.done; // --help or --version
    checkOnce(parsed);
    const line = commandLine(argv);
    if (parsed.command.resumes) interrupt.resume = line;
    const session = createSession(readGlobalOptions(parsed.args), interrupt.signal, line);
    try {
      const result = await parsed.command.run!(parsed.args, session);
      session.progress.stop();
      print(result, json);
      return result.failed ? ExitCode.failed : ExitCode.done;
    } finally {
      session.progress.stop();
    }
  } catch (thrown) {
    const interrupted = interrupt.signal.aborted;
    if (json) print({json: errorDocument(thrown), text: ''}, true);
    if (!interrupted) process.stderr.write(`${describeError(thrown, verbose)}\n`);
    return exitCodeOf(thrown, interrupted);
  } finally {
    interrupt.release();
  }
}
