import type {Command} from '../command.js';

export const config: Command = {
  usage: 'config [file]',
  describe: 'Print a configuration with every default filled in',
  about:
    'Without a file it is the configuration of Emoji World. Keys that are left out of a file have the values printed here; docs/guide.md tells what each does.',
  positionals: {file: {type: 'string', describe: 'A configuration to fill in and check'}},
  options: {schema: {type: 'boolean', describe: 'Print the JSON schema instead, for editors'}},
  examples: [
    ['synood config > my.json', 'a file to start from'],
    ['synood config my.json', 'check a file, and see what it comes to'],
    ['synood config --schema > synood.schema.json', 'for completion in an editor'],
  ],
  async run(args, session) {
    if (args['schema'] === true) {
      const {z} = await import('zod');
      const {configSchema} = await import('../../pipeline/config/schema.js');
      const json = z.toJSONSchema(configSchema, {io: 'input', unrepresentable: 'any'});
      return {json, text: JSON.stringify(json, null, 2)};
    }
    const {configFromArguments} = await import('../run-config.js');
    const json = await configFromArguments({file: args['file'] as string | undefined}, session);
    return {json, text: JSON.stringify(json, null, 2)};
  },
};
