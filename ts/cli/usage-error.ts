/** The command line cannot be understood: exit code 2. `help` is the command that shows how it is meant. */
export class UsageError extends Error {
  constructor(
    message: string,
    readonly help = 'synood --help',
  ) {
    super(message);
    this.name = 'UsageError';
  }
}
