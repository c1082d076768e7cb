import type { IExecuteFunctions } from 'n8n-workflow';

import { databasePasswords, postgresAccess } from '../../../nodes/SiteBackup/actions/postgres-access';
import { parseSites } from '../../../src/shared';

const fields = {
	host: 'db.example.com',
	port: 5432,
	database: 'shop',
	user: 'backup',
	password: 'the password',
	ssl: 'require',
};

/** What n8n gives a node that has this Postgres credential selected. */
const contextWith = (credential: Record<string, unknown> | undefined): IExecuteFunctions =>
	({
		getNode: () => ({
			name: 'Site Backup',
			credentials: credential ? { postgres: { id: '1', name: 'p' } } : {},
		}),
		getCredentials: async () => credential,
	}) as unknown as IExecuteFunctions;

const [site] = parseSites({
	name: 'shop',
	backup: {
		databases: [
			{ name: 'own', type: 'postgres-server', host: 'DB.example.com', database: 'a', user: 'backup' },
			{ name: 'host', type: 'postgres-server', host: 'evil.example.com', database: 'a', user: 'backup' },
			{
				name: 'port',
				type: 'postgres-server',
				host: 'db.example.com',
				port: 1,
				database: 'a',
				user: 'backup',
			},
			{ name: 'role', type: 'postgres-server', host: 'db.example.com', database: 'a' },
		],
	},
	destinations: [{ name: 'local', type: 'directory', path: '/backups' }],
});

test('the password of a credential goes to the server it is for and to no other', async () => {
	if (!site) throw new Error('No site.');
	expect(await databasePasswords(contextWith(fields), 0, site)).toEqual({
		databasePasswords: { own: 'the password' },
	});
	expect(await databasePasswords(contextWith(undefined), 0, site)).toEqual({});
});

test('how the credential uses TLS is kept, and one with an SSH tunnel is refused', async () => {
	expect(await postgresAccess(contextWith(fields), 0)).toMatchObject({ tls: 'verify-full', port: 5432 });
	expect(await postgresAccess(contextWith({ ...fields, ssl: 'disable' }), 0)).toMatchObject({
		tls: 'disable',
	});
	expect(await postgresAccess(contextWith({ ...fields, allowUnauthorizedCerts: true }), 0)).toMatchObject({
		tls: 'require',
	});
	await expect(postgresAccess(contextWith({ ...fields, sshTunnel: true }), 0)).rejects.toThrow(/SSH tunnel/);
});
