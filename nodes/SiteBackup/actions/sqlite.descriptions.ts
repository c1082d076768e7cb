import { entries, name } from './entries';

export const sqliteDatabases = entries(
	'SQLite Databases',
	'sqliteDatabases',
	'database',
	'SQLite databases to back up, through a consistent snapshot while they are in use',
	[
		name('e.g. app', 'Name of the artefact: "app" becomes "db-app"'),
		{
			displayName: 'Path',
			name: 'path',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. /srv/app/app.db',
			description:
				'Absolute path of the database file, as n8n sees it, or as the container sees it when one is given',
		},
		{
			displayName: 'Container',
			name: 'container',
			type: 'string',
			default: '',
			placeholder: 'e.g. shop-app',
			description:
				'Running container that holds the file, and sqlite3, python3 or Node.js to copy it. Empty for a path that n8n itself sees.',
		},
	],
);
