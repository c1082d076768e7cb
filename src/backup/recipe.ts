import type { ManifestArtefact } from './manifest';
import { isOfN8n, keyNotKept, packagesNotKept } from './n8n';

/**
 * Shell commands that restore each artefact with age, zstd, tar, psql and pg_restore alone; lines that begin with `#` are
 * comments. They are complete: copied as they are into a shell they do it.
 */
export function recipeFor(artefacts: ManifestArtefact[]): string[] {
	return [
		'# Run these as root in the folder of this manifest. Move away first what is to be replaced.',
		...keyHints(artefacts),
		...artefacts.flatMap((artefact) => [
			`# ${artefact.name}`,
			`echo ${quote(`${artefact.sha256}  ${artefact.file}`)} | sha256sum -c -`,
			...commandsFor(artefact),
		]),
	];
}

/** What no archive of this format keeps, as far as it concerns these artefacts. */
export function lossesOf(artefacts: ManifestArtefact[]): string[] {
	const losses: string[] = [];
	if (artefacts.some(({ format }) => format === 'tar')) {
		losses.push(
			'Files: access control lists, extended attributes and capabilities are not kept.',
			'Files: holes of sparse files are stored as zeros.',
			'Files: this package restores times to the microsecond, tar restores them whole.',
			'Files: devices, FIFOs and sockets are left out.',
		);
	}
	if (artefacts.some(({ format }) => format === 'sqlite')) {
		losses.push('SQLite: transactions that were not committed when the snapshot was taken are not kept.');
	}
	if (artefacts.some(({ format }) => format === 'pg_dump')) {
		const hasGlobals = artefacts.some(({ format }) => format === 'sql');
		losses.push(
			hasGlobals
				? 'Databases: of what belongs to the whole server only the roles and tablespaces are kept, of the servers that have them among the artefacts (globals-…), and neither postgresql.conf nor pg_hba.conf.'
				: 'Databases: roles, tablespaces and whatever else belongs to the whole server are not kept; make them before a restore to a new server.',
		);
		if (artefacts.some(({ format, source }) => format === 'pg_dump' && isBefore11(source))) {
			losses.push(
				'Databases: pg_dump before version 11 keeps neither the settings made with ALTER DATABASE nor rights on the database itself.',
			);
		}
	}
	if (artefacts.some(({ format, source }) => format === 'sql' && source['rolePasswords'] !== 'kept')) {
		losses.push('Roles: their passwords are not kept.');
	}
	if (artefacts.some(({ name }) => isOfN8n(name))) losses.push(keyNotKept, packagesNotKept);
	return losses;
}

/** A newer pg_dump may have been used; what it has kept is not lost by being named. */
const isBefore11 = ({ serverVersion = '' }: Record<string, string>): boolean =>
	Number.parseInt(serverVersion, 10) < 11;

// Names go into comments nowhere: a line break in one would begin a command.
function commandsFor(artefact: ManifestArtefact): string[] {
	const { name, kind, source } = artefact;
	const plain = plainContent(artefact);
	switch (kind) {
		case 'directory': {
			const path = quote(source['path'] ?? '');
			return [`mkdir -p -- ${path}`, `${plain} | ${untar} -C ${path}`];
		}
		case 'volume': {
			const volume = quote(source['volume'] ?? '');
			return [
				'# On the host of the container engine; elsewhere give -C any empty folder.',
				`docker volume create ${volume}`,
				`${plain} | ${untar} -C "$(docker volume inspect -f '{{ .Mountpoint }}' ${volume})"`,
			];
		}
		case 'postgres': {
			const connection = `--username=${quote(source['user'] ?? 'postgres')}`;
			return [
				'# With the rights and the address of the server: PGHOST, PGPORT, PGPASSWORD. For one in a container, put',
				'# "docker exec -i <container>" before pg_restore. It makes the database under its name, with its settings and the',
				'# rights on it. For another name make that with createdb, and give --dbname=<name> alone: without these then.',
				`${plain} | pg_restore ${connection} --exit-on-error --create --dbname=postgres`,
			];
		}
		case 'config':
			return [
				'# Files lie below files/ under the paths they had, definitions of containers below inspect/.',
				`mkdir -p -- ${quote(name)}`,
				`${plain} | ${untar} -C ${quote(name)}`,
			];
		case 'workflows':
			return [
				'# A JSON file for each workflow, below workflows/. Into an n8n, which has to have the credentials they name; where',
				'# it runs in a container, copy the folder there and put "docker exec -u node <container>" before n8n:',
				'# n8n import:workflow --separate --input=n8n-workflows/workflows',
				'# Workflows of the same id are replaced, and all of them are inactive then: switch on those that were.',
				`mkdir -p -- ${quote(name)}`,
				`${plain} | ${untar} -C ${quote(name)}`,
			];
		case 'globals': {
			const connection = `--username=${quote(source['user'] ?? 'postgres')}`;
			return [
				'# Before the databases. With the rights and the address of the server: PGHOST, PGPORT, PGPASSWORD. For one in',
				'# a container, put "docker exec -i <container>" before psql. That a role is there already is told as an error;',
				'# its passwords, rights and settings become those of the backup all the same.',
				`${plain} | psql ${connection} --no-psqlrc --quiet --dbname=postgres`,
			];
		}
		case 'sqlite': {
			const path = source['path'] ?? '';
			return [
				...(source['container'] === undefined
					? []
					: ['# Elsewhere first; then copy it to the same path in the stopped container ("docker cp").']),
				'# With what uses it stopped. What lies beside the old one under its name with -wal, -shm or -journal goes with it.',
				`${plain} > ${quote(path)}`,
				`sqlite3 ${quote(path)} 'pragma integrity_check'`,
			];
		}
	}
}

/** The command that writes the content of an artefact, neither encrypted nor compressed. */
function plainContent({ file, compression, encryption, recipients }: ManifestArtefact): string {
	const unpack = compression === 'zstd' ? 'zstd -dc' : 'gzip -dc';
	if (encryption === undefined) return `${unpack} ${quote(file)}`;
	const decrypt = recipients ? 'age -d -i "${KEY:?}"' : 'age -d';
	return `${decrypt} ${quote(file)} | ${unpack}`;
}

function keyHints(artefacts: ManifestArtefact[]): string[] {
	const encrypted = artefacts.filter(({ encryption }) => encryption !== undefined);
	const recipients = new Set(encrypted.flatMap((artefact) => artefact.recipients ?? []));
	return [
		...(recipients.size > 0
			? [
					'# First name the file with your key, once: KEY=/path/to/key.txt',
					`# It opens what was encrypted for: ${[...recipients].join(' ')}`,
				]
			: []),
		...(encrypted.some((artefact) => !artefact.recipients) ? ['# age asks for the passphrase.'] : []),
	];
}

const untar = 'tar -xpf - --numeric-owner';

function quote(text: string): string {
	return `'${text.replaceAll("'", `'\\''`)}'`;
}
