import { pruneOf } from '../prune';

export const prune = pruneOf(
	'image',
	{
		displayName: 'All Unused',
		name: 'all',
		type: 'boolean',
		default: false,
		description:
			'Whether to remove all images from which no container was made, and not only those without a name',
	},
	(all) => ({ images: all ? 'unused' : 'dangling' }),
);
