import { pruneOf } from '../prune';

export const prune = pruneOf(
	'volume',
	{
		displayName: 'Also With a Name',
		name: 'all',
		type: 'boolean',
		default: false,
		description: 'Whether to remove volumes with a name too; what is in them is lost',
	},
	(all) => ({ volumes: all ? 'all' : 'anonymous' }),
);
